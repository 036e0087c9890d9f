// Splitting lines into words and quoting words.
// Threading: one thread.
// See: server/config/words.h.
#include "server/config/words.h"

#include <gtest/gtest.h>

namespace corral::config {
namespace {

using List = std::vector<std::string>;

TEST(SplitWords, WhiteSpaceSeparates) {
  EXPECT_EQ(split_words("  a\tbc \r d"), (List{"a", "bc", "d"}));
  EXPECT_EQ(split_words("   "), List{});
  EXPECT_EQ(split_words(""), List{});
}

TEST(SplitWords, DoubleQuotesKnowEscapes) {
  EXPECT_EQ(split_words(R"("a b" "\x41\n\t\"\\q" "")"), (List{"a b", "A\n\t\"\\q", ""}));
  EXPECT_EQ(split_words(R"("\xzz\x4")"), (List{"xzzx4"}));
}

TEST(SplitWords, SingleQuotesKnowOnlyTheQuote) {
  EXPECT_EQ(split_words(R"('a\n\'b' c)"), (List{R"(a\n'b)", "c"}));
}

TEST(SplitWords, AQuoteMayStartInsideAWordAndMustEndIt) {
  EXPECT_EQ(split_words(R"(a"b c" d)"), (List{"ab c", "d"}));
  EXPECT_EQ(split_words(R"("a"b)"), std::nullopt);
  EXPECT_EQ(split_words(R"("a)"), std::nullopt);
  EXPECT_EQ(split_words(R"(x 'a)"), std::nullopt);
}

TEST(Quoted, ShowsEveryByte) {
  EXPECT_EQ(quoted("a\"\\\n\r\t\a\b\x01\xff "), R"("a\"\\\n\r\t\a\b\x01\xff ")");
}

TEST(WordText, ReadsBack) {
  for (const std::string word : {"plain", "", "two words", "#hash", "a'b", "a\"b", "line\nend", "\x80", "back\\slash"}) {
    EXPECT_EQ(split_words("x " + word_text(word)), (List{"x", word})) << word_text(word);
  }
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(split_words(word_text(all)), List{all});
  EXPECT_EQ(word_text("64mb"), "64mb");
}

}  // namespace
}  // namespace corral::config

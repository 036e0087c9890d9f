// Patterns against texts, with the answers of redis-server 7.0.15 (KEYS over one key).
// Threading: one thread.
// See: server/base/glob.h.
#include "server/base/glob.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace corral::base {
namespace {

const std::vector<std::string_view> kTexts = {
    "a",    "b",   "c",  "e",    "-",      "^",     "]",      "[",     "\\",  "*",   "?",
    "ab",   "abc", "ac", "aXc",  "hello",  "hallo", "hbllo",  "hillo", "a*c", "a\\", "[a]",
    "x\\y", "a1",  "z9", "abab", "ababab", "aab",   "a-c",    "]a",    "[a",  "a]",  "{a,b}",
    "0",    "1",   "/",  ".",    "aab*",   "abcbc", "aaaaab", "A",     "ABC", "h",   "x?"};

struct Row {
  std::string_view pattern;
  std::vector<std::string_view> matching;
};

// KEYS takes a single star for "all", so that row is not the matcher's.
const std::vector<Row> kRows = {
    {"", {}},
    {"**", {"a",    "b",   "c",  "e",    "-",      "^",     "]",      "[",     "\\",  "*",   "?",
            "ab",   "abc", "ac", "aXc",  "hello",  "hallo", "hbllo",  "hillo", "a*c", "a\\", "[a]",
            "x\\y", "a1",  "z9", "abab", "ababab", "aab",   "a-c",    "]a",    "[a",  "a]",  "{a,b}",
            "0",    "1",   "/",  ".",    "aab*",   "abcbc", "aaaaab", "A",     "ABC", "h",   "x?"}},
    {"?", {"a", "b", "c", "e", "-", "^", "]", "[", "\\", "*", "?", "0", "1", "/", ".", "A", "h"}},
    {"?\?", {"ab", "ac", "a\\", "a1", "z9", "]a", "[a", "a]", "x?"}},
    {"a", {"a"}},
    {"a*",
     {"a", "ab", "abc", "ac", "aXc", "a*c", "a\\", "a1", "abab", "ababab", "aab", "a-c", "a]", "aab*",
      "abcbc", "aaaaab"}},
    {"*a", {"a", "]a", "[a"}},
    {"*a*", {"a",      "ab",  "abc", "ac", "aXc", "hallo", "a*c",   "a\\",  "[a]",   "a1",    "abab",
             "ababab", "aab", "a-c", "]a", "[a",  "a]",    "{a,b}", "aab*", "abcbc", "aaaaab"}},
    {"a?c", {"abc", "aXc", "a*c", "a-c"}},
    {"a*c", {"abc", "ac", "aXc", "a*c", "a-c", "abcbc"}},
    {"a**c", {"abc", "ac", "aXc", "a*c", "a-c", "abcbc"}},
    {"h[ae]llo", {"hello", "hallo"}},
    {"h[^e]llo", {"hallo", "hbllo", "hillo"}},
    {"h[a-b]llo", {"hallo", "hbllo"}},
    {"h[b-a]llo", {"hallo", "hbllo"}},
    {"[", {}},
    {"[a", {"a"}},
    {"[^", {"a", "b", "c", "e", "-", "^", "]", "[", "\\", "*", "?", "0", "1", "/", ".", "A", "h"}},
    {"[^a", {"b", "c", "e", "-", "^", "]", "[", "\\", "*", "?", "0", "1", "/", ".", "A", "h"}},
    {"[]", {}},
    {"[]a]", {}},
    {"[^]", {"a", "b", "c", "e", "-", "^", "]", "[", "\\", "*", "?", "0", "1", "/", ".", "A", "h"}},
    {"[^]a", {"]a", "[a"}},
    {"[a-", {"a", "-"}},
    {"[a-]", {"a", "^", "]"}},
    {"[-a]", {"a", "-"}},
    {"[a-c-e]", {"a", "b", "c", "e", "-"}},
    {"\\", {"\\"}},
    {"\\a", {"a"}},
    {"\\*", {"*"}},
    {"a\\*c", {"a*c"}},
    {"a\\", {"a\\"}},
    {"[\\]]", {"]"}},
    {"[\\", {"\\"}},
    {"[a\\-c]", {"a", "c", "-"}},
    {"[\\a-c]", {"a", "c", "-"}},
    {"*[0-9]", {"a1", "z9", "0", "1"}},
    {"*\\?", {"?", "x?"}},
    {"?*?", {"ab",  "abc", "ac",   "aXc",   "hello", "hallo", "hbllo",  "hillo", "a*c",
             "a\\", "[a]", "x\\y", "a1",    "z9",    "abab",  "ababab", "aab",   "a-c",
             "]a",  "[a",  "a]",   "{a,b}", "aab*",  "abcbc", "aaaaab", "ABC",   "x?"}},
    {"*?*", {"a",    "b",   "c",  "e",    "-",      "^",     "]",      "[",     "\\",  "*",   "?",
             "ab",   "abc", "ac", "aXc",  "hello",  "hallo", "hbllo",  "hillo", "a*c", "a\\", "[a]",
             "x\\y", "a1",  "z9", "abab", "ababab", "aab",   "a-c",    "]a",    "[a",  "a]",  "{a,b}",
             "0",    "1",   "/",  ".",    "aab*",   "abcbc", "aaaaab", "A",     "ABC", "h",   "x?"}},
    {"a*b*c", {"abc", "abcbc"}},
    {"*ab*ab*", {"abab", "ababab"}},
    {"[[]", {"["}},
    {"[]]", {}},
    {"[a]]", {"a]"}},
    {"[^a-c]*",
     {"e",    "-",  "^",  "]",  "[",     "\\", "*", "?", "hello", "hallo", "hbllo", "hillo", "[a]",
      "x\\y", "z9", "]a", "[a", "{a,b}", "0",  "1", "/", ".",     "A",     "ABC",   "h",     "x?"}},
    {"a[", {}},
    {"a[b", {"ab"}},
    {"{a,b}", {"{a,b}"}},
    {"\\[a\\]", {"[a]"}},
    {"[^\\]a]", {"b", "c", "e", "-", "^", "[", "\\", "*", "?", "0", "1", "/", ".", "A", "h"}},
    {"*[", {}},
    {"*]", {"]", "[a]", "a]"}},
    {"[*]", {"*"}},
    {"[?]", {"?"}},
    {"[a-z][0-9]", {"a1", "z9"}},
    {"[z-a]", {"a", "b", "c", "e", "h"}},
    {"x\\\\y", {"x\\y"}},
    {"[^^]", {"a", "b", "c", "e", "-", "]", "[", "\\", "*", "?", "0", "1", "/", ".", "A", "h"}},
    {"[a^]", {"a", "^"}},
    {"*\\", {"\\", "a\\"}},
    {"[0--]", {"-", "0", "/", "."}},
};

TEST(Glob, AnswersAsRedisDoes) {
  for (const Row& row : kRows) {
    for (const std::string_view text : kTexts) {
      const bool expected = std::find(row.matching.begin(), row.matching.end(), text) != row.matching.end();
      EXPECT_EQ(glob_matches(row.pattern, text), expected) << '"' << row.pattern << "\" on \"" << text << '"';
    }
  }
}

// Redis wants a character before it looks at stars; the commands see to the empty key themselves.
TEST(Glob, TheEmptyText) {
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_TRUE(glob_matches("**", ""));
  EXPECT_FALSE(glob_matches("?", ""));
  EXPECT_FALSE(glob_matches("*a", ""));
}

TEST(Glob, IgnoresCaseWhenAsked) {
  EXPECT_TRUE(glob_matches("AbC*", "aBcD", true));
  EXPECT_TRUE(glob_matches("[A-C]x", "bX", true));
  EXPECT_TRUE(glob_matches("[a-c]x", "BX", true));
  EXPECT_FALSE(glob_matches("[^a-c]x", "BX", true));
  EXPECT_FALSE(glob_matches("AbC*", "aBcD"));
}

TEST(Glob, ManyStarsTakeNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  pattern += 'b';
  EXPECT_FALSE(glob_matches(pattern, std::string(20000, 'a')));
  EXPECT_TRUE(glob_matches(pattern, std::string(20000, 'a') + 'b'));
}

TEST(Glob, BytesOutsideAsciiAreOrdinary) {
  EXPECT_TRUE(glob_matches("[\x80-\xff]?", "\xc3\xa9"));
  EXPECT_FALSE(glob_matches("[\x80-\xff]", "a"));
  EXPECT_TRUE(glob_matches(std::string_view("a\0*", 3), std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace corral::base

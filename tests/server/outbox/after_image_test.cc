// After-images: what is written reads back, what is damaged does not.
// Threading: one thread.
// See: server/outbox/README.md, "After-image".
#include "server/outbox/after_image.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace corral::outbox {
namespace {

using namespace std::string_view_literals;

TEST(AfterImageTest, StringsReadBack) {
  for (const std::string_view text : {""sv, "x"sv, "a\0b"sv}) {
    const std::string image = encode_string(text);
    const auto back = decode(image);
    ASSERT_TRUE(back);
    EXPECT_FALSE(back->is_hash);
    EXPECT_EQ(back->text, text);
  }
}

TEST(AfterImageTest, HashesReadBackInOrder) {
  const std::string large(300, 'v');
  const std::vector<std::pair<std::string_view, std::string_view>> fields = {
      {"b", "2"}, {"a", large}, {"", ""}};
  const std::string image = encode_hash(fields);
  const auto back = decode(image);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->is_hash);
  EXPECT_EQ(back->fields, fields);
  EXPECT_TRUE(decode(encode_hash({}))->is_hash);
}

TEST(AfterImageTest, TheBytesAreAsDocumented) {
  EXPECT_EQ(encode_string("hi"), "shi");
  EXPECT_EQ(encode_hash({{"f", "vw"}}), "h\1\1f\2vw");
}

TEST(AfterImageTest, EveryTruncationAndExtensionIsRefused) {
  const std::string image = encode_hash({{"name", "value"}, {"other", std::string(200, 'x')}});
  for (size_t size = 0; size < image.size(); ++size) EXPECT_FALSE(decode(image.substr(0, size))) << size;
  EXPECT_FALSE(decode(image + "x"));
}

TEST(AfterImageTest, LyingLengthsAndLongNumbersAreRefused) {
  for (const std::string_view image :
       {""sv, "x"sv, "h"sv, "h\1"sv, "h\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv,
        "h\1\xff\xff\xff\xff\x0f"sv, "h\x80\x00"sv,
        "h\1\x81\x00"
        "fv"sv,
        "h\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv}) {
    EXPECT_FALSE(decode(image)) << testing::PrintToString(std::string(image));
  }
}

}  // namespace
}  // namespace corral::outbox

// Listpacks and ziplists: what is written is read, and every lie is found.
// Threading: one thread.
// See: server/rdb/README.md, "Compact forms".
#include <gtest/gtest.h>

#include "server/base/random.h"
#include "server/rdb/listpack.h"
#include "server/rdb/ziplist.h"
#include "tests/server/rdb/samples.h"

namespace corral::rdb {
namespace {

template <typename Reader>
std::optional<std::vector<std::string>> read(std::string_view block) {
  Reader reader(block);
  std::vector<std::string> elements;
  types::PackedElement::Buffer digits;
  while (const auto element = reader.next()) elements.emplace_back(element->text(digits));
  if (!reader.complete()) return std::nullopt;
  return elements;
}

// Around every size at which an encoding or a length for walking back changes.
std::vector<std::string> edges() {
  std::vector<std::string> elements;
  for (const int64_t edge :
       {0L, 127L, 128L, 4095L, 4096L, 32767L, 32768L, 8388607L, 8388608L, 2147483647L, 2147483648L}) {
    for (const int64_t number : {edge, -edge, -edge - 1}) elements.push_back(std::to_string(number));
  }
  elements.emplace_back("9223372036854775807");
  elements.emplace_back("-9223372036854775808");
  for (const size_t size : {0, 1, 63, 64, 126, 127, 4095, 4096, 16377, 16378, 16379, 16380, 16383})
    elements.emplace_back(size, 'x');
  return elements;
}

TEST(Listpack, ReadsWhatItWrites) {
  const auto elements = edges();
  EXPECT_EQ(read<ListpackReader>(listpack(elements)), elements);
  EXPECT_EQ(read<ListpackReader>(listpack({})), std::vector<std::string>{});
  const std::vector<std::string> many(70'000, "7");  // more than the head can count
  EXPECT_EQ(read<ListpackReader>(listpack(many)), many);
}

TEST(Ziplist, ReadsEveryEncoding) {
  const std::vector<std::string> elements = {"",
                                             "0",
                                             "12",
                                             "13",
                                             "-1",
                                             "32767",
                                             "text",
                                             std::string(63, 'a'),
                                             std::string(64, 'b'),
                                             std::string(300, 'c'),
                                             "d"};
  EXPECT_EQ(read<ZiplistReader>(ziplist(elements)), elements);
  const auto entry = [](std::string_view bytes) {
    std::string block;
    write_little(block, 10 + 1 + bytes.size() + 1, 4);
    write_little(block, 10, 4);
    write_little(block, 1, 2);
    block.push_back('\0');
    return read<ZiplistReader>(block.append(bytes).append("\xFF"));
  };
  using One = std::vector<std::string>;
  EXPECT_EQ(entry("\xFE\x80"), One{"-128"});
  EXPECT_EQ(entry(std::string_view("\xF0\x00\x00\x80", 4)), One{"-8388608"});
  EXPECT_EQ(entry(std::string_view("\xD0\x00\x00\x00\x80", 5)), One{"-2147483648"});
  EXPECT_EQ(entry("\xE0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"), One{"9223372036854775807"});
  EXPECT_EQ(entry(std::string_view("\x80\x00\x00\x00\x02"
                                   "ab",
                                   7)),
            One{"ab"});
  for (const std::string_view unknown : {"\xFF", "\xC1\x01\x01", "\x81\x01"}) EXPECT_FALSE(entry(unknown));
}

TEST(Zipmap, ReadsPairsAndSkipsWhatIsUnused) {
  const std::vector<std::string> expected = {"a", "1", "bb", "xyz"};
  EXPECT_EQ(read<ZipmapReader>(zipmap({{"a", "1"}, {"bb", "xyz"}})), expected);
}

// A single wrong byte is never read as the same elements, and most are found.
template <typename Reader>
void expect_no_byte_without_meaning(const std::string& block, size_t most_accepted) {
  const auto right = read<Reader>(block);
  ASSERT_TRUE(right);
  size_t accepted = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string wrong = block;
      wrong[i] = static_cast<char>(wrong[i] ^ (1 << bit));
      const auto elements = read<Reader>(wrong);
      if (!elements) continue;
      ++accepted;
      EXPECT_EQ(elements->size(), right->size());
    }
  }
  EXPECT_LE(accepted, most_accepted);  // bits of the texts and numbers themselves
}

TEST(Listpack, FindsWrongBytes) {
  expect_no_byte_without_meaning<ListpackReader>(listpack({"text", "5", "-3000", "100000"}), 100);
}

TEST(Ziplist, FindsWrongBytes) {
  expect_no_byte_without_meaning<ZiplistReader>(ziplist({"text", "5", "-3000", "more"}), 100);
}

}  // namespace
}  // namespace corral::rdb

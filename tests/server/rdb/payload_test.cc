// Values survive being written and read; footers; what is refused.
// Threading: one thread.
// See: server/rdb/README.md.
#include "server/rdb/payload.h"

#include <gtest/gtest.h>

#include "server/rdb/crc64.h"
#include "server/rdb/lzf.h"
#include "tests/server/rdb/contents.h"
#include "tests/server/rdb/samples.h"

namespace corral::rdb {
namespace {

const base::HashSecret kSecret = base::HashSecret::from_seed(7);
const types::Thresholds kThresholds;

std::optional<Restored> read(std::string_view bytes) {
  return restore(bytes, {kSecret, kThresholds, 0});
}
std::string contents(const Restored& value) {
  return value.container == nullptr ? "string " + value.text : Contents::of(*value.container);
}
std::string dumped(const Restored& value) {
  return value.container == nullptr ? dump(value.text) : dump(*value.container, kThresholds, 0);
}

TEST(Crc64, IsTheOneOfJones) {
  EXPECT_EQ(crc64("123456789"), 0xe9c6d914c4b8d9caU);
  EXPECT_EQ(crc64(""), 0U);
  // Eight bytes at a time give what single bits give.
  std::string bytes;
  uint64_t expected = 0;
  for (int i = 0; i < 100; ++i) {
    bytes.push_back(static_cast<char>(i * 37 + 5));
    expected ^= static_cast<uint8_t>(bytes.back());
    for (int bit = 0; bit < 8; ++bit)
      expected = expected >> 1 ^ ((expected & 1) != 0 ? 0x95ac9329ac4bc9b5 : 0);
    EXPECT_EQ(crc64(bytes), expected);
  }
}

TEST(Payload, EveryFormIsReadAndWrittenAndReadAgain) {
  for (const std::string& form : all_forms()) {
    const auto value = read(form);
    ASSERT_TRUE(value) << "type " << int{form[0]};
    const std::string payload = dumped(*value);
    const auto bytes = verified(payload);
    ASSERT_TRUE(bytes);
    const auto again = read(*bytes);
    ASSERT_TRUE(again) << "type " << int{form[0]};
    EXPECT_EQ(contents(*again), contents(*value));
  }
}

TEST(Payload, NoFormIsReadWhenItsEndIsMissingOrMoreFollows) {
  for (const std::string& form : all_forms()) {
    for (size_t size = 0; size < form.size(); ++size)
      EXPECT_FALSE(read(form.substr(0, size))) << int{form[0]} << " " << size;
    EXPECT_FALSE(read(form + '\0'));
  }
}

TEST(Payload, TheFooterIsChecked) {
  const std::string payload = dump("hello");
  EXPECT_TRUE(verified(payload));
  for (size_t i = 0; i < payload.size(); ++i) {
    std::string broken = payload;
    broken[i] = static_cast<char>(broken[i] ^ 0x10);
    EXPECT_FALSE(verified(broken)) << i;
  }
  EXPECT_FALSE(verified(""));
  EXPECT_FALSE(verified(payload.substr(0, 9)));
  std::string newer(payload.substr(0, payload.size() - 10));
  write_little(newer, kNewestVersion + 1, 2);
  write_little(newer, crc64(newer), 8);
  EXPECT_FALSE(verified(newer));
}

TEST(Payload, UnknownTypesAreRefused) {
  for (const int type : {6, 7, 8, 22, 23, 100, 247, 255})
    EXPECT_FALSE(read(typed(static_cast<Type>(type),
                            "\x01"
                            "a")))
        << type;
  EXPECT_FALSE(read(""));
}

TEST(Payload, NothingIsEmptyButAStream) {
  for (const Type type : {Type::kList, Type::kSet, Type::kHash, Type::kZset, Type::kZsetText,
                          Type::kListOfZiplists, Type::kListOfListpacks}) {
    EXPECT_FALSE(read(typed(type, std::string_view("\0", 1)))) << static_cast<int>(type);
  }
  for (const Type type : {Type::kHashListpack, Type::kZsetListpack, Type::kSetListpack})
    EXPECT_FALSE(read(blocked(type, listpack({}))));
  for (const Type type : {Type::kListZiplist, Type::kHashZiplist, Type::kZsetZiplist})
    EXPECT_FALSE(read(blocked(type, ziplist({}))));
  EXPECT_FALSE(read(blocked(Type::kSetIntset, intset(2, {}))));
  EXPECT_FALSE(read(blocked(Type::kHashZipmap, zipmap({}))));
  EXPECT_TRUE(read(typed(Type::kStream2, std::string(10, '\0'))));
}

TEST(Payload, TheSameElementTwiceIsRefused) {
  EXPECT_FALSE(read(of_texts(Type::kSet, 2, {"a", "a"})));
  EXPECT_FALSE(read(of_texts(Type::kSet, 2, {"7", "7"})));
  EXPECT_FALSE(read(of_texts(Type::kHash, 2, {"a", "1", "a", "2"})));
  EXPECT_FALSE(read(zset_of_doubles({{"a", 1}, {"a", 2}})));
  EXPECT_FALSE(read(blocked(Type::kHashListpack, listpack({"a", "1", "a", "2"}))));
  EXPECT_FALSE(read(blocked(Type::kHashZiplist, ziplist({"a", "1", "a", "2"}))));
  EXPECT_FALSE(read(blocked(Type::kHashZipmap, zipmap({{"a", "1"}, {"a", "2"}}))));
  EXPECT_FALSE(read(blocked(Type::kZsetListpack, listpack({"a", "1", "a", "2"}))));
  EXPECT_FALSE(read(blocked(Type::kSetListpack, listpack({"a", "a"}))));
}

TEST(Payload, WrongOrdersAreRefused) {
  EXPECT_FALSE(read(blocked(Type::kSetIntset, intset(2, {2, 1}))));
  EXPECT_FALSE(read(blocked(Type::kSetIntset, intset(2, {1, 1}))));
  EXPECT_FALSE(read(blocked(Type::kZsetListpack, listpack({"a", "2", "b", "1"}))));
  EXPECT_FALSE(read(blocked(Type::kZsetListpack, listpack({"b", "1", "a", "1"}))));
  EXPECT_FALSE(read(blocked(Type::kZsetZiplist, ziplist({"a", "2", "b", "1"}))));
  EXPECT_TRUE(read(zset_of_doubles({{"a", 2}, {"b", 1}})));  // this form has no order
}

TEST(Payload, WrongScoresAndWidthsAreRefused) {
  EXPECT_FALSE(read(zset_of_doubles({{"a", NAN}})));
  EXPECT_FALSE(read(typed(Type::kZsetText,
                          "\x01\x01"
                          "a"
                          "\xFD")));
  EXPECT_FALSE(read(typed(Type::kZsetText,
                          "\x01\x01"
                          "a"
                          "\x01"
                          "x")));
  for (const std::string_view score : {"x", "nan", "", "1.5x"}) {
    EXPECT_FALSE(read(blocked(Type::kZsetListpack, listpack({"a", std::string(score)})))) << score;
  }
  EXPECT_FALSE(read(blocked(Type::kZsetListpack, listpack({"a"}))));
  EXPECT_FALSE(read(blocked(Type::kHashListpack, listpack({"a"}))));
  EXPECT_FALSE(read(blocked(Type::kSetIntset, intset(3, {1}))));
  EXPECT_FALSE(read(blocked(Type::kSetIntset, intset(2, {1}) + "x")));
}

TEST(Payload, AbsurdCountsAreNotBelieved) {
  for (const Type type : {Type::kList, Type::kSet, Type::kHash, Type::kZset, Type::kListOfZiplists,
                          Type::kListOfListpacks, Type::kStream1, Type::kStream2, Type::kStream3}) {
    std::string bytes(1, static_cast<char>(type));
    write_length(bytes, UINT64_MAX);
    EXPECT_FALSE(read(bytes + std::string(100, '\x01'))) << static_cast<int>(type);
  }
  EXPECT_FALSE(read(typed(Type::kString, "\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")));
  // An LZF string that says it becomes more than it can.
  std::string bomb("\0\xC3\x04", 3);
  write_length(bomb, uint64_t{1} << 40);
  EXPECT_FALSE(read(bomb + "abcd"));
}

TEST(Lzf, UnpacksReferencesIntoThemselves) {
  std::string out;
  EXPECT_TRUE(
      unpack_lzf("\x01"
                 "ab"
                 "\xC0\x01",
                 10, out));
  EXPECT_EQ(out, "ababababab");
  EXPECT_TRUE(unpack_lzf(std::string_view("\x00"
                                          "a"
                                          "\xE0\xFF\x00",
                                          5),
                         265, out));
  EXPECT_EQ(out, std::string(265, 'a'));
}

TEST(Lzf, RefusesWhatLeadsOutside) {
  std::string out;
  EXPECT_FALSE(
      unpack_lzf("\x01"
                 "ab"
                 "\xC0\x02",
                 10, out));  // before the first byte
  EXPECT_FALSE(
      unpack_lzf("\x01"
                 "ab"
                 "\xC0\x01",
                 9, out));
  EXPECT_FALSE(
      unpack_lzf("\x01"
                 "ab"
                 "\xC0\x01",
                 11, out));
  EXPECT_FALSE(
      unpack_lzf("\x05"
                 "ab",
                 2, out));
  EXPECT_FALSE(
      unpack_lzf("\x01"
                 "ab"
                 "\xE0",
                 10, out));
  EXPECT_FALSE(unpack_lzf("", 1, out));
}

// Names of a large node's fields, left out by entries whose first one has others, would be written out again and again.
TEST(Payload, FieldNamesAreNotMultipliedWithoutBound) {
  const auto with = [](size_t name_bytes, int entries) {
    ListpackWriter node;
    for (const int64_t number : {entries + 1, 0, 1}) node.append(number);
    const std::string name(name_bytes, 'n');
    node.append(types::PackedElement::of(name));
    for (const int64_t number : {0, 0, 0, 0, 1, 5, 5, 6})
      node.append(number);  // the first one's field is "5"
    for (int64_t i = 1; i <= entries; ++i) {
      for (const int64_t number : {int64_t{2}, int64_t{0}, i, int64_t{1}, int64_t{4}}) node.append(number);
    }
    std::string bytes(1, static_cast<char>(Type::kStream1));
    write_length(bytes, 1);
    std::string key;
    write_big(key, 1, 8);
    write_big(key, 1, 8);
    write_bytes(bytes, key);
    write_bytes(bytes, node.take());
    write_length(bytes, static_cast<uint64_t>(entries) + 1);
    for (const uint64_t number : {uint64_t{1}, static_cast<uint64_t>(entries) + 1, uint64_t{0}})
      write_length(bytes, number);
    return bytes;
  };
  EXPECT_TRUE(read(with(100, 1000)));
  EXPECT_FALSE(read(with(1 << 20, 1000)));
}

}  // namespace
}  // namespace corral::rdb

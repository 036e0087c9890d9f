// The reply writer against exact bytes in both versions of the protocol.
// Threading: none.
// See: protocol/README.md, "Replies".
#include "protocol/reply_writer.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "tests/support/reply_encoding.h"

namespace corral::protocol {
namespace {

using test_support::bytes_of;
using Write = std::function<void(ReplyWriter&)>;

std::string written(int version, const Write& write) {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, version);
  write(writer);
  EXPECT_EQ(buffer.size(), bytes_of(buffer).size());
  return bytes_of(buffer);
}

TEST(ReplyWriter, WritesEveryKindInBothVersions) {
  const struct {
    Write write;
    Bytes resp2;
    Bytes resp3;
  } rows[] = {
      {[](ReplyWriter& w) { w.ok(); }, "+OK\r\n", "+OK\r\n"},
      {[](ReplyWriter& w) { w.simple("PONG"); }, "+PONG\r\n", "+PONG\r\n"},
      {[](ReplyWriter& w) { w.simple(""); }, "+\r\n", "+\r\n"},
      {[](ReplyWriter& w) { w.error("ERR bad"); }, "-ERR bad\r\n", "-ERR bad\r\n"},
      {[](ReplyWriter& w) { w.error("ERR a\r\nb\n"); }, "-ERR a  b \r\n", "-ERR a  b \r\n"},
      {[](ReplyWriter& w) { w.integer(0); }, ":0\r\n", ":0\r\n"},
      {[](ReplyWriter& w) { w.integer(-7); }, ":-7\r\n", ":-7\r\n"},
      {[](ReplyWriter& w) { w.bulk("hello"); }, "$5\r\nhello\r\n", "$5\r\nhello\r\n"},
      {[](ReplyWriter& w) { w.bulk(""); }, "$0\r\n\r\n", "$0\r\n\r\n"},
      {[](ReplyWriter& w) { w.bulk(Bytes()); }, "$0\r\n\r\n", "$0\r\n\r\n"},
      {[](ReplyWriter& w) { w.bulk_integer(-1234); }, "$5\r\n-1234\r\n", "$5\r\n-1234\r\n"},
      {[](ReplyWriter& w) { w.null(); }, "$-1\r\n", "_\r\n"},
      {[](ReplyWriter& w) { w.null_array(); }, "*-1\r\n", "_\r\n"},
      {[](ReplyWriter& w) { w.array(3); }, "*3\r\n", "*3\r\n"},
      {[](ReplyWriter& w) { w.map(60); }, "*120\r\n", "%60\r\n"},
      {[](ReplyWriter& w) { w.set(2); }, "*2\r\n", "~2\r\n"},
      {[](ReplyWriter& w) { w.push(2); }, "*2\r\n", ">2\r\n"},
      {[](ReplyWriter& w) { w.attribute(1); }, "", "|1\r\n"},
      {[](ReplyWriter& w) { w.boolean(true); }, ":1\r\n", "#t\r\n"},
      {[](ReplyWriter& w) { w.boolean(false); }, ":0\r\n", "#f\r\n"},
      {[](ReplyWriter& w) { w.number(0.1); }, "$19\r\n0.10000000000000001\r\n", ",0.10000000000000001\r\n"},
      {[](ReplyWriter& w) { w.number(3); }, "$1\r\n3\r\n", ",3\r\n"},
      {[](ReplyWriter& w) { w.number(-std::numeric_limits<double>::infinity()); }, "$4\r\n-inf\r\n", ",-inf\r\n"},
      {[](ReplyWriter& w) { w.big_number("-123456789012345678901"); }, "$22\r\n-123456789012345678901\r\n",
       "(-123456789012345678901\r\n"},
      {[](ReplyWriter& w) { w.verbatim("a\nb", "txt"); }, "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n"},
      {[](ReplyWriter& w) { w.raw(":1\r\n"); }, ":1\r\n", ":1\r\n"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(written(2, row.write), row.resp2);
    EXPECT_EQ(written(3, row.write), row.resp3);
  }
}

TEST(ReplyWriter, WritesHeadersOfEveryLength) {
  for (const int64_t n : {int64_t{0}, int64_t{9}, int64_t{10}, int64_t{11}, int64_t{99}, int64_t{100}, int64_t{101},
                          int64_t{999}, int64_t{1000}, int64_t{123'456'789}, std::numeric_limits<int64_t>::max(),
                          int64_t{-1}, std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(written(2, [n](ReplyWriter& w) { w.integer(n); }), ":" + std::to_string(n) + "\r\n");
    EXPECT_EQ(written(2, [n](ReplyWriter& w) { w.array(n); }), "*" + std::to_string(n) + "\r\n");
  }
}

TEST(ReplyWriter, WritesBulksOfEverySizeAroundAChunk) {
  for (const size_t size : {size_t{1}, size_t{99}, size_t{100}, ReplyBuffer::kChunkBytes - 8, ReplyBuffer::kChunkBytes,
                            size_t{1'000'000}}) {
    const std::string text(size, 'x');
    EXPECT_EQ(written(3, [&](ReplyWriter& w) { w.bulk(text); }), "$" + std::to_string(size) + "\r\n" + text + "\r\n");
  }
}

TEST(ReplyWriter, WritesASharedBulkByReference) {
  struct Value final : SharedBytes {
    void retain() noexcept override { ++references; }
    void release() noexcept override { --references; }
    int references = 0;
  } value;
  ReplyBuffer buffer;
  ReplyWriter(buffer, 2).bulk_shared("hello", &value);
  EXPECT_EQ(bytes_of(buffer), "$5\r\nhello\r\n");
  EXPECT_EQ(value.references, 1);
  ReplyWriter(buffer, 2).bulk_shared("", &value);
  EXPECT_EQ(bytes_of(buffer), "$5\r\nhello\r\n$0\r\n\r\n");
  buffer.clear();
  EXPECT_EQ(value.references, 0);
}

// Replies that just fit into lent memory must not write past it.
TEST(ReplyWriter, StaysInsideBorrowedMemory) {
  for (size_t room = 0; room < 64; ++room) {
    std::string arena(64, '#');
    ReplyBuffer buffer;
    buffer.lend(arena.data(), arena.data() + room);
    ReplyWriter writer(buffer, 2);
    for (int i = 0; i < 4; ++i) writer.bulk("abc");
    writer.ok();
    writer.integer(12345);
    buffer.take_back();
    EXPECT_EQ(bytes_of(buffer), "$3\r\nabc\r\n$3\r\nabc\r\n$3\r\nabc\r\n$3\r\nabc\r\n+OK\r\n:12345\r\n");
    EXPECT_EQ(arena.substr(room), std::string(64 - room, '#'));
  }
}

}  // namespace
}  // namespace corral::protocol

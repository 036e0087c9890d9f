// Bits and bit fields against redis-server.
// Threading: one thread.
// See: side_by_side.h.
#include "server/base/random.h"
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using BitmapOracle = SideBySide;

TEST_P(BitmapOracle, SingleBits) {
  same({"SETBIT a 7 1",
        "GET a",
        "GETBIT a 7",
        "GETBIT a 6",
        "GETBIT a 100",
        "GETBIT no 0",
        "SETBIT a 7 0",
        "SETBIT a 7 2",
        "SETBIT a 7 -1",
        "SETBIT a 7 x",
        "SETBIT a -1 1",
        "SETBIT a x 1",
        "SETBIT a 4294967296 1",
        "SETBIT a #1 1",
        "GETBIT a -1",
        "GETBIT a 4294967296",
        "GETBIT a x",
        "GETBIT a '#1'",
        "SETBIT a 80 1",
        "STRLEN a",
        "SET n 12",
        "OBJECT ENCODING n",
        "SETBIT n 0 0",
        "OBJECT ENCODING n",
        "GET n",
        "SET s text",
        "SETBIT s 1 1",
        "OBJECT ENCODING s",
        "SETBIT fresh 0 0",
        "OBJECT ENCODING fresh",
        "GET fresh",
        "SETBIT a 7",
        "GETBIT a",
        "SETBIT t 0 1",
        "EXPIREAT t 4000000000",
        "SETBIT t 100 1",
        "EXPIRETIME t"});
}

TEST_P(BitmapOracle, WatchersSeeChangesOnly) {
  for (const char* write : {"BITFIELD b OVERFLOW FAIL INCRBY u45 31 -1", "BITFIELD b SET u8 0 0",
                            "BITFIELD b OVERFLOW FAIL INCRBY u8 800 -1", "BITFIELD b SET u8 1600 0"}) {
    same({"WATCH b", write, "MULTI", "PING", "EXEC", "STRLEN b"});
  }
  same({"SETBIT a 7 1",
        "WATCH a",
        "SETBIT a 7 1",
        "MULTI",
        "EXEC",
        "WATCH a",
        "SETBIT a 7 0",
        "MULTI",
        "EXEC",
        "WATCH a",
        "SETBIT a 15 0",
        "MULTI",
        "EXEC",
        "WATCH a",
        "BITFIELD a SET u8 0 0",
        "MULTI",
        "EXEC",
        "WATCH a",
        "BITFIELD a OVERFLOW FAIL SET u8 0 300",
        "MULTI",
        "EXEC",
        "WATCH a",
        "BITFIELD a SET u8 64 0",
        "MULTI",
        "EXEC"});
}

TEST_P(BitmapOracle, CountAndPosition) {
  same({"SET a foobar",
        "BITCOUNT a",
        "BITCOUNT a 0 0",
        "BITCOUNT a 1 1 BYTE",
        "BITCOUNT a 5 30 BIT",
        "BITCOUNT a -3 -2",
        "BITCOUNT a -2 -3",
        "BITCOUNT a -2 -3 FOO",
        "BITCOUNT a 0 1 FOO",
        "BITCOUNT a 0",
        "BITCOUNT a 0 1 BIT FOO",
        "BITCOUNT a x 1",
        "BITCOUNT a 1 x",
        "BITCOUNT no",
        "BITCOUNT no x",
        "BITCOUNT no 1 x FOO",
        "BITCOUNT a 6 10",
        "BITCOUNT a 9223372036854775807 -9223372036854775808 bit",
        "BITPOS a 1",
        "BITPOS a 0",
        "BITPOS a 2",
        "BITPOS a x",
        "BITPOS a 1 2",
        "BITPOS a 1 2 -1",
        "BITPOS a 0 2 -1 BIT",
        "BITPOS a 1 2 -1 FOO",
        "BITPOS a 1 x -1 FOO",
        "BITPOS a 1 0 x FOO",
        "BITPOS a 1 0 x BIT",
        "BITPOS a 1 0 1 BIT x",
        "BITPOS no 1",
        "BITPOS no 0",
        "BITPOS no 0 x",
        "SET full '\xff\xff\xff'",
        "BITPOS full 0",
        "BITPOS full 0 0",
        "BITPOS full 0 0 -1",
        "BITPOS full 0 5",
        "BITPOS full 0 0 -1 BIT",
        "BITPOS full 1 9 9 BIT",
        "SET empty ''",
        "BITPOS empty 0",
        "BITPOS empty 1",
        "BITPOS empty 0 0",
        "BITCOUNT empty",
        "BITCOUNT empty 0 -1",
        "SET zero '\\x00\\x00'",
        "BITPOS zero 1",
        "BITPOS zero 1 0",
        "BITPOS zero 0 1 1"});
}

TEST_P(BitmapOracle, CountAndPositionOfRandomRanges) {
  base::Random random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text = "SET k \"";
    for (uint64_t i = random.below(40); i > 0; --i)
      text += random.below(2) == 0 ? "\\xff" : random.below(2) == 0 ? "\\x00" : "\\x3c";
    same(text + "\"");
    const auto number = [&random] { return std::to_string(static_cast<int64_t>(random.below(400)) - 200); };
    const std::string range = number() + " " + number() + (random.below(2) == 0 ? " BIT" : " BYTE");
    same("BITCOUNT k " + range);
    same("BITPOS k 0 " + range);
    same("BITPOS k 1 " + range);
    same("BITPOS k 0 " + number());
  }
}

TEST_P(BitmapOracle, Combine) {
  same({"SET a abcdefghijk",
        "SET b ABC",
        "SET c ''",
        "BITOP AND d a b",
        "GET d",
        "OBJECT ENCODING d",
        "BITOP or d a b c no",
        "GET d",
        "BITOP XOR d a b a",
        "GET d",
        "BITOP NOT d a",
        "GET d",
        "BITOP NOT a a",
        "GET a",
        "BITOP NOT d a b",
        "BITOP FOO d a",
        "BITOP AND d no",
        "EXISTS d",
        "BITOP AND d no",
        "BITOP AND d",
        "BITOP NOT d c",
        "EXISTS d",
        "SET e 1 EX 100",
        "BITOP OR e b",
        "TTL e",
        "BITOP AND a a a a",
        "GET a"});
}

TEST_P(BitmapOracle, Fields) {
  same(
      {"BITFIELD a",
       "EXISTS a",
       "BITFIELD a GET u8 0",
       "EXISTS a",
       "BITFIELD a SET u8 0 255 GET u4 4 INCRBY i5 100 1",
       "GET a",
       "OBJECT ENCODING a",
       "BITFIELD a INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1",
       "BITFIELD a INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1",
       "BITFIELD a OVERFLOW FAIL INCRBY u2 102 3",
       "BITFIELD a OVERFLOW fail SET u8 0 300 SET i8 0 -129 SET i8 0 127",
       "BITFIELD a OVERFLOW FOO",
       "BITFIELD a OVERFLOW",
       "BITFIELD a GET u64 0",
       "BITFIELD a GET i64 0",
       "BITFIELD a GET i65 0",
       "BITFIELD a GET u0 0",
       "BITFIELD a GET x8 0",
       "BITFIELD a GET 'u8\\x00' 0",
       "BITFIELD a GET u8 -1",
       "BITFIELD a GET u8 #1",
       "BITFIELD a GET u8 '#1'",
       "BITFIELD a GET u8 '#-1'",
       "BITFIELD a GET u8 '#x'",
       "BITFIELD a GET u8 '#'",
       "BITFIELD a GET u8 4294967295",
       "BITFIELD a GET u8 4294967296",
       "BITFIELD a SET u8 0 x",
       "BITFIELD a SET u8 0",
       "BITFIELD a FOO u8 0",
       "BITFIELD a GET u8 '#4611686018427387904'",
       "BITFIELD a GET u4 '#4611686018427387904'",
       "BITFIELD a SET i64 0 9223372036854775807 INCRBY i64 0 1 GET i64 0",
       "BITFIELD a SET u63 1 -1 GET u63 1",
       "BITFIELD a OVERFLOW SAT INCRBY u63 1 9223372036854775807 INCRBY i64 0 -9223372036854775808 GET i64 0",
       "BITFIELD_RO a GET u8 0 GET i3 5",
       "BITFIELD_RO a SET u8 0 1",
       "BITFIELD_RO a OVERFLOW SAT GET u8 0",
       "BITFIELD_RO no GET u8 0",
       "BITFIELD_RO a SET u8 0 x",
       "SET n 12",
       "BITFIELD n SET u8 0 49",
       "OBJECT ENCODING n",
       "BITFIELD b OVERFLOW FAIL SET u2 100 4",
       "STRLEN b"});
}

TEST_P(BitmapOracle, RandomFields) {
  base::Random random(11);
  for (int round = 0; round < 1500; ++round) {
    const bool is_signed = random.below(2) == 0;
    const std::string type = (is_signed ? "i" : "u") + std::to_string(1 + random.below(is_signed ? 64 : 63));
    const std::string offset = std::to_string(random.below(200));
    const int64_t wide =
        static_cast<int64_t>(random.next() >> random.below(64)) * (random.below(2) == 0 ? 1 : -1);
    static constexpr const char* kOverflows[] = {"WRAP", "SAT", "FAIL"};
    same(std::string("BITFIELD k OVERFLOW ") + kOverflows[random.below(3)] +
         (random.below(2) == 0 ? " SET " : " INCRBY ") + type + " " + offset + " " + std::to_string(wide) +
         " GET " + type + " " + offset);
  }
  same("GET k");
}

INSTANTIATE_TEST_SUITE_P(Resp, BitmapOracle, testing::Values(2, 3),
                         [](const auto& suite) { return "Version" + std::to_string(suite.param); });

}  // namespace
}  // namespace corral::commands

// HyperLogLogs against redis-server, their bytes too.
// Threading: one thread.
// See: side_by_side.h.
#include "server/base/random.h"
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using HyperLogLogOracle = SideBySide;

TEST_P(HyperLogLogOracle, AddCountMerge) {
  same({"PFADD a",
        "GET a",
        "PFADD a",
        "PFCOUNT a",
        "GET a",
        "PFADD a x y z",
        "GET a",
        "PFADD a x",
        "PFCOUNT a",
        "GET a",
        "PFCOUNT a no",
        "PFCOUNT no",
        "PFCOUNT no no",
        "PFADD b z w",
        "PFCOUNT a b",
        "PFMERGE c a b",
        "GET c",
        "PFCOUNT c",
        "PFMERGE d",
        "GET d",
        "PFMERGE a",
        "GET a",
        "PFMERGE a no",
        "STRLEN a",
        "PFMERGE no2 no",
        "GET no2",
        "PFADD",
        "PFCOUNT",
        "PFMERGE",
        "OBJECT ENCODING a",
        "EXPIREAT a 4000000000",
        "PFADD a more",
        "PFMERGE a b",
        "EXPIRETIME a",
        "PFADD e ''",
        "PFADD e a ab abc abcd abcde abcdef abcdefg abcdefgh abcdefghi",
        "GET e"});
}

TEST_P(HyperLogLogOracle, Debug) {
  same({"PFADD a x y z",
        "PFDEBUG ENCODING a",
        "PFDEBUG DECODE a",
        "PFDEBUG TODENSE a",
        "PFDEBUG TODENSE a",
        "PFDEBUG ENCODING a",
        "PFDEBUG DECODE a",
        "PFDEBUG GETREG a",
        "GET a",
        "PFADD b 1 2 3",
        "PFDEBUG GETREG b",
        "PFDEBUG encoding b",
        "PFDEBUG FOO a",
        "PFDEBUG FOO no",
        "PFDEBUG FOO",
        "PFDEBUG ENCODING a b",
        "PFSELFTEST x",
        "PFSELFTEST",
        "PFMERGE c a b",
        "PFDEBUG ENCODING c",
        "PFMERGE b a",
        "PFDEBUG ENCODING b",
        "GET b"});
}

TEST_P(HyperLogLogOracle, WhatIsNone) {
  same({"SET a text",
        "PFADD a x",
        "PFCOUNT a",
        "PFCOUNT a a",
        "PFMERGE a",
        "PFMERGE b a",
        "PFDEBUG ENCODING a",
        "SET n 12",
        "PFADD n x",
        "SET h HYLL",
        "PFADD h",
        "PFCOUNT h",
        "SET s \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\"",
        "PFADD s",
        "OBJECT ENCODING s",
        "PFADD s x",
        "PFCOUNT s",
        "PFCOUNT s s",
        "PFMERGE s",
        "PFDEBUG TODENSE s",
        "PFDEBUG GETREG s",
        "PFDEBUG DECODE s",
        "SET s \"HYLL\\x01\\x00\\x00\\x00\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
        "PFCOUNT s",
        "OBJECT ENCODING s",
        "PFCOUNT s s",
        "SET s \"HYLL\\x02\\x00\\x00\\x00\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
        "PFCOUNT s",
        "SET s \"HYLL\\x00\\x00\\x00\\x00\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
        "PFCOUNT s"});
}

TEST_P(HyperLogLogOracle, WatchersSeeChanges) {
  same({"PFADD a x", "WATCH a", "PFADD a x", "MULTI", "EXEC", "WATCH a", "PFCOUNT a",         "MULTI",
        "EXEC",      "WATCH a", "PFCOUNT a", "MULTI", "EXEC", "WATCH a", "PFDEBUG TODENSE a", "MULTI",
        "EXEC",      "WATCH a", "PFADD a y", "MULTI", "EXEC"});
}

// Through splits, joins and the change to the dense form, with some limits of the sparse one.
TEST_P(HyperLogLogOracle, TheBytesAreTheSame) {
  base::Random random(3);
  for (const char* most : {"3000", "0", "100", "20000"}) {
    same(std::string("CONFIG SET hll-sparse-max-bytes ") + most);
    same("FLUSHALL");
    for (int round = 0; round < 400; ++round) {
      const std::string key = random.below(4) == 0 ? "b" : "a";
      std::string line = "PFADD " + key;
      for (uint64_t n = 1 + random.below(12); n > 0; --n) line += " e" + std::to_string(random.below(100000));
      same(line);
      if (round % 20 == 0) same({"GET a", "GET b", "PFCOUNT a", "PFCOUNT a b", "PFMERGE m a b", "GET m"});
    }
    same({"GET a", "GET b"});
  }
}

INSTANTIATE_TEST_SUITE_P(Resp, HyperLogLogOracle, testing::Values(2, 3),
                         [](const auto& suite) { return "Version" + std::to_string(suite.param); });

}  // namespace
}  // namespace corral::commands

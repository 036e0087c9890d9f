// Streams against redis-server; what waits is in tests/integration, random commands in tests/differential.
// Threading: one thread.
// See: side_by_side.h.
#include "server/base/random.h"
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using StreamOracle = SideBySide;

TEST_P(StreamOracle, NewIds) {
  same({"XADD s 5-* a 1",
        "XADD s 5-* a 2",
        "XADD s 5 a 3",
        "XADD s 4-* a 3",
        "XADD s 0-0 a 3",
        "XADD none 0-* a 3",
        "XADD s 6 a",
        "XADD s 6",
        "XADD s MAXLEN 3 7-1 a",
        "XADD s - a 1",
        "XADD s NOMKSTREAM 7-1 a 1",
        "XADD other NOMKSTREAM 7-1 a 1",
        "EXISTS other",
        "XADD s 18446744073709551615-18446744073709551614 a b",
        "XADD s 18446744073709551615-* a b",
        "XADD s * a b",
        "XADD s 18446744073709551615-* a b",
        "XRANGE s - + COUNT 2",
        "XRANGE s (18446744073709551615-18446744073709551615 +",
        "XREVRANGE s (0-0 -",
        "XRANGE s - + COUNT 0",
        "XRANGE none - + COUNT 0",
        "XINFO STREAM s"});
}

TEST_P(StreamOracle, TrimmingLeavesTheSameEntries) {
  for (int i = 1; i <= 1234; ++i) same("XADD s " + std::to_string(i) + " field value");
  same({"XTRIM s MAXLEN ~ 1000", "XLEN s", "XTRIM s MAXLEN ~ 500 LIMIT 150", "XLEN s", "XTRIM s MINID ~ 777",
        "XLEN s", "XTRIM s MINID 800", "XLEN s", "XADD s MAXLEN ~ 100 2000 field value", "XLEN s",
        "XADD s MAXLEN = 7 2001 field value", "XINFO STREAM s FULL COUNT 0", "XTRIM s MAXLEN 0",
        "XINFO STREAM s", "XTRIM s MAXLEN ~ 0 LIMIT 0"});
}

TEST_P(StreamOracle, RadixTreeNodesAreCountedAsRedisWould) {
  base::Random random(7);
  uint64_t ms = 0;
  for (int i = 0; i < 4000; ++i) {
    // Steps of very different lengths, so that ids branch at every byte.
    ms += 1 + random.below(uint64_t{1} << random.below(44));
    const std::string id =
        std::to_string(ms) + '-' + std::to_string(random.below(uint64_t{1} << random.below(50)));
    same("XADD s " + id + " a 1");
    if (i % 500 == 499) same("XINFO STREAM s");
  }
  same({"XTRIM s MAXLEN ~ 2000", "XINFO STREAM s", "XTRIM s MAXLEN 1", "XINFO STREAM s"});
}

TEST_P(StreamOracle, GroupsCountWhatTheyHaveRead) {
  same({"XGROUP CREATE s g $",
        "XGROUP CREATE s g $ MKSTREAM",
        "XGROUP CREATE s g 0",
        "XADD s 1-1 a 1",
        "XADD s 1-2 a 2",
        "XADD s 1-3 a 3",
        "XREADGROUP GROUP g one COUNT 1 STREAMS s >",
        "XINFO GROUPS s",
        "XDEL s 1-2",
        "XINFO GROUPS s",
        "XREADGROUP GROUP g one STREAMS s >",
        "XREADGROUP GROUP g one STREAMS s >",
        "XREADGROUP GROUP g one STREAMS s 0",
        "XDEL s 1-1",
        "XREADGROUP GROUP g one STREAMS s 0",
        "XCLAIM s g two 0 1-1 1-2 1-3",
        "XPENDING s g",
        "XCLAIM s g two 0 1-2 1-3 FORCE JUSTID",
        "XAUTOCLAIM s g one 0 - COUNT 1",
        "XACK s g 1-1 1-3 1-3",
        "XGROUP SETID s g 1-2 ENTRIESREAD 2",
        "XINFO GROUPS s",
        "XREADGROUP GROUP g one NOACK STREAMS s >",
        "XGROUP DELCONSUMER s g one",
        "XGROUP DESTROY s g",
        "XGROUP DESTROY s g",
        "XINFO GROUPS s",
        "XSETID s 9-9 ENTRIESADDED 100 MAXDELETEDID 5-0",
        "XINFO STREAM s FULL"});
}

TEST_P(StreamOracle, AConsumerWhoGetsNothingIsNotMade) {
  same({"XGROUP CREATE s g 0 MKSTREAM", "XREADGROUP GROUP g one STREAMS s >", "XINFO STREAM s FULL",
        "XREADGROUP GROUP g two NOACK STREAMS s >", "XINFO CONSUMERS s g", "XGROUP CREATECONSUMER s g two",
        "XADD s 1-1 a 1", "XREADGROUP GROUP g three COUNT 1 STREAMS s >", "XREADGROUP GROUP g four STREAMS s >",
        "XGROUP CREATECONSUMER s g three", "XGROUP CREATECONSUMER s g four"});
}

TEST_P(StreamOracle, ChangesOfGroupsDoNotSpoilTransactions) {
  same({"XGROUP CREATE s g 0 MKSTREAM", "XADD s 1-1 a 1"});
  for (const char* change :
       {"XREADGROUP GROUP g one STREAMS s >", "XACK s g 1-1", "XGROUP CREATECONSUMER s g two", "XSETID s 2-0",
        "XADD s 3-* a 1", "XDEL s 3-0"}) {
    same({"WATCH s", change, "MULTI", "PING", "EXEC"});
  }
}

TEST_P(StreamOracle, AStreamIsCopiedAndMovedWhole) {
  same({"XADD s 1-1 a 1", "XGROUP CREATE s g 0", "XREADGROUP GROUP g one NOACK STREAMS s >", "COPY s t",
        "XINFO GROUPS t", "RENAME t u", "XINFO STREAM u", "XADD u 1-* a 2", "XLEN s", "TYPE u",
        "OBJECT ENCODING u"});
}

INSTANTIATE_TEST_SUITE_P(BothProtocols, StreamOracle, testing::Values(2, 3));

}  // namespace
}  // namespace corral::commands

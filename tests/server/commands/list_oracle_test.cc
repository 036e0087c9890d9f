// Lists against redis-server; what waits is in tests/integration.
// Threading: one thread.
// See: side_by_side.h.
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using ListOracle = SideBySide;

TEST_P(ListOracle, PushAndPop) {
  same({"LPUSH l",
        "LPUSH l a b c",
        "RPUSH l 1 02 -3 ''",
        "LRANGE l 0 -1",
        "LLEN l",
        "LLEN no",
        "LLEN l l",
        "LPUSHX no a",
        "RPUSHX no a",
        "EXISTS no",
        "LPUSHX l x y",
        "RPUSHX l z",
        "OBJECT ENCODING l",
        "TYPE l",
        "LPOP l",
        "RPOP l",
        "LPOP no",
        "RPOP no",
        "LPOP l 0",
        "LPOP no 0",
        "LPOP no 1",
        "LPOP l -1",
        "LPOP l x",
        "LPOP l 9223372036854775808",
        "LPOP l 1 2",
        "LPOP l 2",
        "RPOP l 3",
        "LPOP l 9223372036854775807",
        "EXISTS l",
        "SET s 1",
        "LPUSH s a",
        "LPUSHX s a",
        "LPOP s",
        "LPOP s 0",
        "LPOP s x",
        "LLEN s"});
}

TEST_P(ListOracle, SingleElements) {
  same({"RPUSH l a b c",
        "LINDEX l 0",
        "LINDEX l -1",
        "LINDEX l 3",
        "LINDEX l -4",
        "LINDEX l x",
        "LINDEX no x",
        "LINDEX l 9223372036854775807",
        "LINDEX l -9223372036854775808",
        "LSET l 1 12",
        "LSET l -1 z",
        "LSET l 3 x",
        "LSET l x x",
        "LSET no x x",
        "LRANGE l 0 -1",
        "LINSERT l BEFORE 12 new",
        "LINSERT l after z 7",
        "LINSERT l BEFORE nosuch x",
        "LINSERT no BEFORE a x",
        "LINSERT l MIDDLE a x",
        "LINSERT l before 012 x",
        "LRANGE l 0 -1",
        "SET s 1",
        "LINDEX s x",
        "LSET s x x",
        "LINSERT s before a b",
        "LINSERT s x a b"});
}

TEST_P(ListOracle, Ranges) {
  same({"RPUSH l a b c d e f",
        "LRANGE l 0 0",
        "LRANGE l 1 -2",
        "LRANGE l -100 100",
        "LRANGE l 3 2",
        "LRANGE l 6 10",
        "LRANGE l -2 -3",
        "LRANGE l -9223372036854775808 9223372036854775807",
        "LRANGE l x 1",
        "LRANGE l 1 x",
        "LRANGE no x 1",
        "LRANGE no 0 -1",
        "LTRIM l x 1",
        "LTRIM no x 1",
        "LTRIM no 0 1",
        "LTRIM l 1 -2",
        "LRANGE l 0 -1",
        "LTRIM l 0 -1",
        "LTRIM l -2 100",
        "LRANGE l 0 -1",
        "LTRIM l 5 1",
        "EXISTS l",
        "SET s 1",
        "LRANGE s 0 1",
        "LTRIM s 0 1",
        "LTRIM s x 1"});
}

TEST_P(ListOracle, RemoveEqualOnes) {
  same({"RPUSH l a 1 a 1 b 01 a 1", "LREM l 1 a", "LRANGE l 0 -1", "LREM l -1 1", "LRANGE l 0 -1",
        "LREM l 0 a", "LREM l 5 nosuch", "LREM no 1 a", "LREM no x a", "LREM l x a", "LRANGE l 0 -1",
        "LREM l -9223372036854775808 1", "LREM l 9223372036854775807 b", "LRANGE l 0 -1", "LREM l 0 01",
        "EXISTS l", "SET s 1", "LREM s 1 a"});
}

TEST_P(ListOracle, Positions) {
  same({"RPUSH l a b c 1 2 3 c c",
        "LPOS l c",
        "LPOS l 1",
        "LPOS l x",
        "LPOS l c RANK 2",
        "LPOS l c RANK -1",
        "LPOS l c RANK 4",
        "LPOS l c RANK 0",
        "LPOS l c RANK x",
        "LPOS l c RANK -9223372036854775808",
        "LPOS l c RANK -9223372036854775807",
        "LPOS l c COUNT 2",
        "LPOS l c COUNT 0",
        "LPOS l x COUNT 0",
        "LPOS l c COUNT -1",
        "LPOS l c COUNT x",
        "LPOS l c RANK -1 COUNT 2",
        "LPOS l c RANK 2 COUNT 0",
        "LPOS l c MAXLEN 2",
        "LPOS l c MAXLEN 3",
        "LPOS l c COUNT 0 MAXLEN 7",
        "LPOS l c MAXLEN -1",
        "LPOS l c MAXLEN x",
        "LPOS l c RANK -1 MAXLEN 1 COUNT 5",
        "LPOS l c RANK",
        "LPOS l c FOO 1",
        "LPOS no c",
        "LPOS no c COUNT 0",
        "LPOS no c RANK 0",
        "LPOS l c COUNT 1 COUNT 0",
        "SET s 1",
        "LPOS s c",
        "LPOS s c RANK 0"});
}

TEST_P(ListOracle, MoveBetweenLists) {
  same({"RPUSH a 1 2 3",
        "LMOVE a b LEFT RIGHT",
        "LMOVE a b right left",
        "LRANGE b 0 -1",
        "LMOVE a a LEFT RIGHT",
        "LMOVE b b LEFT RIGHT",
        "LMOVE b b RIGHT RIGHT",
        "LRANGE b 0 -1",
        "RPOPLPUSH a b",
        "EXISTS a",
        "LRANGE b 0 -1",
        "RPOPLPUSH a b",
        "LMOVE a b UP LEFT",
        "LMOVE a b LEFT UP",
        "SET s x",
        "LMOVE s b LEFT LEFT",
        "LMOVE b s LEFT LEFT",
        "LMOVE no s LEFT LEFT",
        "RPOPLPUSH b s",
        "RPOPLPUSH s b",
        "RPOPLPUSH b b",
        "LRANGE b 0 -1"});
}

TEST_P(ListOracle, PopFromOneOfSeveral) {
  same({"RPUSH a 1 2 3",
        "RPUSH b x y",
        "LMPOP 1 a LEFT",
        "LMPOP 2 no a RIGHT COUNT 5",
        "LMPOP 2 a b LEFT",
        "LMPOP 1 no LEFT",
        "LMPOP 0 a LEFT",
        "LMPOP x a LEFT",
        "LMPOP 2 a LEFT",
        "LMPOP 3 a b LEFT",
        "LMPOP 1 b UP",
        "LMPOP 1 b LEFT COUNT",
        "LMPOP 1 b LEFT COUNT 0",
        "LMPOP 1 b LEFT COUNT x",
        "LMPOP 1 b LEFT COUNT 1 COUNT 1",
        "LMPOP 1 b LEFT FOO 1",
        "SET s 1",
        "LMPOP 2 s b LEFT",
        "LMPOP 2 b s LEFT COUNT 1",
        "LMPOP 2 b s LEFT"});
}

TEST_P(ListOracle, BlockingFormsThatNeedNotWait) {
  same({"RPUSH a 1 2 3 4 5 6 7 8", "SET s 1", "BLPOP a 0", "BRPOP no a 0", "BLPOP a s 0", "BLPOP s a 0",
        "BLPOP no s a 0", "BLMOVE a b LEFT RIGHT 0", "BRPOPLPUSH a b 0", "BLMPOP 0 2 no a LEFT COUNT 2",
        "BLMOVE a s LEFT LEFT 0", "BLMOVE s a LEFT LEFT 0", "LRANGE a 0 -1", "LRANGE b 0 -1"});
}

TEST_P(ListOracle, BadTimeouts) {
  same({"BLPOP no x", "BLPOP no -1", "BLPOP no -0.01", "BLPOP no nan", "BLPOP no inf", "BLPOP no -inf",
        "BLPOP no 1e300", "BLPOP no 9223372036854775808", "BLPOP no ''", "BLPOP no ' 1'", "BRPOP no",
        "BLMOVE a b LEFT UP x", "BLMOVE a b LEFT RIGHT x", "BRPOPLPUSH a b x", "BLMPOP x 0 a LEFT",
        "BLMPOP x 1 a UP", "BLMPOP x 1 a LEFT COUNT 0", "BLMPOP x 1 a LEFT", "BLMPOP -1 1 a LEFT"});
}

TEST_P(ListOracle, ATransactionNeverWaits) {
  same({"SET s 1", "MULTI", "BLPOP no 0", "BRPOP no no 0", "BLMOVE no x LEFT LEFT 0", "BRPOPLPUSH no x 0",
        "BLMPOP 0 1 no LEFT", "BLPOP s 0", "RPUSH l 1", "BLPOP l 0", "EXEC", "EXISTS l"});
}

INSTANTIATE_TEST_SUITE_P(Resp, ListOracle, testing::Values(2, 3),
                         [](const auto& suite) { return "Version" + std::to_string(suite.param); });

}  // namespace
}  // namespace corral::commands

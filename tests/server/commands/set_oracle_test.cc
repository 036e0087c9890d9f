// Sets against redis-server.
// Threading: one thread.
// See: side_by_side.h.
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using SetOracle = SideBySide;

TEST_P(SetOracle, Members) {
  same({"SADD s a b a",
        "SADD s",
        "SADD s b c 1 01 ''",
        "SCARD s",
        "SCARD no",
        "SCARD s s",
        "SISMEMBER s a",
        "SISMEMBER s 001",
        "SISMEMBER s ''",
        "SISMEMBER no a",
        "SMISMEMBER s a x 1 01 ''",
        "SMISMEMBER no a b",
        "SMISMEMBER s",
        "SREM s a a x",
        "SREM no a",
        "SREM s b c 1 01 ''",
        "EXISTS s",
        "SET str 1",
        "SADD str a",
        "SREM str a",
        "SCARD str",
        "SISMEMBER str a",
        "SMISMEMBER str a",
        "SMEMBERS str",
        "SMEMBERS no"});
  same_elements({"SADD t 3 1 2 -9223372036854775808", "SMEMBERS t", "SADD t x", "SMEMBERS t"});
}

TEST_P(SetOracle, Encodings) {
  same({"SADD i 1 2 3", "OBJECT ENCODING i", "TYPE i", "SADD i 9223372036854775807", "OBJECT ENCODING i",
        "SADD i 9223372036854775808", "OBJECT ENCODING i", "SREM i 9223372036854775808", "OBJECT ENCODING i",
        "SADD s a", "OBJECT ENCODING s", "SADD z 007", "OBJECT ENCODING z"});
  for (int i = 0; i < 513; ++i) same("SADD many " + std::to_string(i));
  same({"OBJECT ENCODING many", "SREM many 0", "OBJECT ENCODING many", "SCARD many"});
}

TEST_P(SetOracle, Move) {
  same({"SADD a 1 x y",     "SADD b 2",      "SMOVE a b x",    "SMOVE a b nosuch", "SMOVE a a y",
        "SMOVE a a nosuch", "SMOVE no b x",  "SMOVE a new 1",  "SISMEMBER new 1",  "SADD b y",
        "SMOVE a b y",      "EXISTS a",      "SCARD b",        "SET str 1",        "SMOVE no str x",
        "SMOVE b str x",    "SMOVE str b x", "SMOVE str no x", "SMOVE b b",        "OBJECT ENCODING new"});
}

TEST_P(SetOracle, Intersections) {
  same({"SADD a 1 2 3 4 x y", "SADD b 2 3 4 5 y z", "SADD c 3 4 y", "SADD i 1 2 3 100 200", "SADD d nosuch",
        "SET str 1"});
  same_elements({"SINTER a", "SINTER a b", "SINTER b a c", "SINTER a a", "SINTER a i", "SINTER i i",
                 "SINTER a d", "SINTER a no b"});
  same({"SINTER no", "SINTER no str", "SINTER str no", "SINTER", "SINTERSTORE x a b", "SCARD x",
        "SINTERSTORE a a b c", "SCARD a", "SINTERSTORE x a i", "OBJECT ENCODING x", "SINTERSTORE x a no",
        "EXISTS x", "SINTERSTORE x a d", "SINTERSTORE str a str", "SINTERSTORE str a b", "TYPE str",
        "SET str 1", "SINTERSTORE str no a", "EXISTS str"});
  same_elements({"SMEMBERS a"});
}

TEST_P(SetOracle, Cardinality) {
  same({"SADD a 1 2 3 4 x y",
        "SADD b 2 3 4 5 y z",
        "SINTERCARD 2 a b",
        "SINTERCARD 1 a",
        "SINTERCARD 2 a no",
        "SINTERCARD 2 a b LIMIT 2",
        "SINTERCARD 2 a b limit 0",
        "SINTERCARD 2 a b LIMIT 100",
        "SINTERCARD 2 a b LIMIT 1 LIMIT 3",
        "SINTERCARD 2 a b LIMIT",
        "SINTERCARD 2 a b LIMIT -1",
        "SINTERCARD 2 a b LIMIT x",
        "SINTERCARD 2 a b FOO 1",
        "SINTERCARD 1 a b",
        "SINTERCARD 0 a",
        "SINTERCARD -1 a",
        "SINTERCARD x a",
        "SINTERCARD 3 a b",
        "SINTERCARD 9223372036854775807 a b",
        "SINTERCARD 1",
        "SET str 1",
        "SINTERCARD 2 no str",
        "SINTERCARD 2 str no",
        "COMMAND GETKEYS SINTERCARD 2 a b LIMIT 1"});
}

TEST_P(SetOracle, UnionsAndDifferences) {
  same({"SADD a 1 2 3 4 x y", "SADD b 2 3", "SADD c y z", "SADD i 1 2 3", "SET str 1"});
  same_elements({"SUNION a", "SUNION a b c", "SUNION no a", "SUNION i b", "SDIFF a", "SDIFF a b",
                 "SDIFF a b c", "SDIFF a no c", "SDIFF i b", "SDIFF a i"});
  same({"SUNION no",
        "SUNION no str",
        "SDIFF no a",
        "SDIFF a a",
        "SDIFF a str",
        "SDIFF no str",
        "SUNIONSTORE x a b c",
        "SCARD x",
        "SDIFFSTORE x a b",
        "SCARD x",
        "SDIFFSTORE x i a",
        "EXISTS x",
        "SUNIONSTORE x b i",
        "OBJECT ENCODING x",
        "SUNIONSTORE x no no2",
        "EXISTS x",
        "SUNIONSTORE a a b",
        "SCARD a",
        "SDIFFSTORE a a b",
        "SCARD a",
        "SDIFFSTORE a a a",
        "SUNIONSTORE str c",
        "TYPE str",
        "SUNIONSTORE x",
        "SDIFFSTORE"});
}

// The way that takes members out of a copy: a large first set, and others that have few of it.
TEST_P(SetOracle, DifferenceOfALargeSetAndManySmallOnes) {
  std::string many = "SADD large";
  for (int i = 0; i < 300; ++i) (many += " m") += std::to_string(i);
  same({many, "SADD a m1 x", "SADD b m2 y", "SADD c m3 z", "SADD d m4", "SADD e m5"});
  same_elements(
      {"SDIFF large a b c d e", "SDIFF large a no c d e", "SDIFF a large b c", "SUNION large a b c d e"});
  same({"SDIFFSTORE x large a b c d e", "SCARD x", "SDIFFSTORE x large a b c large", "EXISTS x"});
}

TEST_P(SetOracle, ChanceThatLeavesNoChoice) {
  same({"SADD one a",
        "SRANDMEMBER one",
        "SRANDMEMBER one 5",
        "SRANDMEMBER one -3",
        "SRANDMEMBER one 0",
        "SRANDMEMBER no",
        "SRANDMEMBER no 3",
        "SRANDMEMBER no -3",
        "SRANDMEMBER one x",
        "SRANDMEMBER one -9223372036854775808",
        "SRANDMEMBER one 9223372036854775808",
        "SRANDMEMBER one 1 2",
        "SPOP one 0",
        "SPOP one -1",
        "SPOP one x",
        "SPOP one 1 2",
        "SPOP no",
        "SPOP no 0",
        "SPOP no 5",
        "SPOP one",
        "EXISTS one",
        "SADD one a",
        "SPOP one 5",
        "EXISTS one",
        "SET str 1",
        "SPOP str",
        "SPOP str 1",
        "SPOP str 0",
        "SRANDMEMBER str",
        "SRANDMEMBER str 0"});
  same_elements({"SADD s 1 2 3", "SPOP s 3", "SADD s a b c", "SRANDMEMBER s 3",
                 "SRANDMEMBER s 9223372036854775807", "SPOP s 9223372036854775807"});
}

TEST_P(SetOracle, Walks) {
  same({"SADD i 1 2 3 30", "SSCAN i 0", "SSCAN i 0 COUNT 1", "SSCAN i 0 MATCH 3*", "SSCAN i 0 MATCH nosuch",
        "SSCAN no 0", "SSCAN no x", "SSCAN i x", "SSCAN i 0 COUNT 0", "SSCAN i 0 COUNT x", "SSCAN i 0 FOO",
        "SSCAN i 0 TYPE set", "SSCAN i 0 COUNT", "SSCAN no 0 FOO", "SSCAN i", "SET str 1", "SSCAN str 0",
        "SSCAN str x"});
  same_elements({"SADD s a b c ''", "SSCAN s 0 COUNT 100", "SSCAN s 0 COUNT 100 MATCH *",
                 "SSCAN s 0 COUNT 100 MATCH ?"});
}

INSTANTIATE_TEST_SUITE_P(Resp, SetOracle, testing::Values(2, 3),
                         [](const auto& suite) { return "Version" + std::to_string(suite.param); });

}  // namespace
}  // namespace corral::commands

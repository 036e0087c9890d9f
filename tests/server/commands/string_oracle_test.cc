// Strings, numbers and parts of strings against redis-server.
// Threading: one thread.
// See: side_by_side.h.
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using StringOracle = SideBySide;

TEST_P(StringOracle, Set) {
  same({
      "GET", "GET a b", "SET a", "SET a 1", "GET a", "OBJECT ENCODING a", "SET a 1 NX", "SET a 2 XX",
      "SET b 2 XX", "SET a 3 GET", "SET b 3 GET", "SET b 3 NX GET", "SET c 3 NX GET", "SET c 3 XX GET",
      "SET a 1 NX XX", "SET a 1 XX NX", "SET a 1 NX NX", "SET a 1 EX", "SET a 1 EX x", "SET a 1 EX 0",
      "SET a 1 EX -1", "SET a 1 PX 0", "SET a 1 EX 9223372036854775807", "SET a 1 PX 9223372036854775807",
      "SET a 1 EXAT 9223372036854775807", "SET a 1 PXAT 9223372036854775807", "PEXPIRETIME a",
      "EXPIRETIME a", "SET a 1 EXAT 9223372036854775", "EXPIRETIME a", "SET a 1 EX 100 PX 100",
      "SET a 1 EX 100 EX 200", "TTL a", "SET a 1 EX 100 KEEPTTL", "SET a 1 KEEPTTL EX 100",
      "SET a 1 KEEPTTL", "TTL a", "SET a 1 PERSIST", "SET a 1 FOO", "SET a 1 GET GET GET", "TTL a",
      "SET a 1 PXAT 1", "GET a", "TTL a", "SET a 1 EXAT 0", "SET a v EX 1 FOO"});
}

TEST_P(StringOracle, OldFormsOfSet) {
  same({
      "SETEX a 10 v", "TTL a", "SETEX a 0 v", "SETEX a -5 v", "SETEX a x v",
      "SETEX a 9223372036854775807 v", "PSETEX a 100000 v", "PSETEX a 0 v", "PSETEX a v v", "SETNX a 1",
      "SETNX nx 1", "SETNX nx 2"});
}

TEST_P(StringOracle, GetAndChange) {
  same({
      "SET a 1 EX 100", "GETSET a 5", "TTL a", "GETSET nosuch 5", "GETDEL nosuch", "GETDEL nosuch",
      "GETEX a", "GETEX nosuch2 EX x", "GETEX a EX x", "GETEX a EX 100", "TTL a", "GETEX a PERSIST",
      "TTL a", "GETEX a EX 100 PERSIST", "GETEX a PERSIST EX 100", "GETEX a KEEPTTL", "GETEX a NX",
      "GETEX a PX 1000000", "GETEX a EXAT 1", "GET a", "GETEX a EX 0"});
}

TEST_P(StringOracle, SeveralKeys) {
  same({
      "MSET a 1 b 2 c 3", "MGET a b c d", "MSET a 1 b", "MSETNX a 1 b", "MSET a 1 a 2", "GET a",
      "MSETNX a 1 z 2", "MSETNX z1 1 z2 2", "MGET a", "MGET"});
}

TEST_P(StringOracle, Append) {
  same({
      "APPEND a hello", "OBJECT ENCODING a", "APPEND a ''", "OBJECT ENCODING a", "APPEND b 12",
      "OBJECT ENCODING b", "APPEND b ''", "OBJECT ENCODING b", "GET b", "APPEND b 3", "GET b", "INCR b",
      "OBJECT ENCODING b"});
}

TEST_P(StringOracle, Ranges) {
  same({
      "SET a hello", "STRLEN a", "STRLEN no", "GETRANGE a 0 -1", "GETRANGE a 1 2", "GETRANGE a -3 -2",
      "GETRANGE a -2 -3", "GETRANGE a 5 10", "GETRANGE a 4 100", "GETRANGE a -100 1", "GETRANGE a -100 -90",
      "GETRANGE a 9223372036854775807 1", "GETRANGE a -9223372036854775808 -1", "GETRANGE a x 1",
      "GETRANGE a 1 x", "GETRANGE no 0 -1", "GETRANGE no x -1", "SUBSTR a 1 3", "SETRANGE a 2 XX", "GET a",
      "SETRANGE a 10 YY", "GET a", "OBJECT ENCODING a", "SETRANGE s 3 abc", "OBJECT ENCODING s", "GET s",
      "SETRANGE s2 0 ''", "SETRANGE s 100 ''", "SETRANGE s -1 x", "SETRANGE s x x",
      "SETRANGE s 536870912 x", "SETRANGE s 536870911 ''", "SETRANGE s2 9223372036854775807 x",
      "SETRANGE s 9223372036854775808 x", "EXISTS s2"});
}

TEST_P(StringOracle, Numbers) {
  same({
      "SET n 10", "INCR n", "DECR n", "INCRBY n 5", "DECRBY n 3", "INCRBY n x",
      "DECRBY n 9223372036854775808", "DECRBY n -9223372036854775808", "INCRBY n 9223372036854775807",
      "SET n 9223372036854775807", "INCR n", "SET n -9223372036854775808", "DECR n", "INCR n", "SET n ' 1'",
      "INCR n", "SET n 01", "INCR n", "OBJECT ENCODING n", "SET n ''", "INCR n"});
}

TEST_P(StringOracle, Floats) {
  same({
      "SET n 1.5", "INCR n", "INCRBYFLOAT n 1.5", "OBJECT ENCODING n", "INCRBYFLOAT n 1", "INCRBYFLOAT n x",
      "INCRBYFLOAT n inf", "INCRBYFLOAT n -inf", "INCRBYFLOAT n nan", "INCRBYFLOAT n 1e400",
      "INCRBYFLOAT n 5.0e3", "INCRBYFLOAT n 1e200", "OBJECT ENCODING n", "SET n abc", "INCRBYFLOAT n x",
      "INCRBYFLOAT nf 0.1", "INCRBYFLOAT nf 0.2", "INCRBYFLOAT nf -0.3"});
}

TEST_P(StringOracle, ChangesInPlaceKeepTheExpiry) {
  same({
      "SET n 1 EX 100", "INCR n", "TTL n", "INCRBYFLOAT n 1", "TTL n", "APPEND n 1", "TTL n",
      "SETRANGE n 1 1", "TTL n", "SET n 5", "TTL n"});
}

TEST_P(StringOracle, Encodings) {
  same({
      "SET e 12345678901234567890", "OBJECT ENCODING e", "SET e 9223372036854775807", "OBJECT ENCODING e",
      "SET e -9223372036854775808", "OBJECT ENCODING e", "SET e 9223372036854775808", "OBJECT ENCODING e",
      "SET e aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "OBJECT ENCODING e",
      "SET e aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "OBJECT ENCODING e", "SET e ''",
      "OBJECT ENCODING e", "SET e -0", "OBJECT ENCODING e", "SET e +1", "OBJECT ENCODING e"});
}

TEST_P(StringOracle, LongestCommonSubsequence) {
  same({
      "MSET a ohmytext b mynewtext", "LCS a b", "LCS a b LEN", "LCS a b IDX", "LCS a b IDX WITHMATCHLEN",
      "LCS a b IDX MINMATCHLEN 4", "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
      "LCS a b IDX MINMATCHLEN -4 WITHMATCHLEN", "LCS a b WITHMATCHLEN", "LCS a b MINMATCHLEN 4",
      "LCS a b LEN IDX", "LCS a b LEN FOO", "LCS a b MINMATCHLEN", "LCS a b MINMATCHLEN x", "LCS a a IDX",
      "LCS a no", "LCS a no IDX", "LCS a no LEN", "LCS no no", "LCS a"});
}

INSTANTIATE_TEST_SUITE_P(Resp, StringOracle, testing::Values(2, 3), [](const auto& suite) {
  return "Version" + std::to_string(suite.param);
});

}  // namespace
}  // namespace corral::commands

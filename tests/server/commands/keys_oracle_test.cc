// Keys, expiry, walks, OBJECT, MEMORY and whole databases against redis-server.
// Threading: one thread.
// See: side_by_side.h.
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using KeysOracle = SideBySide;

TEST_P(KeysOracle, CountingKeys) {
  same({
      "MSET a 1 b 2 z1 1 z2 2", "DEL a b c d", "EXISTS a z1 z1 z2", "TYPE z1", "TYPE nosuch",
      "TOUCH z1 z2 no z1", "UNLINK z1 z2 z2"});
}

TEST_P(KeysOracle, Rename) {
  same({
      "SET e 1", "RENAME e e", "RENAME no x", "RENAMENX e e", "RENAMENX no e", "RENAME no no",
      "SET t1 v EX 100", "SET t2 w", "RENAME t1 t2", "TTL t2", "GET t1", "SET t1 x", "RENAME t1 t2",
      "TTL t2", "SET t1 x", "RENAMENX t1 t2", "RENAMENX t1 t3", "GET t3"});
}

TEST_P(KeysOracle, Copy) {
  same({
      "SET i 123", "COPY i j", "OBJECT ENCODING j", "COPY i j", "COPY i j REPLACE", "COPY i i",
      "COPY i i DB 1", "COPY i i DB 1", "COPY i i DB 1 REPLACE", "COPY i j DB", "COPY i j DB x",
      "COPY i j DB 99", "COPY i j DB -1", "COPY i j DB 99999999999", "COPY i j FOO",
      "COPY i j REPLACE REPLACE DB 2 DB 3", "COPY no i", "COPY no no", "SELECT 3", "GET j", "SELECT 0"});
}

TEST_P(KeysOracle, Move) {
  same({
      "SET i 1", "COPY i i DB 1", "SET j 2", "MOVE i 1", "SELECT 1", "DEL i", "SELECT 0", "EXPIRE i 100",
      "MOVE i 1", "EXISTS i", "SELECT 1", "TTL i", "GET i", "SELECT 0", "MOVE i 1", "MOVE j 0", "MOVE j x",
      "MOVE j 16", "MOVE j -1", "MOVE j 99999999999"});
}

TEST_P(KeysOracle, Databases) {
  same({
      "SET i 1", "SELECT 16", "SELECT -1", "SELECT x", "SELECT 99999999999", "SELECT", "SWAPDB 0 1",
      "GET i", "DBSIZE", "SWAPDB 0 1", "SWAPDB 0 0", "SWAPDB x 0", "SWAPDB 0 x", "SWAPDB 0 16",
      "SWAPDB -1 0", "DBSIZE"});
}

TEST_P(KeysOracle, Expire) {
  same({
      "SET e 1", "EXPIRE no 10", "EXPIRE e", "EXPIRE e x", "EXPIRE e x FOO", "EXPIRE e 10 FOO",
      "EXPIRE e 10 NX XX", "EXPIRE e 10 NX GT", "EXPIRE e 10 GT LT", "EXPIRE e 10 GT LT NX",
      "EXPIRE e 10 XX", "EXPIRE e 10 GT", "TTL e", "EXPIRE e 100 LT", "TTL e", "EXPIRE e 200 LT",
      "EXPIRE e 200 XX GT", "TTL e", "EXPIRE e 100 XX LT", "TTL e", "EXPIRE e 100 NX", "EXPIRE e 300 NX NX",
      "EXPIRE e 9223372036854775807", "EXPIRE e -9223372036854775808", "PEXPIRE e 9223372036854775807",
      "EXPIREAT e 9223372036854775807", "PEXPIREAT e 9223372036854775807", "PEXPIRETIME e",
      "EXPIRETIME e", "PEXPIREAT e -9223372036854775808", "EXISTS e", "SET e 1", "EXPIRE e 0", "EXISTS e",
      "SET e 1", "EXPIRE e -1", "EXISTS e", "SET e 1", "PEXPIREAT e 1", "EXISTS e", "SET e 1",
      "EXPIREAT e 33177117420", "EXPIRETIME e", "PEXPIRETIME e"});
}

TEST_P(KeysOracle, TimesToLive) {
  same({
      "SET e 1 EX 100", "EXPIREAT e 33177117420", "PERSIST e", "PERSIST e", "PERSIST no", "TTL e", "TTL no",
      "PTTL no", "PTTL e", "EXPIRETIME e", "PEXPIRETIME no"});
}

TEST_P(KeysOracle, Object) {
  same({
      "SET e 1", "OBJECT ENCODING no", "OBJECT FREQ no", "OBJECT FREQ e", "OBJECT IDLETIME no",
      "OBJECT REFCOUNT no", "OBJECT FOO", "OBJECT", "OBJECT ENCODING", "OBJECT ENCODING a b", "SET a 1",
      "OBJECT ENCODING a"});
}

TEST_P(KeysOracle, Memory) {
  same({
      "SET e 1", "MEMORY USAGE no", "MEMORY USAGE e SAMPLES", "MEMORY USAGE e SAMPLES x",
      "MEMORY USAGE e SAMPLES -1", "MEMORY USAGE no SAMPLES x", "MEMORY USAGE no FOO 1", "MEMORY FOO",
      "MEMORY", "MEMORY USAGE", "MEMORY PURGE", "MEMORY PURGE x"});
}

TEST_P(KeysOracle, KeysAndScan) {
  same({
      "MSET k1 1 k2 2 k3 3 other 4"});
  same_elements({
      "KEYS *", "KEYS k?", "KEYS k[12]", "KEYS k[^1]", "KEYS nomatch", "KEYS [", R"(KEYS k\?)",
      "SCAN 0 COUNT 1000", "SCAN 0 COUNT 1000 MATCH k*", "SCAN 0 COUNT 1000 MATCH *",
      "SCAN 0 COUNT 1000 TYPE string", "SCAN 0 COUNT 1000 TYPE STRING", "SCAN 0 COUNT 1000 TYPE list",
      "SCAN 0 COUNT 1000 TYPE foo"});
  same({
      "SCAN 0 COUNT 0", "SCAN 0 COUNT -1", "SCAN 0 COUNT x", "SCAN 0 COUNT", "SCAN 0 MATCH", "SCAN 0 FOO 1",
      "SCAN 0 FOO", "SCAN x", "SCAN -", "SCAN 1x", "SCAN ' 1'", "SCAN 99999999999999999999999"});
  same_elements({
      "SCAN '' COUNT 100", "SCAN +0 COUNT 100", "SCAN 00 COUNT 100"});
  same({
      "SCAN", "SCAN 0 COUNT x FOO 1"});
}

TEST_P(KeysOracle, Flush) {
  same({
      "MSET a 1 b 2", "DBSIZE", "FLUSHDB FOO", "FLUSHDB SYNC ASYNC", "FLUSHDB ASYNC", "DBSIZE", "RANDOMKEY",
      "SET only 1", "RANDOMKEY"});
  same_elements({
      "KEYS *"});
  same({
      "SCAN 0 COUNT 100", "FLUSHALL SYNC", "FLUSHALL FOO", "RANDOMKEY"});
}

TEST_P(KeysOracle, InsideATransaction) {
  same({
      "SET a 1", "MULTI", "SCAN 0 COUNT 100 MATCH zzz", "DBSIZE", "FLUSHALL", "RANDOMKEY", "SET x 1",
      "SWAPDB 0 1", "GET x", "SELECT 1", "GET x", "SELECT 0", "KEYS *", "MEMORY USAGE nokey", "EXEC"});
}

INSTANTIATE_TEST_SUITE_P(Resp, KeysOracle, testing::Values(2, 3), [](const auto& suite) {
  return "Version" + std::to_string(suite.param);
});

}  // namespace
}  // namespace corral::commands

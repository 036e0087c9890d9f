// Hashes against redis-server.
// Threading: one thread.
// See: side_by_side.h.
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using HashOracle = SideBySide;

TEST_P(HashOracle, SetAndGet) {
  same({"HSET h",
        "HSET h f",
        "HSET h f v",
        "HSET h f v g",
        "HSET h f w g 1 h 02 '' ''",
        "HSET h f x f y",
        "HGETALL h",
        "HKEYS h",
        "HVALS h",
        "HMSET h a 1",
        "HMSET h a",
        "HMSET h a 1 b",
        "HMSET h a 1 b 2",
        "HMSET new a 1 b 2",
        "HSETNX h a 5",
        "HSETNX h n 5",
        "HSETNX other n -5",
        "HGETALL other",
        "HGET h f",
        "HGET h g",
        "HGET h nosuch",
        "HGET no f",
        "HGET h",
        "HGET h f g",
        "HMGET h f nosuch g f",
        "HMGET no f g",
        "HMGET h",
        "HGETALL no",
        "HKEYS no",
        "HVALS no",
        "HGETALL h h",
        "TYPE h",
        "OBJECT ENCODING h"});
}

TEST_P(HashOracle, CountAndRemove) {
  same({"HSET h a 1 b 22 c 333 1 -4444", "HLEN h", "HLEN no", "HSTRLEN h b", "HSTRLEN h 1",
        "HSTRLEN h nosuch", "HSTRLEN no f", "HEXISTS h a", "HEXISTS h nosuch", "HEXISTS no a",
        "HDEL h a nosuch a", "HDEL h nosuch", "HDEL no a", "HDEL h", "HGETALL h", "HDEL h b c 1 b",
        "EXISTS h", "HDEL h b"});
}

TEST_P(HashOracle, OtherTypes) {
  same({"SET s 1",
        "HSET s f v",
        "HSET s f",
        "HMSET s f v",
        "HSETNX s f v",
        "HGET s f",
        "HMGET s f",
        "HGETALL s",
        "HKEYS s",
        "HVALS s",
        "HDEL s f",
        "HEXISTS s f",
        "HLEN s",
        "HSTRLEN s f",
        "HINCRBY s f 1",
        "HINCRBY s f x",
        "HINCRBYFLOAT s f 1",
        "HINCRBYFLOAT s f x",
        "HRANDFIELD s",
        "HRANDFIELD s 1",
        "HRANDFIELD s 0",
        "HRANDFIELD s x",
        "HRANDFIELD s 1 FOO",
        "HSCAN s 0",
        "HSCAN s x",
        "HSCAN s 0 FOO",
        "HSET h f v",
        "GET h",
        "APPEND h x",
        "INCR h",
        "LPUSH h x",
        "MGET h s",
        "SETRANGE h 1 x",
        "GETSET h 1",
        "SET h 1",
        "GET h"});
}

TEST_P(HashOracle, Numbers) {
  same({"HINCRBY h n 5",
        "HINCRBY h n -7",
        "HINCRBY h n x",
        "HINCRBY h n 9223372036854775808",
        "HINCRBY h n ' 1'",
        "HSET h m 9223372036854775807 t text sp ' 1' z 007 fl 1.5",
        "HINCRBY h m 1",
        "HINCRBY h m -1",
        "HINCRBY h t 1",
        "HINCRBY h sp 1",
        "HINCRBY h z 1",
        "HINCRBY h fl 1",
        "HINCRBYFLOAT h n 1.5",
        "HINCRBYFLOAT h n -0.5",
        "HINCRBYFLOAT h t 1",
        "HINCRBYFLOAT h sp 1",
        "HINCRBYFLOAT h z 1",
        "HINCRBYFLOAT h fl 3.0e3",
        "HINCRBYFLOAT h fl nan",
        "HINCRBYFLOAT h fl inf",
        "HINCRBYFLOAT h fl -inf",
        "HINCRBYFLOAT h fl 1e4932",
        "HINCRBYFLOAT h fl 1e4932",
        "HINCRBYFLOAT h fl x",
        "HINCRBYFLOAT h fl ''",
        "HINCRBYFLOAT h new 0.1",
        "HSET h i inf",
        "HINCRBYFLOAT h i 1",
        "HINCRBY h n",
        "HINCRBYFLOAT h n 1 2",
        "HGET h n",
        "HINCRBY no f x",
        "EXISTS no",
        "HINCRBYFLOAT no f 1.25",
        "HGETALL no"});
}

TEST_P(HashOracle, Forms) {
  const std::string edge(64, 'x');
  const std::string past(65, 'x');
  same({"HSET h f " + edge, "OBJECT ENCODING h", "HSET h f " + past, "OBJECT ENCODING h", "HSET h f 1",
        "OBJECT ENCODING h", "HSET h2 " + past + " 1", "OBJECT ENCODING h2", "HSETNX h3 a " + past,
        "OBJECT ENCODING h3", "COPY h h4", "OBJECT ENCODING h4", "HGETALL h4", "RENAME h4 h5", "HGETALL h5"});
  for (int i = 0; i < 512; ++i) same("HSET many f" + std::to_string(i) + " " + std::to_string(i));
  same({"OBJECT ENCODING many", "HGETALL many", "HSET many f5 x", "OBJECT ENCODING many",
        "HSET many one-more 1", "OBJECT ENCODING many", "HLEN many", "HMGET many f0 f511 one-more",
        "HDEL many f0", "OBJECT ENCODING many"});
  same_elements({"HGETALL many", "HKEYS many", "HVALS many"});
}

TEST_P(HashOracle, ThresholdsAreThoseOfTheConfiguration) {
  same({"CONFIG SET hash-max-listpack-entries 2",
        "HSET h a 1 b 2",
        "OBJECT ENCODING h",
        "HSET h c 3",
        "OBJECT ENCODING h",
        "CONFIG SET hash-max-ziplist-entries 3",
        "HSET h2 a 1 b 2 c 3",
        "OBJECT ENCODING h2",
        "OBJECT ENCODING h",
        "CONFIG SET hash-max-listpack-value 3",
        "OBJECT ENCODING h2",
        "HSET h2 a abc",
        "OBJECT ENCODING h2",
        "HSET h2 a abcd",
        "OBJECT ENCODING h2",
        "CONFIG GET hash-max-listpack-entries",
        "CONFIG GET hash-max-ziplist-value",
        "CONFIG GET list-compress-depth",
        "MULTI",
        "CONFIG SET hash-max-listpack-entries 0",
        "HSET h3 a 1",
        "OBJECT ENCODING h3",
        "EXEC"});
}

// Commands on any key.
TEST_P(HashOracle, GenericCommands) {
  same({"HSET h a 1 b 2", "HSET h2 c 3",       "SET s 1",    "OBJECT REFCOUNT h", "OBJECT FREQ h",
        "COPY h h2",      "COPY h h2 REPLACE", "HGETALL h2", "COPY h h2 DB 1",    "COPY h s REPLACE",
        "TYPE s",         "EXPIRE h 100",      "TTL h",      "HSET h a 5",        "TTL h",
        "PERSIST h",      "MOVE h 3",          "SELECT 3",   "HGETALL h",         "RENAMENX h new",
        "HGETALL new",    "DEL new",           "EXISTS new"});
  ours.client().run("SELECT 0");
  const std::string scanned = ours.client().run("SCAN 0 TYPE hash COUNT 10000");
  EXPECT_NE(scanned.find("h2"), std::string::npos);
  EXPECT_EQ(ours.client().run("SCAN 0 TYPE set COUNT 10000"), "*2\r\n$1\r\n0\r\n*0\r\n");
  EXPECT_TRUE(ours.client().run("MEMORY USAGE h2").starts_with(":"));
  EXPECT_NE(ours.client().run("DEBUG OBJECT h2").find("encoding:listpack"), std::string::npos);
}

TEST_P(HashOracle, RandomFields) {
  same({"HRANDFIELD no",
        "HRANDFIELD no 1",
        "HRANDFIELD no -1",
        "HRANDFIELD no 0 WITHVALUES",
        "HSET h a 1",
        "HRANDFIELD h",
        "HRANDFIELD h 1",
        "HRANDFIELD h 5 WITHVALUES",
        "HRANDFIELD h -3",
        "HRANDFIELD h -3 withvalues",
        "HRANDFIELD h 0",
        "HRANDFIELD h x",
        "HRANDFIELD h -9223372036854775808",
        "HRANDFIELD h 9223372036854775807",
        "HRANDFIELD h 9223372036854775807 WITHVALUES",
        "HRANDFIELD h -9223372036854775807 WITHVALUES",
        "HRANDFIELD h 4611686018427387903 WITHVALUES",
        "HRANDFIELD h 1 FOO",
        "HRANDFIELD h 1 WITHVALUES FOO",
        "HRANDFIELD h x FOO"});
  same("HSET h b 2 c 3");
  same_elements({"HRANDFIELD h 3", "HRANDFIELD h 10 WITHVALUES"});
}

TEST_P(HashOracle, Scan) {
  same({"HSCAN no 0",
        "HSCAN no x",
        "HSCAN no 0 FOO",
        "HSCAN no 0 COUNT 0",
        "HSET h a 1 ab 2 b -3 '' 4 12 5",
        "HSCAN h 0",
        "HSCAN h 17",
        "HSCAN h -1",
        "HSCAN h ''",
        "HSCAN h 18446744073709551616",
        "HSCAN h 0 MATCH a*",
        "HSCAN h 0 MATCH *",
        "HSCAN h 0 MATCH **",
        "HSCAN h 0 MATCH 1*",
        "HSCAN h 0 MATCH ''",
        "HSCAN h 0 COUNT 1",
        "HSCAN h 0 COUNT 0",
        "HSCAN h 0 COUNT x",
        "HSCAN h 0 COUNT",
        "HSCAN h 0 TYPE hash",
        "HSCAN h 0 NOVALUES",
        "HSCAN h 0 match b* count 100",
        "HSCAN h"});
}

TEST_P(HashOracle, InsideATransaction) {
  same({"MULTI", "HSET h f 1", "HINCRBY h f 2", "HGETALL h", "HGET h f", "HDEL h f", "EXISTS h", "EXEC"});
}

INSTANTIATE_TEST_SUITE_P(Resp, HashOracle, testing::Values(2, 3),
                         [](const auto& suite) { return "Version" + std::to_string(suite.param); });

}  // namespace
}  // namespace corral::commands

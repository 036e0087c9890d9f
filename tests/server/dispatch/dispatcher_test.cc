// The pipeline's gates and transactions, where they differ from a plain call of the handler.
// Threading: one thread, manual clock.
// See: server/dispatch/README.md.
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral {
namespace {

using test_support::TestServer;

TEST(Dispatcher, UnknownCommandsAnswerAsRedis) {
  TestServer server;
  EXPECT_EQ(server.run("NOPE a b"), "-ERR unknown command 'NOPE', with args beginning with: 'a' 'b' \r\n");
  EXPECT_EQ(server.run("GET"), "-ERR wrong number of arguments for 'get' command\r\n");
}

TEST(Dispatcher, AWatchedKeyThatChangedFailsTheTransaction) {
  TestServer server;
  auto& other = server.connect();
  server.run("WATCH k");
  server.run("MULTI");
  server.run("SET k mine");
  other.run("SET k theirs");
  EXPECT_EQ(server.run("EXEC"), "*-1\r\n");
  EXPECT_EQ(server.run("GET k"), "$6\r\ntheirs\r\n");
}

TEST(Dispatcher, AWatchedKeyThatRanOutFailsTheTransaction) {
  TestServer server;
  server.run("SET k v PX 100");
  server.run("WATCH k");
  server.run("MULTI");
  server.run("PING");
  server.advance_ms(101);
  EXPECT_EQ(server.run("EXEC"), "*-1\r\n");
}

TEST(Dispatcher, AnErrorWhileQueuingAbortsTheTransaction) {
  TestServer server;
  server.run("MULTI");
  EXPECT_EQ(server.run("GET"), "-ERR wrong number of arguments for 'get' command\r\n");
  EXPECT_EQ(server.run("EXEC"), "-EXECABORT Transaction discarded because of previous errors.\r\n");
  EXPECT_EQ(server.run("PING"), "+PONG\r\n");
}

TEST(Dispatcher, ATransactionMayHoldCommandsThatWalkEverything) {
  TestServer server;
  server.run("MULTI");
  for (const char* line : {"SET a 1", "DBSIZE", "KEYS *", "FLUSHALL", "DBSIZE", "INFO keyspace", "MEMORY STATS"}) {
    EXPECT_EQ(server.run(line), "+QUEUED\r\n") << line;
  }
  EXPECT_TRUE(server.run("EXEC").starts_with("*7\r\n+OK\r\n:1\r\n*1\r\n$1\r\na\r\n+OK\r\n:0\r\n"));
}

TEST(Dispatcher, WithoutThePasswordNothingRuns) {
  TestServer server({"requirepass secret"});
  EXPECT_EQ(server.run("GET a"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(server.run("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(server.run("GET a"), "$-1\r\n");
}

TEST(Dispatcher, ReplyOffAndSkip) {
  TestServer server;
  EXPECT_EQ(server.run("CLIENT REPLY SKIP"), "");
  EXPECT_EQ(server.run("PING"), "");
  EXPECT_EQ(server.run("PING"), "+PONG\r\n");
  EXPECT_EQ(server.run("CLIENT REPLY OFF"), "");
  EXPECT_EQ(server.run("SET a 1"), "");
  EXPECT_EQ(server.run("CLIENT REPLY ON"), "+OK\r\n");
  EXPECT_EQ(server.run("GET a"), "$1\r\n1\r\n");
}

TEST(Dispatcher, APauseHoldsWritesBack) {
  TestServer server;
  EXPECT_EQ(server.run("CLIENT PAUSE 1000 WRITE"), "+OK\r\n");
  server.turn();
  EXPECT_EQ(server.run("GET a"), "$-1\r\n");
  EXPECT_EQ(server.run("SET a 1"), "(held back)");
  server.advance_ms(1001);
  EXPECT_EQ(server.run("SET a 1"), "+OK\r\n");
}

TEST(Dispatcher, WritesPastTheMemoryLimitAreRefusedWithoutEviction) {
  TestServer server({"maxmemory 200kb", "maxmemory-policy noeviction"});
  std::string last;
  for (int i = 0; i < 20000 && last.rfind("-OOM", 0) != 0; ++i) {
    last = server.run("SET key:" + std::to_string(i) + " 0123456789012345678901234567890123456789");
  }
  EXPECT_EQ(last, "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  EXPECT_EQ(server.run("GET key:0").substr(0, 4), "$40\r");
  EXPECT_EQ(server.run("DEL key:0"), ":1\r\n");
}

TEST(Dispatcher, MonitorsSeeCommandsButNoSecrets) {
  TestServer server;
  auto& watcher = server.connect();
  EXPECT_EQ(watcher.run("MONITOR"), "+OK\r\n");
  server.turn();
  server.run("SET a 1");
  server.run("AUTH secret");
  server.turn();
  const std::string seen = watcher.take();
  EXPECT_NE(seen.find("\"SET\" \"a\" \"1\""), std::string::npos) << seen;
  EXPECT_EQ(seen.find("secret"), std::string::npos) << seen;
}

}  // namespace
}  // namespace corral

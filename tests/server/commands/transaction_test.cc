// MULTI, EXEC, DISCARD, WATCH and UNWATCH on one and several connections.
// Threading: one thread, manual clock.
// See: server/dispatch/README.md, "Transactions".
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

TEST(Transaction, CommandsAreQueuedAndRunTogether) {
  TestServer server;
  EXPECT_EQ(server.run("MULTI"), "+OK\r\n");
  EXPECT_EQ(server.run("SET k 1"), "+QUEUED\r\n");
  EXPECT_EQ(server.run("INCR k"), "+QUEUED\r\n");
  EXPECT_EQ(server.connect().run("GET k"), "$-1\r\n") << "nothing ran yet";
  EXPECT_EQ(server.run("EXEC"), "*2\r\n+OK\r\n:2\r\n");
  EXPECT_EQ(server.run("EXEC"), "-ERR EXEC without MULTI\r\n");
}

TEST(Transaction, MisplacedMultiAndWatchDoNotSpoilIt) {
  TestServer server;
  server.run("MULTI");
  EXPECT_EQ(server.run("MULTI"), "-ERR MULTI calls can not be nested\r\n");
  EXPECT_EQ(server.run("WATCH k"), "-ERR WATCH inside MULTI is not allowed\r\n");
  server.run("PING");
  EXPECT_EQ(server.run("EXEC"), "*1\r\n+PONG\r\n");
}

TEST(Transaction, ARefusedCommandSpoilsIt) {
  TestServer server;
  server.run("MULTI");
  server.run("SET k 1");
  EXPECT_TRUE(server.run("NOSUCH").starts_with("-ERR unknown command"));
  EXPECT_EQ(server.run("EXEC"), "-EXECABORT Transaction discarded because of previous errors.\r\n");
  EXPECT_EQ(server.run("GET k"), "$-1\r\n");
}

TEST(Transaction, DiscardDropsTheQueueAndTheWatches) {
  TestServer server;
  EXPECT_EQ(server.run("DISCARD"), "-ERR DISCARD without MULTI\r\n");
  server.run("WATCH w");
  server.run("MULTI");
  server.run("SET k 1");
  EXPECT_EQ(server.run("DISCARD"), "+OK\r\n");
  EXPECT_EQ(server.run("GET k"), "$-1\r\n");
  server.connect().run("SET w changed");
  server.run("MULTI");
  server.run("PING");
  EXPECT_EQ(server.run("EXEC"), "*1\r\n+PONG\r\n") << "w is watched no more";
}

TEST(Transaction, AWatchedKeyThatChangedStopsIt) {
  TestServer server;
  auto& other = server.connect();
  for (const char* change : {"SET w 2", "DEL w", "APPEND w x", "EXPIRE w 100", "FLUSHALL"}) {
    server.run("SET w 1");
    EXPECT_EQ(server.run("WATCH w v"), "+OK\r\n");
    other.run(change);
    server.run("MULTI");
    server.run("SET k 1");
    EXPECT_EQ(server.run("EXEC"), "*-1\r\n") << change;
  }
  EXPECT_EQ(server.run("GET k"), "$-1\r\n");
  server.run("MULTI");
  EXPECT_EQ(server.run("EXEC"), "*0\r\n") << "EXEC ends the watching";
}

TEST(Transaction, OnesOwnChangeCountsToo) {
  TestServer server;
  server.run("WATCH w");
  server.run("SET w 1");
  server.run("MULTI");
  EXPECT_EQ(server.run("EXEC"), "*-1\r\n");
}

TEST(Transaction, ReadingAWatchedKeyIsNoChange) {
  TestServer server;
  server.run("SET w 1");
  server.run("WATCH w");
  server.connect().run("GET w");
  server.run("MULTI");
  server.run("GET w");
  EXPECT_EQ(server.run("EXEC"), "*1\r\n$1\r\n1\r\n");
}

TEST(Transaction, UnwatchForgetsWhatHappened) {
  TestServer server;
  server.run("WATCH w");
  server.connect().run("SET w 1");
  EXPECT_EQ(server.run("UNWATCH"), "+OK\r\n");
  server.run("MULTI");
  EXPECT_EQ(server.run("EXEC"), "*0\r\n");
}

TEST(Transaction, UnwatchInsideIsQueued) {
  TestServer server;
  server.run("WATCH w");
  server.connect().run("SET w 1");
  server.run("MULTI");
  EXPECT_EQ(server.run("UNWATCH"), "+QUEUED\r\n");
  EXPECT_EQ(server.run("EXEC"), "*-1\r\n");
}

// What the queued commands would need is no reason to keep a client from giving them up.
TEST(Transaction, DiscardNeedsNoMemory) {
  TestServer server;
  server.run("MULTI");
  server.run("SET k 1");
  auto& other = server.connect();
  other.run("SET filler 1");
  other.run("CONFIG SET maxmemory 1");
  server.turn();
  EXPECT_EQ(server.run("DISCARD"), "+OK\r\n");
}

TEST(Transaction, DiscardIsNoWrite) {
  TestServer server;
  server.run("MULTI");
  server.run("SET k 1");
  server.connect().run("CLIENT PAUSE 1000 WRITE");
  server.turn();
  EXPECT_EQ(server.run("DISCARD"), "+OK\r\n");
}

TEST(Transaction, ExecWaitsForThePauseOfWrites) {
  TestServer server;
  server.run("MULTI");
  server.run("SET k 1");
  server.connect().run("CLIENT PAUSE 1000 WRITE");
  server.turn();
  EXPECT_EQ(server.run("EXEC"), "(held back)");
  server.advance_ms(1001);
  EXPECT_EQ(server.run("EXEC"), "*1\r\n+OK\r\n");
}

}  // namespace
}  // namespace corral::commands

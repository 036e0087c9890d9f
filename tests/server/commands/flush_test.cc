// Databases as a whole: what happens to memory, watchers and waiting readers.
// Threading: one thread, manual clock.
// See: server/commands/README.md, "Whole databases".
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

std::string exec_after(const char* line, const char* watched, const std::vector<const char*>& before) {
  TestServer server;
  auto& other = server.connect();
  for (const char* step : before) server.run(step);
  server.run(std::string("WATCH ") + watched);
  server.run("MULTI");
  server.run("PING");
  EXPECT_EQ(other.run(line), "+OK\r\n");
  return server.run("EXEC");
}

constexpr const char* kRuns = "*1\r\n+PONG\r\n";
constexpr const char* kFails = "*-1\r\n";

TEST(Flush, WatchersOfKeysThatWereThereFail) {
  EXPECT_EQ(exec_after("FLUSHALL", "k", {"SET k v"}), kFails);
  EXPECT_EQ(exec_after("FLUSHDB", "k", {"SET k v"}), kFails);
  EXPECT_EQ(exec_after("FLUSHALL", "k", {"SELECT 4", "SET k v"}), kFails);
  EXPECT_EQ(exec_after("FLUSHALL", "nosuch", {"SET k v"}), kRuns);
  EXPECT_EQ(exec_after("FLUSHDB", "k", {"SELECT 4", "SET k v"}), kRuns) << "another database";
}

TEST(Flush, SwappingTellsWatchersOfBothDatabases) {
  EXPECT_EQ(exec_after("SWAPDB 0 1", "k", {"SET k v"}), kFails);
  EXPECT_EQ(exec_after("SWAPDB 1 0", "k", {"SELECT 1", "SET k v", "SELECT 0"}), kFails) << "the key appears";
  EXPECT_EQ(exec_after("SWAPDB 0 1", "nosuch", {"SET k v"}), kRuns);
  EXPECT_EQ(exec_after("SWAPDB 1 2", "k", {"SET k v"}), kRuns) << "other databases";
  EXPECT_EQ(exec_after("SWAPDB 0 0", "k", {"SET k v"}), kRuns);
}

TEST(Flush, MemoryComesBack) {
  TestServer server;
  server.run("SET k v");
  server.run("FLUSHALL");
  for (int i = 0; i < 100; ++i) server.turn();
  const int64_t empty = server.services().keyspace.memory().total();
  for (int i = 0; i < 3000; ++i) {
    server.client().run_words({"SET", "k" + std::to_string(i), std::string(static_cast<size_t>(i) * 3, 'x'), "EX", "100"});
  }
  EXPECT_GT(server.services().keyspace.memory().total(), empty + 10'000'000);
  EXPECT_EQ(server.run("FLUSHALL"), "+OK\r\n");
  EXPECT_EQ(server.run("DBSIZE"), ":0\r\n");
  // The ghost history and the first buckets may stay.
  EXPECT_LT(server.services().keyspace.memory().total(), empty + 200'000);
  EXPECT_LT(server.services().budget.used(), empty + 200'000);
  EXPECT_FALSE(server.worker().graveyard.empty());
  for (int i = 0; i < 3000 && !server.worker().graveyard.empty(); ++i) server.turn();
  EXPECT_TRUE(server.worker().graveyard.empty());
}

TEST(Flush, OnlyTheDatabaseThatWasMeant) {
  TestServer server;
  server.run("SET zero v");
  server.run("SELECT 1");
  server.run("SET one v");
  EXPECT_EQ(server.run("FLUSHDB"), "+OK\r\n");
  EXPECT_EQ(server.run("DBSIZE"), ":0\r\n");
  server.run("SELECT 0");
  EXPECT_EQ(server.run("GET zero"), "$1\r\nv\r\n");
}

TEST(Flush, KeysWrittenAfterwardsLiveAndExpire) {
  TestServer server;
  server.run("SET k old PX 1000");
  server.run("FLUSHALL");
  server.run("SET k new PX 2000");
  server.advance_ms(1500);
  EXPECT_EQ(server.run("GET k"), "$3\r\nnew\r\n");
  server.advance_ms(500);
  EXPECT_EQ(server.run("GET k"), "$-1\r\n");
  EXPECT_EQ(server.run("DBSIZE"), ":0\r\n");
}

TEST(Flush, ReadersThatWaitAreAnsweredNil) {
  for (const char* line : {"FLUSHALL", "FLUSHDB", "SWAPDB 0 3"}) {
    TestServer server({}, {"all match * wait 10s"});
    auto& filler = server.connect();
    auto& waiter = server.connect();
    EXPECT_EQ(filler.run("GET k"), "$-1\r\n");
    EXPECT_EQ(waiter.run("GET k"), "") << "waits for the filler";
    EXPECT_EQ(server.run(line), "+OK\r\n");
    server.turn();
    EXPECT_EQ(waiter.take(), "$-1\r\n") << line;
  }
}

TEST(Flush, ReadersOfAnotherDatabaseGoOnWaiting) {
  TestServer server({}, {"all match * wait 10s"});
  auto& filler = server.connect();
  auto& waiter = server.connect();
  filler.run("GET k");
  waiter.run("GET k");
  server.run("SELECT 2");
  server.run("FLUSHDB");
  server.turn();
  EXPECT_EQ(waiter.take(), "");
  filler.run("SET k v");
  server.turn();
  EXPECT_EQ(waiter.take(), "$1\r\nv\r\n");
}

TEST(Select, EachClientHasItsOwn) {
  TestServer server;
  auto& other = server.connect();
  server.run("SELECT 7");
  server.run("SET k v");
  EXPECT_EQ(other.run("GET k"), "$-1\r\n");
  EXPECT_EQ(server.client().session().record->database.load(), 7);
  server.run("SWAPDB 0 7");
  EXPECT_EQ(other.run("GET k"), "$1\r\nv\r\n");
}

}  // namespace
}  // namespace corral::commands

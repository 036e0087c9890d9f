// INFO tells misses by their cause.
// Threading: one thread, manual clock.
// See: server/store/README.md, "Causes of misses".
#include <gtest/gtest.h>

#include "server/store/removal_history.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using metrics::MissCause;
using test_support::TestServer;

uint64_t misses(TestServer& server, MissCause cause) {
  return server.stats().misses_by_cause[static_cast<int>(cause)].value();
}

// Runs a read that misses and says why, by what was counted.
MissCause cause_of(TestServer& server, const std::string& line) {
  const uint64_t before = server.stats().keyspace_misses.value();
  uint64_t counts[metrics::kMissCauses];
  for (int i = 0; i < metrics::kMissCauses; ++i) counts[i] = misses(server, static_cast<MissCause>(i));
  server.run(line);
  EXPECT_EQ(server.stats().keyspace_misses.value(), before + 1) << line;
  for (int i = 0; i < metrics::kMissCauses; ++i) {
    if (misses(server, static_cast<MissCause>(i)) != counts[i]) return static_cast<MissCause>(i);
  }
  ADD_FAILURE() << line << " was counted without a cause";
  return MissCause::kNeverSet;
}

TEST(MissCauses, NeverSet) {
  TestServer server;
  EXPECT_EQ(cause_of(server, "GET a"), MissCause::kNeverSet);
  server.run("SET b 1");
  EXPECT_EQ(cause_of(server, "GET a"), MissCause::kNeverSet);
  EXPECT_EQ(cause_of(server, "STRLEN a"), MissCause::kNeverSet);
}

TEST(MissCauses, ExpiredWhenReadOrBefore) {
  TestServer server;
  server.run("SET a 1 PX 10");
  server.advance_ms(10);
  EXPECT_EQ(cause_of(server, "GET a"), MissCause::kExpired);
  EXPECT_EQ(cause_of(server, "GET a"), MissCause::kExpired);
  server.run("SET b 1 PX 10");
  for (int i = 0; i < 100; ++i) server.advance_ms(100);  // reclaimed by housekeeping
  ASSERT_EQ(server.run("DBSIZE"), ":0\r\n");
  EXPECT_EQ(cause_of(server, "GET b"), MissCause::kExpired);
}

TEST(MissCauses, RemovedByAClient) {
  TestServer server;
  server.run("MSET a 1 b 2 c 3");
  server.run("DEL a");
  server.run("GETDEL b");
  server.run("RENAME c d");
  for (const char* line : {"GET a", "GET b", "GET c"})
    EXPECT_EQ(cause_of(server, line), MissCause::kInvalidated) << line;
  server.run("SET a 1 PX 10");
  server.advance_ms(10);
  EXPECT_EQ(cause_of(server, "GET a"), MissCause::kExpired);  // the last cause counts
  server.run("FLUSHALL");
  EXPECT_EQ(cause_of(server, "GET a"), MissCause::kNeverSet);
}

TEST(MissCauses, SoftInvalidationAndSoftExpiry) {
  TestServer server({}, {"p match p:* stale 30s wait 0ms"});
  server.run("SET p:a 1 EX 10");
  server.run("CACHE.INVALIDATE KEY p:a");
  EXPECT_EQ(cause_of(server, "STRLEN p:a"), MissCause::kInvalidated);
  server.run("SET p:b 1 EX 10");
  server.advance_ms(11'000);
  EXPECT_EQ(cause_of(server, "STRLEN p:b"), MissCause::kExpired);
}

TEST(MissCauses, Evicted) {
  TestServer server({"maxmemory 3mb", "maxmemory-policy allkeys-random"});
  const std::string value(1000, 'x');
  for (int i = 0; i < 6000; ++i) server.client().run_words({"SET", "k" + std::to_string(i), value});
  ASSERT_GT(server.stats().evicted_keys.value(), 0u);
  const uint64_t evicted = misses(server, MissCause::kEvicted);
  for (int i = 0; i < 6000; ++i) server.run("GET k" + std::to_string(i));
  EXPECT_GT(misses(server, MissCause::kEvicted), evicted);
  EXPECT_EQ(misses(server, MissCause::kExpired), 0u);
  EXPECT_EQ(misses(server, MissCause::kInvalidated), 0u);
}

TEST(MissCauses, InfoShowsThem) {
  TestServer server;
  server.run("GET a");
  EXPECT_NE(server.run("INFO corral_misses")
                .find("misses_never_set:1\r\nmisses_expired:0\r\nmisses_evicted:0\r\n"
                      "misses_invalidated:0\r\n"),
            std::string::npos);
  server.run("CONFIG RESETSTAT");
  EXPECT_NE(server.run("INFO corral_misses").find("misses_never_set:0\r\n"), std::string::npos);
}

TEST(MissCauses, AGroupForgetsItsOldest) {
  store::RemovalHistory history;
  const auto hash = [](uint64_t print) { return print << 18; };  // all in one group
  for (uint64_t i = 1; i <= 9; ++i) history.remember(hash(i), MissCause::kExpired);
  EXPECT_EQ(history.cause_of(hash(1)), MissCause::kNeverSet);
  for (uint64_t i = 2; i <= 9; ++i) EXPECT_EQ(history.cause_of(hash(i)), MissCause::kExpired) << i;
  history.remember(hash(2), MissCause::kEvicted);  // again: in place of the old one
  for (uint64_t i = 3; i <= 9; ++i) EXPECT_EQ(history.cause_of(hash(i)), MissCause::kExpired) << i;
  EXPECT_EQ(history.cause_of(hash(2)), MissCause::kEvicted);
  history.clear();
  EXPECT_EQ(history.cause_of(hash(2)), MissCause::kNeverSet);
}

}  // namespace
}  // namespace corral::commands

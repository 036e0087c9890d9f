// Expiry, eviction and flushing in steps.
// Threading: one thread, manual clock.
// See: server/dispatch/README.md, "Housekeeping".
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral {
namespace {

using test_support::TestServer;

TEST(Housekeeping, DueKeysAreReclaimedWithoutBeingRead) {
  TestServer server;
  for (int i = 0; i < 5000; ++i) server.run("SET key:" + std::to_string(i) + " v PX 1000");
  const int64_t full = server.services().keyspace.memory().payload;
  server.advance_ms(2000);
  for (int turn = 0; turn < 2000 && server.stats().expired_keys.value() < 5000; ++turn) server.advance_ms(50);
  EXPECT_EQ(server.stats().expired_keys.value(), 5000u);
  EXPECT_GT(full, 0);
  EXPECT_EQ(server.services().keyspace.memory().payload, 0);
  EXPECT_EQ(server.run("DBSIZE"), ":0\r\n");
}

// Subscribers of `expired` want to hear of a key when it is due, not some rounds later.
TEST(Housekeeping, ADueKeyGoesWithinATickOfTheWheel) {
  TestServer server;
  for (uint64_t i = 0; i < 70; ++i) {
    server.run("SET key v PX 20");
    server.advance_ms(20);
    for (int late = 0; late <= 64 && server.stats().expired_keys.value() == i; ++late) server.advance_ms(1);
    ASSERT_EQ(server.stats().expired_keys.value(), i + 1);
    server.advance_ms(1);
  }
}

TEST(Housekeeping, EvictionKeepsTheDataBelowTheLimit) {
  TestServer server({"maxmemory 2mb", "maxmemory-policy allkeys-lru"});
  server.run("SET first 1");
  const int64_t fixed = server.services().keyspace.memory().table;  // an empty table per stripe, not counted against the limit
  for (int i = 0; i < 40000; ++i) {
    ASSERT_EQ(server.run("SET key:" + std::to_string(i) + " 0123456789012345678901234567890123456789"), "+OK\r\n") << i;
  }
  EXPECT_GT(server.stats().evicted_keys.value(), 10000u);
  EXPECT_LE(server.services().keyspace.memory().total() - fixed, 2 * 1024 * 1024 * 102 / 100);
}

TEST(Housekeeping, AccountedMemoryFollowsTheData) {
  TestServer server;
  server.run("SET first 1");
  server.run("DEL first");
  const auto reported = [&] {
    int64_t pending = 0;
    for (uint32_t i = 0; i < server.services().keyspace.stripe_count(); ++i) {
      pending += server.services().keyspace.stripe(i).unreported_bytes;
    }
    return server.services().budget.used() + pending;
  };
  // The empty tables themselves are fixed and not counted against the limit.
  const int64_t fixed = server.services().keyspace.memory().total() - reported();
  const auto accounted = [&] { return reported() + fixed; };
  for (int i = 0; i < 3000; ++i) server.run("SET key:" + std::to_string(i) + " v EX 100");
  EXPECT_EQ(accounted(), server.services().keyspace.memory().total());
  for (int i = 0; i < 3000; ++i) server.run("APPEND key:" + std::to_string(i) + " more");
  EXPECT_EQ(accounted(), server.services().keyspace.memory().total());
  server.run("FLUSHALL");
  EXPECT_EQ(accounted(), server.services().keyspace.memory().total());
}

}  // namespace
}  // namespace corral

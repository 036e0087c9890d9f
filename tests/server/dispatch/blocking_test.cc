// Blocked requests where sockets and threads would leave it to chance: retries, times, what is sent behind.
// Threading: one thread.
// See: server/dispatch/README.md, "Blocking commands".
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral::dispatch {
namespace {

using test_support::TestServer;

store::Stripe& stripe_of(TestServer& server, std::string_view key) {
  store::Keyspace& keyspace = server.services().keyspace;
  return keyspace.stripe(keyspace.placement().locate(key).stripe);
}

// A key that is not in the stripe of `other`.
std::string apart_from(TestServer& server, std::string_view other) {
  for (char name = 'a';; ++name) {
    const std::string key(1, name);
    if (&stripe_of(server, key) != &stripe_of(server, other)) return key;
  }
}

TEST(Blocking, WhoWritesWhileTheDestinationIsLockedLeavesTheMoveToItsOwner) {
  TestServer server;
  auto& mover = server.connect();
  auto& behind = server.connect();
  const std::string target = apart_from(server, "list");
  EXPECT_EQ(mover.run("BLMOVE list " + target + " LEFT RIGHT 0"), "");
  EXPECT_EQ(behind.run("BLPOP list 0"), "");
  store::Stripe& locked = stripe_of(server, target);
  locked.lock.lock();
  EXPECT_EQ(server.run("RPUSH list first second"), ":2\r\n");
  locked.lock.unlock();
  EXPECT_EQ(mover.take(), "");
  EXPECT_EQ(behind.take(), "") << "nobody overtakes it";
  server.turn();
  EXPECT_EQ(mover.take(), "$5\r\nfirst\r\n");
  EXPECT_EQ(behind.take(), "*2\r\n$4\r\nlist\r\n$6\r\nsecond\r\n");
  EXPECT_EQ(server.run("LRANGE " + target + " 0 -1"), "*1\r\n$5\r\nfirst\r\n");
}

TEST(Blocking, WhatIsToBeTriedAgainMayBeGone) {
  TestServer server;
  auto& mover = server.connect();
  auto& leaver = server.connect();
  const std::string target = apart_from(server, "list");
  const auto write_while_locked = [&] {
    store::Stripe& locked = stripe_of(server, target);
    locked.lock.lock();
    server.run("RPUSH list element");
    locked.lock.unlock();
  };
  leaver.run("BLMOVE list " + target + " LEFT RIGHT 0");
  write_while_locked();
  leaver.disconnect();
  server.turn();
  EXPECT_EQ(server.run("LLEN list"), ":1\r\n");
  server.run("DEL list");
  mover.run("BLMOVE list " + target + " LEFT RIGHT 1");
  write_while_locked();
  server.run("DEL list");
  server.turn();
  EXPECT_EQ(mover.take(), "");
  server.advance_ms(1000);
  EXPECT_EQ(mover.take(), "*-1\r\n");
}

TEST(Blocking, TheTimeEndsTheWaitAndNotBefore) {
  TestServer server;
  auto& client = server.connect();
  EXPECT_EQ(client.run("BZPOPMIN zset 1.5"), "");
  server.advance_ms(1499);
  EXPECT_EQ(client.take(), "");
  server.advance_ms(1);
  EXPECT_EQ(client.take(), "*-1\r\n");
  EXPECT_EQ(client.run("BZMPOP 1 1 zset MIN"), "");
  server.advance_ms(500);
  EXPECT_EQ(server.run("ZADD zset 1 a"), ":1\r\n");
  EXPECT_EQ(client.take(), "*2\r\n$4\r\nzset\r\n*1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n");
  EXPECT_EQ(client.run("BZPOPMAX zset 1"), "");
  server.advance_ms(500);  // when the former wait would have ended
  EXPECT_EQ(client.take(), "");
  server.advance_ms(500);
  EXPECT_EQ(client.take(), "*-1\r\n");
}

TEST(Blocking, WhatIsSentBehindRunsAfterTheWait) {
  TestServer server;
  auto& client = server.connect();
  EXPECT_EQ(client.run("BZPOPMIN zset 0"), "");
  EXPECT_EQ(client.run("SET after 1"), "");
  EXPECT_EQ(client.run("BZPOPMIN zset 0"), "");
  EXPECT_EQ(client.run("PING"), "");
  EXPECT_EQ(server.run("ZADD zset 1 a"), ":1\r\n");
  EXPECT_EQ(client.take(), "*3\r\n$4\r\nzset\r\n$1\r\na\r\n$1\r\n1\r\n");
  EXPECT_EQ(server.run("EXISTS after"), ":0\r\n");
  server.turn();
  EXPECT_EQ(client.take(), "+OK\r\n");
  EXPECT_EQ(server.run("ZADD zset 2 b"), ":1\r\n");
  server.turn();
  EXPECT_EQ(client.take(), "*3\r\n$4\r\nzset\r\n$1\r\nb\r\n$1\r\n2\r\n+PONG\r\n");
}

TEST(Blocking, TheSameKeyMayBeAskedForAsListAndAsSortedSet) {
  TestServer server;
  auto& wants_zset = server.connect();
  auto& wants_list = server.connect();
  wants_zset.run("BZPOPMIN key 0");
  wants_list.run("BLPOP key 0");
  server.run("RPUSH key element");
  EXPECT_EQ(wants_zset.take(), "");
  EXPECT_EQ(wants_list.take(), "*2\r\n$3\r\nkey\r\n$7\r\nelement\r\n");
  server.run("ZADD key 3 member");
  EXPECT_EQ(wants_zset.take(), "*3\r\n$3\r\nkey\r\n$6\r\nmember\r\n$1\r\n3\r\n");
}

}  // namespace
}  // namespace corral::dispatch

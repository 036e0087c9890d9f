// What time does to keys.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

TEST(Expire, TtlRoundsToTheNearestSecond) {
  TestServer server;
  server.run("SET k v PX 10500");
  EXPECT_EQ(server.run("TTL k"), ":11\r\n");
  EXPECT_EQ(server.run("PTTL k"), ":10500\r\n");
  server.advance_ms(1);
  EXPECT_EQ(server.run("TTL k"), ":10\r\n");
  server.advance_ms(10000);
  EXPECT_EQ(server.run("TTL k"), ":0\r\n");
  EXPECT_EQ(server.run("PTTL k"), ":499\r\n");
  server.advance_ms(499);
  EXPECT_EQ(server.run("TTL k"), ":-2\r\n");
}

TEST(Expire, TheTimeIsThatOfTheCall) {
  TestServer server;
  server.run("SET k v");
  server.advance_ms(5000);
  EXPECT_EQ(server.run("EXPIRE k 10"), ":1\r\n");
  EXPECT_EQ(server.run("PEXPIRETIME k"), ":" + std::to_string(TestServer::kStartMs + 15000) + "\r\n");
  EXPECT_EQ(server.run("EXPIRETIME k"), ":" + std::to_string(TestServer::kStartMs / 1000 + 15) + "\r\n");
  EXPECT_EQ(server.run("PEXPIRE k 1"), ":1\r\n");
  server.advance_ms(1);
  EXPECT_EQ(server.run("EXISTS k"), ":0\r\n");
}

TEST(Expire, APastTimeDeletesAtOnce) {
  TestServer server;
  for (const std::string& line : {std::string("EXPIRE k -1"), std::string("PEXPIRE k 0"), std::string("EXPIREAT k 1"),
                                 "PEXPIREAT k " + std::to_string(TestServer::kStartMs)}) {
    server.run("SET k v");
    const uint64_t expired = server.stats().expired_keys.value();
    EXPECT_EQ(server.run(line), ":1\r\n") << line;
    EXPECT_EQ(server.run("DBSIZE"), ":0\r\n") << line;
    EXPECT_EQ(server.stats().expired_keys.value(), expired) << "a delete, not an expiry";
  }
}

TEST(Expire, ConditionsCompareWithTheExpiryInForce) {
  TestServer server;
  server.run("SET k v PX 100000");
  EXPECT_EQ(server.run("PEXPIRE k 100000 GT"), ":0\r\n");
  EXPECT_EQ(server.run("PEXPIRE k 100000 LT"), ":0\r\n");
  EXPECT_EQ(server.run("PEXPIRE k 100001 GT"), ":1\r\n");
  EXPECT_EQ(server.run("PEXPIRE k 100000 LT"), ":1\r\n");
  // Even a time in the past obeys its condition.
  EXPECT_EQ(server.run("EXPIRE k -1 NX"), ":0\r\n");
  EXPECT_EQ(server.run("EXISTS k"), ":1\r\n");
}

TEST(Expire, WhatExpiredIsCountedOnce) {
  TestServer server;
  server.run("SET a v PX 10");
  server.run("SET b v PX 10");
  const uint64_t before = server.stats().expired_keys.value();
  server.advance_ms(10);
  EXPECT_EQ(server.run("MGET a b"), "*2\r\n$-1\r\n$-1\r\n");
  server.turn();
  EXPECT_EQ(server.stats().expired_keys.value() - before, 2u);
}

TEST(Expire, ChangesOfExpiryAreSeenByWatchers) {
  for (const char* line : {"EXPIRE k 100", "PERSIST k", "EXPIRE k 0", "GETEX k EX 10"}) {
    TestServer server;
    auto& other = server.connect();
    server.run("SET k v EX 50");
    server.run("WATCH k");
    server.run("MULTI");
    other.run(line);
    EXPECT_EQ(server.run("EXEC"), "*-1\r\n") << line;
  }
}

TEST(Expire, ReadingTimesChangesNothing) {
  TestServer server;
  auto& other = server.connect();
  server.run("SET k v EX 50");
  server.run("WATCH k");
  server.run("MULTI");
  for (const char* line : {"TTL k", "PTTL k", "EXPIRETIME k", "EXPIRE k 100 NX", "GETEX k", "OBJECT ENCODING k"}) {
    other.run(line);
  }
  EXPECT_EQ(server.run("EXEC"), "*0\r\n");
}

TEST(Expire, RenameAndCopyCarryTheExpiry) {
  TestServer server;
  server.run("SET a v PX 7000");
  server.run("SET b w PX 9000");
  server.run("COPY a c");
  server.run("RENAME a b");
  EXPECT_EQ(server.run("PTTL b"), ":7000\r\n");
  EXPECT_EQ(server.run("PTTL c"), ":7000\r\n");
  server.run("MOVE c 5");
  server.run("SELECT 5");
  EXPECT_EQ(server.run("PTTL c"), ":7000\r\n");
}

TEST(Expire, AnExpiredKeyIsNoSourceAndNoObstacle) {
  TestServer server;
  server.run("SET gone v PX 10");
  server.run("SET here w");
  server.advance_ms(10);
  EXPECT_EQ(server.run("RENAME gone x"), "-ERR no such key\r\n");
  EXPECT_EQ(server.run("COPY gone x"), ":0\r\n");
  EXPECT_EQ(server.run("MOVE gone 1"), ":0\r\n");
  server.run("SET gone v PX 10");
  server.advance_ms(10);
  EXPECT_EQ(server.run("RENAMENX here gone"), ":1\r\n");
  EXPECT_EQ(server.run("TTL gone"), ":-1\r\n");
  EXPECT_EQ(server.run("GET gone"), "$1\r\nw\r\n");
}

}  // namespace
}  // namespace corral::commands

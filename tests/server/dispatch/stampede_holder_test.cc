// A connection that was sent to fill a key asks for it again: the next user of a pool, or one caller who reads twice.
// Threading: one thread, manual clock.
// See: server/stampede/README.md, "The holder's own connection".
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral {
namespace {

using test_support::TestServer;

constexpr const char* kNil = "$-1\r\n";
constexpr const char* kValue = "$1\r\nv\r\n";

struct Holder : testing::Test {
  TestServer server{{}, {"cache match cache:* exact"}};
  TestServer::Client& pooled = server.connect();
  TestServer::Client& other = server.connect();

  void fill_and_remove(const std::string& key) {
    EXPECT_EQ(other.run("SET " + key + " v"), "+OK\r\n");
    EXPECT_EQ(other.run("DEL " + key), ":1\r\n");
  }
  // Half of `wait` is over: the read is taken for the filler's own and gets nil.
  void ask_twice_in_vain(TestServer::Client& client, const std::string& key) {
    EXPECT_EQ(client.run("GET " + key), kNil);
    EXPECT_EQ(client.run("GET " + key), "");
    server.advance_ms(1000);
    EXPECT_EQ(client.take(), kNil);
    fill_and_remove(key);
  }
};

TEST_F(Holder, TheNextUserOfTheConnectionWaitsForTheFill) {
  for (const char* read : {"GET cache:1", "CACHE.GET cache:1", "MGET cache:1"}) {
    pooled.run(read);
    EXPECT_EQ(pooled.run("GET cache:1"), "");
    EXPECT_EQ(other.run("SET cache:1 v"), "+OK\r\n");
    EXPECT_EQ(pooled.take(), kValue);
    other.run("DEL cache:1");
  }
}

TEST_F(Holder, ReadsOfEveryShapeWait) {
  pooled.run("GET cache:1");
  EXPECT_EQ(pooled.run("MGET cache:1 nosuch"), "");
  other.run("SET cache:1 v");
  EXPECT_EQ(pooled.take(), std::string("*2\r\n") + kValue + kNil);
  other.run("DEL cache:1");
  pooled.run("CACHE.GET cache:1");
  EXPECT_EQ(pooled.run("CACHE.GET cache:1"), "");
  other.run("SET cache:1 v");
  EXPECT_NE(pooled.take().find("HIT"), std::string::npos);
}

TEST_F(Holder, AConnectionThatWaitedForItselfTwiceInARowIsLeftAloneForAMinute) {
  ask_twice_in_vain(pooled, "cache:1");
  server.advance_ms(1000);  // the policy's pause
  ask_twice_in_vain(pooled, "cache:2");
  server.advance_ms(2000);
  // The policy would let others wait.
  auto& third = server.connect();
  third.run("GET cache:3");
  EXPECT_EQ(third.run("GET cache:3"), "");
  fill_and_remove("cache:3");
  EXPECT_EQ(third.take(), kValue);
  pooled.run("GET cache:4");
  EXPECT_EQ(pooled.run("GET cache:4"), kNil);
  server.advance_ms(60'000);
  pooled.run("GET cache:5");
  EXPECT_EQ(pooled.run("GET cache:5"), "");
}

TEST_F(Holder, AValueInBetweenForgetsTheFirstOneInVain) {
  ask_twice_in_vain(pooled, "cache:1");
  server.advance_ms(1000);
  pooled.run("GET cache:2");
  EXPECT_EQ(pooled.run("GET cache:2"), "");
  fill_and_remove("cache:2");
  EXPECT_EQ(pooled.take(), kValue);
  ask_twice_in_vain(pooled, "cache:3");
  pooled.run("GET cache:4");
  EXPECT_EQ(pooled.run("GET cache:4"), "");
}

}  // namespace
}  // namespace corral

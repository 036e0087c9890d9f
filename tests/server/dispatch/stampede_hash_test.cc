// Stampede protection of hashes: HGET, HMGET and HGETALL in every state of a key, and what fills it.
// Threading: one thread, manual clock.
// See: server/stampede/README.md for the rules; stampede_commands_test.cc for strings.
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral {
namespace {

using test_support::TestServer;

constexpr const char* kNil = "$-1\r\n";
constexpr const char* kWrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
std::string array(std::initializer_list<std::string> elements) {
  std::string out = "*" + std::to_string(elements.size()) + "\r\n";
  for (const std::string& element : elements) out += element;
  return out;
}

struct HashHerd : testing::Test {
  TestServer server{
      {},
      {"exactly match cache:* exact", "stale match old:* exact stale 30s",
       "soft match soft:* exact stale 30s del soft", "guarded match g:* exact stale 30s guard on"}};
  TestServer::Client& a = server.connect();
  TestServer::Client& b = server.connect();
  TestServer::Client& c = server.connect();
  TestServer::Client& d = server.connect();
};

TEST_F(HashHerd, OneReaderIsElectedAndEachOtherGetsWhatItAskedFor) {
  EXPECT_EQ(a.run("HGETALL cache:1"), "*0\r\n");
  EXPECT_EQ(b.run("HGET cache:1 f"), "");
  EXPECT_EQ(c.run("HMGET cache:1 g nosuch f"), "");
  EXPECT_EQ(d.run("HGETALL cache:1"), "");
  EXPECT_EQ(a.run("HSET cache:1 f v g w"), ":2\r\n");
  EXPECT_EQ(b.take(), bulk("v"));
  EXPECT_EQ(c.take(), array({bulk("w"), kNil, bulk("v")}));
  EXPECT_EQ(d.take(), array({bulk("f"), bulk("v"), bulk("g"), bulk("w")}));
}

TEST_F(HashHerd, EachGetsTheFormOfItsProtocol) {
  c.run("HELLO 3");
  d.run("HELLO 3");
  a.run("HGET cache:1 f");
  EXPECT_EQ(b.run("HGET cache:1 nosuch"), "");
  EXPECT_EQ(c.run("HGET cache:1 nosuch"), "");
  EXPECT_EQ(d.run("HGETALL cache:1"), "");
  a.run("HSET cache:1 f v");
  EXPECT_EQ(b.take(), kNil);
  EXPECT_EQ(c.take(), "_\r\n");
  EXPECT_EQ(d.take(), "%1\r\n" + bulk("f") + bulk("v"));
}

TEST_F(HashHerd, ElectedReadersGetWhatRedisSaysOfAMissingKey) {
  EXPECT_EQ(a.run("HGET cache:1 f"), kNil);
  EXPECT_EQ(a.run("HMGET cache:2 f g"), array({kNil, kNil}));
  EXPECT_EQ(a.run("HGETALL cache:3"), "*0\r\n");
  EXPECT_EQ(b.run("HGETALL other:1"), "*0\r\n");
  EXPECT_EQ(c.run("HGETALL other:1"), "*0\r\n") << "no policy: plain Redis";
}

TEST_F(HashHerd, AMissingFieldOfAHashThatIsThereIsNoMiss) {
  a.run("HSET cache:1 f v");
  EXPECT_EQ(a.run("HGET cache:1 nosuch"), kNil);
  EXPECT_EQ(b.run("HGET cache:1 nosuch"), kNil);
  EXPECT_EQ(b.run("HMGET cache:1 nosuch f"), array({kNil, bulk("v")}));
}

TEST_F(HashHerd, AnyCommandThatBringsTheHashIntoExistenceIsAFill) {
  a.run("HSET source f v");
  for (const char* fill :
       {"HSET cache:1 f v", "HMSET cache:1 f v", "HSETNX cache:1 f v", "HSETEX cache:1 EX 10 FIELDS 1 f v",
        "COPY source cache:1", "RENAME source cache:1"}) {
    EXPECT_EQ(a.run("HGET cache:1 f"), kNil) << fill;
    EXPECT_EQ(b.run("HGET cache:1 f"), "") << fill;
    c.run(fill);
    EXPECT_EQ(b.take(), bulk("v")) << fill;
    c.run("DEL cache:1");
  }
  EXPECT_EQ(a.run("HGET cache:1 f"), kNil);
  EXPECT_EQ(b.run("HGET cache:1 f"), "");
  c.run("HINCRBY cache:1 f 7");
  EXPECT_EQ(b.take(), bulk("7"));
}

// The form that libraries use: DEL, HSET, EXPIRE in one transaction, sometimes several HSET.
TEST_F(HashHerd, ReadersSeeAWholeTransaction) {
  a.run("HGETALL cache:1");
  b.run("HGETALL cache:1");
  c.run("HMGET cache:1 g f");
  for (const char* line :
       {"MULTI", "DEL cache:1", "HSET cache:1 f v", "HSET cache:1 g w", "EXPIRE cache:1 10"})
    a.run(line);
  EXPECT_EQ(b.take(), "");
  EXPECT_EQ(a.run("EXEC"), "*4\r\n:0\r\n:1\r\n:1\r\n:1\r\n");
  EXPECT_EQ(b.take(), array({bulk("f"), bulk("v"), bulk("g"), bulk("w")}));
  EXPECT_EQ(c.take(), array({bulk("w"), bulk("v")}));
}

TEST_F(HashHerd, ATransactionThatLeavesNothingFillsNothing) {
  a.run("HGETALL cache:1");
  b.run("HGETALL cache:1");
  for (const char* line : {"MULTI", "HSET cache:1 f v", "HDEL cache:1 f"}) c.run(line);
  EXPECT_EQ(c.run("EXEC"), "*2\r\n:1\r\n:1\r\n");
  EXPECT_EQ(b.take(), "");
  a.run("HSET cache:1 f w");
  EXPECT_EQ(b.take(), array({bulk("f"), bulk("w")}));
}

TEST_F(HashHerd, ReadersGetTheValueThatWasWrittenEvenIfItIsGoneAgain) {
  a.run("HGET cache:1 f");
  b.run("HGET cache:1 f");
  a.pipeline({"HSET cache:1 f v", "DEL cache:1"});
  EXPECT_EQ(b.take(), bulk("v"));
}

TEST_F(HashHerd, AHashTooLargeToCopyIsReadWhereItLies) {
  std::string fill = "HSET source";
  const std::string large(4000, 'x');
  for (int i = 0; i < 100; ++i) fill += " f" + std::to_string(i) + " " + large + std::to_string(i);
  a.run(fill);
  a.run("HGET cache:1 f7");
  b.run("HGET cache:1 f7");
  c.run("HMGET cache:1 nosuch f8");
  d.run("GET cache:1");
  a.run("RENAME source cache:1");
  EXPECT_EQ(b.take(), bulk(large + "7"));
  EXPECT_EQ(c.take(), array({kNil, bulk(large + "8")}));
  EXPECT_EQ(d.take(), kWrongType);
}

TEST_F(HashHerd, TheWrongTypeIsAnError) {
  a.run("GET cache:1");
  b.run("HGET cache:1 f");
  c.run("HGETALL cache:1");
  d.run("GET cache:1");
  a.run("SET cache:1 v");
  EXPECT_EQ(b.take(), kWrongType);
  EXPECT_EQ(c.take(), kWrongType);
  EXPECT_EQ(d.take(), bulk("v"));
  a.run("GET cache:2");
  b.run("HGETALL cache:2");
  c.run("MGET cache:2 cache:1");
  d.run("GET cache:2");
  a.run("HSET cache:2 f v");
  EXPECT_EQ(b.take(), array({bulk("f"), bulk("v")}));
  EXPECT_EQ(c.take(), array({kNil, bulk("v")}));
  EXPECT_EQ(d.take(), kWrongType);
  a.run("HGET cache:3 f");
  b.run("HGET cache:3 f");
  a.run("RPUSH cache:3 x");
  EXPECT_EQ(b.take(), kWrongType);
}

TEST_F(HashHerd, AStaleHashIsServedWhileOneRefreshes) {
  a.run("HSET old:1 f v g w");
  a.run("EXPIRE old:1 10");
  server.advance_ms(10000);
  EXPECT_EQ(a.run("HGETALL old:1"), "*0\r\n");
  EXPECT_EQ(b.run("HGET old:1 f"), bulk("v"));
  EXPECT_EQ(c.run("HMGET old:1 g f"), array({bulk("w"), bulk("v")}));
  EXPECT_EQ(d.run("HGETALL old:1"), array({bulk("f"), bulk("v"), bulk("g"), bulk("w")}));
  // Everything else sees it as gone.
  EXPECT_EQ(b.run("HLEN old:1"), ":0\r\n");
  EXPECT_EQ(b.run("HEXISTS old:1 f"), ":0\r\n");
  EXPECT_EQ(b.run("EXISTS old:1"), ":0\r\n");
  a.run("HSET old:1 f new");
  EXPECT_EQ(b.run("HGETALL old:1"), array({bulk("f"), bulk("new")}));
}

TEST_F(HashHerd, ASoftDeleteLeavesTheOldHashToTheOthers) {
  a.run("HSET soft:1 f v");
  EXPECT_EQ(a.run("DEL soft:1"), ":1\r\n");
  EXPECT_EQ(b.run("HGET soft:1 f"), kNil);
  EXPECT_EQ(c.run("HGET soft:1 f"), bulk("v"));
  b.run("HINCRBY soft:1 n 1");
  EXPECT_EQ(c.run("HGETALL soft:1"), array({bulk("n"), bulk("1")}))
      << "a number is never built on a stale hash";
}

TEST_F(HashHerd, WithGuardAHashFromBeforeARemovalIsStale) {
  a.run("HGET g:1 f");
  b.run("DEL g:1");
  a.run("HSET g:1 f v");
  EXPECT_EQ(c.run("HGET g:1 f"), kNil) << "elected to refresh it";
  EXPECT_EQ(d.run("HGET g:1 f"), bulk("v"));
}

TEST_F(HashHerd, TheHoldersDeathPromotesTheNext) {
  a.run("HGETALL cache:1");
  b.run("HGETALL cache:1");
  c.run("HMGET cache:1 f g");
  a.disconnect();
  EXPECT_EQ(b.take(), "*0\r\n");
  EXPECT_EQ(c.take(), "");
  b.run("HSET cache:1 f v");
  EXPECT_EQ(c.take(), array({bulk("v"), kNil}));
}

TEST_F(HashHerd, PatienceEndsWithWhatRedisSays) {
  a.run("HGET cache:1 f");
  b.run("HMGET cache:1 f g");
  c.run("HGETALL cache:1");
  for (int turn = 0; turn < 12; ++turn) server.advance_ms(50);
  // One of them was promoted when half of the patience was over, the other waited to the end.
  EXPECT_EQ(b.take(), array({kNil, kNil}));
  EXPECT_EQ(c.take(), "*0\r\n");
}

TEST_F(HashHerd, OwnWritesEndOwnReads) {
  a.run("HGET cache:1 f");
  EXPECT_EQ(b.run("HGET cache:1 f"), "");
  EXPECT_EQ(b.run("HSET cache:1 f v"), std::string(kNil) + ":1\r\n");
}

TEST_F(HashHerd, TransactionsAreNeverElectedAndNeverWait) {
  a.run("MULTI");
  a.run("HGET cache:1 f");
  a.run("HGETALL cache:1");
  EXPECT_EQ(a.run("EXEC"), "*2\r\n$-1\r\n*0\r\n");
  EXPECT_EQ(b.run("HGET cache:1 f"), kNil);
  EXPECT_EQ(c.run("HGET cache:1 f"), "") << "b holds the lease, not a";
  b.run("HSET cache:1 f v");
  EXPECT_EQ(c.take(), bulk("v"));
}

TEST_F(HashHerd, AHashWhoseFieldsHaveAllExpiredIsMissing) {
  a.run("HSETEX cache:1 PX 100 FIELDS 2 f v g w");
  EXPECT_EQ(a.run("HGET cache:1 f"), bulk("v"));
  server.worker().now_ms += 100;  // before housekeeping has a chance
  server.worker().now_us += 100'000;
  EXPECT_EQ(a.run("HGET cache:1 f"), kNil);
  EXPECT_EQ(b.run("HGET cache:1 f"), "");
  a.run("HSET cache:1 f x");
  EXPECT_EQ(b.take(), bulk("x"));
}

TEST_F(HashHerd, AHerdIsServedFromOneFill) {
  std::vector<TestServer::Client*> herd;
  a.run("HGETALL cache:1");
  for (int i = 0; i < 500; ++i) {
    herd.push_back(&server.connect());
    EXPECT_EQ(herd.back()->run(i % 2 == 0 ? "HGETALL cache:1" : "HGET cache:1 f"), "");
  }
  a.run("HSET cache:1 f v");
  for (int turn = 0; turn < 3; ++turn) server.turn();
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(herd[static_cast<size_t>(i)]->take(), i % 2 == 0 ? array({bulk("f"), bulk("v")}) : bulk("v"))
        << i;
  }
}

}  // namespace
}  // namespace corral

// How herds are woken, and which events end, taint or answer a fill, as clients see it.
// Threading: one thread, manual clock.
// See: server/stampede/README.md for the rules; server/dispatch/README.md, "Stampede protection".
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral {
namespace {

using test_support::TestServer;
using Client = TestServer::Client;

constexpr const char* kNil = "$-1\r\n";
constexpr const char* kOk = "+OK\r\n";

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

struct Wakeup : testing::Test {
  TestServer server{{},
                    {"exactly match cache:* exact", "old match old:* exact stale 30s",
                     "tagged match product:*:page:* exact stale 30s tag product:{1} prefix product:{1}:",
                     "guarded match guarded:*:page:* exact stale 30s guard on tag guarded:{1}"}};
  Client& a = server.connect();
  Client& b = server.connect();
  Client& c = server.connect();

  std::vector<Client*> park(int count, const std::string& key) {
    std::vector<Client*> herd;
    for (int i = 0; i < count; ++i) {
      herd.push_back(&server.connect());
      EXPECT_EQ(herd.back()->run("GET " + key), "");
    }
    return herd;
  }
  std::string lease(Client& client, const std::string& key) {
    const std::string reply = client.run("CACHE.GET " + key);
    EXPECT_NE(reply.find("LEASE"), std::string::npos) << reply;
    const size_t begin = reply.find("\r\n", 20) + 2;
    return reply.substr(begin, reply.find("\r\n", begin) - begin);
  }
};

size_t answered(const std::vector<Client*>& herd, const std::string& expected) {
  size_t count = 0;
  for (Client* client : herd) count += client->take() == expected ? 1 : 0;
  return count;
}

TEST_F(Wakeup, AHerdIsAnsweredInOrderAndInSharesOfATurn) {
  a.run("GET cache:1");
  std::vector<Client*> herd = park(600, "cache:1");
  a.run("SET cache:1 v");
  std::vector<size_t> woken_before;
  for (int turn = 0; turn < 3; ++turn) {
    size_t woken = 0;
    bool gap = false;
    for (Client* client : herd) {
      if (client->session().parked.empty()) {
        EXPECT_FALSE(gap) << "a later reader was answered before an earlier one";
        ++woken;
      } else {
        gap = true;
      }
    }
    woken_before.push_back(woken);
    EXPECT_EQ(c.run("PING"), "+PONG\r\n");
    server.turn();
  }
  EXPECT_EQ(woken_before, (std::vector<size_t>{256, 512, 600}));
  EXPECT_EQ(answered(herd, bulk("v")), 600u);
}

TEST_F(Wakeup, ReadsThatShareAConnectionShareItsPartOfATurn) {
  a.pipeline({"GET cache:0", "SET cache:0 v"});  // the policy learns how long a fill takes
  a.run("GET cache:0.5");
  server.advance_ms(50);
  a.run("SET cache:0.5 v");
  a.run("GET cache:1");
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(b.pipeline({"GET cache:1"}), "");
    expected += bulk("v");
  }
  a.run("SET cache:1 v");
  EXPECT_EQ(b.take(), expected);
}

TEST_F(Wakeup, ASmallHerdNeedNotWaitForAGreatOne) {
  a.run("GET cache:1");
  b.run("GET cache:2");
  std::vector<Client*> great = park(1000, "cache:1");
  std::vector<Client*> small = park(3, "cache:2");
  a.run("SET cache:1 v");
  b.run("SET cache:2 w");
  server.turn();
  EXPECT_EQ(answered(small, bulk("w")), 3u);
  for (int i = 0; i < 5; ++i) server.turn();
  EXPECT_EQ(answered(great, bulk("v")), 1000u);
}

TEST_F(Wakeup, APromotionOvertakesAHerd) {
  a.run("GET cache:1");
  b.run("GET cache:2");
  std::vector<Client*> herd = park(600, "cache:1");
  EXPECT_EQ(c.run("GET cache:2"), "");
  a.run("SET cache:1 v");
  b.disconnect();
  EXPECT_EQ(c.take(), kNil);
  EXPECT_EQ(c.run("SET cache:2 w"), kOk);
}

TEST_F(Wakeup, AReaderThatLeavesWhileItsAnswerIsQueuedIsSkipped) {
  a.run("GET cache:1");
  std::vector<Client*> herd = park(600, "cache:1");
  a.run("SET cache:1 v");
  herd[599]->disconnect();
  herd[598]->run("CLIENT REPLY ON");
  for (int i = 0; i < 3; ++i) server.turn();
  EXPECT_EQ(herd[598]->take(), bulk("v") + kOk);
  EXPECT_EQ(herd[599]->take(), "");
  herd.resize(598);
  EXPECT_EQ(answered(herd, bulk("v")), 598u);
}

TEST_F(Wakeup, AWriteThatBringsTheKeyIntoExistenceIsAFillWhateverTheCommand) {
  a.run("SET source v");
  for (const char* fill : {"SET cache:1 v", "SETEX cache:1 10 v", "PSETEX cache:1 1 v", "SETNX cache:1 v",
                           "MSET other 1 cache:1 v", "MSETNX fresh 1 cache:1 v", "GETSET cache:1 v",
                           "APPEND cache:1 v", "COPY source cache:1", "RENAME source cache:1"}) {
    EXPECT_EQ(a.run("GET cache:1"), kNil) << fill;
    EXPECT_EQ(b.run("GET cache:1"), "") << fill;
    c.run(fill);
    EXPECT_EQ(b.take(), bulk("v")) << fill;
    c.run("DEL cache:1 fresh");
  }
}

TEST_F(Wakeup, EveryRemovalTaintsTheLease) {
  for (const char* removal :
       {"DEL cache:1", "UNLINK cache:1", "EXPIRE cache:1 0", "PEXPIREAT cache:1 1", "EXPIRE cache:1 -1",
        "CACHE.INVALIDATE KEY cache:1", "CACHE.INVALIDATE HARD KEY cache:1", "FLUSHALL", "FLUSHDB"}) {
    const std::string token = lease(a, "cache:1");
    b.run(removal);
    EXPECT_EQ(a.run("CACHE.SET cache:1 old " + token), kNil) << removal;
    EXPECT_EQ(b.run("SET cache:1 new"), kOk);
    b.run("DEL cache:1");
  }
}

TEST_F(Wakeup, AStaleKeysDeadlineInThePastRemovesItLikeDel) {
  a.run("SET old:1 v EX 1");
  server.advance_ms(1001);
  EXPECT_EQ(a.run("EXPIRE old:1 0"), ":0\r\n");
  EXPECT_EQ(b.run("GET old:1"), kNil);
  EXPECT_EQ(c.run("GET old:1"), "") << "the value from before was still there";
}

TEST_F(Wakeup, ATagInvalidatedDuringAFillRefusesItsToken) {
  for (const char* invalidation :
       {"CACHE.INVALIDATE TAG product:7", "CACHE.INVALIDATE HARD TAG product:7",
        "CACHE.INVALIDATE PREFIX product:7:", "CACHE.INVALIDATE HARD PREFIX product:7:"}) {
    const std::string token = lease(a, "product:7:page:1");
    EXPECT_EQ(b.run(invalidation), ":1\r\n");
    EXPECT_EQ(a.run("CACHE.SET product:7:page:1 old " + token), kNil) << invalidation;
    EXPECT_EQ(b.run("GET product:7:page:1"), kNil) << "elected anew";
    EXPECT_EQ(b.run("SET product:7:page:1 new EX 10"), kOk);
    EXPECT_EQ(c.run("GET product:7:page:1"), bulk("new"));
    b.run("DEL product:7:page:1");
  }
  const std::string token = lease(a, "product:7:page:1");
  EXPECT_EQ(b.run("CACHE.INVALIDATE TAG product:8"), ":0\r\n");
  EXPECT_EQ(a.run("CACHE.SET product:7:page:1 good " + token), kOk);
}

TEST_F(Wakeup, WithGuardATagInvalidatedDuringAFillStoresItStale) {
  EXPECT_EQ(a.run("GET guarded:7:page:1"), kNil);
  EXPECT_EQ(b.run("CACHE.INVALIDATE TAG guarded:7"), ":1\r\n");
  EXPECT_EQ(a.run("SET guarded:7:page:1 old EX 10"), kOk);
  EXPECT_EQ(b.run("GET guarded:7:page:1"), kNil) << "elected to refresh it";
  EXPECT_EQ(c.run("GET guarded:7:page:1"), bulk("old"));
  EXPECT_EQ(b.run("SET guarded:7:page:1 new EX 10"), kOk);
  EXPECT_EQ(c.run("GET guarded:7:page:1"), bulk("new"));
}

TEST_F(Wakeup, ATransactionsWriteEndsTheConnectionsOwnReadsFirst) {
  b.run("GET cache:1");
  EXPECT_EQ(a.run("GET cache:1"), "");
  EXPECT_EQ(a.run("MULTI"), "");
  EXPECT_EQ(a.run("SET cache:1 mine"), "");
  EXPECT_EQ(a.run("EXEC"), std::string(kNil) + "+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n");
}

TEST_F(Wakeup, BoundsCanBeChangedWhileTheServerRuns) {
  EXPECT_EQ(a.run("CONFIG SET cache-max-leases 1 cache-max-waiters 1"), kOk);
  EXPECT_EQ(a.run("GET cache:1"), kNil);
  EXPECT_EQ(b.run("GET cache:1"), "");
  EXPECT_EQ(c.run("GET cache:1"), kNil) << "one may wait";
  EXPECT_EQ(c.run("GET cache:2"), kNil) << "without a lease";
  EXPECT_EQ(server.connect().run("GET cache:2"), kNil) << "nobody holds one";
  EXPECT_EQ(c.run("CONFIG SET cache-max-leases 10 cache-max-waiters 10"), kOk);
  EXPECT_EQ(c.run("GET cache:2"), kNil);
  EXPECT_EQ(server.connect().run("GET cache:2"), "");
}

TEST_F(Wakeup, FlushingAnotherDatabaseDisturbsNobody) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  c.run("SELECT 1");
  c.run("FLUSHDB");
  EXPECT_EQ(b.take(), "");
  c.run("SWAPDB 0 1");
  EXPECT_EQ(b.take(), kNil);
}

TEST_F(Wakeup, UnblockWithErrorAnswersAnError) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  EXPECT_EQ(c.run("CLIENT UNBLOCK " + std::to_string(b.session().id) + " ERROR"), ":1\r\n");
  server.turn();
  EXPECT_EQ(b.take(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
}

TEST_F(Wakeup, StatsGiveAdviceInPlainWords) {
  const auto advice = [&](const std::string& policy) {
    const std::string text = c.run("CACHE.STATS " + policy);
    return text.substr(text.rfind("hint") + 4);
  };
  EXPECT_NE(advice("exactly").find("nothing to mend"), std::string::npos);
  a.run("CONFIG SET cache-max-leases 0");
  a.run("GET cache:1");
  EXPECT_NE(advice("exactly").find("raise cache-max-leases"), std::string::npos);
  a.run("CONFIG SET cache-max-leases 100");
  for (int i = 0; i < 30; ++i) {
    Client& reader = server.connect();
    reader.run("GET old:" + std::to_string(i));
    reader.disconnect();
  }
  EXPECT_NE(advice("old").find("do not fill"), std::string::npos);
}

}  // namespace
}  // namespace corral

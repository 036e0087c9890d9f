// Stampede protection as clients see it: the replies of GET, SET and CACHE.* in every state of a key.
// Threading: one thread, manual clock.
// See: server/stampede/README.md for the rules.
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral {
namespace {

using test_support::TestServer;

constexpr const char* kNil = "$-1\r\n";
constexpr const char* kOk = "+OK\r\n";

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

struct Herd : testing::Test {
  TestServer server{{}, {"exactly match cache:* exact", "stale match old:* exact stale 30s", "soft match soft:* exact stale 30s del soft",
                         "jittered match j:*"}};
  TestServer::Client& a = server.connect();
  TestServer::Client& b = server.connect();
  TestServer::Client& c = server.connect();
};

TEST_F(Herd, OneReaderIsElectedAndTheOthersGetItsValue) {
  EXPECT_EQ(a.run("GET cache:1"), kNil);
  EXPECT_EQ(b.run("GET cache:1"), "");
  EXPECT_EQ(c.run("GET cache:1"), "");
  EXPECT_EQ(a.run("SET cache:1 v EX 10"), kOk);
  EXPECT_EQ(b.take(), bulk("v"));
  EXPECT_EQ(c.take(), bulk("v"));
}

TEST_F(Herd, AKeyWithoutPolicyIsRedis) {
  EXPECT_EQ(a.run("GET other:1"), kNil);
  EXPECT_EQ(b.run("GET other:1"), kNil);
}

TEST_F(Herd, AHitCountsForItsPolicyAtOnce) {
  const auto counts = [&](const std::string& policy, int hits) {
    return a.run("CACHE.STATS " + policy).find(bulk("hits") + ":" + std::to_string(hits) + "\r\n") != std::string::npos;
  };
  a.run("SET cache:1 v EX 10");
  a.run("SET old:1 v EX 10");
  for (const char* key : {"cache:1", "cache:1", "old:1", "cache:1"}) EXPECT_EQ(a.run(std::string("GET ") + key), bulk("v"));
  EXPECT_TRUE(counts("exactly", 3));
  EXPECT_TRUE(counts("stale", 1));
  // The entry outlives its policy, and its reads are nobody's hits.
  a.run("CACHE.POLICY DEL stale");
  EXPECT_EQ(a.run("GET old:1"), bulk("v"));
  EXPECT_EQ(a.run("GET cache:1"), bulk("v"));
  EXPECT_TRUE(counts("exactly", 4));
}

TEST_F(Herd, APolicyHoldsForTheVeryNextCommand) {
  EXPECT_EQ(a.run("CACHE.POLICY SET late match late:*"), kOk);
  EXPECT_EQ(a.run("GET late:1"), kNil);
  EXPECT_EQ(b.run("GET late:1"), "");
  EXPECT_EQ(a.run("SET late:1 v"), kOk);
  EXPECT_EQ(b.take(), bulk("v"));
}

// Hits that wait to be counted point into the policies in force; AddressSanitizer sees it if they outlive them.
TEST_F(Herd, HitsAreCountedBeforeTheirPolicyGoes) {
  a.run("SET cache:1 v EX 10");
  a.run("GET cache:1");
  // Another worker deletes the policy; this one learns of it when it looks at what CONFIG SET has changed.
  server.services().cache.change_policies(
      [](const stampede::PolicyTable& current) { return current.without("exactly"); });
  EXPECT_EQ(a.run("CONFIG SET hz 11"), kOk);
  EXPECT_EQ(a.run("GET cache:1"), bulk("v"));
  server.advance_ms(1);
  EXPECT_EQ(a.run("GET cache:1"), bulk("v"));
}

TEST_F(Herd, AFillFromAnotherConnectionCounts) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  EXPECT_EQ(c.run("SETEX cache:1 10 v"), kOk);
  EXPECT_EQ(b.take(), bulk("v"));
}

TEST_F(Herd, AFillInATransactionCounts) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  a.run("MULTI");
  a.run("SET cache:1 v");
  a.run("EXPIRE cache:1 5");
  EXPECT_EQ(a.run("EXEC"), "*2\r\n+OK\r\n:1\r\n");
  EXPECT_EQ(b.take(), bulk("v"));
}

TEST_F(Herd, TheHoldersDeathPromotesTheNextAtOnce) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  c.run("GET cache:1");
  a.disconnect();
  EXPECT_EQ(b.take(), kNil);
  EXPECT_EQ(c.take(), "");
  b.run("SET cache:1 v");
  EXPECT_EQ(c.take(), bulk("v"));
}

TEST_F(Herd, TwoFailuresInARowEndTheWaiting) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  c.run("GET cache:1");
  a.disconnect();
  EXPECT_EQ(b.take(), kNil);
  b.disconnect();
  EXPECT_EQ(c.take(), kNil);
  auto& d = server.connect();
  EXPECT_EQ(d.run("GET cache:1"), kNil);
  EXPECT_EQ(c.run("GET cache:1"), kNil);
}

TEST_F(Herd, AfterTwoFailuresNobodyWaitsForTheNextAttempt) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  a.disconnect();
  b.disconnect();
  server.advance_ms(1100);  // the negative memory is over
  EXPECT_EQ(c.run("GET cache:1"), kNil);
  EXPECT_EQ(server.connect().run("GET cache:1"), kNil);
}

TEST_F(Herd, AReaderWaitsNoLongerThanItsPatience) {
  a.run("GET cache:1");
  server.advance_ms(300);
  b.run("GET cache:1");
  server.advance_ms(499);
  const std::string early = b.take();
  server.advance_ms(1);
  // Either it was promoted on the way or its patience ended: nil in both cases, and never later.
  EXPECT_EQ(early + b.take(), kNil);
}

TEST_F(Herd, AStaleValueIsServedToAllButTheElected) {
  a.run("SET old:1 v1 EX 10");
  server.advance_ms(10'001);
  EXPECT_EQ(a.run("GET old:1"), kNil);
  EXPECT_EQ(b.run("GET old:1"), bulk("v1"));
  EXPECT_EQ(c.run("MGET old:1"), "*1\r\n" + bulk("v1"));
  EXPECT_EQ(a.run("SET old:1 v2 EX 10"), kOk);
  EXPECT_EQ(b.run("GET old:1"), bulk("v2"));
  server.advance_ms(40'001);
  EXPECT_EQ(b.run("GET old:1"), kNil);
}

TEST_F(Herd, OnlyCacheReadsSeeAStaleValue) {
  a.run("SET old:1 7 EX 10");
  server.advance_ms(10'001);
  EXPECT_EQ(b.run("EXISTS old:1"), ":0\r\n");
  EXPECT_EQ(b.run("TTL old:1"), ":-2\r\n");
  EXPECT_EQ(b.run("STRLEN old:1"), ":0\r\n");
  EXPECT_EQ(b.run("TYPE old:1"), "+none\r\n");
  EXPECT_EQ(b.run("SET old:1 8 XX"), kNil);
  EXPECT_EQ(b.run("INCR old:1"), ":1\r\n");
}

TEST_F(Herd, TransactionsNeitherParkNorElect) {
  a.run("MULTI");
  a.run("GET cache:1");
  EXPECT_EQ(a.run("EXEC"), "*1\r\n$-1\r\n");
  EXPECT_EQ(b.run("GET cache:1"), kNil);
  a.run("MULTI");
  a.run("GET cache:1");
  EXPECT_EQ(a.run("EXEC"), "*1\r\n$-1\r\n");
}

TEST_F(Herd, AGetSetGetPipelineKeepsProgramOrderInEveryState) {
  EXPECT_EQ(a.pipeline({"GET cache:1", "SET cache:1 v", "GET cache:1"}), std::string(kNil) + kOk + bulk("v"));
  // Somebody else holds the lease.
  b.run("GET cache:2");
  EXPECT_EQ(a.pipeline({"GET cache:2", "SET cache:2 v", "GET cache:2"}), std::string(kNil) + kOk + bulk("v"));
}

TEST_F(Herd, RepliesBehindAParkedReadKeepTheirOrder) {
  a.run("GET cache:1");
  EXPECT_EQ(b.run("GET cache:1"), "");
  EXPECT_EQ(b.run("PING"), "");
  EXPECT_EQ(b.run("SET other 1"), "");
  a.run("SET cache:1 v");
  EXPECT_EQ(b.take(), bulk("v") + "+PONG\r\n+OK\r\n");
}

TEST_F(Herd, HeldRepliesAreBounded) {
  TestServer small({"cache-max-held-replies 3"}, {"exactly match cache:* exact"});
  auto& holder = small.connect();
  auto& waiter = small.connect();
  holder.run("GET cache:1");
  waiter.run("GET cache:1");
  std::string out;
  for (int i = 0; i < 4; ++i) out += waiter.run("PING");
  EXPECT_EQ(out, std::string(kNil) + "+PONG\r\n+PONG\r\n+PONG\r\n+PONG\r\n");
  EXPECT_EQ(small.stats().held_reply_overflows.value(), 1u);
}

TEST_F(Herd, AnMgetThatWasElectedDoesNotWait) {
  b.run("GET cache:2");
  EXPECT_EQ(a.run("MGET cache:1 cache:2"), "*2\r\n$-1\r\n$-1\r\n");
}

TEST_F(Herd, AnMgetThatWasNotElectedWaitsForAll) {
  b.run("GET cache:1");
  c.run("GET cache:2");
  a.run("SET plain here");
  EXPECT_EQ(a.run("MGET cache:1 plain cache:2"), "");
  b.run("SET cache:1 one");
  EXPECT_EQ(a.take(), "");
  c.run("SET cache:2 two");
  EXPECT_EQ(a.take(), "*3\r\n" + bulk("one") + bulk("here") + bulk("two"));
}

TEST_F(Herd, FlushAnswersWaitersNil) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  c.run("FLUSHALL");
  EXPECT_EQ(b.take(), kNil);
}

TEST_F(Herd, UnblockAnswersNil) {
  a.run("GET cache:1");
  b.run("GET cache:1");
  EXPECT_EQ(c.run("CLIENT UNBLOCK " + std::to_string(b.session().id)), ":1\r\n");
  server.turn();
  EXPECT_EQ(b.take(), kNil);
}

TEST_F(Herd, SoftDeleteKeepsTheOldValueForTheOthers) {
  a.run("SET soft:1 v1 EX 10");
  EXPECT_EQ(b.run("DEL soft:1"), ":1\r\n");
  EXPECT_EQ(b.run("EXISTS soft:1"), ":0\r\n");
  EXPECT_EQ(a.run("GET soft:1"), kNil);
  EXPECT_EQ(c.run("GET soft:1"), bulk("v1"));
}

TEST_F(Herd, InvalidateByKeySoftAndHard) {
  a.run("SET old:1 v EX 100");
  EXPECT_EQ(a.run("CACHE.INVALIDATE KEY old:1 nothing"), ":1\r\n");
  EXPECT_EQ(a.run("GET old:1"), kNil);
  EXPECT_EQ(b.run("GET old:1"), bulk("v"));
  a.run("SET old:1 w EX 100");
  EXPECT_EQ(a.run("CACHE.INVALIDATE HARD KEY old:1"), ":1\r\n");
  EXPECT_EQ(a.run("GET old:1"), kNil);
  EXPECT_EQ(b.run("GET old:1"), "");
}

TEST_F(Herd, InvalidateByTagAndDeclaredPrefix) {
  TestServer tagged({}, {"p match product:*:page:* exact stale 30s tag product:{1} prefix product:{1}:"});
  auto& one = tagged.connect();
  auto& two = tagged.connect();
  for (const char* key : {"product:7:page:1", "product:7:page:2", "product:8:page:1"}) {
    one.run("SET " + std::string(key) + " v EX 100");
  }
  EXPECT_EQ(one.run("CACHE.INVALIDATE TAG product:7"), ":1\r\n");
  EXPECT_EQ(one.run("EXISTS product:7:page:1 product:7:page:2 product:8:page:1"), ":1\r\n");
  EXPECT_EQ(one.run("GET product:7:page:1"), kNil);
  EXPECT_EQ(two.run("GET product:7:page:1"), bulk("v"));
  EXPECT_EQ(one.run("CACHE.INVALIDATE HARD PREFIX product:8:"), ":1\r\n");
  EXPECT_EQ(two.run("GET product:8:page:1"), kNil);
  EXPECT_EQ(one.run("GET product:8:page:1"), "");
  EXPECT_EQ(two.run("CACHE.INVALIDATE TAG nobody"), ":0\r\n");
}

TEST_F(Herd, TtlAnswersWhatTheClientAskedFor) {
  a.run("SET j:1 v EX 100");
  EXPECT_EQ(a.run("TTL j:1"), ":100\r\n");
  a.run("SET old:1 v PX 5000");
  EXPECT_EQ(a.run("PTTL old:1"), ":5000\r\n");
}

TEST_F(Herd, JitterMovesTheSoftExpiryAndNeverBeyondTheTtl) {
  int elected = 0;
  for (int i = 0; i < 200; ++i) a.run("SET j:" + std::to_string(i) + " v EX 100");
  server.advance_ms(95'000);
  for (int i = 0; i < 200; ++i) elected += b.run("GET j:" + std::to_string(i)) == kNil ? 1 : 0;
  EXPECT_GT(elected, 60);
  EXPECT_LT(elected, 140);
  server.advance_ms(5'001);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(c.run("EXISTS j:" + std::to_string(i)), ":0\r\n");
}

TEST_F(Herd, AnAbsoluteExpiryIsAPromise) {
  const std::string at = std::to_string((server.now_ms() + 100'000) / 1000);
  for (int i = 0; i < 50; ++i) a.run("SET j:" + std::to_string(i) + " v EXAT " + at);
  server.advance_ms(99'000);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(b.run("GET j:" + std::to_string(i)), bulk("v"));
}

TEST_F(Herd, CacheGetAndSetWithAToken) {
  const std::string lease = a.run("CACHE.GET cache:1");
  ASSERT_TRUE(lease.starts_with("*6\r\n$5\r\nLEASE\r\n$-1\r\n$")) << lease;
  const size_t begin = lease.find("\r\n", 20) + 2;
  const std::string token = lease.substr(begin, lease.find("\r\n", begin) - begin);
  EXPECT_EQ(b.run("CACHE.GET cache:1"), "");
  EXPECT_EQ(c.run("CACHE.SET cache:1 v 12345"), kNil);
  EXPECT_EQ(a.run("CACHE.SET cache:1 v " + token + " EX 10"), kOk);
  EXPECT_TRUE(b.take().starts_with("*6\r\n$3\r\nHIT\r\n$1\r\nv\r\n"));
  EXPECT_EQ(a.run("CACHE.SET cache:1 w " + token), kNil);
  EXPECT_TRUE(a.run("CACHE.SET plain v 1").starts_with("-NOLEASE "));
}

TEST_F(Herd, AFillThatADeleteOvertookIsRefusedByToken) {
  const std::string lease = a.run("CACHE.GET cache:1");
  const size_t begin = lease.find("\r\n", 20) + 2;
  const std::string token = lease.substr(begin, lease.find("\r\n", begin) - begin);
  b.run("DEL cache:1");
  EXPECT_EQ(a.run("CACHE.SET cache:1 old " + token), kNil);
}

TEST_F(Herd, ReleaseHandsTheLeaseOn) {
  const std::string lease = a.run("CACHE.GET cache:1");
  const size_t begin = lease.find("\r\n", 20) + 2;
  const std::string token = lease.substr(begin, lease.find("\r\n", begin) - begin);
  b.run("GET cache:1");
  EXPECT_EQ(a.run("CACHE.RELEASE cache:1 " + token), ":1\r\n");
  EXPECT_EQ(b.take(), kNil);
  EXPECT_EQ(a.run("CACHE.RELEASE cache:1 " + token), ":0\r\n");
}

TEST_F(Herd, PoliciesCanBeSetAtRunTime) {
  EXPECT_EQ(a.run("CACHE.POLICY SET late match late:* stale 1m"), kOk);
  server.turn();
  EXPECT_EQ(a.run("GET late:1"), kNil);
  EXPECT_EQ(b.run("GET late:1"), "");
  EXPECT_EQ(a.run("CACHE.POLICY DEL late"), ":1\r\n");
  server.turn();
  EXPECT_EQ(c.run("GET late:2"), kNil);
  EXPECT_EQ(a.run("GET late:2"), kNil);
  EXPECT_TRUE(a.run("CACHE.POLICY SET bad match x:* stael 1m").find("did you mean") != std::string::npos);
}

TEST_F(Herd, AFillersTagsAndStaleTimeHold) {
  a.run("CACHE.POLICY SET tagged match tagged:* tag one tag two stale 60s exact");
  const auto lease_of = [&](const std::string& key) {
    const std::string lease = a.run("CACHE.GET " + key);
    const size_t begin = lease.find("\r\n", 20) + 2;
    return lease.substr(begin, lease.find("\r\n", begin) - begin);
  };
  const std::string token = lease_of("tagged:1");
  EXPECT_EQ(a.run("CACHE.SET tagged:1 v " + token + " TAGS 7 a b c d e f g"),
            "-ERR a key has 8 tags and prefixes at most, and the policy's own count as well\r\n");
  EXPECT_EQ(a.run("CACHE.SET tagged:1 v " + token + " EX 10 STALE 5000 TAGS 6 a b c d e f"), kOk);
  EXPECT_EQ(a.run("PTTL tagged:1"), ":10000\r\n");
  server.advance_ms(14'000);
  b.run("CACHE.GET tagged:1");
  EXPECT_EQ(c.run("GET tagged:1"), bulk("v")) << "stale, while b fills";
  server.advance_ms(2'000);
  EXPECT_EQ(c.run("CACHE.GET tagged:1").find(bulk("v")), std::string::npos) << "gone";
  EXPECT_EQ(a.run("CACHE.SET tagged:2 v " + lease_of("tagged:2") + " EX 10 TAGS 1 last"), kOk);
  EXPECT_EQ(a.run("CACHE.INVALIDATE HARD TAG last"), ":1\r\n");
  EXPECT_EQ(a.run("EXISTS tagged:2"), ":0\r\n");
}

TEST_F(Herd, ALibrarysTimeoutCapsThePatience) {
  b.run("CLIENT SETINFO LIB-NAME glidejs");
  a.run("GET cache:1");
  b.run("GET cache:1");
  server.advance_ms(200);
  EXPECT_EQ(b.take(), kNil);
}

}  // namespace
}  // namespace corral

// CLIENT TRACKING over sockets: the same scenes with redis-server and with the program, byte for byte.
// Threading: the test's thread drives several connections; the program has two workers, so that writers and readers meet
// on one and on two.
// See: server/pubsub/README.md, "Tracking".
#include "tests/integration/both_servers.h"

namespace corral {
namespace {

class Tracking : public BothServers {
 protected:
  Tracking() : BothServers({"--policy", "cache", "match", "cache:*", "stale", "30s", "wait", "500ms"}) {}
};

constexpr const char* kAgain = "PING";  // nothing was pushed before its answer

TEST_F(Tracking, OptionsAreCheckedAsInRedis) {
  same({{0, "HELLO 3"},
        {0, "CLIENT TRACKINGINFO;CLIENT GETREDIR;CLIENT CACHING yes;CLIENT TRACKING;CLIENT TRACKING foo", 5},
        {0, "CLIENT TRACKING on foo;CLIENT TRACKING on prefix a;CLIENT TRACKING on redirect 99999", 3},
        {0, "CLIENT TRACKING on redirect abc;CLIENT TRACKING on optin optout;CLIENT TRACKING on bcast optin",
         3},
        {0, "CLIENT TRACKING on bcast prefix a prefix ab;CLIENT TRACKING off;CLIENT TRACKING on redirect", 3},
        {0, "CLIENT TRACKING on redirect #0 redirect #0;CLIENT TRACKING on;CLIENT TRACKING on bcast", 3},
        {0, "CLIENT CACHING yes;CLIENT CACHING no;CLIENT CACHING foo;CLIENT TRACKING on optin", 4},
        {0, "CLIENT TRACKING on optout;CLIENT TRACKINGINFO;CLIENT GETREDIR;CLIENT TRACKING off", 4},
        {0, "CLIENT TRACKING on bcast prefix foo prefix bar noloop;CLIENT TRACKINGINFO", 2},
        {0, "CLIENT TRACKING on bcast prefix fo;CLIENT TRACKING on bcast prefix zap;CLIENT TRACKINGINFO", 3},
        {0, "CLIENT TRACKING on;RESET", 2},
        {0, "HELLO 3"},
        {0, "CLIENT TRACKINGINFO"}});
}

TEST_F(Tracking, ReadKeysAreInvalidatedOnce) {
  same({{0, "HELLO 3"},
        {0, "CLIENT TRACKING on;GET k", 2},
        {1, "SET k 1"},
        {0, ""},
        {1, "SET k 2"},
        {0, kAgain},
        {0, "MGET k x y"},
        {1, "MSET x 1 y 2"},
        {0, "", 2},
        {1, "DEL x"},
        {0, kAgain},
        {1, "APPEND k 1"},
        {0, ""},
        {0, "GET k"},
        {1, "EXPIRE k 100"},
        {0, ""},
        {0, "TTL k"},
        {1, "PERSIST k"},
        {0, ""},
        {0, "STRLEN k"},
        {1, "RENAME k f"},
        {0, ""},
        {0, "XLEN s;XRANGE s - +", 2},
        {1, "XADD s 1-1 a b"},
        {0, ""},
        {0, "XREAD STREAMS s 0"},
        {1, "XDEL s 1-1"},
        {0, ""}});
}

TEST_F(Tracking, WhatScriptsReadIsTracked) {
  same({{0, "HELLO 3"},
        {0, "CLIENT TRACKING on;EVAL \"return redis.call('get', KEYS[1])\" 1 k", 2},
        {1, "SET k 1"},
        {0, ""},
        {1, "SET k 2"},
        {0, kAgain},
        {0, "EVAL \"return redis.call('mget', KEYS[1], KEYS[2])\" 2 k x"},
        {1, "EVAL \"return redis.call('set', KEYS[1], 3)\" 1 x"},
        {0, ""},
        {1, "DEL k"},
        {0, ""}});
}

TEST_F(Tracking, OwnWritesAreToldBehindTheReply) {
  same({{0, "HELLO 3"},
        {0, "CLIENT TRACKING on;GET k;SET k 1;GET k", 5},
        {0, "MULTI;GET m;SET m 1;EXEC", 5},
        {0, "GET m;MULTI;SET m 2;SET m 3;EXEC", 6},
        {0, "CLIENT TRACKING off;CLIENT TRACKING on noloop;GET m;SET m 5;PING", 5},
        {1, "SET m 6"},
        {0, kAgain},
        {0, "GET m"},
        {1, "SET m 7"},
        {0, ""}});
}

TEST_F(Tracking, ExpiryTells) {
  same({{0, "HELLO 3"},
        {1, "SET k 1 PX 100000"},
        {0, "CLIENT TRACKING on;GET k", 2},
        {1, "PEXPIRE k 1"},
        {0, ""},
        {1, "SET k 1 PX 300"},
        {0, "GET k"},
        {0, ""}});  // nobody asks for it
}

TEST_F(Tracking, FlushingTellsToForgetEverything) {
  same({{0, "HELLO 3"},
        {0, "CLIENT TRACKING on;GET k", 2},
        {1, "FLUSHDB"},
        {0, ""},
        {1, "SET k 1"},
        {0, kAgain},
        {0, "GET k;FLUSHALL", 3},
        {0, "CLIENT TRACKING off;CLIENT TRACKING on bcast prefix x", 2},
        {1, "FLUSHALL"},
        {0, ""}});
}

TEST_F(Tracking, OptInAndOptOut) {
  same({{0, "HELLO 3"},
        {0, "CLIENT TRACKING on optin;GET k", 2},
        {1, "SET k 1"},
        {0, "CLIENT CACHING yes;CLIENT TRACKINGINFO;GET k;CLIENT TRACKINGINFO", 4},
        {1, "SET k 2"},
        {0, ""},
        {0, "CLIENT CACHING yes;MULTI;GET k;EXEC;CLIENT TRACKINGINFO", 5},
        {1, "SET k 3"},
        {0, ""},
        {0, "CLIENT CACHING yes;PING;GET k", 3},
        {1, "SET k 4"},
        {0, kAgain},
        {0, "CLIENT TRACKING off;CLIENT TRACKING on optout;CLIENT CACHING no;CLIENT TRACKINGINFO;GET k", 5},
        {1, "SET k 5"},
        {0, kAgain},
        {0, "GET k"},
        {1, "SET k 6"},
        {0, ""}});
}

TEST_F(Tracking, BroadcastsByPrefix) {
  same({{0, "HELLO 3"},
        {0, "CLIENT TRACKING on bcast"},
        {1, "SET q 1"},
        {0, ""},
        {0, "SET q 2", 2},
        {1, "DEL none;MULTI;SET b 1;SET a 1;SET b 2;EXEC", 6},
        {0, ""},
        {0, "CLIENT TRACKING off;CLIENT TRACKING on bcast prefix foo prefix bar noloop", 2},
        {1, "MSET foo1 1 bar1 1 baz 1"},
        {0, "", 2},
        {0, "SET foo1 1"},
        {0, kAgain},
        {1, "DEL foo1"},
        {0, ""},
        {0, "CLIENT TRACKING off"},
        {1, "SET foo1 1"},
        {0, kAgain}});
}

TEST_F(Tracking, RedirectionOverBothProtocols) {
  same({{0, "HELLO 3"},
        {2, "PING"},
        {0, "CLIENT TRACKING on redirect #2;GET k", 2},
        {1, "SET k 1"},
        {2, kAgain},  // it does not listen yet
        {2, "SUBSCRIBE __redis__:invalidate"},
        {0, "GET k"},
        {1, "SET k 2"},
        {2, ""},
        {1, "FLUSHALL"},
        {2, ""},
        {0, "CLIENT TRACKING off"},
        {0, "HELLO 2"},
        {0, "CLIENT TRACKING on redirect #2;GET k", 2},
        {1, "SET k 3"},
        {2, ""},
        {1, "FLUSHALL"},
        {2, ""}});
}

TEST_F(Tracking, WhoIsRedirectedToNobodyIsTold) {
  // The number of the client that went is each server's own.
  const auto heard = play({{0, "HELLO 3"},
                           {2, "PING"},
                           {0, "CLIENT TRACKING on redirect #2;GET k", 2},
                           {2, "QUIT", 2},
                           {1, "SET k 1"},
                           {0, ""},
                           {0, "CLIENT INFO"}});
  EXPECT_TRUE(heard[heard.size() - 2].starts_with("0 : >2\r\n$21\r\ntracking-redir-broken\r\n:"));
  EXPECT_NE(heard.back().find("flags=tR"), std::string::npos) << heard.back();
}

TEST_F(Tracking, TheTableIsBounded) {
  const auto heard = play({{0, "HELLO 3"},
                           {1, "CONFIG SET tracking-table-max-keys 2"},
                           {0, "CLIENT TRACKING on;GET a;GET b;GET c", 4},
                           {0, ""},
                           {1, "CONFIG SET tracking-table-max-keys 1000000"}});
  EXPECT_TRUE(heard[5].starts_with("0 : >2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\n")) << heard[5];
}

// What only this server does: values may be old, and clients that keep values must not keep those for ever.
TEST_F(Tracking, SoftInvalidationTells) {
  const auto heard = play({{0, "HELLO 3"},
                           {1, "SET cache:1 old EX 100"},
                           {0, "CLIENT TRACKING on;GET cache:1", 2},
                           {1, "CACHE.INVALIDATE KEY cache:1"},
                           {0, ""},
                           {1, "GET cache:1"},     // elected to fill
                           {0, "GET cache:1", 2},  // the old value, not to be kept
                           {1, "SET cache:1 new EX 100"},
                           {0, ""},
                           {0, "GET cache:1"}});
  const std::string push = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$7\r\ncache:1\r\n";
  EXPECT_EQ(heard[4], "0 : " + push);
  EXPECT_EQ(heard[6], "0 GET cache:1: $3\r\nold\r\n");
  EXPECT_EQ(heard[7], "0 GET cache:1: " + push);
  EXPECT_EQ(heard[9], "0 : " + push);
  EXPECT_EQ(heard[10], "0 GET cache:1: $3\r\nnew\r\n");
}

}  // namespace
}  // namespace corral

// Clients that wait for lists, over sockets.
// Threading: see both_servers.h.
// See: server/dispatch/README.md, "Blocking commands".
#include <deque>
#include <set>
#include <string>

#include "tests/integration/both_servers.h"

namespace corral {
namespace {

using Blocking = BothServers;
using test_support::RawConnection;

TEST_F(Blocking, TheOldestIsServedFirst) {
  same({{0, "BLPOP l 0", 0, 1},
        {1, "BRPOP l 0", 0, 2},
        {2, "BLMPOP 0 1 l LEFT COUNT 2", 0, 3},
        {3, "RPUSH l a b c d e", 1, 0},
        {0, ""},
        {1, ""},
        {2, ""},
        {3, "LRANGE l 0 -1"}});
}

TEST_F(Blocking, ServedBeforeTheNextCommandSeesTheList) {
  same({{0, "BLPOP l 0", 0, 1}, {1, "RPUSH l a;LLEN l;EXISTS l", 3, 0}, {0, ""}});
}

TEST_F(Blocking, OfSeveralKeysTheOneWrittenFirstGivesOnce) {
  same({{0, "BLPOP a b c 0", 0, 1},
        {1, "MULTI;RPUSH c 3;RPUSH b 2;RPUSH a 1;EXEC", 5, 0},
        {0, ""},
        {1, "LRANGE a 0 -1;LRANGE b 0 -1;LRANGE c 0 -1", 3},
        {0, "BLPOP none a b 0;BLPOP none a b 0", 2}});
}

TEST_F(Blocking, ATransactionIsSeenWhole) {
  same({{0, "BLPOP l 0", 0, 1},
        {1, "MULTI;RPUSH l a;RPUSH l b;LPUSH l c;LLEN l;EXEC", 6, 0},
        {0, ""},
        {1, "LRANGE l 0 -1"},
        {0, "BLPOP none 0", 0, 1},
        {1, "MULTI;RPUSH none a;DEL none;EXEC", 4, 1},
        {1, "RPUSH none b", 1, 0},
        {0, ""}});
}

TEST_F(Blocking, AnotherTypeIsWaitedOut) {
  same({{0, "BLPOP l 0", 0, 1},
        {1, "SET l string;DEL l;RPUSH l a", 3, 0},
        {0, ""},
        {1, "SET l string"},
        {0, "BLPOP l 0;BLMOVE l x LEFT LEFT 0", 2}});
}

TEST_F(Blocking, MovingGoesOnToWhoWaitsForTheDestination) {
  same({{0, "BLMOVE a b LEFT RIGHT 0", 0, 1},
        {1, "BRPOPLPUSH b c 0", 0, 2},
        {2, "BLPOP c 0", 0, 3},
        {3, "RPUSH a x", 1, 0},
        {0, ""},
        {1, ""},
        {2, ""},
        {3, "EXISTS a b c"}});
}

TEST_F(Blocking, AListMayRotateInItself) {
  same({{0, "BLMOVE a a LEFT RIGHT 0", 0, 1}, {1, "RPUSH a x y", 1, 0}, {0, ""}, {1, "LRANGE a 0 -1"}});
}

TEST_F(Blocking, ADestinationOfAnotherTypeTakesNothing) {
  same({{1, "SET b string"},
        {0, "BLMOVE a b LEFT RIGHT 0", 0, 1},
        {1, "RPUSH a x", 1, 0},
        {0, ""},
        {1, "LRANGE a 0 -1"}});
}

TEST_F(Blocking, RenamedAndCopiedListsServe) {
  same({{0, "BLPOP l 0", 0, 1},
        {1, "RPUSH other a b;RENAME other l", 2, 0},
        {0, ""},
        {0, "BLPOP m 0", 0, 1},
        {1, "COPY l m", 1, 0},
        {0, ""},
        {1, "SELECT 1;RPUSH m z;MOVE m 0", 3},
        {0, "LRANGE m 0 -1"}});
}

TEST_F(Blocking, TheTimeEndsTheWait) {
  same({{0, "BLPOP l 0.01;BLMOVE l m LEFT LEFT 0.01;BRPOPLPUSH l m 0.01;BLMPOP 0.01 1 l LEFT;PING", 5, 0},
        {1, "MULTI;BLPOP l 0;BLMOVE l m LEFT LEFT 0;EXEC", 4, 0}});
}

TEST_F(Blocking, UnblockedByAnother) {
  same({{0, "BLPOP l 0", 0, 1},
        {1, "CLIENT UNBLOCK #0", 1, 0},
        {0, ""},
        {0, "BLMOVE l m LEFT LEFT 0", 0, 1},
        {1, "CLIENT UNBLOCK #0 TIMEOUT", 1, 0},
        {0, ""},
        {0, "BLPOP l m 0", 0, 1},
        {1, "CLIENT UNBLOCK #0 ERROR", 1, 0},
        {0, ""},
        {1, "CLIENT UNBLOCK #0"},
        {1, "RPUSH l a"},
        {0, "LLEN l"}});
}

TEST_F(Blocking, WhoHasGoneTakesNothing) {
  same({{0, "BLPOP l 0", 0, 1},
        {1, "BLPOP l 0", 0, 2},
        {0, "close", 0, 1},
        {2, "RPUSH l a b", 1, 0},
        {1, ""},
        {2, "LRANGE l 0 -1"}});
}

TEST_F(Blocking, WhatWasSentBehindWaits) {
  same({{0, "BLPOP l 0;SET after 1;BLPOP l 0;GET after", 0, 1},
        {1, "EXISTS after"},
        {1, "RPUSH l a"},
        {0, "", 2, 1},
        {1, "EXISTS after;RPUSH l b", 2, 0},
        {0, "", 2}});
}

TEST_F(Blocking, MutedRepliesStayMuted) {
  same({{0, "CLIENT REPLY SKIP;BLPOP l 0;PING", 0, 1},
        {1, "RPUSH l a", 1, 0},
        {0, ""},
        {0, "CLIENT REPLY OFF;BLPOP l 0;BLPOP l 0.01;CLIENT REPLY ON", 0, 1},
        {1, "RPUSH l b", 1, 0},
        {0, ""},
        {0, "PING"}});
}

TEST_F(Blocking, DatabasesAreApart) {
  same({{0, "SELECT 1;BLPOP l 0", 1, 1},
        {1, "RPUSH l a", 1, 1},
        {1, "SELECT 1;RPUSH l b", 2, 0},
        {0, ""},
        {0, "BLPOP m 0", 0, 1},
        {1, "SELECT 0;RPUSH m c;SWAPDB 0 1", 3, 0},
        {0, ""}});
}

TEST_F(Blocking, KeyspaceEventsAreThoseOfRedis) {
  same({{0, "CONFIG SET notify-keyspace-events AEmn"},
        {1, "PSUBSCRIBE __key*"},
        {0,
         "LPUSH l a b;RPUSH l c;LPUSHX l d;RPUSHX none e;LLEN none;LINDEX none 0;LRANGE none 0 1;LPOS none a",
         8},
        {0, "LSET l 0 x;LSET l 99 x;LINSERT l BEFORE a y;LINSERT l BEFORE nosuch y;LREM l 0 y;LREM l 0 y", 6},
        {0, "LTRIM l 0 -1;LPOP l;RPOP l;LPOP l 0;LPOP l 9;LPOP l;RPUSH l 1;LTRIM l 5 6", 8},
        {0,
         "RPUSH l 1;LREM l 1 1;RPUSH l 1 2;LMOVE l l LEFT RIGHT;LMOVE l m LEFT RIGHT;RPOPLPUSH l m;LMOVE l m "
         "LEFT LEFT",
         7},
        {0, "LMPOP 2 l m RIGHT;LMPOP 2 l m LEFT COUNT 5;LMPOP 1 m LEFT;BLPOP l m 0.001", 4},
        {0, "RPUSH l 1 2 3;BLPOP l 0;BRPOP l 0;BLMOVE l m LEFT LEFT 0;BLMPOP 0 1 m LEFT", 5},
        {2, "BLPOP l 0", 0, 1},
        {0, "RPUSH l a", 1, 0},
        {2, ""},
        {2, "BLMOVE l m LEFT RIGHT 0", 0, 1},
        {3, "BLMPOP 0 1 m RIGHT COUNT 3", 0, 2},
        {0, "RPUSH l a b", 1, 0},
        {2, ""},
        {3, ""},
        {0, "SET end 1"},
        {1, "", kToTheEnd}});
}

// Both workers push, move and pop at once: nothing is lost, given twice or left behind.
TEST_F(Blocking, EveryElementArrivesOnce) {
  constexpr size_t kClients = 4;
  constexpr size_t kEach = 100;
  std::deque<RawConnection> pushing;
  std::deque<RawConnection> moving;
  std::deque<RawConnection> popping;
  std::string moves;
  std::string pops;
  for (size_t i = 0; i < kEach; ++i) {
    moves += test_support::encode_request({"BLMOVE", "a", "b", "LEFT", "RIGHT", "0"});
    pops += test_support::encode_request({"BLPOP", "none", "b", "0"});
  }
  for (size_t c = 0; c < kClients; ++c) {
    std::string pushes;
    for (size_t i = 0; i < kEach; ++i) {
      pushes += test_support::encode_request({"RPUSH", "a", std::to_string(c * kEach + i)});
    }
    popping.push_back(RawConnection::to_unix(corral_.socket_path()));
    popping.back().send(pops);
    moving.push_back(RawConnection::to_unix(corral_.socket_path()));
    moving.back().send(moves);
    pushing.push_back(RawConnection::to_unix(corral_.socket_path()));
    pushing.back().send(pushes);
  }
  std::set<std::string> moved;
  std::set<std::string> popped;
  for (size_t c = 0; c < kClients; ++c) {
    for (size_t i = 0; i < kEach; ++i) {
      ASSERT_TRUE(pushing[c].next());
      moved.insert(moving[c].next().value().text);
      popped.insert(popping[c].next().value().elements.at(1).text);
    }
  }
  EXPECT_EQ(moved.size(), kClients * kEach);
  EXPECT_EQ(popped, moved);
  RawConnection asks = RawConnection::to_unix(corral_.socket_path());
  asks.send(test_support::encode_request({"EXISTS", "a", "b"}));
  ASSERT_TRUE(asks.next());
  EXPECT_EQ(asks.last_encoded(), ":0\r\n");
}

}  // namespace
}  // namespace corral

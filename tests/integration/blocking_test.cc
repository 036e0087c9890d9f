// Clients that wait for lists, over sockets: the same scenes with redis-server and with the program, byte for byte.
// Threading: the test's thread drives several connections; the program has two workers.
// See: server/dispatch/README.md, "Blocking commands".
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "protocol/number.h"
#include "server/config/words.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace corral {
namespace {

using test_support::RawConnection;
using test_support::RedisServer;
using test_support::ServerProcess;

/// What one client says: requests in one write, separated by ';'. Then `waiting` clients must wait, and `replies` replies
/// are read from it.
struct Line {
  size_t client;
  std::string requests;  // empty: it only listens; "close": it goes
  size_t replies = 1;
  int waiting = -1;  // -1: as many as before
};

/// For `replies`: up to the message of an event of the key `end`.
constexpr size_t kToTheEnd = SIZE_MAX;

class Stage {
 public:
  explicit Stage(const std::string& socket) : socket_(socket), control_(RawConnection::to_unix(socket)) {}

  std::vector<std::string> play(const std::vector<Line>& scene) {
    for (const Line& line : scene) {
      while (clients_.size() <= line.client) add_client();
      if (line.requests == "close") {
        clients_[line.client] = nullptr;
      } else if (!line.requests.empty()) {
        clients_[line.client]->send(encoded(line.requests));
      }
      if (line.waiting >= 0) await_waiting(line.waiting);
      for (size_t i = 0; i < line.replies; ++i) {
        hear(line);
        if (line.replies == kToTheEnd && heard_.back().ends_with("\r\nend\r\n")) break;
      }
    }
    return heard_;
  }

 private:
  void add_client() {
    clients_.push_back(std::make_unique<RawConnection>(RawConnection::to_unix(socket_)));
    ids_.push_back(std::to_string(ask(*clients_.back(), "CLIENT ID").integer));
  }

  static protocol::Reply ask(RawConnection& connection, const std::string& request) {
    connection.send(test_support::encode_request(*config::split_words(request)));
    return connection.next().value();
  }

  // "#2" stands for the number that the server gave client 2.
  std::string encoded(const std::string& requests) const {
    std::string out;
    size_t begin = 0;
    while (begin <= requests.size()) {
      const size_t end = std::min(requests.find(';', begin), requests.size());
      auto words = *config::split_words(requests.substr(begin, end - begin));
      for (std::string& word : words) {
        if (word.starts_with('#'))
          word = ids_.at(static_cast<size_t>(protocol::parse_int64(word.substr(1)).value()));
      }
      out += test_support::encode_request(words);
      begin = end + 1;
    }
    return out;
  }

  // Asks until the server says so: nothing else tells that a request has begun to wait.
  void await_waiting(int clients) {
    const std::string expected = "blocked_clients:" + std::to_string(clients) + "\r\n";
    const auto limit =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(RawConnection::kWaitLimitMs);
    while (ask(control_, "INFO clients").text.find(expected) == std::string::npos) {
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("never: " + expected);
      std::this_thread::yield();
    }
  }

  void hear(const Line& line) {
    RawConnection& client = *clients_[line.client];
    const bool got = client.next().has_value();
    heard_.push_back(std::to_string(line.client) + ' ' + line.requests + ": " +
                     (got ? std::string(client.last_encoded()) : "closed"));
  }

  std::string socket_;
  RawConnection control_;
  std::deque<std::unique_ptr<RawConnection>> clients_;
  std::vector<std::string> ids_;
  std::vector<std::string> heard_;
};

/// Both servers live for all scenes of a test.
class Blocking : public testing::Test {
 protected:
  void same(const std::vector<Line>& scene) {
    const auto theirs = Stage(redis_.socket_path()).play(scene);
    const auto ours = Stage(corral_.socket_path()).play(scene);
    ASSERT_EQ(ours.size(), theirs.size());
    for (size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i], theirs[i]);
  }

  RedisServer redis_;
  ServerProcess corral_{ServerProcess::corral_program(), {"--workers", "2"}};
};

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

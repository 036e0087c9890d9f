// Many clients wait for lists and sorted sets while many fill them: no wake-up is lost, nothing is given twice, and who came
// first is served first.
// Threading: a thread for each client that waits or writes; the server has four workers.
// See: server/dispatch/README.md, "Blocking commands".
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "protocol/number.h"
#include "server/base/random.h"
#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace corral {
namespace {

using protocol::Reply;
using protocol::ReplyKind;
using test_support::encode_request;
using test_support::RawConnection;
using test_support::ServerProcess;
using Words = std::vector<std::string>;

uint64_t chosen_seed() {
  const char* chosen = std::getenv("CORRAL_SEED");
  return chosen == nullptr ? 1 : protocol::parse_uint64(chosen).value_or(1);
}
size_t scaled(size_t quick, size_t thorough) {
  return std::getenv("CORRAL_LONG") != nullptr ? thorough : quick;
}

Reply ask(RawConnection& connection, const Words& words) {
  connection.send(encode_request(words));
  return connection.next().value();
}

// Asks until the server says so, or too long.
template <typename Holds>
bool await(Holds holds) {
  const auto limit =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(RawConnection::kWaitLimitMs);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

bool await_waiting(RawConnection& control, size_t clients) {
  const std::string expected = "blocked_clients:" + std::to_string(clients) + "\r\n";
  return await([&] { return ask(control, {"INFO", "clients"}).text.find(expected) != std::string::npos; });
}

class BlockingStress : public testing::TestWithParam<const char*> {
 protected:
  RawConnection connect() { return RawConnection::to_unix(server_.socket_path()); }
  void TearDown() override {
    EXPECT_EQ(server_.stop(), 0) << server_.output();
    EXPECT_EQ(server_.output().find("Sanitizer"), std::string::npos) << server_.output();
  }

  ServerProcess server_{ServerProcess::corral_program(),
                        {"--workers", "4", "--stripes", GetParam(), "--loglevel", "warning"}};
};

// --- everything arrives, and once ---------------------------------------------------------------------------------

constexpr std::string_view kStop = "stop";

// What several threads were given.
class Arrivals {
 public:
  void add(const std::string& element) {
    const std::lock_guard lock(mutex_);
    if (!seen_.insert(element).second) twice_.push_back(element);
  }
  size_t count() const {
    const std::lock_guard lock(mutex_);
    return seen_.size();
  }
  std::string twice() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const std::string& element : twice_) out += element + " ";
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> seen_;
  Words twice_;
};

// The elements in the reply of a pop, whichever it is: all texts that begin as elements do. Keys begin otherwise.
void collect(const Reply& reply, Words& out) {
  if (reply.kind == ReplyKind::kBulk && (reply.text.starts_with("e:") || reply.text == kStop))
    out.push_back(reply.text);
  for (const Reply& element : reply.elements) collect(element, out);
}

// Sends `pop` again and again until it is told to stop; what it got beyond one stop goes back by `give_back`.
void take_until_stop(RawConnection connection, const Words& pop, const Words& give_back, Arrivals& arrivals) {
  for (;;) {
    Words got;
    collect(ask(connection, pop), got);
    size_t stops = 0;
    for (const std::string& element : got) element == kStop ? void(++stops) : arrivals.add(element);
    if (stops == 0) continue;
    for (; stops > 1; --stops) ask(connection, give_back);
    return;
  }
}

// Writes elements by every way in which a key can get some.
void fill(RawConnection connection, const std::string& name, uint64_t seed, size_t count) {
  base::Random random(seed);
  for (size_t i = 0; i < count; i += 2) {
    const std::string one = "e:" + name + std::to_string(i);
    const std::string two = "e:" + name + std::to_string(i + 1);
    const bool list = name.starts_with("list");
    const Words add_one =
        list ? Words{"RPUSH", "list1", one} : Words{"ZADD", "zset1", std::to_string(i), one};
    const Words add_two = list ? Words{"LPUSH", "list2", two} : Words{"ZADD", "zset2", "5", two};
    const std::string aside = "aside:" + name;
    switch (random.below(4)) {
      case 0:
        ask(connection, add_one);
        ask(connection, add_two);
        break;
      case 1:
        ask(connection, {"MULTI"});
        ask(connection, add_one);
        ask(connection, add_two);
        ask(connection, {"EXEC"});
        break;
      case 2:
        ask(connection,
            list ? Words{"RPUSH", "list2", one, two} : Words{"ZADD", "zset1", "1", one, "2", two});
        break;
      default:
        // Under another name first. The rename must not replace what others have written, so it may fail.
        ask(connection, list ? Words{"RPUSH", aside, one, two} : Words{"ZADD", aside, "1", one, "2", two});
        if (ask(connection, {"RENAMENX", aside, list ? "list1" : "zset2"}).integer == 1) break;
        ask(connection, {"DEL", aside});
        ask(connection, add_one);
        ask(connection, add_two);
    }
  }
}

// Lists reach those who pop from list3 only by way of movers, which need a stripe that is not theirs.
TEST_P(BlockingStress, NoWakeUpIsLostAndNothingComesTwice) {
  const uint64_t seed = chosen_seed();
  const size_t each = 2 * scaled(150, 5000);
  constexpr size_t kWriters = 4;
  Arrivals arrivals;
  std::deque<std::thread> waiting;
  const auto wait = [&](const Words& pop, const Words& give_back) {
    waiting.emplace_back(
        [this, pop, give_back, &arrivals] { take_until_stop(connect(), pop, give_back, arrivals); });
  };
  Arrivals moved;
  const Words no_give_back;
  for (const char* source : {"list1", "list2", "list1", "list2"}) {
    waiting.emplace_back([this, source, &moved, no_give_back] {
      take_until_stop(connect(), {"BLMOVE", source, "list3", "LEFT", "RIGHT", "0"}, no_give_back, moved);
    });
  }
  const Words list_stop = {"RPUSH", "list3", "stop"};
  const Words zset_stop = {"ZADD", "stops", "1", "stop"};
  wait({"BLPOP", "none", "list3", "0"}, list_stop);
  wait({"BRPOP", "list3", "none", "0"}, list_stop);
  wait({"BLMPOP", "0", "2", "none", "list3", "LEFT", "COUNT", "3"}, list_stop);
  wait({"BLMPOP", "0", "1", "list3", "RIGHT"}, list_stop);
  wait({"BZPOPMIN", "zset1", "zset2", "stops", "0"}, zset_stop);
  wait({"BZPOPMAX", "zset2", "zset1", "stops", "0"}, zset_stop);
  wait({"BZMPOP", "0", "3", "zset1", "zset2", "stops", "MIN", "COUNT", "3"}, zset_stop);
  wait({"BZMPOP", "0", "4", "none", "zset2", "zset1", "stops", "MAX"}, zset_stop);
  std::deque<std::thread> writing;
  for (size_t w = 0; w < kWriters; ++w) {
    const std::string name = (w % 2 == 0 ? "list" : "zset") + std::to_string(w) + ":";
    writing.emplace_back([this, name, seed, w, each] { fill(connect(), name, seed * kWriters + w, each); });
  }
  for (std::thread& thread : writing) thread.join();
  // Nobody writes any more: whoever slept through a wake-up stays asleep.
  const bool all = await([&] { return arrivals.count() == kWriters * each; });
  EXPECT_TRUE(all) << arrivals.count() << " of " << kWriters * each << " elements, seed " << seed;
  RawConnection control = connect();
  EXPECT_EQ(ask(control, {"EXISTS", "list1", "list2", "list3", "zset1", "zset2"}).integer, 0);
  for (const char* source : {"list1", "list2", "list1", "list2"}) ask(control, {"RPUSH", source, "stop"});
  // The same member cannot be in the set twice, so each taker is stopped before the next.
  for (int i = 0; i < 4; ++i) {
    ask(control, zset_stop);
    EXPECT_TRUE(await([&] { return ask(control, {"EXISTS", "stops"}).integer == 0; }));
  }
  for (std::thread& thread : waiting) thread.join();
  EXPECT_EQ(arrivals.twice(), "");
  EXPECT_EQ(moved.twice(), "");
}

// Time runs out and CLIENT UNBLOCK comes while elements do: who got an element was not told of nothing, too, and what nobody
// got is still there.
TEST_P(BlockingStress, EndsOfWaitsTakeNothingAlong) {
  const uint64_t seed = chosen_seed();
  const size_t each = 2 * scaled(100, 4000);
  constexpr size_t kTakers = 6;
  Arrivals arrivals;
  std::atomic<bool> written{false};
  std::vector<std::string> ids(kTakers);
  std::deque<RawConnection> taking;
  for (size_t t = 0; t < kTakers; ++t) {
    taking.push_back(connect());
    ids[t] = std::to_string(ask(taking.back(), {"CLIENT", "ID"}).integer);
  }
  std::deque<std::thread> threads;
  for (size_t t = 0; t < kTakers; ++t) {
    threads.emplace_back([&, t] {
      base::Random random(seed + t);
      while (!written.load(std::memory_order_relaxed)) {
        const std::string patience = random.below(2) == 0 ? "0.001" : "0.02";
        Words got;
        collect(ask(taking[t], t % 2 == 0 ? Words{"BLPOP", "list1", "list2", patience}
                                          : Words{"BZPOPMIN", "zset1", "zset2", patience}),
                got);
        for (const std::string& element : got) arrivals.add(element);
      }
    });
  }
  threads.emplace_back([&] {
    base::Random random(seed);
    RawConnection control = connect();
    while (!written.load(std::memory_order_relaxed))
      ask(control, {"CLIENT", "UNBLOCK", ids[random.below(kTakers)]});
  });
  std::thread lists([&] { fill(connect(), "list:", seed, each); });
  std::thread zsets([&] { fill(connect(), "zset:", seed, each); });
  lists.join();
  zsets.join();
  written = true;
  for (std::thread& thread : threads) thread.join();
  RawConnection control = connect();
  for (const Words& rest : {Words{"LRANGE", "list1", "0", "-1"}, Words{"LRANGE", "list2", "0", "-1"},
                            Words{"ZRANGE", "zset1", "0", "-1"}, Words{"ZRANGE", "zset2", "0", "-1"}}) {
    Words left;
    collect(ask(control, rest), left);
    for (const std::string& element : left) arrivals.add(element);
  }
  EXPECT_EQ(arrivals.count(), 2 * each) << "seed " << seed;
  EXPECT_EQ(arrivals.twice(), "");
}

// --- who came first -----------------------------------------------------------------------------------------------

// Keeps the stripe of the key "{target}" busy, so that who serves a move to it often finds its lock taken.
void disturb(RawConnection connection, uint64_t seed, const std::atomic<bool>& over) {
  base::Random random(seed);
  while (!over.load(std::memory_order_relaxed)) {
    std::string bytes;
    for (int i = 0; i < 16; ++i) {
      bytes += encode_request({"SET", "{target}" + std::to_string(random.below(8)), std::string(3000, 'x')});
      bytes += encode_request({"BITCOUNT", "{target}" + std::to_string(random.below(8))});
    }
    connection.send(bytes);
    for (int i = 0; i < 32; ++i) connection.next();
  }
}

// Each client waits before the next one asks; then all elements come at once, and the n-th client has the n-th.
TEST_P(BlockingStress, TheOldestIsServedFirst) {
  constexpr size_t kClients = 6;
  std::atomic<bool> over{false};
  std::deque<std::thread> noise;
  for (uint64_t n = 0; n < 2; ++n) noise.emplace_back([this, n, &over] { disturb(connect(), n, over); });
  base::Random random(chosen_seed());
  std::deque<RawConnection> clients;
  for (size_t c = 0; c < kClients; ++c) clients.push_back(connect());
  RawConnection control = connect();
  for (size_t round = 0; round < scaled(12, 500); ++round) {
    const auto kind = random.below(3);
    Words write = kind == 2 ? Words{"ZADD", "zset"} : Words{"RPUSH", "list"};
    for (size_t c = 0; c < kClients; ++c) {
      const std::string element = "e:" + std::to_string(c);
      if (kind == 0) clients[c].send(encode_request({"BLPOP", "list", "0"}));
      if (kind == 1) clients[c].send(encode_request({"BLMOVE", "list", "{target}", "LEFT", "RIGHT", "0"}));
      if (kind == 2) clients[c].send(encode_request({"BZPOPMIN", "none", "zset", "0"}));
      ASSERT_TRUE(await_waiting(control, c + 1));
      if (kind == 2) write.push_back(std::to_string(c));
      write.push_back(element);
    }
    ask(control, write);
    for (size_t c = 0; c < kClients; ++c) {
      Words got;
      collect(clients[c].next().value(), got);
      EXPECT_EQ(got, Words{"e:" + std::to_string(c)}) << "round " << round;
    }
    ask(control, {"DEL", "{target}"});
  }
  over = true;
  for (std::thread& thread : noise) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Stripes, BlockingStress, testing::Values("1", "8", "1024"));

}  // namespace
}  // namespace corral

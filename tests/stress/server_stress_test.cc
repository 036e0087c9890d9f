// Many clients, many workers, few stripes: races, self-deadlocks and lost wake-ups show here, best under a sanitizer.
// Threading: one thread per group of connections; the seed of each is printed.
// See: tests/README.md.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "protocol/number.h"
#include "server/base/random.h"
#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace corral {
namespace {

using test_support::encode_request;
using test_support::RawConnection;
using test_support::ServerProcess;

constexpr int kThreads = 4;
constexpr int kConnections = 6;

int rounds() { return std::getenv("CORRAL_LONG") != nullptr ? 20000 : 600; }

std::vector<std::string> random_request(base::Random& random) {
  const std::string plain = "k" + std::to_string(random.below(20));
  const std::string cached = "cache:" + std::to_string(random.below(8));
  const std::string other = "k" + std::to_string(random.below(20));
  const std::string hash = "cache:h" + std::to_string(random.below(4));
  switch (random.below(38)) {
    case 0: return {"SET", plain, std::string(random.below(6000), 'v')};
    case 1: return {"GET", plain};
    case 2: return {"INCR", "n" + std::to_string(random.below(4))};
    case 3: return {"MSET", plain, "1", other, "2", cached, "3"};
    case 4: return {"MGET", plain, cached, other};
    case 5: return {"DEL", cached, plain};
    case 6: return {"RENAME", plain, other};
    case 7: return {"SCAN", "0", "COUNT", "100"};
    case 8: return {"FLUSHALL"};
    case 9: return {"DBSIZE"};
    case 10: return {"INFO"};
    case 11: return {"CLIENT", "LIST"};
    case 12: return {"PEXPIRE", plain, std::to_string(random.below(30))};
    case 13: return {"COPY", plain, other, "REPLACE"};
    case 14: return {"CACHE.INVALIDATE", "KEY", cached};
    case 15: return {"CACHE.STATS"};
    case 16: return {"CONFIG", "SET", "maxmemory", random.below(2) == 0 ? "0" : "1mb"};
    case 17: return {"APPEND", plain, std::string(random.below(3000), 'a')};
    case 18: return {"CACHE.POLICY", "SET", "p", "match", "cache:*", "wait", "20ms", "stale", "50ms"};
    case 19: return {"SET", cached, std::string(random.below(6000), 'c'), "PX", "30"};
    case 20: return {"SWAPDB", "0", "1"};
    case 21: return {"SELECT", std::to_string(random.below(2))};
    case 22: return {"HSET", hash, "f" + std::to_string(random.below(9)), std::string(random.below(300), 'h')};
    case 23: return {"HGETALL", hash};
    case 24: return {"HMGET", hash, "f1", "f2"};
    case 25: return {"HPEXPIRE", hash, std::to_string(random.below(20)), "FIELDS", "2", "f1", "f2"};
    case 26: return {"HSETEX", hash, "PX", "15", "FIELDS", "1", "f3", "v"};
    case 27: return {"PEXPIRE", hash, "25"};
    case 28: return {"RENAME", "cache:h0", hash};
    case 29: return {"CONFIG", "SET", "hash-max-listpack-entries", random.below(2) == 0 ? "3" : "512"};
    case 30: return {"HGETDEL", hash, "FIELDS", "1", "f1"};
    case 31: return {"HGET", hash, "f2"};
    default: return {"GET", cached};
  }
}

// One thread's clients: requests one by one, pipelined, in transactions; some leave in the middle.
void run_clients(const ServerProcess& server, uint64_t seed, std::atomic<uint64_t>& answered) {
  base::Random random(seed);
  std::vector<std::unique_ptr<RawConnection>> connections;
  const auto connect = [&] { return std::make_unique<RawConnection>(RawConnection::to_unix(server.socket_path())); };
  for (int i = 0; i < kConnections; ++i) connections.push_back(connect());
  for (int round = 0; round < rounds(); ++round) {
    // All connections ask before any answer is read, so that reads wait for each other's fills.
    std::vector<size_t> expected(connections.size());
    for (size_t i = 0; i < connections.size(); ++i) {
      std::string bytes;
      const size_t count = 1 + random.below(4);
      const bool transaction = random.below(8) == 0;
      if (transaction) bytes += encode_request({"WATCH", "k1"}) + encode_request({"MULTI"});
      for (size_t n = 0; n < count; ++n) bytes += encode_request(random_request(random));
      if (transaction) bytes += encode_request({"EXEC"});
      expected[i] = count + (transaction ? 3 : 0);
      ASSERT_TRUE(connections[i]->send(bytes));
    }
    const size_t leaver = random.below(connections.size() * 20);
    for (size_t i = 0; i < connections.size(); ++i) {
      if (i == leaver) continue;
      for (size_t n = 0; n < expected[i]; ++n) {
        ASSERT_TRUE(connections[i]->next().has_value()) << "seed " << seed << " round " << round;
        answered.fetch_add(1, std::memory_order_relaxed);
      }
    }
    if (leaver < connections.size()) connections[leaver] = connect();
  }
}

class ServerStress : public testing::TestWithParam<const char*> {};

TEST_P(ServerStress, EveryRequestIsAnsweredAndNothingRaces) {
  ServerProcess server(ServerProcess::corral_program(),
                       {"--workers", "4", "--stripes", GetParam(), "--loglevel", "warning", "--policy", "p", "match",
                        "cache:*", "wait", "20ms", "stale", "50ms"});
  const char* chosen = std::getenv("CORRAL_SEED");
  const uint64_t seed = chosen == nullptr ? 1 : protocol::parse_uint64(chosen).value_or(1);
  std::printf("seed %llu, %d rounds of %d threads × %d clients\n", static_cast<unsigned long long>(seed), rounds(), kThreads,
              kConnections);
  std::atomic<uint64_t> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&server, &answered, seed, i] { run_clients(server, seed * 100 + static_cast<uint64_t>(i), answered); });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%llu replies\n", static_cast<unsigned long long>(answered.load()));
  EXPECT_EQ(server.stop(), 0) << server.output();
  EXPECT_EQ(server.output().find("Sanitizer"), std::string::npos) << server.output();
}

int stops() { return std::getenv("CORRAL_LONG") != nullptr ? 60 : 6; }

// Asks until the server goes, and never fills what it is sent for, so that reads are parked when the end comes.
void ask_until_closed(const std::string& socket_path, uint64_t seed, std::atomic<uint64_t>& answered) {
  base::Random random(seed);
  try {
    std::vector<std::unique_ptr<RawConnection>> connections;
    for (int i = 0; i < kConnections; ++i) {
      connections.push_back(std::make_unique<RawConnection>(RawConnection::to_unix(socket_path)));
    }
    for (;;) {
      for (const auto& connection : connections) {
        std::string bytes;
        for (size_t n = 1 + random.below(4); n > 0; --n) bytes += encode_request(random_request(random));
        bytes += encode_request({"GET", "wait:" + std::to_string(random.below(3))});
        if (!connection->send(bytes)) return;
      }
      RawConnection& one = *connections[random.below(connections.size())];
      if (random.below(4) == 0 && !one.next()) return;
      answered.fetch_add(1, std::memory_order_relaxed);
    }
  } catch (const std::runtime_error&) {
    // Cut in the middle of a reply, or nobody listens any more.
  }
}

// Half of the time by a signal, half of the time by a client's SHUTDOWN.
TEST(ServerStops, UnderLoadAndWithReadersParked) {
  for (int round = 0; round < stops(); ++round) {
    ServerProcess server(ServerProcess::corral_program(),
                         {"--workers", "3", "--loglevel", "warning", "--policy", "p", "match", "cache:*", "wait", "20ms",
                          "--policy", "w", "match", "wait:*", "wait", "30s"});
    std::atomic<uint64_t> answered{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      const auto seed = static_cast<uint64_t>(round * kThreads + i);
      threads.emplace_back([&server, &answered, seed] { ask_until_closed(server.socket_path(), seed, answered); });
    }
    while (answered.load(std::memory_order_relaxed) < 200) std::this_thread::yield();
    if (round % 2 == 1) RawConnection::to_unix(server.socket_path()).send(encode_request({"SHUTDOWN", "NOSAVE"}));
    const auto status = server.stop();
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(status, 0) << "round " << round << "\n" << server.output();
    ASSERT_EQ(server.output().find("Sanitizer"), std::string::npos) << server.output();
  }
}

INSTANTIATE_TEST_SUITE_P(Stripes, ServerStress, testing::Values("1", "8", "1024"));

}  // namespace
}  // namespace corral

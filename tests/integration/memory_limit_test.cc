// The program under maxmemory: it stays near the limit in resident memory, evicts or answers OOM, and is never killed.
// Threading: the test's thread drives the connections.
// See: tests/README.md.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "protocol/number.h"
#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace corral {
namespace {

using test_support::encode_request;
using test_support::RawConnection;
using test_support::ServerProcess;

constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kLimit = 100 * kMiB;
constexpr size_t kFixed = 24 * kMiB;  // program, allocator, and one connection's input and output on the way

std::string ask(RawConnection& connection, const std::vector<std::string>& words) {
  connection.send(encode_request(words));
  const auto reply = connection.next();
  return reply ? reply->describe() : "(closed)";
}

std::string field(RawConnection& connection, const std::string& name) {
  connection.send(encode_request({"INFO", "everything"}));
  const std::string text(connection.next()->text);
  const size_t at = text.find("\n" + name + ":");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  return text.substr(begin, text.find('\r', begin) - begin);
}

size_t number(RawConnection& connection, const std::string& name) {
  return static_cast<size_t>(protocol::parse_int64(field(connection, name)).value());
}

size_t resident_bytes(const ServerProcess& server) {
  std::ifstream figures("/proc/" + std::to_string(server.process()) + "/statm");
  size_t total = 0;
  size_t resident = 0;
  figures >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/// Random requests that store 64 bytes to 1 MiB, evenly over the powers of two.
class Writer {
 public:
  Writer() : value_(kMiB, 'v') {}
  std::string next() {
    const std::string key = "key:" + std::to_string(random_() % 20000);
    const auto size = static_cast<size_t>(64 * std::exp2(14.0 * static_cast<double>(random_() % 1000) / 1000));
    bytes_ += size;
    const std::string value = value_.substr(0, size);
    switch (random_() % 8) {
      case 0:
        return encode_request({"APPEND", "long:" + std::to_string(random_() % 100), value});
      case 1:
        return encode_request({"SETRANGE", "long:" + std::to_string(random_() % 100), std::to_string(random_() % kMiB), "x"});
      case 2:
      case 3:
      case 4:
        return encode_request({"SET", key, value, "EX", std::to_string(1 + random_() % 1000)});
      default:
        return encode_request({"SET", key, value});
    }
  }
  size_t bytes() const { return bytes_; }

 private:
  std::mt19937 random_{7};
  std::string value_;
  size_t bytes_ = 0;
};

struct Outcome {
  size_t errors = 0;
  std::string other_error;  // one that is not OOM
  size_t highest_resident = 0;
};

Outcome write_four_times_the_limit(ServerProcess& server, RawConnection& connection) {
  Outcome outcome;
  Writer writer;
  while (writer.bytes() < 4 * kLimit) {
    std::string batch;
    size_t requests = 0;
    for (; requests < 32 && batch.size() < kMiB; ++requests) batch += writer.next();
    connection.send(batch);
    for (size_t i = 0; i < requests; ++i) {
      const auto reply = connection.next();
      if (!reply) {
        outcome.other_error = "closed";
        return outcome;
      }
      if (reply->kind != protocol::ReplyKind::kError) continue;
      ++outcome.errors;
      if (reply->text.substr(0, 4) != "OOM ") outcome.other_error = reply->text;
    }
    outcome.highest_resident = std::max(outcome.highest_resident, resident_bytes(server));
  }
  return outcome;
}

void expect_near_the_limit(RawConnection& connection, const Outcome& outcome) {
  EXPECT_EQ(outcome.other_error, "");
  EXPECT_LE(number(connection, "used_memory"), kLimit + kLimit / 16);
  // Other allocators (sanitizers) have figures of their own.
  if (field(connection, "mem_allocator").starts_with("jemalloc")) {
    EXPECT_LE(outcome.highest_resident, kLimit / 4 * 5 + kFixed);
  }
}

TEST(MemoryLimit, AnEvictingServerTakesEveryWriteAndStaysNearIt) {
  for (const char* policy : {"allkeys-corral", "allkeys-lru"}) {
    SCOPED_TRACE(policy);
    ServerProcess server(ServerProcess::corral_program(),
                         {"--workers", "1", "--maxmemory", "100mb", "--maxmemory-policy", policy});
    RawConnection connection = RawConnection::to_unix(server.socket_path());
    const Outcome outcome = write_four_times_the_limit(server, connection);
    EXPECT_EQ(outcome.errors, 0u);
    EXPECT_NE(field(connection, "evicted_keys"), "0");
    expect_near_the_limit(connection, outcome);
  }
}

TEST(MemoryLimit, WithoutEvictionWritesAreRefusedUntilSomethingIsDeleted) {
  ServerProcess server(ServerProcess::corral_program(),
                       {"--workers", "1", "--maxmemory", "100mb", "--maxmemory-policy", "noeviction"});
  RawConnection connection = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(connection, {"SET", "first", "1"}), "+OK");
  const Outcome outcome = write_four_times_the_limit(server, connection);
  EXPECT_GT(outcome.errors, 0u);
  expect_near_the_limit(connection, outcome);
  EXPECT_EQ(ask(connection, {"SET", "second", "2"}), "-OOM command not allowed when used memory > 'maxmemory'.");
  EXPECT_EQ(ask(connection, {"GET", "first"}), "\"1\"");
  EXPECT_EQ(ask(connection, {"FLUSHALL"}), "+OK");
  EXPECT_EQ(ask(connection, {"SET", "second", "2"}), "+OK");
}

TEST(MemoryLimit, LargeValuesFindRoomAmongSmallOnes) {
  ServerProcess server(ServerProcess::corral_program(),
                       {"--workers", "1", "--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru"});
  RawConnection connection = RawConnection::to_unix(server.socket_path());
  for (int batch = 0; batch < 60; ++batch) {
    std::string requests;
    for (int i = 0; i < 1000; ++i) {
      requests += encode_request({"SET", "small:" + std::to_string(batch * 1000 + i), std::string(60, 's')});
    }
    connection.send(requests);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(connection.next()->describe(), "+OK");
  }
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(ask(connection, {"SET", "large:" + std::to_string(i), std::string(kMiB, 'l')}), "+OK") << i;
  }
}

TEST(MemoryLimit, KeysThatMayGoAreFoundWhereverTheyAre) {
  ServerProcess server(ServerProcess::corral_program(),
                       {"--workers", "1", "--maxmemory", "2mb", "--maxmemory-policy", "volatile-lru"});
  RawConnection connection = RawConnection::to_unix(server.socket_path());
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(ask(connection, {"SET", "mortal:" + std::to_string(i), std::string(400000, 'm'), "EX", "1000"}), "+OK");
  }
  // Three keys in a thousand stripes make room for three values; the fourth finds nobody who may go.
  std::string answer;
  int taken = 0;
  while ((answer = ask(connection, {"SET", "immortal:" + std::to_string(taken), std::string(400000, 'i')})) == "+OK") ++taken;
  EXPECT_EQ(answer, "-OOM command not allowed when used memory > 'maxmemory'.");
  EXPECT_EQ(ask(connection, {"EXISTS", "mortal:0", "mortal:1", "mortal:2"}), "0");
}

TEST(MemoryLimit, InputOnItsWayCounts) {
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "1", "--maxmemory", "8mb"});
  RawConnection connection = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(connection, {"SET", "key", "before"}), "+OK");
  {
    RawConnection slow = RawConnection::to_unix(server.socket_path());
    slow.send("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$16777216\r\n" + std::string(12 * kMiB, 'b'));
    for (int i = 0; i < 100000 && number(connection, "memory_connections") < 12 * kMiB; ++i) {
    }
    EXPECT_EQ(ask(connection, {"SET", "key", "meanwhile"}), "-OOM command not allowed when used memory > 'maxmemory'.");
  }
  for (int i = 0; i < 100000 && number(connection, "memory_connections") > kMiB; ++i) {
  }
  EXPECT_EQ(ask(connection, {"SET", "key", "after"}), "+OK");
}

}  // namespace
}  // namespace corral

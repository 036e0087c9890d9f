// Strings of all sizes, times of SET and its kin, memory that comes back.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include "server/base/random.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

std::string bulk(const std::string& bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

std::string text_of(size_t size, uint64_t seed) {
  base::Random random(seed);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>(random.below(256));
  return text;
}

// Around the limits of inline values, of one- and two-byte lengths, and of embstr.
constexpr size_t kSizes[] = {0, 1, 44, 45, 254, 255, 256, 4095, 4096, 4097, 65535, 65536, 300000};

TEST(String, ValuesOfAllSizesReplaceEachOther) {
  TestServer server;
  uint64_t seed = 0;
  for (const size_t first : kSizes) {
    for (const size_t second : kSizes) {
      const std::string one = text_of(first, ++seed);
      const std::string other = text_of(second, ++seed);
      ASSERT_EQ(server.client().run_words({"SET", "k", one}), "+OK\r\n");
      ASSERT_EQ(server.client().run_words({"GETSET", "k", other}), bulk(one)) << first << " " << second;
      ASSERT_EQ(server.run("GET k"), bulk(other)) << first << " " << second;
      ASSERT_EQ(server.run("STRLEN k"), ":" + std::to_string(second) + "\r\n");
    }
  }
}

TEST(String, PartsOfAllSizesAreWrittenAndRead) {
  TestServer server;
  uint64_t seed = 0;
  for (const size_t first : kSizes) {
    for (const size_t second : kSizes) {
      std::string whole = text_of(first, ++seed);
      const std::string tail = text_of(second, ++seed);
      server.client().run_words({"SET", "k", whole});
      whole += tail;
      ASSERT_EQ(server.client().run_words({"APPEND", "k", tail}), ":" + std::to_string(whole.size()) + "\r\n");
      const size_t offset = first / 2;
      whole.replace(offset, tail.size(), tail);
      server.client().run_words({"SETRANGE", "k", std::to_string(offset), tail});
      ASSERT_EQ(server.run("GET k"), bulk(whole)) << first << " " << second;
      ASSERT_EQ(server.run("GETRANGE k " + std::to_string(offset) + " -1"), bulk(whole.substr(offset)));
    }
  }
}

TEST(String, ANewStringIsPaddedWithZeros) {
  TestServer server;
  for (const size_t offset : kSizes) {
    const std::string key = "k" + std::to_string(offset);
    server.client().run_words({"SETRANGE", key, std::to_string(offset), "end"});
    EXPECT_EQ(server.run("GET " + key), bulk(std::string(offset, '\0') + "end")) << offset;
  }
}

TEST(String, AReplyKeepsTheValueItAnswered) {
  TestServer server;
  auto& reader = server.connect();
  const std::string value = text_of(100000, 1);
  server.client().run_words({"SET", "k", value});
  // The reply of a large value refers to it until it is sent; what happens to the key before must not change the reply.
  for (const char* line : {"MULTI", "GET k", "APPEND k tail", "SETRANGE k 0 head", "DEL k"}) reader.run(line);
  EXPECT_EQ(reader.run("EXEC"), "*4\r\n" + bulk(value) + ":100004\r\n:100004\r\n:1\r\n");
}

TEST(String, ExpiryIsToTheMillisecond) {
  TestServer server;
  for (const char* set : {"SET k v EX 2", "SET k v PX 2000", "SETEX k 2 v", "PSETEX k 2000 v"}) {
    EXPECT_EQ(server.run(set), "+OK\r\n");
    server.advance_ms(1999);
    EXPECT_EQ(server.run("GET k"), "$1\r\nv\r\n") << set;
    server.advance_ms(1);
    EXPECT_EQ(server.run("GET k"), "$-1\r\n") << set;
  }
}

TEST(String, AbsoluteTimesAreTakenAsTheyAre) {
  TestServer server;
  const int64_t at_s = TestServer::kStartMs / 1000 + 10;
  server.run("SET a v EXAT " + std::to_string(at_s));
  EXPECT_EQ(server.run("PEXPIRETIME a"), ":" + std::to_string(at_s * 1000) + "\r\n");
  server.run("SET b v PXAT " + std::to_string(at_s * 1000 + 1));
  EXPECT_EQ(server.run("PEXPIRETIME b"), ":" + std::to_string(at_s * 1000 + 1) + "\r\n");
  server.run("SET c v");
  EXPECT_EQ(server.run("GETEX c PXAT " + std::to_string(at_s * 1000 + 2)), "$1\r\nv\r\n");
  EXPECT_EQ(server.run("PEXPIRETIME c"), ":" + std::to_string(at_s * 1000 + 2) + "\r\n");
}

TEST(String, KeepttlOfAnExpiredKeyKeepsNothing) {
  TestServer server;
  server.run("SET k v PX 10");
  server.advance_ms(10);
  EXPECT_EQ(server.run("SET k w KEEPTTL"), "+OK\r\n");
  EXPECT_EQ(server.run("TTL k"), ":-1\r\n");
}

TEST(String, AWriteIsOneChange) {
  TestServer server;
  const auto dirty = [&server] { return static_cast<int64_t>(server.stats().dirty.value()); };
  const int64_t before = dirty();
  server.run("SET k v");
  EXPECT_EQ(dirty() - before, 1);
  server.run("SET k v NX");
  EXPECT_EQ(dirty() - before, 1);
  server.run("MSET a 1 b 2");
  EXPECT_EQ(dirty() - before, 3);
}

TEST(String, ReadsCountHitsAndMisses) {
  TestServer server;
  server.run("SET k v");
  const uint64_t hits = server.stats().keyspace_hits.value();
  const uint64_t misses = server.stats().keyspace_misses.value();
  for (const char* line : {"GET k", "GET no", "MGET k no", "STRLEN k", "STRLEN no", "EXISTS k no", "TYPE k", "TTL no",
                           "GETRANGE k 0 1", "GETEX k", "SET k v GET", "TOUCH k no"}) {
    server.run(line);
  }
  EXPECT_EQ(server.stats().keyspace_hits.value() - hits, 9u);
  EXPECT_EQ(server.stats().keyspace_misses.value() - misses, 6u);
  server.run("SET k w");
  server.run("INCR n");
  server.run("DEL no");
  EXPECT_EQ(server.stats().keyspace_hits.value() - hits, 9u);
  EXPECT_EQ(server.stats().keyspace_misses.value() - misses, 6u);
}

TEST(String, NothingStaysBehind) {
  TestServer server;
  server.run("SET k v");
  server.run("DEL k");
  const int64_t before = server.services().keyspace.memory().total();
  for (int i = 0; i < 50; ++i) {
    const std::string key = "k" + std::to_string(i);
    server.client().run_words({"SET", key, text_of(5000, 1)});
    server.client().run_words({"APPEND", key, text_of(5000, 2)});
    server.client().run_words({"RENAME", key, key + "b"});
    server.client().run_words({"COPY", key + "b", key});
    server.client().run_words({"DEL", key, key + "b"});
  }
  const store::MemoryFigures after = server.services().keyspace.memory();
  EXPECT_EQ(after.payload, 0);
  EXPECT_EQ(after.header, 0);
  EXPECT_EQ(after.waste, 0);
  EXPECT_LT(after.total() - before, 100 * 1024);  // tables may have been made, values may not be left
}

}  // namespace
}  // namespace corral::commands

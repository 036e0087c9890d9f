// What OBJECT and MEMORY tell of keys and of the server.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include <map>

#include "protocol/number.h"
#include "protocol/reply_reader.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using protocol::Reply;
using test_support::TestServer;

Reply decoded(const std::string& encoded) {
  protocol::ReplyReader reader;
  reader.feed(encoded);
  const auto reply = reader.next();
  EXPECT_TRUE(reply.has_value()) << encoded;
  return reply.value_or(Reply());
}

TEST(Object, IdleTimeGrowsUntilTheKeyIsUsed) {
  TestServer server({"maxmemory-policy allkeys-lru"});
  server.run("SET k v");
  EXPECT_EQ(decoded(server.run("OBJECT IDLETIME k")).integer, 0);
  for (int i = 0; i < 200; ++i) server.advance_ms(1000);
  const int64_t idle = decoded(server.run("OBJECT IDLETIME k")).integer;
  EXPECT_NEAR(static_cast<double>(idle), 200, 40) << "in steps of 16 seconds";
  EXPECT_EQ(decoded(server.run("OBJECT IDLETIME k")).integer, idle) << "looking is no use";
  server.run("GET k");
  EXPECT_LT(decoded(server.run("OBJECT IDLETIME k")).integer, 40);
}

TEST(Object, FrequencyNeedsAnLfuPolicy) {
  TestServer server({"maxmemory-policy allkeys-lfu"});
  server.run("SET k v");
  for (int i = 0; i < 100; ++i) server.run("GET k");
  const Reply often = decoded(server.run("OBJECT FREQ k"));
  server.run("SET seldom v");
  const Reply seldom = decoded(server.run("OBJECT FREQ seldom"));
  EXPECT_EQ(often.kind, protocol::ReplyKind::kInteger);
  EXPECT_GT(often.integer, seldom.integer);
  EXPECT_TRUE(server.run("OBJECT IDLETIME k").starts_with("-ERR An LFU maxmemory policy is selected, idle time not "));
  server.run("CONFIG SET maxmemory-policy allkeys-lru");
  EXPECT_TRUE(server.run("OBJECT FREQ k").starts_with("-ERR An LFU maxmemory policy is not selected, access "));
}

TEST(Object, HelpHasRedisLayout) {
  TestServer server;
  for (const char* container : {"OBJECT", "MEMORY"}) {
    const Reply help = decoded(server.run(std::string(container) + " HELP"));
    ASSERT_GT(help.elements.size(), 4u);
    EXPECT_EQ(help.elements.front().text,
              std::string(container) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    EXPECT_EQ(help.elements[help.elements.size() - 2].text, "HELP");
    EXPECT_EQ(help.elements.back().text, "    Prints this help.");
    for (const Reply& line : help.elements) EXPECT_EQ(line.kind, protocol::ReplyKind::kSimple);
  }
}

TEST(Memory, UsageFollowsTheValue) {
  TestServer server({"stripes 1"});  // the share of the table is small when the table is well filled
  for (int i = 0; i < 1000; ++i) server.run("SET filler" + std::to_string(i) + " v");
  int64_t last = 0;
  for (const size_t size : {1, 100, 1000, 4096, 4097, 100000}) {
    server.client().run_words({"SET", "k", std::string(size, 'x')});
    const int64_t usage = decoded(server.run("MEMORY USAGE k")).integer;
    EXPECT_GT(usage, static_cast<int64_t>(size));
    EXPECT_LT(usage, static_cast<int64_t>(size + size / 4 + 512)) << size;
    EXPECT_GT(usage, last);
    last = usage;
  }
  server.run("SET k v");
  const int64_t plain = decoded(server.run("MEMORY USAGE k")).integer;
  server.run("EXPIRE k 100");
  EXPECT_GT(decoded(server.run("MEMORY USAGE k")).integer, plain) << "an expiry takes room, too";
}

TEST(Memory, UsagesAddUpToTheTotal) {
  TestServer server({"stripes 1"});
  int64_t sum = 0;
  for (int i = 0; i < 2000; ++i) {
    server.client().run_words({"SET", "k" + std::to_string(i), std::string(static_cast<size_t>(i), 'x')});
  }
  for (int i = 0; i < 2000; ++i) sum += decoded(server.run("MEMORY USAGE k" + std::to_string(i))).integer;
  const auto total = static_cast<double>(server.services().keyspace.memory().total());
  EXPECT_NEAR(static_cast<double>(sum), total, total / 20);
}

std::map<std::string, Reply> stats_of(TestServer& server) {
  std::map<std::string, Reply> fields;
  const Reply reply = decoded(server.run("MEMORY STATS"));
  for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) fields[reply.elements[i].text] = reply.elements[i + 1];
  return fields;
}

TEST(Memory, StatsHasTheFieldsOfRedisAndTheyAddUp) {
  TestServer server;
  for (int i = 0; i < 100; ++i) server.client().run_words({"SET", "key" + std::to_string(i), std::string(1000, 'x')});
  server.run("SELECT 3");
  server.run("SET k v EX 100");
  auto fields = stats_of(server);
  for (const char* name :
       {"peak.allocated", "total.allocated", "startup.allocated", "replication.backlog", "clients.slaves",
        "clients.normal", "cluster.links", "aof.buffer", "lua.caches", "functions.caches", "db.0", "db.3",
        "overhead.total", "keys.count", "keys.bytes-per-key", "dataset.bytes", "dataset.percentage", "peak.percentage",
        "allocator.allocated", "allocator.active", "allocator.resident", "allocator-fragmentation.ratio",
        "allocator-fragmentation.bytes", "allocator-rss.ratio", "allocator-rss.bytes", "rss-overhead.ratio",
        "rss-overhead.bytes", "fragmentation", "fragmentation.bytes"}) {
    EXPECT_TRUE(fields.contains(name)) << name;
  }
  EXPECT_FALSE(fields.contains("db.1"));
  EXPECT_EQ(fields["keys.count"].integer, 101);
  EXPECT_EQ(fields["dataset.bytes"].integer, 10 * 4 + 90 * 5 + 100 * 1000 + 2);
  EXPECT_EQ(fields["overhead.total"].integer + fields["dataset.bytes"].integer, fields["total.allocated"].integer);
  EXPECT_GE(fields["peak.allocated"].integer, fields["total.allocated"].integer);
  EXPECT_EQ(fields["db.3"].elements.size(), 4u);
  EXPECT_GT(fields["db.3"].elements.at(3).integer, 0) << "the expiry of k";
  EXPECT_EQ(fields["db.0"].elements.at(3).integer, 0) << "nothing expires there";
}

TEST(Memory, DoctorLooksAtRealFigures) {
  TestServer server;
  EXPECT_NE(server.run("MEMORY DOCTOR").find("too little"), std::string::npos);
  for (int i = 0; i < 60; ++i) server.client().run_words({"SET", "k" + std::to_string(i), std::string(200'000, 'x')});
  EXPECT_EQ(server.run("MEMORY DOCTOR").find("too little"), std::string::npos);
  server.services().state.peak_memory.store(100'000'000);
  EXPECT_NE(server.run("MEMORY DOCTOR").find("peak was more than 1.5 times"), std::string::npos);
}

TEST(Memory, MallocStatsIsTheAllocatorsReport) {
  TestServer server;
  EXPECT_GT(server.run("MEMORY MALLOC-STATS").size(), 40u);
  EXPECT_EQ(server.run("MEMORY PURGE"), "+OK\r\n");
}

}  // namespace
}  // namespace corral::commands

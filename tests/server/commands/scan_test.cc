// Walks over all keys: complete, without repetition, only what lives.
// Threading: one thread, manual clock.
// See: server/commands/README.md, "Walks".
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

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

// A whole iteration; `between` runs after each call. Every key with how often it came.
std::map<std::string, int> scan_all(TestServer& server, const std::string& options,
                                    const std::function<void()>& between = [] {}) {
  std::map<std::string, int> seen;
  std::string cursor = "0";
  do {
    const Reply reply = decoded(server.run("SCAN " + cursor + " " + options));
    cursor = reply.elements.at(0).text;
    for (const Reply& key : reply.elements.at(1).elements) ++seen[key.text];
    between();
  } while (cursor != "0");
  return seen;
}

void fill(TestServer& server, const std::string& prefix, int count) {
  for (int i = 0; i < count; ++i) server.run("SET " + prefix + std::to_string(i) + " v");
}

class ScanWithStripes : public testing::TestWithParam<const char*> {};

TEST_P(ScanWithStripes, EveryKeyComesOnce) {
  TestServer server({GetParam()});
  fill(server, "k", 5000);
  for (const char* count : {"COUNT 1", "COUNT 7", "COUNT 100", "COUNT 100000"}) {
    const auto seen = scan_all(server, count);
    EXPECT_EQ(seen.size(), 5000u) << count;
    for (const auto& [key, times] : seen) EXPECT_EQ(times, 1) << key;
  }
}

TEST_P(ScanWithStripes, KeysThatStayComeOnceWhileOthersComeAndGo) {
  TestServer server({GetParam()});
  fill(server, "stays", 2000);
  fill(server, "goes", 2000);
  int step = 0;
  const auto seen = scan_all(server, "COUNT 20", [&] {
    for (int i = 0; i < 40; ++i) server.run("SET comes" + std::to_string(step * 40 + i) + " v");
    for (int i = 0; i < 20; ++i) server.run("DEL goes" + std::to_string(step * 20 + i));
    ++step;
  });
  for (int i = 0; i < 2000; ++i) {
    const auto found = seen.find("stays" + std::to_string(i));
    ASSERT_TRUE(found != seen.end()) << i;
    EXPECT_EQ(found->second, 1) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Stripes, ScanWithStripes, testing::Values("stripes 1", "stripes 64", "stripes 1024"),
                         [](const auto& suite) { return std::string(suite.param).replace(7, 1, "_"); });

TEST(Scan, ACallLooksAtAboutCountEntries) {
  TestServer server({"stripes 1"});
  fill(server, "k", 5000);
  const Reply reply = decoded(server.run("SCAN 0 COUNT 50"));
  EXPECT_GE(reply.elements.at(1).elements.size(), 50u);
  EXPECT_LT(reply.elements.at(1).elements.size(), 150u);
  EXPECT_TRUE(decoded(server.run("SCAN 0 COUNT 50 MATCH nomatch")).elements.at(1).elements.empty());
}

TEST(Scan, OnlyWhatLives) {
  TestServer server;
  fill(server, "k", 10);
  server.run("SET short v PX 10");
  EXPECT_EQ(server.run("DBSIZE"), ":11\r\n");
  server.run("MULTI");  // time passes without the turn that would reclaim the key
  for (const char* line : {"SCAN 0 COUNT 100 MATCH s*", "KEYS s*"}) server.run(line);
  EXPECT_EQ(server.run("EXEC"), "*2\r\n*2\r\n$1\r\n0\r\n*1\r\n$5\r\nshort\r\n*1\r\n$5\r\nshort\r\n");
  server.advance_ms(10);
  EXPECT_EQ(server.run("SCAN 0 COUNT 100 MATCH s*"), "*2\r\n$1\r\n0\r\n*0\r\n");
  EXPECT_EQ(server.run("KEYS s*"), "*0\r\n");
  EXPECT_EQ(scan_all(server, "").size(), 10u);
}

TEST(Scan, DatabasesAreApart) {
  TestServer server;
  fill(server, "zero", 5);
  server.run("SELECT 3");
  fill(server, "three", 3);
  EXPECT_EQ(scan_all(server, "").size(), 3u);
  EXPECT_EQ(server.run("DBSIZE"), ":3\r\n");
  server.run("SELECT 0");
  EXPECT_EQ(server.run("DBSIZE"), ":5\r\n");
}

TEST(Scan, ForeignCursorsDoNoHarm) {
  TestServer server;
  fill(server, "k", 100);
  for (const char* cursor : {"1", "4294967295", "4294967296", "4398046511103", "18446744073709551615", "-1", "-5"}) {
    EXPECT_EQ(decoded(server.run(std::string("SCAN ") + cursor)).elements.size(), 2u) << cursor;
  }
}

TEST(Keys, ManyKeysComeOnce) {
  TestServer server({"stripes 1"});
  fill(server, "k", 5000);
  std::set<std::string> seen;
  const Reply reply = decoded(server.run("KEYS *"));
  for (const Reply& key : reply.elements) seen.insert(key.text);
  EXPECT_EQ(reply.elements.size(), 5000u);
  EXPECT_EQ(seen.size(), 5000u);
  EXPECT_EQ(decoded(server.run("KEYS k1?")).elements.size(), 10u);
}

TEST(RandomKey, FewKeysHaveTheSameChance) {
  TestServer server;
  fill(server, "k", 5);
  std::map<std::string, int> seen;
  for (int i = 0; i < 5000; ++i) ++seen[server.run("RANDOMKEY")];
  EXPECT_EQ(seen.size(), 5u);
  for (const auto& [key, times] : seen) EXPECT_NEAR(times, 1000, 150) << key;
}

TEST(RandomKey, ManyKeysInOneStripeAreAllReached) {
  TestServer server({"stripes 1"});
  fill(server, "k", 50);
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) seen.insert(server.run("RANDOMKEY"));
  EXPECT_EQ(seen.size(), 50u);
}

}  // namespace
}  // namespace corral::commands

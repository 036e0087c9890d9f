// HOTKEYS: sessions, and what they find in a skewed load.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "protocol/reply_reader.h"
#include "server/base/random.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using protocol::Reply;
using protocol::ReplyKind;

class HotkeysTest : public testing::Test {
 protected:
  Reply ask(const std::string& line) {
    protocol::ReplyReader reader;
    reader.feed(server.run(line));
    const auto reply = reader.next();
    EXPECT_TRUE(reply.has_value()) << line;
    return reply.value_or(Reply{});
  }
  /// The fields of HOTKEYS GET by name.
  std::map<std::string, Reply> get() {
    const Reply reply = ask("HOTKEYS GET");
    std::map<std::string, Reply> fields;
    if (reply.elements.size() != 1) return fields;
    const auto& flat = reply.elements[0].elements;
    for (size_t i = 0; i + 1 < flat.size(); i += 2) fields[flat[i].text] = flat[i + 1];
    return fields;
  }
  using Keys = std::vector<std::pair<std::string, int64_t>>;
  Keys keys(const std::string& field) {
    Keys out;
    const auto fields = get();
    const auto found = fields.find(field);
    if (found == fields.end()) return out;
    const auto& flat = found->second.elements;
    for (size_t i = 0; i + 1 < flat.size(); i += 2) out.emplace_back(flat[i].text, flat[i + 1].integer);
    return out;
  }

  test_support::TestServer server;
};

TEST_F(HotkeysTest, WithoutASessionThereIsNothing) {
  EXPECT_EQ(server.run("HOTKEYS GET"), "$-1\r\n");
  EXPECT_EQ(server.run("HOTKEYS STOP"), "$-1\r\n");
  EXPECT_EQ(server.run("HOTKEYS RESET"), "+OK\r\n");
}

TEST_F(HotkeysTest, ASessionIsStartedStoppedAndForgotten) {
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 NET"), "+OK\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 NET"),
            "-ERR hotkey tracking session already in progress\r\n");
  EXPECT_EQ(server.run("HOTKEYS RESET"), "-ERR hotkey tracking session in progress, stop tracking first\r\n");
  server.run("SET a 1");
  EXPECT_EQ(get()["tracking-active"].integer, 1);
  server.advance_ms(1500);
  EXPECT_EQ(server.run("HOTKEYS STOP"), "+OK\r\n");
  server.advance_ms(1000);
  server.run("SET b 1");
  auto fields = get();
  EXPECT_EQ(fields["tracking-active"].integer, 0);
  EXPECT_EQ(fields["collection-duration-ms"].integer, 1500);
  EXPECT_EQ(fields["collection-start-time-unix-ms"].integer, test_support::TestServer::kStartMs);
  EXPECT_EQ(fields.count("by-cpu-time-us"), 0u);
  // *3 $3 SET $1 a $1 1 and +OK.
  EXPECT_EQ(keys("by-net-bytes"), (Keys{{"a", 32}}));
  EXPECT_EQ(fields["total-net-bytes"].integer, 32);
  EXPECT_EQ(server.run("HOTKEYS RESET"), "+OK\r\n");
  EXPECT_EQ(server.run("HOTKEYS GET"), "$-1\r\n");
}

TEST_F(HotkeysTest, ADurationEndsTheSession) {
  server.run("HOTKEYS START METRICS 1 CPU DURATION 2");
  server.advance_ms(1999);
  EXPECT_EQ(get()["tracking-active"].integer, 1);
  server.advance_ms(1);
  EXPECT_EQ(get()["tracking-active"].integer, 0);
  EXPECT_EQ(get()["collection-duration-ms"].integer, 2000);
}

TEST_F(HotkeysTest, ReadsAndWritesOfTheLastSecondAreTold) {
  server.run("HOTKEYS START METRICS 2 READS WRITES");
  for (int turn = 0; turn < 20; ++turn) {
    for (int i = 0; i < 30; ++i) server.run("GET hot");
    for (int i = 0; i < 10; ++i) server.run("SET warm x");
    server.run("MGET hot cold");
    server.advance_ms(100);
  }
  EXPECT_EQ(keys("by-reads-per-second"), (Keys{{"hot", 310}, {"cold", 10}}));
  EXPECT_EQ(keys("by-writes-per-second"), (Keys{{"warm", 100}}));
  server.advance_ms(1500);
  EXPECT_EQ(keys("by-reads-per-second"), Keys{});
}

TEST_F(HotkeysTest, AKeyThatBecomesHotIsSeenWithinASecond) {
  server.run("HOTKEYS START METRICS 1 READS COUNT 1");
  for (int i = 0; i < 50; ++i) {
    server.run("GET old");
    server.advance_ms(100);
  }
  for (int i = 0; i < 9; ++i) {
    for (int n = 0; n < 20; ++n) server.run("GET new");
    server.advance_ms(100);
  }
  const Keys found = keys("by-reads-per-second");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].first, "new");
}

// Seeds are fixed: those of the load here, that of the sampling by the worker's number.
TEST_F(HotkeysTest, SamplesOfASkewedLoadFindItsTopKeys) {
  for (const int ratio : {10, 100}) {
    server.run("HOTKEYS START METRICS 1 READS COUNT 5 SAMPLE " + std::to_string(ratio));
    base::Random random(42);
    std::map<std::string, int64_t> truth;
    for (int turn = 0; turn < 20; ++turn) {
      for (int i = 0; i < 5000; ++i) {
        const std::string key = "key:" + std::to_string(static_cast<int>(std::pow(10000, random.unit())));
        if (turn >= 10) ++truth[key];
        server.run("GET " + key);
      }
      server.advance_ms(100);
    }
    const Keys found = keys("by-reads-per-second");
    ASSERT_EQ(found.size(), 5u) << ratio;
    EXPECT_EQ(found[0].first, "key:1") << ratio;
    EXPECT_EQ(found[1].first, "key:2") << ratio;
    // 3,700 reads a second or so: 37 samples at a ratio of 100, with a deviation of 6.
    const auto most = static_cast<double>(truth["key:1"]);
    EXPECT_NEAR(static_cast<double>(found[0].second), most, most * (ratio == 10 ? 0.15 : 0.5)) << ratio;
    server.run("HOTKEYS STOP");
  }
}

TEST_F(HotkeysTest, WrongArguments) {
  constexpr std::string_view kRequired = "-ERR METRICS parameter is required\r\n";
  EXPECT_EQ(server.run("HOTKEYS START"), kRequired);
  EXPECT_EQ(server.run("HOTKEYS START COUNT 5"), kRequired);
  EXPECT_EQ(server.run("HOTKEYS START METRICS"), kRequired);
  EXPECT_EQ(server.run("HOTKEYS START METRICS 0 CPU"), "-ERR METRICS count must be > 0 and <= 4\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 2 CPU"),
            "-ERR METRICS count does not match number of metric types provided\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 2 CPU CPU"), "-ERR METRICS CPU defined more than once!\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 FOO"),
            "-ERR METRICS no valid metrics passed. Supported: CPU|NET|READS|WRITES\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 CPU COUNT 65"), "-ERR COUNT must be between 1 and 64\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 CPU DURATION 0"),
            "-ERR DURATION must be between 1 and 1000000\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 CPU SAMPLE 0"), "-ERR SAMPLE ratio must be positive\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 CPU SLOTS 1 5"),
            "-ERR SLOTS parameter cannot be used in non-cluster mode\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 CPU COUNT"), "-ERR syntax error\r\n");
  EXPECT_EQ(server.run("HOTKEYS START METRICS 1 CPU FOO 1"), "-ERR syntax error\r\n");
  EXPECT_EQ(server.run("HOTKEYS GET"), "$-1\r\n");
}

}  // namespace
}  // namespace corral::commands

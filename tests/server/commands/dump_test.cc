// RESTORE's wishes about accesses and expiry, DUMP's refusals; payloads themselves are compared in tests/server/rdb.
// Threading: one thread, manual clock.
// See: server/commands/README.md; server/store/age_clock.h.
#include <gtest/gtest.h>

#include "protocol/number.h"
#include "server/rdb/payload.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

std::string restore(TestServer& server, const std::vector<std::string>& options) {
  std::vector<std::string> words = {"RESTORE", "k", "0", rdb::dump("value"), "REPLACE"};
  words.insert(words.end(), options.begin(), options.end());
  return server.client().run_words(words);
}

int64_t number(const std::string& reply) {
  return protocol::parse_int64(reply.substr(1, reply.size() - 3)).value_or(-1);
}

TEST(Restore, SetsTheIdleTimeAsFarAsAgesReach) {
  TestServer server;
  server.run("SET other 1");
  for (int i = 0; i < 40; ++i) server.advance_ms(16'000);
  for (const int64_t wanted : {0, 20, 100, 300}) {
    EXPECT_EQ(restore(server, {"IDLETIME", std::to_string(wanted)}), "+OK\r\n");
    const int64_t idle = number(server.run("OBJECT IDLETIME k"));
    EXPECT_GE(idle, wanted);
    EXPECT_LE(idle, wanted + 40) << wanted;
  }
  EXPECT_EQ(restore(server, {"IDLETIME", "9223372036854775807"}), "+OK\r\n");
  EXPECT_GE(number(server.run("OBJECT IDLETIME k")), 300);
}

TEST(Restore, SetsTheFrequency) {
  TestServer server({"maxmemory-policy allkeys-lfu"});
  for (const int frequency : {255, 0, 170, 85}) {
    EXPECT_EQ(restore(server, {"FREQ", std::to_string(frequency)}), "+OK\r\n");
    EXPECT_EQ(number(server.run("OBJECT FREQ k")), frequency);
  }
}

TEST(Restore, BrokenPayloadsChangeNothing) {
  TestServer server;
  server.run("RPUSH k a");
  server.run("EXPIRE k 100");
  EXPECT_EQ(server.client().run_words({"RESTORE", "k", "0", "nothing", "REPLACE"}),
            "-ERR DUMP payload version or checksum are wrong\r\n");
  EXPECT_EQ(server.run("LRANGE k 0 -1"), "*1\r\n$1\r\na\r\n");
  EXPECT_EQ(server.run("TTL k"), ":100\r\n");
}

TEST(Restore, AVeryLargeSetComesBackWhole) {
  TestServer server;
  for (int i = 0; i < 2000; ++i) server.run("SADD k member" + std::to_string(i));
  const std::string reply = server.run("DUMP k");
  const size_t begin = reply.find("\r\n") + 2;
  EXPECT_EQ(
      server.client().run_words({"RESTORE", "copy", "5000", reply.substr(begin, reply.size() - begin - 2)}),
      "+OK\r\n");
  EXPECT_EQ(server.run("SINTERCARD 2 k copy"), ":2000\r\n");
  EXPECT_EQ(server.run("PTTL copy"), ":5000\r\n");
  EXPECT_EQ(server.run("DEL copy"), ":1\r\n");
}

}  // namespace
}  // namespace corral::commands

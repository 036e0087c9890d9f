// The lines of MONITOR, and that they show no passwords.
// Threading: one thread.
// See: server/dispatch/monitor_line.h.
#include "server/dispatch/monitor_line.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/test_server.h"

namespace corral::dispatch {
namespace {

using protocol::Bytes;

std::string line_of(const std::vector<Bytes>& arguments) {
  return monitor_line(1'339'518'083'007'412, 3, "127.0.0.1:60866", arguments);
}

TEST(MonitorLine, LooksAsInRedis) {
  EXPECT_EQ(line_of({"keys", "*"}), "+1339518083.007412 [3 127.0.0.1:60866] \"keys\" \"*\"\r\n");
  EXPECT_EQ(line_of({"set", "a\"b\r\n", Bytes("\0\xff", 2)}),
            "+1339518083.007412 [3 127.0.0.1:60866] \"set\" \"a\\\"b\\r\\n\" \"\\x00\\xff\"\r\n");
}

TEST(MonitorLine, HidesPasswords) {
  constexpr const char* kBegin = "+1339518083.007412 [3 127.0.0.1:60866] ";
  EXPECT_EQ(line_of({"AUTH", "pw"}), std::string(kBegin) + "\"AUTH\" \"(redacted)\"\r\n");
  EXPECT_EQ(line_of({"auth", "me", "pw"}), std::string(kBegin) + "\"auth\" \"(redacted)\" \"(redacted)\"\r\n");
  EXPECT_EQ(line_of({"hello", "3", "AUTH", "me", "pw", "SETNAME", "x"}),
            std::string(kBegin) + "\"hello\" \"3\" \"AUTH\" \"(redacted)\" \"(redacted)\" \"SETNAME\" \"x\"\r\n");
  const std::vector<Bytes> set{"config", "set", "hz", "10", "RequirePass", "pw"};
  std::vector<bool> hidden;
  for (size_t i = 0; i < set.size(); ++i) hidden.push_back(is_secret(set, i));
  EXPECT_EQ(hidden, (std::vector<bool>{false, false, false, false, false, true}));
}

TEST(Monitor, ShowsWhatOthersDoUntilTheClientGoes) {
  test_support::TestServer server;
  auto& watcher = server.connect();
  EXPECT_EQ(watcher.run("MONITOR"), "+OK\r\n");
  EXPECT_EQ(watcher.run("MONITOR"), "") << "Redis says nothing the second time";
  EXPECT_EQ(server.services().state.monitors, 1);
  server.turn();
  server.run("SET k v");
  server.run("CONFIG GET hz");
  server.turn();
  EXPECT_EQ(watcher.take(), "+1700000000.000000 [0 127.0.0.1:1234] \"SET\" \"k\" \"v\"\r\n") << "no administration";
}

TEST(SlowLog, HidesPasswords) {
  test_support::TestServer server({"slowlog-log-slower-than 0"});
  server.turn();
  server.run("CONFIG SET requirepass pw");
  const auto newest = server.services().command_logs.slow.newest(1);
  ASSERT_EQ(newest.size(), 1u);
  EXPECT_EQ(newest[0].arguments, (std::vector<std::string>{"CONFIG", "SET", "requirepass", "(redacted)"}));
}

}  // namespace
}  // namespace corral::dispatch

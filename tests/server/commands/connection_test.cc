// PING, ECHO, HELLO, AUTH, QUIT and RESET, with and without a password.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

constexpr const char* kWrongPassword = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
constexpr const char* kNotAuthenticated = "-NOAUTH Authentication required.\r\n";

TEST(Connection, HelloTellsWhoTheServerIs) {
  TestServer server;
  EXPECT_EQ(
      server.run("HELLO 3"),
      "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n$"
      "2\r\nid\r\n:" +
          std::to_string(server.client().session().id) +
          "\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n");
  EXPECT_EQ(server.run("GET k"), "_\r\n") << "RESP3 from now on";
  EXPECT_TRUE(server.run("HELLO").starts_with("%7\r\n")) << "without a version nothing changes";
  EXPECT_TRUE(server.run("HELLO 2").starts_with("*14\r\n"));
  EXPECT_EQ(server.run("GET k"), "$-1\r\n");
}

TEST(Connection, ARefusedHelloKeepsTheProtocol) {
  TestServer server;
  EXPECT_EQ(server.run("HELLO 4"), "-NOPROTO unsupported protocol version\r\n");
  EXPECT_EQ(server.run("HELLO 3 NOSUCH"), "-ERR Syntax error in HELLO option 'NOSUCH'\r\n");
  EXPECT_EQ(server.run("HELLO 3 AUTH other x"), kWrongPassword);
  EXPECT_EQ(server.run("GET k"), "$-1\r\n");
}

TEST(Connection, NothingButLoggingInIsAllowedBefore) {
  TestServer server({"requirepass secret"});
  EXPECT_EQ(server.run("GET k"), kNotAuthenticated);
  EXPECT_EQ(server.run("PING"), kNotAuthenticated);
  EXPECT_EQ(server.run("MULTI"), kNotAuthenticated);
  EXPECT_TRUE(server.run("HELLO 3").starts_with(
      "-NOAUTH HELLO must be called with the client already authenticated"));
  EXPECT_EQ(server.run("RESET"), "+RESET\r\n");
  EXPECT_EQ(server.run("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(server.run("PING"), "+PONG\r\n");
}

TEST(Connection, WithoutAPasswordNobodyNeedsToLogIn) {
  TestServer server({"requirepass secret"});
  auto& other = server.connect();
  server.run("AUTH secret");
  EXPECT_EQ(server.client().run_words({"CONFIG", "SET", "requirepass", ""}), "+OK\r\n");
  EXPECT_EQ(other.run("PING"), "+PONG\r\n");
  EXPECT_TRUE(other.run("HELLO 3").starts_with("-NOAUTH HELLO must be called"))
      << "as Redis: it never logged in";
  auto& later = server.connect();
  server.run("CONFIG SET requirepass another");
  EXPECT_EQ(other.run("PING"), kNotAuthenticated);
  EXPECT_EQ(later.run("PING"), "+PONG\r\n") << "it came when no password was asked for";
  EXPECT_EQ(server.run("PING"), "+PONG\r\n");
}

TEST(Connection, OnlyTheWholePasswordWillDo) {
  TestServer server({"requirepass secret"});
  for (const char* wrong : {"secre", "secrets", "secretsecret", "Secret", "x"}) {
    EXPECT_EQ(server.run(std::string("AUTH ") + wrong), kWrongPassword) << wrong;
    EXPECT_EQ(server.run(std::string("AUTH default ") + wrong), kWrongPassword) << wrong;
  }
  EXPECT_EQ(server.client().run_words({"AUTH", ""}), kWrongPassword);
  EXPECT_EQ(server.run("AUTH other secret"), kWrongPassword);
  EXPECT_EQ(server.run("AUTH Default secret"), kWrongPassword);
  EXPECT_EQ(server.run("PING"), kNotAuthenticated);
  EXPECT_TRUE(server.run("HELLO 3 AUTH default secret SETNAME me").starts_with("%7\r\n"));
  EXPECT_EQ(server.run("CLIENT GETNAME"), "$2\r\nme\r\n");
  EXPECT_EQ(server.run("AUTH wrong"), kWrongPassword);
  EXPECT_EQ(server.run("PING"), "+PONG\r\n") << "a failed attempt does not log out";
}

TEST(Connection, WithoutAPasswordTheUserHasNone) {
  TestServer server;
  EXPECT_TRUE(
      server.run("AUTH x").starts_with("-ERR AUTH <password> called without any password configured"));
  EXPECT_EQ(server.run("AUTH default anything"), "+OK\r\n");
  EXPECT_EQ(server.run("AUTH other anything"), kWrongPassword);
}

TEST(Connection, QuitClosesBehindTheReplyAlsoInsideATransaction) {
  TestServer server;
  EXPECT_EQ(server.run("QUIT"), "+OK\r\n");
  EXPECT_TRUE(server.client().closed());
  auto& other = server.connect();
  other.run("MULTI");
  EXPECT_EQ(other.run("QUIT"), "+OK\r\n");
  EXPECT_TRUE(other.closed());
}

TEST(Connection, ResetMakesAConnectionLikeNew) {
  TestServer server;
  auto& client = server.client();
  for (const char* line :
       {"HELLO 3 SETNAME me", "SELECT 3", "SET k 1", "CLIENT NO-TOUCH ON", "WATCH k", "MULTI"})
    client.run(line);
  EXPECT_EQ(client.run("RESET"), "+RESET\r\n");
  EXPECT_EQ(client.run("EXEC"), "-ERR EXEC without MULTI\r\n");
  EXPECT_EQ(client.run("GET k"), "$-1\r\n") << "database 0, RESP2";
  EXPECT_EQ(client.run("CLIENT GETNAME"), "$-1\r\n");
  const std::string info = client.run("CLIENT INFO");
  EXPECT_NE(info.find(" db=0 "), std::string::npos) << info;
  EXPECT_NE(info.find(" resp=2 "), std::string::npos) << info;
  EXPECT_NE(info.find(" flags=N "), std::string::npos) << info;
  client.run("SELECT 3");
  server.connect().run_words({"SELECT", "3"});
  client.run("SET k 2");
  client.run("MULTI");
  EXPECT_EQ(client.run("EXEC"), "*0\r\n") << "k is watched no more";
}

TEST(Connection, ResetLogsOut) {
  TestServer server({"requirepass secret"});
  server.run("AUTH secret");
  server.run("MULTI");
  EXPECT_EQ(server.run("RESET"), "+RESET\r\n");
  EXPECT_EQ(server.run("PING"), kNotAuthenticated);
}

TEST(Connection, ResetSpeaksAgain) {
  TestServer server;
  EXPECT_EQ(server.run("CLIENT REPLY OFF"), "");
  EXPECT_EQ(server.run("PING"), "");
  EXPECT_EQ(server.run("RESET"), "+RESET\r\n");
  EXPECT_EQ(server.run("PING"), "+PONG\r\n");
}

TEST(Connection, ResetEndsMonitoring) {
  TestServer server;
  server.run("MONITOR");
  EXPECT_EQ(server.services().state.monitors.load(), 1);
  EXPECT_EQ(server.run("RESET"), "+RESET\r\n");
  EXPECT_EQ(server.services().state.monitors.load(), 0);
  EXPECT_TRUE(server.worker().monitors.empty());
  server.turn();
  server.connect().run("SET k 1");
  server.turn();
  EXPECT_EQ(server.client().take(), "");
}

}  // namespace
}  // namespace corral::commands

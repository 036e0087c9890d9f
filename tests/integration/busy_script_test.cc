// Scripts that do not end, over sockets: what redis-server answers meanwhile, and what the program answers.
// Threading: the test's thread drives several connections; the program has two workers.
// See: server/dispatch/README.md, "Scripts".
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace corral {
namespace {

using test_support::RawConnection;
using test_support::RedisServer;
using test_support::ServerProcess;
using Words = std::vector<std::string>;

class Peer {
 public:
  explicit Peer(const std::string& socket) : socket_(socket), control_(RawConnection::to_unix(socket)) {}

  std::string ask(RawConnection& client, const Words& words) {
    client.send(test_support::encode_request(words));
    client.next();
    return std::string(client.last_encoded());
  }
  std::string ask(const Words& words) { return ask(control_, words); }
  RawConnection connect() { return RawConnection::to_unix(socket_); }

  /// Asks on new connections, which fall to every worker, until all of several in a row say that a script is in the way.
  void await_busy() {
    for (int busy = 0; busy < 8;) {
      RawConnection client = connect();
      busy = ask(client, {"GET", "a"}).starts_with("-BUSY") ? busy + 1 : 0;
    }
  }

 private:
  std::string socket_;
  RawConnection control_;
};

// What is heard while `script` runs and after it was killed by `kill`.
std::vector<std::string> hear(const std::string& socket, const Words& script, const Words& kill) {
  Peer peer(socket);
  std::vector<std::string> heard;
  heard.push_back(peer.ask({"CONFIG", "SET", "busy-reply-threshold", "20"}));
  RawConnection other = peer.connect();
  heard.push_back(peer.ask(other, {"SET", "a", "1"}));
  RawConnection runner = peer.connect();
  runner.send(test_support::encode_request(script));
  peer.await_busy();
  for (const Words& words : std::vector<Words>{{"GET", "a"}, {"SET", "b", "1"}, {"PING"}, {"MULTI"}, {"GET", "a"}, {"EXEC"},
                                               {"DISCARD"}, {"EVAL", "return 1", "0"}, {"SCRIPT", "EXISTS", "x"}, {"KEYS", "*"},
                                               {"nosuch"}, {"GET"}, {"DBSIZE"}}) {
    heard.push_back(peer.ask(other, words));
    heard.push_back(peer.ask(words));
  }
  heard.push_back(peer.ask(kill[0] == "SCRIPT" ? Words{"FUNCTION", "KILL"} : Words{"SCRIPT", "KILL"}));
  heard.push_back(peer.ask(kill));
  runner.next();
  heard.emplace_back(runner.last_encoded());
  heard.push_back(peer.ask(runner, {"GET", "a"}));
  heard.push_back(peer.ask(other, {"GET", "a"}));
  heard.push_back(peer.ask(kill));
  return heard;
}

void expect_same(const std::vector<Words>& before, const Words& script, const Words& kill) {
  RedisServer redis;
  const ServerProcess ours(ServerProcess::corral_program(), {"--workers", "2"});
  for (const std::string& socket : {redis.socket_path(), ours.socket_path()}) {
    Peer peer(socket);
    for (const Words& words : before) peer.ask(words);
  }
  EXPECT_EQ(hear(ours.socket_path(), script, kill), hear(redis.socket_path(), script, kill));
}

TEST(BusyScript, EndlessScriptIsKilled) { expect_same({}, {"EVAL", "while true do end", "0"}, {"SCRIPT", "KILL"}); }

TEST(BusyScript, EndlessScriptWithKeysIsKilled) {
  expect_same({{"EVAL", "if ARGV[1] then while true do redis.call('GET', KEYS[1]) end end", "1", "a"}},
              {"EVAL", "if ARGV[1] then while true do redis.call('GET', KEYS[1]) end end", "1", "a", "go"}, {"SCRIPT", "KILL"});
}

TEST(BusyScript, CatchingErrorsDoesNotHelp) {
  expect_same({}, {"EVAL", "while true do pcall(function() while true do end end) end", "0"}, {"SCRIPT", "KILL"});
}

TEST(BusyScript, EndlessFunctionIsKilled) {
  expect_same({{"FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() while true do end end)"}},
              {"FCALL", "f", "0"}, {"FUNCTION", "KILL"});
}

TEST(BusyScript, WhatWroteCannotBeKilled) {
  const ServerProcess ours(ServerProcess::corral_program(), {"--workers", "2", "--busy-reply-threshold", "20"});
  Peer peer(ours.socket_path());
  RawConnection runner = peer.connect();
  runner.send(test_support::encode_request(
      {"EVAL", "redis.call('SET', 'a', 1) while redis.call('GET', 'a') do end", "0"}));
  peer.await_busy();
  EXPECT_TRUE(peer.ask({"SCRIPT", "KILL"}).starts_with("-UNKILLABLE Sorry the script already executed write commands"));
  EXPECT_TRUE(peer.ask({"GET", "a"}).starts_with("-BUSY"));
}

TEST(BusyScript, ClientThatLeavesTakesNothingWithIt) {
  const ServerProcess ours(ServerProcess::corral_program(), {"--workers", "1", "--busy-reply-threshold", "20"});
  Peer peer(ours.socket_path());
  {
    RawConnection runner = peer.connect();
    runner.send(test_support::encode_request({"EVAL", "while true do end", "0"}));
    peer.await_busy();
  }
  EXPECT_EQ(peer.ask({"SCRIPT", "KILL"}), "+OK\r\n");
  std::string reply = "-BUSY";
  while (reply.starts_with("-BUSY")) reply = peer.ask({"SET", "a", "1"});
  EXPECT_EQ(reply, "+OK\r\n");
}

TEST(BusyScript, ServerStopsWithAScriptRunning) {
  ServerProcess ours(ServerProcess::corral_program(), {"--workers", "2", "--busy-reply-threshold", "20"});
  Peer peer(ours.socket_path());
  RawConnection runner = peer.connect();
  runner.send(test_support::encode_request({"EVAL", "redis.call('SET', 'a', 1) while true do end", "0"}));
  peer.await_busy();
  EXPECT_EQ(ours.stop(), 0);
}

}  // namespace
}  // namespace corral

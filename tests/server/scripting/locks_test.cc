// Which keys scripts may touch, and what follows from what they write.
// Threading: one thread.
// See: server/scripting/README.md, "Locks".
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/scripting/registry.h"
#include "tests/support/test_server.h"

namespace corral::scripting {
namespace {

using test_support::TestServer;

Script::Reach reach(TestServer& server, const std::string& text) {
  return server.services().scripts.scripts.find(sha1_hex(text))->reach.load();
}

TEST(ScriptLocks, LearnsThatDeclaredKeysAreEnough) {
  TestServer server;
  const std::string script = "return redis.call('GET', KEYS[1])";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(server.client().run_words({"EVAL", script, "1", "a"}), "$-1\r\n");
  EXPECT_EQ(reach(server, script), Script::Reach::kDeclared);
}

TEST(ScriptLocks, UndeclaredKeysHoldEverything) {
  TestServer server;
  const std::string script = "if ARGV[1] then return redis.call('SET', ARGV[1], 1) end return 0";
  EXPECT_EQ(server.client().run_words({"EVAL", script, "0"}), ":0\r\n");
  EXPECT_EQ(reach(server, script), Script::Reach::kDeclared);
  EXPECT_EQ(server.client().run_words({"EVAL", script, "0", "b"}), "+OK\r\n");
  EXPECT_EQ(reach(server, script), Script::Reach::kAnywhere);
  EXPECT_EQ(server.run("GET b"), "$1\r\n1\r\n");
}

TEST(ScriptLocks, AKeyFoundLateIsTakenBehindAWrite) {
  TestServer server;
  const std::string script = "redis.call('INCR', KEYS[1]) if ARGV[1] then redis.call('INCR', ARGV[1]) end return 1";
  server.client().run_words({"EVAL", script, "1", "a"});
  EXPECT_EQ(server.client().run_words({"EVAL", script, "1", "a", "other"}), ":1\r\n");
  EXPECT_EQ(server.run("MGET a other"), "*2\r\n$1\r\n2\r\n$1\r\n1\r\n");
}

TEST(ScriptLocks, UndeclaredKeysCanBeRefused) {
  TestServer server({"allow-undeclared-keys no"});
  EXPECT_EQ(server.client().run_words({"EVAL", "return redis.call('SET', KEYS[1], 1)", "1", "a"}), "+OK\r\n");
  const std::string reply = server.client().run_words({"EVAL", "return redis.call('GET', 'a')", "0"});
  EXPECT_TRUE(reply.starts_with("-ERR Script attempted to access a key it did not declare")) << reply;
  EXPECT_TRUE(server.client().run_words({"EVAL", "return redis.call('KEYS', '*')", "0"}).starts_with("-ERR Script attempted"));
  EXPECT_EQ(server.client().run_words({"EVAL", "return redis.call('PING')", "0"}), "+PONG\r\n");
}

TEST(ScriptLocks, WritesTellWatchersAndServeWhoWaits) {
  TestServer server;
  auto& other = server.connect();
  other.run("WATCH a");
  other.run("MULTI");
  other.run("PING");
  server.client().run_words({"EVAL", "return redis.call('SET', 'a', 1)", "0"});
  EXPECT_EQ(other.run("EXEC"), "*-1\r\n");
  EXPECT_EQ(other.run("BLPOP list 0"), "");
  EXPECT_EQ(server.client().run_words({"EVAL", "redis.call('RPUSH', KEYS[1], 'x') return redis.call('LLEN', KEYS[1])", "1", "list"}),
            ":1\r\n");
  server.turn();
  EXPECT_EQ(other.take(), "*2\r\n$4\r\nlist\r\n$1\r\nx\r\n");
}

TEST(ScriptLocks, AFillByAScriptAnswersWhoWaits) {
  TestServer server({}, {"cache match cache:* wait 500ms"});
  EXPECT_EQ(server.run("GET cache:1"), "$-1\r\n");
  auto& other = server.connect();
  EXPECT_EQ(other.run("GET cache:1"), "");
  server.client().run_words({"EVAL", "return redis.call('SET', KEYS[1], 'v', 'EX', 10)", "1", "cache:1"});
  server.turn();
  EXPECT_EQ(other.take(), "$1\r\nv\r\n");
}

TEST(ScriptLocks, InsideATransaction) {
  TestServer server;
  server.run("MULTI");
  server.client().run_words({"EVAL", "return redis.call('INCR', 'n')", "0"});
  server.client().run_words({"EVAL", "return redis.call('INCR', KEYS[1])", "1", "n"});
  EXPECT_EQ(server.run("EXEC"), "*2\r\n:1\r\n:2\r\n");
}

TEST(ScriptLocks, FullMemory) {
  TestServer server({"maxmemory 1mb", "maxmemory-policy noeviction"});
  const std::string fill = "SET fill " + std::string(2 << 20, 'x');
  server.run(fill);
  EXPECT_TRUE(server.client().run_words({"EVAL", "return redis.call('SET', 'a', 1)", "0"}).starts_with("-OOM "));
  EXPECT_EQ(server.client().run_words({"EVAL", "return redis.call('GET', 'a')", "0"}), "$-1\r\n");
  EXPECT_TRUE(server.client().run_words({"EVAL", "#!lua\nreturn 1", "0"}).starts_with("-OOM allow-oom flag is not set"));
  EXPECT_EQ(server.client().run_words({"EVAL", "#!lua flags=no-writes\nreturn 1", "0"}), ":1\r\n");
  EXPECT_EQ(server.client().run_words({"EVAL", "#!lua flags=allow-oom\nreturn redis.call('SET', 'a', 1)", "0"}), "+OK\r\n");
}

TEST(ScriptCache, FlushForgets) {
  TestServer server;
  const std::string sha = sha1_hex("return 5");
  EXPECT_EQ(server.client().run_words({"SCRIPT", "LOAD", "return 5"}), "$40\r\n" + sha + "\r\n");
  EXPECT_EQ(server.client().run_words({"EVALSHA", sha, "0"}), ":5\r\n");
  EXPECT_EQ(server.services().scripts.scripts.count(), 1u);
  EXPECT_EQ(server.run("SCRIPT FLUSH"), "+OK\r\n");
  EXPECT_EQ(server.client().run_words({"SCRIPT", "EXISTS", sha}), "*1\r\n:0\r\n");
  EXPECT_EQ(server.client().run_words({"EVALSHA", sha, "0"}), "-NOSCRIPT No matching script. Please use EVAL.\r\n");
  EXPECT_EQ(server.services().scripts.scripts.bytes(), 0u);
}

TEST(ScriptCache, TextsAreBounded) {
  ScriptCache cache;
  for (int i = 0; i < 20; ++i) {
    auto script = std::make_shared<Script>();
    script->sha = std::to_string(i);
    script->body = std::string(ScriptCache::kMaxBytes / 8, 'x');
    cache.add(script);
    EXPECT_LE(cache.bytes(), ScriptCache::kMaxBytes);
    EXPECT_NE(cache.find("0"), nullptr) << "used at every step, it stays";
  }
  EXPECT_EQ(cache.find("1"), nullptr);
}

}  // namespace
}  // namespace corral::scripting

// What CONFIG, SLOWLOG, DEBUG, SHUTDOWN and INFO do to and say of this server.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include <fstream>

#include "protocol/reply_reader.h"
#include "tests/server/config/temporary_directory.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

std::string text_of(const std::string& encoded) {
  protocol::ReplyReader reader;
  reader.feed(encoded);
  const auto reply = reader.next();
  EXPECT_TRUE(reply.has_value()) << encoded;
  return reply ? std::string(reply->text) : std::string();
}

// The value of a field of INFO; "none" when it is not there.
std::string field(TestServer& server, const std::string& name) {
  const std::string text = "\r\n" + text_of(server.run("INFO everything"));
  const size_t at = text.find("\r\n" + name + ":");
  if (at == std::string::npos) return "none";
  const size_t begin = at + name.size() + 3;
  return text.substr(begin, text.find("\r\n", begin) - begin);
}

// --- CONFIG -------------------------------------------------------------------------------------------------------

TEST(Config, ChangesTakeEffectAtOnce) {
  TestServer server;
  EXPECT_EQ(server.run("CONFIG SET maxmemory 10mb maxmemory-policy allkeys-corral loglevel warning"), "+OK\r\n");
  EXPECT_EQ(server.services().budget.limit(), 10 << 20);
  EXPECT_EQ(static_cast<store::EvictionPolicy>(static_cast<int64_t>(server.services().settings.maxmemory_policy)),
            store::EvictionPolicy::kAllkeysCorral);
  EXPECT_EQ(field(server, "maxmemory"), "10485760");
  EXPECT_EQ(field(server, "maxmemory_policy"), "allkeys-corral");
}

TEST(Config, ChangesHoldForTheVeryNextCommand) {
  TestServer server;
  server.run("CONFIG SET slowlog-log-slower-than 0");
  server.run("GET k");
  EXPECT_EQ(server.run("SLOWLOG LEN"), ":2\r\n") << "CONFIG SET itself and GET, as in Redis";
}

TEST(Config, PolicyNumbersAreThoseOfTheStore) {
  const std::pair<const char*, store::EvictionPolicy> kNames[] = {
      {"noeviction", store::EvictionPolicy::kNoEviction},        {"allkeys-corral", store::EvictionPolicy::kAllkeysCorral},
      {"volatile-corral", store::EvictionPolicy::kVolatileCorral}, {"allkeys-lru", store::EvictionPolicy::kAllkeysLru},
      {"volatile-lru", store::EvictionPolicy::kVolatileLru},     {"allkeys-lfu", store::EvictionPolicy::kAllkeysLfu},
      {"volatile-lfu", store::EvictionPolicy::kVolatileLfu},     {"allkeys-random", store::EvictionPolicy::kAllkeysRandom},
      {"volatile-random", store::EvictionPolicy::kVolatileRandom}, {"volatile-ttl", store::EvictionPolicy::kVolatileTtl},
  };
  TestServer server;
  for (const auto& [name, policy] : kNames) {
    EXPECT_EQ(server.run(std::string("CONFIG SET maxmemory-policy ") + name), "+OK\r\n");
    EXPECT_EQ(server.services().settings.maxmemory_policy, static_cast<int64_t>(policy)) << name;
  }
}

TEST(Config, RefusesWhatHasNoMeaningHere) {
  TestServer server;
  EXPECT_EQ(server.run("CONFIG SET appendonly yes"),
            "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - persistence is not part of this "
            "version\r\n");
  EXPECT_EQ(server.run("CONFIG SET maxmemory 5mb cluster-enabled yes").substr(0, 26), "-ERR CONFIG SET failed (po");
  EXPECT_EQ(server.services().budget.limit(), 0);
}

TEST(Config, RewriteKeepsThePoliciesThatWereSetAtRunTime) {
  const config::TemporaryDirectory directory;
  const std::string path = directory.write("c.conf", "# mine\npolicy a match a:* jitter 10%\npolicy b match b:*\n");
  TestServer server({}, {"a match a:*", "c match c:* stale 30s"});
  server.services().settings.config_file = path;
  server.run("CONFIG SET timeout 9");
  EXPECT_EQ(server.run("CONFIG REWRITE"), "+OK\r\n");
  EXPECT_EQ(config::TemporaryDirectory::read(path),
            "# mine\npolicy a match a:* jitter 10%\n# Written by CONFIG REWRITE:\ntimeout 9\npolicy c match c:* stale 30s\n");
  server.services().settings.config_file = directory / "gone.conf";
  EXPECT_EQ(server.run("CONFIG REWRITE"), "-ERR Rewriting config file: No such file or directory\r\n");
}

TEST(Config, ResetstatStartsTheCountersAnew) {
  TestServer server;
  server.run("SET k v");
  server.run("GET k");
  server.run("GET none");
  server.run("SET k");
  EXPECT_EQ(field(server, "keyspace_hits"), "1");
  EXPECT_EQ(field(server, "total_error_replies"), "1");
  EXPECT_EQ(server.run("CONFIG RESETSTAT"), "+OK\r\n");
  for (const std::string name : {"keyspace_hits", "keyspace_misses", "total_error_replies", "expired_keys"}) {
    EXPECT_EQ(field(server, name), "0") << name;
  }
  EXPECT_EQ(field(server, "cmdstat_get"), "none");
  EXPECT_EQ(field(server, "errorstat_ERR"), "none");
  EXPECT_EQ(field(server, "db0"), "keys=1,expires=0,avg_ttl=0") << "data is no counter";
}

// --- INFO ---------------------------------------------------------------------------------------------------------

TEST(Info, CountsWhatHappened) {
  TestServer server;
  server.run("SET k v");
  server.run("SET t v PX 100000");
  server.run("SELECT 3");
  server.run("SET other v");
  EXPECT_EQ(field(server, "db0"), "keys=2,expires=1,avg_ttl=100000");
  EXPECT_EQ(field(server, "db3"), "keys=1,expires=0,avg_ttl=0");
  EXPECT_EQ(field(server, "rdb_changes_since_last_save"), "3");
  EXPECT_EQ(field(server, "cmdstat_set").substr(0, 8), "calls=3,");
  EXPECT_EQ(field(server, "connected_clients"), "1");
  EXPECT_EQ(field(server, "role"), "master");
  server.advance_ms(5000);
  EXPECT_EQ(field(server, "uptime_in_seconds"), "5");
}

TEST(Info, MemoryAddsUp) {
  TestServer server;
  server.run("SET k 0123456789");
  EXPECT_EQ(field(server, "memory_payload"), "11");
  int64_t sum = 0;
  for (const std::string name : {"payload", "header", "waste", "table", "expiry", "ghost"}) {
    sum += protocol::parse_int64(field(server, "memory_" + name)).value_or(-1'000'000'000);
  }
  EXPECT_EQ(field(server, "memory_data"), std::to_string(sum));
  EXPECT_EQ(field(server, "used_memory"), std::to_string(sum)) << "no connection holds anything";
  EXPECT_EQ(field(server, "used_memory_dataset"), "11");
  EXPECT_EQ(field(server, "used_memory_overhead"), std::to_string(sum - 11));
}

TEST(Info, SumsThePolicies) {
  TestServer server({}, {"a match a:* stale 10s", "b match b:*"});
  server.run("GET a:1");
  server.run("GET b:1");
  EXPECT_EQ(field(server, "policies"), "2");
  EXPECT_EQ(field(server, "elections"), "2");
  EXPECT_EQ(field(server, "leases"), "2");
  server.run("SET a:1 v EX 10");
  EXPECT_EQ(field(server, "fills"), "1");
  EXPECT_EQ(field(server, "leases"), "1");
}

TEST(Info, InsideATransactionThatHoldsKeys) {
  TestServer server;
  for (const char* line : {"MULTI", "SET k v", "INFO keyspace", "DEBUG OBJECT k"}) server.run(line);
  const std::string replies = server.run("EXEC");
  EXPECT_NE(replies.find("db0:keys=1,"), std::string::npos) << replies;
  EXPECT_NE(replies.find("encoding:embstr"), std::string::npos) << replies;
}

TEST(Info, PercentilesAsConfigured) {
  TestServer server;
  server.run("SET k v");
  EXPECT_EQ(field(server, "latency_percentiles_usec_set").substr(0, 4), "p50=");
  server.run("CONFIG SET latency-tracking-info-percentiles \"\"");
  server.client().run_words({"CONFIG", "SET", "latency-tracking-info-percentiles", "12.5 100"});
  const std::string line = field(server, "latency_percentiles_usec_set");
  EXPECT_EQ(line.substr(0, 6), "p12.5=");
  EXPECT_NE(line.find(",p100="), std::string::npos);
}

// --- the rest -----------------------------------------------------------------------------------------------------

TEST(Slowlog, KeepsTheNewest) {
  TestServer server({"slowlog-log-slower-than 0", "slowlog-max-len 2"});
  server.turn();
  server.run("SET k v");
  server.run("GET k");
  server.run("DEL k");
  server.run("CONFIG SET slowlog-log-slower-than -1");
  server.turn();
  EXPECT_EQ(server.run("SLOWLOG LEN"), ":2\r\n");
  const auto entries = server.services().command_logs.slow.newest(-1);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].arguments, (std::vector<std::string>{"GET", "k"}));
  const std::string shown = server.run("SLOWLOG GET 2");
  EXPECT_EQ(shown.substr(0, 12), "*2\r\n*6\r\n:2\r\n") << "numbers go on after old entries are dropped";
  EXPECT_NE(shown.find("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n$14\r\n127.0.0.1:1234\r\n$0\r\n\r\n"), std::string::npos) << shown;
  EXPECT_EQ(server.run("SLOWLOG RESET"), "+OK\r\n");
  EXPECT_EQ(server.run("SLOWLOG GET"), "*0\r\n");
}

TEST(Debug, OnlyForThisMachineUnlessSaidOtherwise) {
  TestServer server;
  EXPECT_EQ(server.run("DEBUG SLEEP 0"), "+OK\r\n");
  server.client().session().record->address = "10.0.0.9:5";
  EXPECT_TRUE(server.run("DEBUG SLEEP 0").starts_with("-ERR DEBUG command not allowed. If the enable-debug-command "));
  server.client().session().record->address = "[::1]:5";
  EXPECT_EQ(server.run("DEBUG SLEEP 0"), "+OK\r\n");
  TestServer closed({"enable-debug-command no"});
  EXPECT_TRUE(closed.run("DEBUG HELP").starts_with("-ERR DEBUG command not allowed."));
}

TEST(Debug, TellsOfAnObjectAndRefusesTheRest) {
  TestServer server;
  server.run("SET i 70000");
  server.run("SET r 123456789012345678901234567890123456789012345678901234567890abcdef");
  EXPECT_EQ(server.run("DEBUG OBJECT i"),
            "+Value at:0x0 refcount:1 encoding:int serializedlength:5 lru:5501184 lru_seconds_idle:0\r\n");
  EXPECT_NE(server.run("DEBUG OBJECT r").find("encoding:raw serializedlength:68 "), std::string::npos);
  EXPECT_EQ(server.run("DEBUG OBJECT none"), "-ERR no such key\r\n");
  EXPECT_EQ(server.run("DEBUG RELOAD"),
            "-ERR unknown subcommand or wrong number of arguments for 'RELOAD'. Try DEBUG HELP.\r\n");
  EXPECT_EQ(server.run("DEBUG SLEEP 61"), "-ERR DEBUG SLEEP stops a worker for 60 seconds at most\r\n");
  EXPECT_EQ(server.run("DEBUG HELP").substr(0, 7), "*8\r\n+DE");
}

TEST(Shutdown, AsksForTheEndAndSaysNothing) {
  TestServer server;
  int asked = 0;
  server.services().state.request_shutdown = [&] { ++asked; };
  EXPECT_EQ(server.run("SHUTDOWN SAVE").substr(0, 24), "-ERR Nothing was stopped");
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(server.run("SHUTDOWN NOSAVE NOW FORCE"), "");
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(server.client().closed());
}

TEST(Time, IsTheServersClock) {
  TestServer server;
  server.advance_ms(12);
  EXPECT_EQ(server.run("TIME"), "*2\r\n$10\r\n1700000000\r\n$5\r\n12000\r\n");
}

TEST(Lolwut, NamesBothVersions) {
  TestServer server;
  const std::string text = text_of(server.run("LOLWUT"));
  EXPECT_NE(text.find("Redis ver. 7.0.15\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Corral 0."), std::string::npos) << text;
  EXPECT_NE(text, text_of(server.run("LOLWUT"))) << "chance draws it";
}

}  // namespace
}  // namespace corral::commands

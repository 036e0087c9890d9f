// Publish and subscribe over sockets: the same scenes with redis-server and with the program, byte for byte.
// Threading: the test's thread drives several connections; the program has two workers.
// See: server/pubsub/README.md.
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <vector>

#include "server/config/words.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace corral {
namespace {

using test_support::RawConnection;
using test_support::RedisServer;
using test_support::ServerProcess;

/// What one client says, and how many replies and messages it must get before the scene goes on.
struct Line {
  size_t client;
  std::string words;  // empty: it only listens
  size_t replies = 1;
};

std::vector<std::string> play(const std::string& socket, const std::vector<Line>& scene) {
  std::deque<RawConnection> clients;
  std::vector<std::string> heard;
  for (const Line& line : scene) {
    while (clients.size() <= line.client) clients.push_back(RawConnection::to_unix(socket));
    RawConnection& client = clients[line.client];
    if (!line.words.empty()) client.send(test_support::encode_request(*config::split_words(line.words)));
    for (size_t i = 0; i < line.replies; ++i) {
      const bool got = client.next().has_value();
      if (line.words == "HELLO 3") continue;  // tells the connection's number
      heard.push_back(std::to_string(line.client) + ' ' + line.words + ": " +
                      (got ? std::string(client.last_encoded()) : "closed"));
    }
  }
  return heard;
}

/// Both servers live for all scenes of a test.
class Pubsub : public testing::Test {
 protected:
  void same(const std::vector<Line>& scene) {
    const auto theirs = play(redis_.socket_path(), scene);
    const auto ours = play(corral_.socket_path(), scene);
    ASSERT_EQ(ours.size(), theirs.size());
    for (size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i], theirs[i]);
  }

  RedisServer redis_;
  ServerProcess corral_{ServerProcess::corral_program(), {"--workers", "2"}};
};

TEST_F(Pubsub, ListenersAreATypeOfClient) {
  same({{0, "SUBSCRIBE a b", 2}, {1, "PSUBSCRIBE c*"}, {2, "PING"}, {3, "SSUBSCRIBE shard"},
        {2, "CLIENT KILL TYPE normal SKIPME yes"}, {2, "CLIENT KILL TYPE pubsub"}, {2, "CLIENT KILL TYPE pubsub"},
        {2, "CLIENT LIST TYPE pubsub"}, {0, ""}, {1, ""}, {3, ""}});
}

TEST_F(Pubsub, MessagesReachChannelsAndPatterns) {
  same({{0, "SUBSCRIBE news sport", 2},
        {1, "PSUBSCRIBE n?ws", 1},
        {2, "HELLO 3"},
        {2, "SUBSCRIBE news"},
        {3, "PUBLISH news hello"},
        {0, ""},
        {1, ""},
        {2, ""},
        {3, "PUBLISH nothing hello"},
        {3, "PUBLISH sport \"\\x00\\r\\n\""},
        {0, ""},
        {3, "PUBSUB NUMSUB news sport none"},
        {3, "PUBSUB NUMPAT"},
        {3, "PUBSUB CHANNELS s*"},
        {0, "UNSUBSCRIBE sport"},
        {0, "UNSUBSCRIBE"},
        {0, "UNSUBSCRIBE"},
        {3, "PUBLISH news again"},
        {1, ""},
        {2, ""}});
}

TEST_F(Pubsub, WhoListensOverResp2MayDoLittleElse) {
  same({{0, "SUBSCRIBE a"},
        {0, "GET k"},
        {0, "CLIENT ID"},
        {0, "PING"},
        {0, "PING hello"},
        {0, "PSUBSCRIBE b*"},
        {0, "UNSUBSCRIBE a"},
        {0, "PUNSUBSCRIBE b*"},
        {0, "PING"},
        {0, "SUBSCRIBE a"},
        {0, "RESET"},
        {1, "PUBLISH a gone"},
        {0, "SUBSCRIBE"},
        {0, "PUBLISH a"},
        {0, "PUBSUB NONE"}});
}

TEST_F(Pubsub, ShardChannelsAreApart) {
  same({{0, "SSUBSCRIBE a b", 2},
        {1, "SUBSCRIBE a"},
        {2, "SPUBLISH a one"},
        {0, ""},
        {2, "PUBLISH a two"},
        {1, ""},
        {2, "PUBSUB SHARDNUMSUB a b c"},
        {2, "PUBSUB SHARDCHANNELS b*"},
        {0, "SUNSUBSCRIBE a"},
        {0, "SUNSUBSCRIBE"},
        {0, "SUNSUBSCRIBE"},
        {2, "SPUBLISH b three"}});
}

TEST_F(Pubsub, AClientMayHearItselfOverResp3) {
  same({{0, "HELLO 3"}, {0, "SUBSCRIBE me"}, {0, "PUBLISH me hi", 2}, {0, "GET nothing"}});
}

// redis-server 7.0 writes the message into the middle of EXEC's array, which no client can read.
TEST_F(Pubsub, AMessageToOneselfFollowsTheReplyOfExec) {
  const auto heard = play(corral_.socket_path(), {{0, "HELLO 3"},
                                                  {0, "SUBSCRIBE me"},
                                                  {0, "MULTI"},
                                                  {0, "PUBLISH me again"},
                                                  {0, "PING"},
                                                  {0, "EXEC", 2}});
  ASSERT_EQ(heard.size(), 6u);
  EXPECT_EQ(heard[4], "0 EXEC: *2\r\n:1\r\n+PONG\r\n");
  EXPECT_EQ(heard[5], "0 EXEC: >3\r\n$7\r\nmessage\r\n$2\r\nme\r\n$5\r\nagain\r\n");
}

TEST_F(Pubsub, AClosedListenerIsCountedNoMore) {
  ServerProcess& server = corral_;
  RawConnection asks = RawConnection::to_unix(server.socket_path());
  {
    RawConnection listens = RawConnection::to_unix(server.socket_path());
    listens.send(test_support::encode_request({"SUBSCRIBE", "short"}));
    ASSERT_TRUE(listens.next());
    listens.send(test_support::encode_request({"QUIT"}));
    ASSERT_TRUE(listens.next());
    listens.read_to_end();  // the server has closed it
  }
  asks.send(test_support::encode_request({"PUBLISH", "short", "x"}));
  ASSERT_TRUE(asks.next());
  EXPECT_EQ(asks.last_encoded(), ":0\r\n");
}

// Every command of strings and keys, and the events that it makes, in Redis' order.
TEST_F(Pubsub, KeyspaceEventsAreThoseOfRedis) {
  const std::vector<std::pair<std::string, size_t>> commands = {
      {"SET a 1", 2},           {"SET a 2 EX 100", 2},     {"SET a 3 KEEPTTL", 1},     {"SET a 4 NX", 0},
      {"SETEX a 100 v", 2},     {"PSETEX a 100000 v", 2},  {"SETNX b 1", 2},           {"SETNX b 1", 0},
      {"GETSET b 2", 1},        {"MSET c 1 d 2 c 3", 5},   {"MSETNX e 1 f 1", 4},      {"MSETNX e 1 g 1", 0},
      {"APPEND a x", 1},        {"APPEND new1 x", 2},      {"SETRANGE a 3 y", 1},      {"SETRANGE new2 3 y", 2},
      {"SETRANGE new3 3 \"\"", 0}, {"INCR n", 2},          {"DECRBY n 3", 1},          {"INCRBYFLOAT n 1.5", 1},
      {"INCR a", 0},            {"GETDEL c", 1},           {"GETDEL c", 1},            {"GETEX a EX 50", 1},
      {"GETEX a PERSIST", 1},   {"GETEX a", 0},            {"GETEX d PXAT 1", 1},      {"EXPIRE a 100", 1},
      {"EXPIRE a 90 GT", 0},    {"PERSIST a", 1},          {"PERSIST a", 0},           {"PEXPIREAT e 1", 1},
      {"RENAME a z", 3},        {"RENAMENX z f", 0},       {"RENAME z f", 3},          {"COPY f h", 2},
      {"COPY f h", 0},          {"COPY f h REPLACE", 2},   {"SETBIT bits 7 1", 2},     {"SETBIT bits 7 1", 0},
      {"BITFIELD bits SET u8 0 255", 1}, {"BITOP NOT inverted bits", 2}, {"BITOP AND inverted none none", 3},
      {"PFADD hll x y", 2},     {"PFADD hll x", 0},        {"PFMERGE all hll", 2},     {"DEL f h none", 2},
      {"UNLINK bits", 1},       {"GET none", 1},           {"MGET none1 none2", 2},    {"EXISTS none", 1},
      {"TTL none", 1},          {"OBJECT ENCODING none", 0}, {"TYPE none", 1},         {"TOUCH none", 1},
      {"STRLEN none", 1},       {"GETRANGE none 0 1", 1},  {"MOVE n 3", 2},            {"SET l 1", 2},
  };
  std::vector<Line> scene = {{0, "CONFIG SET notify-keyspace-events AEmn"}, {1, "PSUBSCRIBE __key*"}};
  for (const auto& [words, events] : commands) {
    scene.push_back({0, words});
    scene.push_back({1, "", events});
  }
  scene.push_back({0, "CONFIG SET notify-keyspace-events K$"});
  scene.push_back({0, "SET l 2 EX 10"});
  scene.push_back({0, "DEL l"});
  scene.push_back({0, "SET last 1"});
  scene.push_back({1, "", 2});
  scene.push_back({0, "CONFIG SET notify-keyspace-events \"\""});
  same(scene);
}

// The same of sets, SORT and RESTORE.
TEST_F(Pubsub, KeyspaceEventsOfSetsAndWhatIsStoredAreThoseOfRedis) {
  const std::string payload = "\"\\x00\\xc0\\x2a\\x0a\\x00\\x81\\xfb\\x5c\\xfa\\x86\\x63\\x4f\\x50\"";  // 42
  const std::vector<std::pair<std::string, size_t>> commands = {
      {"SADD s a b", 2},          {"SADD s a", 0},            {"SREM s a", 1},           {"SREM s x", 0},
      {"SREM s b", 2},            {"SADD s 1 2 3", 2},        {"SMOVE s t 1", 3},        {"SMOVE s t 1", 0},
      {"SMOVE t s 1", 3},         {"SMOVE s s 1", 0},         {"SADD t 2", 2},           {"SMOVE s t 2", 1},
      {"SPOP s 0", 0},            {"SREM s 1", 1},            {"SPOP s", 2},             {"SADD s 4", 2},
      {"SPOP s 9", 2},            {"SPOP none", 0},
      {"SADD s 1 2", 2},          {"SMEMBERS none", 1},       {"SISMEMBER none a", 1},   {"SMISMEMBER none a b", 1},
      {"SCARD none", 1},          {"SRANDMEMBER none", 1},    {"SSCAN none 0", 1},       {"SINTER s none", 1},
      {"SINTERSTORE u s t", 2},   {"SINTERSTORE u s t", 1},   {"SINTERSTORE u s none", 2}, {"SINTERSTORE u s none", 1},
      {"SUNIONSTORE u s t", 2},   {"SDIFFSTORE u s t", 1},    {"SDIFFSTORE u s s", 1},   {"SINTERCARD 2 s none", 1},
      {"SORT s STORE l", 2},      {"SORT s STORE l", 1},      {"SORT none STORE l", 2},  {"SORT none", 1},
      {"SORT s GET w*", 2},       {"SORT s BY w*", 2},        {"SORT s BY nosort GET #", 0}, {"DUMP none", 1},
      {"RESTORE r 0 " + payload, 2}, {"RESTORE r 0 " + payload + " REPLACE", 2}, {"RESTORE r 0 " + payload, 0},
      {"RESTORE r 1 " + payload + " REPLACE ABSTTL", 1}, {"RESTORE r 100000 " + payload, 2},
  };
  std::vector<Line> scene = {{0, "CONFIG SET notify-keyspace-events AEmn"}, {1, "PSUBSCRIBE __key*"}};
  for (const auto& [words, events] : commands) {
    scene.push_back({0, words});
    scene.push_back({1, "", events});
  }
  scene.push_back({0, "CONFIG SET notify-keyspace-events \"\""});
  same(scene);
}

}  // namespace
}  // namespace corral

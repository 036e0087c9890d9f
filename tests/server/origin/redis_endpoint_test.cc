// The Redis endpoint against a real redis-server: values in all their forms, lives, pipelining, ends.
// Threading: the test's thread runs the loop; the server is a process of its own.
// See: server/origin/README.md, "Redis".
#include "server/origin/redis_endpoint.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/server/origin/endpoint_driver.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"

namespace corral::origin {
namespace {

using test_support::RawConnection;
using test_support::RedisServer;
using Fields = std::vector<std::pair<std::string, std::string>>;

class Redis : public testing::Test {
 protected:
  std::unique_ptr<RedisEndpoint> endpoint(std::vector<std::string_view> words = {"load", "GET {0}"},
                                          const std::string& password = "", const std::string& user = "") {
    const std::string address = password.empty() ? "redis://localhost" : "redis://localhost/3";
    words.insert(words.begin(), address);
    words.insert(words.end(), {"timeout", "20s", "connect-timeout", "10s"});
    const Definition definition = definition_of(words);
    Url url = definition.urls[0];
    url.host = server_.socket_path();
    url.user = user;
    auto made = RedisEndpoint::make(loop_, definition, url, password);
    if (!made) throw std::runtime_error(made.error());
    return std::move(made.value());
  }

  protocol::Reply redis(const std::vector<std::string>& words) {
    RawConnection connection = RawConnection::to_unix(server_.socket_path());
    connection.send(test_support::encode_request(words));
    return connection.next().value();
  }

  RedisServer server_;
  OriginLoop loop_;
};

TEST_F(Redis, LoadsStringsHashesAndNothing) {
  const auto origin = endpoint();
  redis({"SET", "s", std::string("a\0b\r\n", 5)});
  redis({"HSET", "h", "f", "1", "g", ""});
  redis({"RPUSH", "l", "x"});
  EXPECT_EQ(ask(loop_, *origin, load_of({"s"})).value.text, std::string("a\0b\r\n", 5));
  EXPECT_EQ(ask(loop_, *origin, load_of({"none"})).result, Result::kAbsent);
  const Answer hash = ask(loop_, *origin, load_of({"h"}));
  EXPECT_TRUE(hash.value.is_hash);
  EXPECT_EQ(hash.value.fields, (Fields{{"f", "1"}, {"g", ""}}));
  EXPECT_EQ(hash.ttl_ms, std::nullopt);
  const Answer list = ask(loop_, *origin, load_of({"l"}));
  EXPECT_EQ(list.result, Result::kPermanent);
  EXPECT_EQ(list.reason, "the server answers WRONGTYPE");
  EXPECT_EQ(origin->connections(), 1U);
}

TEST_F(Redis, TheLifeIsTheServers) {
  const auto origin = endpoint();
  redis({"SET", "s", "v", "PX", "100000"});
  redis({"HSET", "h", "f", "1"});
  redis({"PEXPIRE", "h", "100000"});
  for (const char* const key : {"s", "h"}) {
    const Answer answer = ask(loop_, *origin, load_of({key}));
    ASSERT_TRUE(answer.ttl_ms) << key;
    EXPECT_GT(*answer.ttl_ms, 50'000);
    EXPECT_LE(*answer.ttl_ms, 100'000);
  }
}

TEST_F(Redis, ManyLoadsInOneCommand) {
  const auto origin = endpoint();
  redis({"SET", "a", "1", "PX", "100000"});
  redis({"SET", "b", "2"});
  redis({"HSET", "h", "f", "1"});
  redis({"RPUSH", "l", "x"});
  Answers answers(loop_);
  const std::vector<Request> requests = {load_of({"a"}), load_of({"none"}), load_of({"h"}),
                                         load_of({"b"}), load_of({"l"}),    load_of({"a"})};
  std::vector<Endpoint::Done> done;
  for (size_t i = 0; i < requests.size(); ++i) done.push_back(answers.next(i));
  ASSERT_TRUE(origin->start_many(requests, done));
  answers.await(requests.size());
  EXPECT_EQ(answers.of(0).value.text, "1");
  EXPECT_TRUE(answers.of(0).ttl_ms);
  EXPECT_EQ(answers.of(1).result, Result::kAbsent);
  EXPECT_EQ(answers.of(2).value.fields, (Fields{{"f", "1"}}));
  EXPECT_EQ(answers.of(3).value.text, "2");
  EXPECT_FALSE(answers.of(3).ttl_ms);
  EXPECT_EQ(answers.of(4).result, Result::kPermanent);
  EXPECT_EQ(answers.of(5).value.text, "1");
  EXPECT_NE(redis({"INFO", "commandstats"}).text.find("cmdstat_mget:calls=1,"), std::string::npos);
  EXPECT_FALSE(endpoint({"load", "HGETALL {0}"})->start_many(requests, done));
}

TEST_F(Redis, StoresAndRemoves) {
  const auto origin = endpoint();
  EXPECT_EQ(ask(loop_, *origin, store_of({"k"}, "v")).result, Result::kDone);
  EXPECT_EQ(redis({"GET", "k"}).text, "v");
  EXPECT_EQ(redis({"PTTL", "k"}).integer, -1);
  Request timed = store_of({"k"}, "w");
  timed.expires_at_ms = 4'000'000'000'000;
  EXPECT_EQ(ask(loop_, *origin, timed).result, Result::kDone);
  EXPECT_EQ(redis({"PEXPIRETIME", "k"}).integer, 4'000'000'000'000);
  timed.value.is_hash = true;
  timed.value.fields = {{"f", "1"}, {"g", "2"}};
  EXPECT_EQ(ask(loop_, *origin, timed).result, Result::kDone);
  EXPECT_EQ(redis({"HGET", "k", "g"}).text, "2");
  EXPECT_EQ(redis({"PEXPIRETIME", "k"}).integer, 4'000'000'000'000);
  timed.expires_at_ms = 5;
  EXPECT_EQ(ask(loop_, *origin, timed).result, Result::kDone);
  EXPECT_EQ(redis({"EXISTS", "k"}).integer, 0) << "its time had passed";
  EXPECT_EQ(ask(loop_, *origin, store_of({"k"}, "v")).result, Result::kDone);
  EXPECT_EQ(ask(loop_, *origin, remove_of({"k"})).result, Result::kDone);
  EXPECT_EQ(ask(loop_, *origin, remove_of({"k"})).result, Result::kDone) << "is gone already";
  EXPECT_EQ(redis({"EXISTS", "k"}).integer, 0);
}

TEST_F(Redis, TemplatesOfOnesOwn) {
  const auto origin =
      endpoint({"load", "HGET users {1}", "store", "HSET users {1} {value}", "remove", "HDEL users {1}"});
  EXPECT_EQ(ask(loop_, *origin, store_of({"user:7", "7"}, "ann")).result, Result::kDone);
  EXPECT_EQ(redis({"HGET", "users", "7"}).text, "ann");
  EXPECT_EQ(ask(loop_, *origin, load_of({"user:7", "7"})).value.text, "ann");
  EXPECT_EQ(ask(loop_, *origin, remove_of({"user:7", "7"})).result, Result::kDone);
  EXPECT_EQ(ask(loop_, *origin, load_of({"user:7", "7"})).result, Result::kAbsent);
  const auto number = endpoint({"load", "STRLEN {0}"});
  EXPECT_EQ(ask(loop_, *number, load_of({"k"})).value.text, "0");
  const auto pairs = endpoint({"load", "EVAL \"return {'a', KEYS[1]}\" 1 {0}"});
  EXPECT_EQ(ask(loop_, *pairs, load_of({"k"})).value.fields, (Fields{{"a", "k"}}));
  EXPECT_EQ(ask(loop_, *endpoint({"load", "LRANGE {0} 0 -1"}), load_of({"k"})).reason,
            "the load answers a list, which is neither a string nor a hash");
  EXPECT_EQ(ask(loop_, *endpoint({"load", "NOSUCH {0}"}), load_of({"k"})).reason,
            "the server answers ERR: unknown command");
}

TEST_F(Redis, AVersionGuardIsAScriptsWork) {
  const auto origin = endpoint(
      {"load", "HGET {0} value", "store",
       "EVAL \"if tonumber(redis.call('HGET', KEYS[1], 'version') or 0) < tonumber(ARGV[2]) then "
       "redis.call('HSET', KEYS[1], 'value', ARGV[1], 'version', ARGV[2]) end\" 1 {0} {value} {version}"});
  EXPECT_EQ(ask(loop_, *origin, store_of({"k"}, "new", 7)).result, Result::kDone);
  EXPECT_EQ(ask(loop_, *origin, store_of({"k"}, "old", 6)).result, Result::kDone) << "superseded";
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "new");
}

TEST_F(Redis, LoginAndDatabase) {
  redis({"ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@all"});
  redis({"CONFIG", "SET", "requirepass", "default-secret"});
  const auto origin = endpoint({"load", "GET {0}"}, "secret", "reader");
  EXPECT_EQ(ask(loop_, *origin, store_of({"k"}, "in 3")).result, Result::kDone);
  RawConnection connection = RawConnection::to_unix(server_.socket_path());
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"AUTH", "default-secret"}, {"SELECT", "3"}, {"GET", "k"}}) {
    connection.send(test_support::encode_request(words));
  }
  connection.next();
  connection.next();
  EXPECT_EQ(connection.next()->text, "in 3");
  const auto wrong = endpoint({"load", "GET {0}"}, "other", "reader");
  const Answer refused = ask(loop_, *wrong, load_of({"k"}));
  EXPECT_EQ(refused.result, Result::kTransient);
  EXPECT_TRUE(refused.hard);
  EXPECT_EQ(refused.reason, "AUTH: the server answers WRONGPASS");
  std::string checked;
  wrong->check([&](const base::Status& status) { checked = status ? "well" : status.error(); });
  while (checked.empty()) loop_.turn();
  EXPECT_EQ(checked, "origin o: AUTH: the server answers WRONGPASS");
}

TEST_F(Redis, TenThousandLoadsAndEachHasItsOwnAnswer) {
  const auto origin = endpoint({"load", "ECHO {0}", "pool", "3"});
  constexpr size_t kAll = 10'000;
  size_t begun = 0;
  size_t ended = 0;
  size_t wrong = 0;
  std::function<void()> begin = [&] {
    if (begun == kAll) return;
    const std::string text = "value " + std::to_string(begun++);
    origin->start(load_of({text}), [&, text](const Answer& answer) {
      ++ended;
      if (answer.value.text != text) ++wrong;
      begin();
    });
  };
  for (int i = 0; i < 64; ++i) begin();
  while (ended < kAll) loop_.turn();
  EXPECT_EQ(wrong, 0U);
  EXPECT_LE(origin->connections(), 3U);
}

TEST_F(Redis, LargeValues) {
  const auto origin = endpoint({"load", "GET {0}", "max-value", "2mb"});
  const std::string large(2 << 20, 'x');
  EXPECT_EQ(ask(loop_, *origin, store_of({"k"}, large)).result, Result::kDone);
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, large);
  redis({"APPEND", "k", "y"});
  const Answer answer = ask(loop_, *origin, load_of({"k"}));
  EXPECT_EQ(answer.result, Result::kPermanent);
  EXPECT_EQ(answer.reason, "the value is larger than max-value");
  EXPECT_EQ(ask(loop_, *origin, load_of({"none"})).result, Result::kAbsent) << "the next one is served";
  const auto small = endpoint({"load", "GET {0}", "max-value", "3"});
  redis({"SET", "s", "1234"});
  EXPECT_EQ(ask(loop_, *small, load_of({"s"})).reason, "the value is larger than max-value");
}

TEST_F(Redis, CancelledAtEachStageNoAnswerComes) {
  const auto origin = endpoint({"load", "GETEX {0} PERSIST"});
  redis({"SET", "k", "mine"});
  redis({"CLIENT", "PAUSE", "60000", "WRITE"});  // to Redis the load is a write: nothing is answered too early
  Answers answers(loop_);
  origin->cancel(99);
  origin->cancel(origin->start(load_of({"k"}), answers.next(0)));
  const uint64_t connecting = origin->start(load_of({"k"}), answers.next(1));
  loop_.turn();
  origin->cancel(connecting);
  const uint64_t sent = origin->start(load_of({"none"}), answers.next(2));
  loop_.turn();
  origin->cancel(sent);
  redis({"CLIENT", "UNPAUSE"});
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "mine");
  EXPECT_EQ(answers.size(), 0U);
}

TEST_F(Redis, AsManyConnectionsAsThePoolHasAtLeast) {
  const auto origin = endpoint({"load", "GET {0}", "pool", "3-5"});
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).result, Result::kAbsent);
  while (origin->connections() < 3) loop_.turn();
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).result, Result::kAbsent);
  EXPECT_EQ(origin->connections(), 3U);
}

TEST_F(Redis, AKilledConnectionIsReplaced) {
  const auto origin = endpoint();
  EXPECT_EQ(ask(loop_, *origin, store_of({"k"}, "v")).result, Result::kDone);
  redis({"CLIENT", "KILL", "TYPE", "normal"});
  while (origin->connections() > 0) loop_.turn();
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "v");
}

}  // namespace
}  // namespace corral::origin

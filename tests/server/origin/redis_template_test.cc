// Commands of a Redis origin and the meaning of replies, without a server.
// Threading: none.
// See: server/origin/README.md, "Redis".
#include "server/origin/redis_template.h"

#include <gtest/gtest.h>

#include "server/origin/redis_answer.h"
#include "tests/server/origin/endpoint_driver.h"

namespace corral::origin {
namespace {

std::string error_of(Operation operation, std::string_view text) {
  const auto parsed = RedisTemplate::parse(operation, text);
  return parsed ? "" : parsed.error();
}

RedisWords filled(std::string_view text, const Request& request) {
  const auto parsed = RedisTemplate::parse(request.operation, text);
  if (!parsed) return {"error", parsed.error()};
  const auto words = parsed.value().fill(request);
  return words ? words.value() : RedisWords{"error", words.error()};
}

TEST(RedisTemplate, FillsCaptures) {
  EXPECT_EQ(filled("GET {0}", load_of({"k 1", "1"})), (RedisWords{"GET", "k 1"}));
  EXPECT_EQ(filled("hget 'h {1}' \"a{2}{1}\"", load_of({"k", "x", "y"})), (RedisWords{"hget", "h x", "ayx"}));
  EXPECT_EQ(filled("GET {{1}}:{tag}", load_of({"k", "a b"})), (RedisWords{"GET", "{a b}:{tag}"}));
  EXPECT_EQ(filled("GET {2}", load_of({"k", "a"}))[1], "there is no capture {2}");
  EXPECT_EQ(filled("GET {1}", load_of({"k", "{2}"}))[1], "{2}") << "a capture is no template";
}

TEST(RedisTemplate, FillsStores) {
  Request store = store_of({"k", "1"}, "v{1}", 7);
  store.epoch = 3;
  EXPECT_EQ(filled("EVAL s 1 k:{1} {value} {epoch}:{version} {expires}", store),
            (RedisWords{"EVAL", "s", "1", "k:1", "v{1}", "3:7", "0"}));
  store.expires_at_ms = 12345;
  EXPECT_EQ(filled("SET {0} {value} PXAT {expires}", store)[4], "12345");
  EXPECT_EQ(filled("HSET {0} {fields}", store)[1], "{fields} is for hashes, and this is a string");
  store.value.is_hash = true;
  store.value.fields = {{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(filled("HSET {0} {fields} x y", store), (RedisWords{"HSET", "k", "a", "1", "b", "2", "x", "y"}));
  EXPECT_EQ(filled("SET {0} {value}", store)[1], "{value} is for strings, and this is a hash");
}

TEST(RedisTemplate, RefusesWhatCannotBe) {
  EXPECT_EQ(error_of(Operation::kLoad, "GET \"{0}"), "a quote is left open");
  EXPECT_EQ(error_of(Operation::kLoad, ""), "is empty; write a command such as GET {0}");
  EXPECT_EQ(error_of(Operation::kLoad, "subscribe {0}"),
            "SUBSCRIBE does not answer once and at once, or changes the connection");
  EXPECT_EQ(error_of(Operation::kLoad, "GET {value}"), "{value} is for stores");
  EXPECT_EQ(error_of(Operation::kRemove, "DEL {expires}"), "{expires} is for stores");
  EXPECT_EQ(error_of(Operation::kRemove, "DEL {0} {version}"), "");
  EXPECT_EQ(error_of(Operation::kStore, "HSET {0} x{fields}"), "{fields} has to be a word of its own");
  EXPECT_NE(error_of(Operation::kStore, "SET {0} {valu}").find("value"), std::string::npos);
  EXPECT_NE(error_of(Operation::kLoad, "{0} GET"), "");
}

TEST(RedisTemplate, SlotsAreThoseOfTheSpecification) {
  EXPECT_EQ(cluster_slot("123456789"), 0x31C3 & 16'383);
  EXPECT_EQ(cluster_slot("{user1000}.following"), cluster_slot("user1000"));
  EXPECT_EQ(cluster_slot("foo{}{bar}"), 8363);
  EXPECT_EQ(cluster_slot("foo{{bar}}zap"), cluster_slot("{bar"));
}

protocol::Reply error_reply(std::string text) {
  protocol::Reply reply;
  reply.kind = protocol::ReplyKind::kError;
  reply.text = std::move(text);
  return reply;
}

TEST(RedisAnswer, Redirections) {
  const auto moved = redirect_of(error_reply("MOVED 3999 10.0.0.1:6381"));
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->host, "10.0.0.1");
  EXPECT_EQ(moved->port, 6381);
  EXPECT_FALSE(moved->ask);
  EXPECT_TRUE(redirect_of(error_reply("ASK 1 ::1:7"))->ask);
  EXPECT_EQ(redirect_of(error_reply("MOVED 1 ::1:7"))->host, "::1");
  EXPECT_EQ(redirect_of(error_reply("MOVED 1 :7"))->host, "") << "the node that was asked";
  for (const char* const bad :
       {"MOVED", "MOVED 1", "MOVED x h:1", "MOVED 16384 h:1", "MOVED 1 h", "MOVED 1 h:0", "MOVED 1 h:65536",
        "MOVED 1 /tmp/s:1", "MOVED 1 a b:1", "MOVED -1 h:1", "MOVEDX 1 h:1"}) {
    EXPECT_FALSE(redirect_of(error_reply(bad))) << bad;
  }
}

TEST(RedisAnswer, ErrorsAreSortedAndQuoteNothingOfTheCustomer) {
  for (const char* const code : {"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY"}) {
    EXPECT_EQ(failure_of_redis_error(error_reply(std::string(code) + " secret")).result, Result::kTransient)
        << code;
  }
  const Answer unknown = failure_of_redis_error(error_reply("ERR unknown command 'secret', with args"));
  EXPECT_EQ(unknown.result, Result::kPermanent);
  EXPECT_EQ(unknown.reason, "the server answers ERR: unknown command");
  EXPECT_EQ(failure_of_redis_error(error_reply("secret")).reason, "the server answers an error");
  EXPECT_EQ(failure_of_redis_error(error_reply("WRONGTYPE secret")).reason, "the server answers WRONGTYPE");
  EXPECT_TRUE(failure_of_redis_error(error_reply("ERR max number of clients reached")).pushed_back);
}

}  // namespace
}  // namespace corral::origin

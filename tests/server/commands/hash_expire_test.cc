// What time does to fields of hashes: HEXPIRE and its kin, HGETEX, HSETEX, HGETDEL, reclaiming, events.
// Threading: one thread, manual clock.
// See: server/commands/README.md, "Times of fields"; Redis 8.0's documentation of the commands.
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

constexpr const char* kArity = "-ERR wrong number of arguments for '";

std::string integers(std::initializer_list<int64_t> numbers) {
  std::string out = "*" + std::to_string(numbers.size()) + "\r\n";
  for (const int64_t number : numbers) out += ":" + std::to_string(number) + "\r\n";
  return out;
}

std::string texts(std::initializer_list<const char*> words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const char* word : words) {
    out +=
        word == nullptr ? "$-1\r\n" : "$" + std::to_string(std::string(word).size()) + "\r\n" + word + "\r\n";
  }
  return out;
}

struct HashExpiry : testing::Test {
  TestServer server;
  // The form a hash has must not matter.
  void both_forms(const std::function<void()>& test) {
    test();
    server.run("FLUSHALL");
    server.run("CONFIG SET hash-max-listpack-entries 0");
    test();
    server.run("HSET form f v");
    EXPECT_EQ(server.run("OBJECT ENCODING form"), "$9\r\nhashtable\r\n");
  }
  std::string run(const std::string& line) { return server.run(line); }
};

TEST_F(HashExpiry, AFieldGoesWhenItsTimeHasCome) {
  both_forms([&] {
    run("HSET h a 1 b 2 c 3");
    EXPECT_EQ(run("HPEXPIRE h 1500 FIELDS 2 a nosuch"), integers({1, -2}));
    EXPECT_EQ(run("HPTTL h FIELDS 3 a b nosuch"), integers({1500, -1, -2}));
    EXPECT_EQ(run("HTTL h FIELDS 1 a"), integers({2}));
    server.advance_ms(1499);
    EXPECT_EQ(run("HGET h a"), "$1\r\n1\r\n");
    EXPECT_EQ(run("HPTTL h FIELDS 1 a"), integers({1}));
    server.advance_ms(1);
    EXPECT_EQ(run("HGET h a"), "$-1\r\n");
    EXPECT_EQ(run("HMGET h a b"), texts({nullptr, "2"}));
    EXPECT_EQ(run("HLEN h"), ":2\r\n");
    EXPECT_EQ(run("HEXISTS h a"), ":0\r\n");
    EXPECT_EQ(run("HTTL h FIELDS 1 a"), integers({-2}));
    EXPECT_EQ(run("HINCRBY h a 5"), ":5\r\n");
    EXPECT_EQ(run("HTTL h FIELDS 1 a"), integers({-1}));
  });
}

TEST_F(HashExpiry, TimesAreThoseOfTheForm) {
  both_forms([&] {
    const std::string now_s = std::to_string(server.now_ms() / 1000 + 100);
    const std::string now_ms = std::to_string(server.now_ms() + 70);
    run("HSET h a 1 b 2 c 3 d 4");
    EXPECT_EQ(run("HEXPIRE h 10 FIELDS 1 a"), integers({1}));
    EXPECT_EQ(run("HEXPIREAT h " + now_s + " FIELDS 1 b"), integers({1}));
    EXPECT_EQ(run("HPEXPIREAT h " + now_ms + " FIELDS 1 c"), integers({1}));
    EXPECT_EQ(
        run("HPEXPIRETIME h FIELDS 4 a b c d"),
        integers({server.now_ms() + 10000, (server.now_ms() / 1000 + 100) * 1000, server.now_ms() + 70, -1}));
    EXPECT_EQ(run("HEXPIRETIME h FIELDS 1 b"), integers({server.now_ms() / 1000 + 100}));
    EXPECT_EQ(run("HEXPIRETIME no FIELDS 2 a b"), integers({-2, -2}));
    EXPECT_EQ(run("HEXPIRE no 10 FIELDS 2 a b"), integers({-2, -2}));
    EXPECT_EQ(run("EXISTS no"), ":0\r\n");
  });
}

TEST_F(HashExpiry, ConditionsCompareWithTheTimeInForce) {
  both_forms([&] {
    run("HSET h a 1 b 2");
    EXPECT_EQ(run("HEXPIRE h 100 XX FIELDS 1 a"), integers({0}));
    EXPECT_EQ(run("HEXPIRE h 100 GT FIELDS 1 a"), integers({0}));
    EXPECT_EQ(run("HEXPIRE h 100 NX FIELDS 1 a"), integers({1}));
    EXPECT_EQ(run("HEXPIRE h 100 NX FIELDS 2 a b"), integers({0, 1}));
    EXPECT_EQ(run("HEXPIRE h 100 gt FIELDS 1 a"), integers({0}));
    EXPECT_EQ(run("HEXPIRE h 100 lt FIELDS 1 a"), integers({0}));
    EXPECT_EQ(run("HEXPIRE h 101 GT FIELDS 1 a"), integers({1}));
    EXPECT_EQ(run("HEXPIRE h 50 LT FIELDS 1 a"), integers({1}));
    EXPECT_EQ(run("HPERSIST h FIELDS 1 b"), integers({1}));
    EXPECT_EQ(run("HEXPIRE h 50 LT FIELDS 1 b"), integers({1}));
    EXPECT_EQ(run("HEXPIRE h 60 XX FIELDS 1 b"), integers({1}));
    EXPECT_EQ(run("HTTL h FIELDS 2 a b"), integers({50, 60}));
  });
}

TEST_F(HashExpiry, APastTimeRemovesAtOnce) {
  both_forms([&] {
    run("HSET h a 1 b 2 c 3");
    EXPECT_EQ(run("HEXPIRE h 0 FIELDS 1 a"), integers({2}));
    EXPECT_EQ(run("HPEXPIREAT h 1 XX FIELDS 1 b"), integers({0}));
    EXPECT_EQ(run("HMGET h a b c"), texts({nullptr, "2", "3"}));
    EXPECT_EQ(run("HPEXPIREAT h 1 FIELDS 3 b c b"), integers({2, 2, -2}));
    EXPECT_EQ(run("EXISTS h"), ":0\r\n");
  });
}

TEST_F(HashExpiry, PersistAnswersEachField) {
  both_forms([&] {
    run("HSET h a 1 b 2");
    run("HEXPIRE h 10 FIELDS 1 a");
    EXPECT_EQ(run("HPERSIST h FIELDS 3 a b nosuch"), integers({1, -1, -2}));
    EXPECT_EQ(run("HPERSIST no FIELDS 1 a"), integers({-2}));
    server.advance_ms(11000);
    EXPECT_EQ(run("HGET h a"), "$1\r\n1\r\n");
  });
}

TEST_F(HashExpiry, WritingAFieldTakesItsTimeButANumberKeepsIt) {
  both_forms([&] {
    run("HSET h a 1 b 2 c 3");
    run("HEXPIRE h 10 FIELDS 3 a b c");
    run("HSET h a 5");
    run("HINCRBY h b 5");
    run("HINCRBYFLOAT h c 0.5");
    EXPECT_EQ(run("HTTL h FIELDS 3 a b c"), integers({-1, 10, 10}));
    EXPECT_EQ(run("HSETNX h a 6"), ":0\r\n");
  });
}

TEST_F(HashExpiry, GetexReadsAndChangesTimes) {
  both_forms([&] {
    run("HSET h a 1 b 2 c 3");
    EXPECT_EQ(run("HGETEX h FIELDS 2 a nosuch"), texts({"1", nullptr}));
    EXPECT_EQ(run("HGETEX h EX 10 FIELDS 2 a nosuch"), texts({"1", nullptr}));
    EXPECT_EQ(run("HGETEX h px 2500 FIELDS 1 b"), texts({"2"}));
    EXPECT_EQ(run("HPTTL h FIELDS 3 a b c"), integers({10000, 2500, -1}));
    EXPECT_EQ(run("HGETEX h PERSIST FIELDS 2 a c"), texts({"1", "3"}));
    EXPECT_EQ(run("HPTTL h FIELDS 3 a b c"), integers({-1, 2500, -1}));
    EXPECT_EQ(run("HGETEX h EXAT 1 FIELDS 1 a"), texts({"1"}));
    EXPECT_EQ(run("HGETEX h PXAT " + std::to_string(server.now_ms() + 5) + " FIELDS 1 b"), texts({"2"}));
    EXPECT_EQ(run("HPTTL h FIELDS 2 a b"), integers({-2, 5}));
    EXPECT_EQ(run("HGETEX h EX 0 FIELDS 2 b c"), texts({"2", "3"}));
    EXPECT_EQ(run("EXISTS h"), ":0\r\n");
    EXPECT_EQ(run("HGETEX h EX 10 FIELDS 1 a"), texts({nullptr}));
  });
}

TEST_F(HashExpiry, GetdelTakesFieldsOut) {
  both_forms([&] {
    run("HSET h a 1 b 2");
    EXPECT_EQ(run("HGETDEL h FIELDS 3 a a nosuch"), texts({"1", nullptr, nullptr}));
    EXPECT_EQ(run("HGETDEL no FIELDS 1 a"), texts({nullptr}));
    EXPECT_EQ(run("HGETDEL h FIELDS 1 b"), texts({"2"}));
    EXPECT_EQ(run("EXISTS h"), ":0\r\n");
  });
}

TEST_F(HashExpiry, SetexWritesFieldsWithTheirTime) {
  both_forms([&] {
    EXPECT_EQ(run("HSETEX h FXX FIELDS 1 a 1"), ":0\r\n");
    EXPECT_EQ(run("EXISTS h"), ":0\r\n");
    EXPECT_EQ(run("HSETEX h EX 10 FIELDS 2 a 1 b 2"), ":1\r\n");
    EXPECT_EQ(run("HTTL h FIELDS 2 a b"), integers({10, 10}));
    EXPECT_EQ(run("HSETEX h FNX PX 5 FIELDS 2 c 3 a 9"), ":0\r\n");
    EXPECT_EQ(run("HEXISTS h c"), ":0\r\n");
    EXPECT_EQ(run("HSETEX h KEEPTTL FXX FIELDS 1 a 5"), ":1\r\n");
    EXPECT_EQ(run("HSETEX h FIELDS 1 b 6"), ":1\r\n");
    EXPECT_EQ(run("HTTL h FIELDS 2 a b"), integers({10, -1}));
    EXPECT_EQ(run("HMGET h a b"), texts({"5", "6"}));
    EXPECT_EQ(run("HSETEX h FXX FIELDS 2 a 1 nosuch 1"), ":0\r\n");
    EXPECT_EQ(run("HSETEX h FNX FIELDS 1 new 1"), ":1\r\n");
    EXPECT_EQ(run("HSETEX h EXAT 1 FIELDS 1 new 1"), ":1\r\n");
    EXPECT_EQ(run("HEXISTS h new"), ":0\r\n");
    EXPECT_EQ(run("HSETEX other PXAT 1 FIELDS 1 new 1"), ":1\r\n");
    EXPECT_EQ(run("EXISTS other"), ":0\r\n");
  });
}

TEST_F(HashExpiry, CopiesKeepTheTimesAndRenamingMovesThem) {
  both_forms([&] {
    run("HSET h a 1 b 2");
    run("HEXPIRE h 1 FIELDS 1 a");
    EXPECT_EQ(run("COPY h copy"), ":1\r\n");
    EXPECT_EQ(run("RENAME h moved"), "+OK\r\n");
    EXPECT_EQ(run("MOVE copy 1"), ":1\r\n");
    EXPECT_EQ(run("HTTL moved FIELDS 1 a"), integers({1}));
    const uint64_t before = server.stats().expired_fields.value();
    for (int turn = 0; turn < 100; ++turn) server.advance_ms(50);
    EXPECT_EQ(server.stats().expired_fields.value() - before, 2u) << "nobody looked at them";
    EXPECT_EQ(run("HLEN moved"), ":1\r\n");
    run("SELECT 1");
    EXPECT_EQ(run("HGETALL copy"), texts({"b", "2"}));
    run("SELECT 0");
  });
}

TEST_F(HashExpiry, DueFieldsAreReclaimedWithoutBeingRead) {
  both_forms([&] {
    for (int i = 0; i < 100; ++i) {
      const std::string key = "h" + std::to_string(i);
      for (int j = 0; j < 40; ++j) run("HSET " + key + " f" + std::to_string(j) + " v");
      for (int j = 0; j < (i % 2 == 0 ? 40 : 20); ++j) {
        run("HPEXPIRE " + key + " " + std::to_string(1000 + 10 * j) + " FIELDS 1 f" + std::to_string(j));
      }
    }
    run("HSET later f v");
    run("HEXPIRE later 1000 FIELDS 1 f");
    const uint64_t before = server.stats().expired_fields.value();
    for (int turn = 0; turn < 100; ++turn) server.advance_ms(50);
    EXPECT_EQ(server.stats().expired_fields.value() - before, 50u * 40 + 50 * 20);
    EXPECT_EQ(run("DBSIZE"), ":51\r\n");
    EXPECT_EQ(run("HLEN h1"), ":20\r\n");
    EXPECT_EQ(run("EXISTS h0 later"), ":1\r\n");
  });
}

TEST_F(HashExpiry, MemoryIsAccountedWhileFieldsGo) {
  const auto reported = [&] {
    int64_t pending = 0;
    for (uint32_t i = 0; i < server.services().keyspace.stripe_count(); ++i) {
      pending += server.services().keyspace.stripe(i).unreported_bytes;
    }
    return server.services().budget.used() + pending;
  };
  run("SET first 1");
  const int64_t fixed = server.services().keyspace.memory().total() - reported();
  for (int i = 0; i < 2000; ++i) {
    const std::string n = std::to_string(i);
    run("HSETEX h" + std::to_string(i % 7) + " PX " + std::to_string(1000 + i) + " FIELDS 1 f" + n + " " + n);
  }
  EXPECT_EQ(reported() + fixed, server.services().keyspace.memory().total());
  for (int turn = 0; turn < 100; ++turn) {
    server.advance_ms(50);
    ASSERT_EQ(reported() + fixed, server.services().keyspace.memory().total()) << turn;
  }
  EXPECT_EQ(run("DBSIZE"), ":1\r\n");
  EXPECT_EQ(server.services().keyspace.memory().payload, 6) << "key and value of the first one";
}

TEST_F(HashExpiry, AWatchedHashChangesWhenAFieldExpires) {
  run("HSET h a 1 b 2");
  run("HPEXPIRE h 1000 FIELDS 1 a");
  run("WATCH h");
  for (int turn = 0; turn < 30; ++turn) server.advance_ms(50);
  run("MULTI");
  run("PING");
  EXPECT_EQ(run("EXEC"), "*-1\r\n");
}

TEST_F(HashExpiry, BadArgumentsGetRedisErrors) {
  run("HSET h a 1");
  run("SET s 1");
  const char* kMissing = "-ERR Mandatory argument FIELDS is missing or not at the right position\r\n";
  const char* kMismatch = "-ERR The `numfields` parameter must match the number of arguments\r\n";
  const char* kPositive = "-ERR Number of fields must be a positive integer\r\n";
  const char* kWrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
  EXPECT_EQ(run("HEXPIRE h 10 FIELDS 1"), kArity + std::string("hexpire' command\r\n"));
  EXPECT_EQ(run("HEXPIRE h x FIELDS 1 a"), "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(run("HEXPIRE h -1 FIELDS 1 a"), "-ERR invalid expire time, must be >= 0\r\n");
  EXPECT_EQ(run("HEXPIRE h 10 NX XX FIELDS 1 a"), kMissing);
  EXPECT_EQ(run("HEXPIRE h 10 NX FIELDS 1"), kMismatch);
  EXPECT_EQ(run("HEXPIRE h 10 FIELDS 2 a"), kMismatch);
  EXPECT_EQ(run("HEXPIRE h 10 FIELDS 1 a b"), kMismatch);
  EXPECT_EQ(run("HEXPIRE h 10 FIELDS 0 a"), "-ERR Parameter `numFields` should be greater than 0\r\n");
  EXPECT_EQ(run("HEXPIRE h 10 FIELDS x a"), "-ERR Parameter `numFields` should be greater than 0\r\n");
  EXPECT_EQ(run("HEXPIRE h 70368744178 FIELDS 1 a"), "-ERR invalid expire time in 'hexpire' command\r\n");
  EXPECT_EQ(run("HPEXPIREAT h 70368744177663 FIELDS 1 a"), integers({1}));
  EXPECT_EQ(run("HPEXPIREAT h 70368744177664 FIELDS 1 a"),
            "-ERR invalid expire time in 'hpexpireat' command\r\n");
  EXPECT_EQ(run("HPEXPIRE h 70368744177663 FIELDS 1 a"),
            "-ERR invalid expire time in 'hpexpire' command\r\n");
  EXPECT_EQ(run("HEXPIRE s x FIELDS 1 a"), kWrongType);
  EXPECT_EQ(run("HTTL s FOO 1 a"), kWrongType);
  EXPECT_EQ(run("HTTL h FOO 1 a"), kMissing);
  EXPECT_EQ(run("HTTL h FIELDS 0 a"), kPositive);
  EXPECT_EQ(run("HTTL h FIELDS 3 a"), kMismatch);
  EXPECT_EQ(run("HPERSIST h FIELDS x a"), kPositive);
  EXPECT_EQ(run("HGETDEL h FIELDS 0 a"), kPositive);
  EXPECT_EQ(run("HGETDEL h 1 a b"), kMissing);
  EXPECT_EQ(run("HGETEX h EX 10 PX 10 FIELDS 1 a"), kMissing);
  EXPECT_EQ(run("HGETEX h EX 10 FIELDS"), kPositive);
  EXPECT_EQ(run("HGETEX h EX x FIELDS 1 a"), "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(run("HGETEX s EX x FIELDS 1 a"), kWrongType);
  EXPECT_EQ(run("HSETEX h EX 10 KEEPTTL FIELDS 1 a 1"),
            "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n");
  EXPECT_EQ(run("HSETEX h FXX FNX FIELDS 1 a 1"),
            "-ERR Only one of FXX or FNX arguments can be specified\r\n");
  EXPECT_EQ(run("HSETEX h FOO FIELDS 1 a 1"), "-ERR unknown argument: FOO\r\n");
  EXPECT_EQ(run("HSETEX h FIELDS 0 a 1"), "-ERR invalid number of fields\r\n");
  EXPECT_EQ(run("HSETEX h FIELDS 2 a 1"), kArity + std::string("hsetex' command\r\n"));
  EXPECT_EQ(run("HSETEX h FIELDS 1 a 1 b"), kArity + std::string("hsetex' command\r\n"));
  EXPECT_EQ(run("HSETEX h KEEPTTL FXX FIELDS 1"), kArity + std::string("hsetex' command\r\n"));
  EXPECT_EQ(run("HSETEX s FIELDS 1 a 1"), kWrongType);
}

struct HashEvents : testing::Test {
  TestServer server;
  TestServer::Client& listener = server.connect();
  HashEvents() {
    server.run("CONFIG SET notify-keyspace-events Egh");
    listener.run("PSUBSCRIBE __keyevent@0__:*");
  }
  // Names of the events since, each as "event key".
  std::string events() {
    std::string out;
    const std::string text = listener.take();
    const std::string prefix = "__keyevent@0__:";
    for (size_t at = 0; (at = text.find("$", at)) != std::string::npos; ++at) {
      const size_t line = text.find("\r\n", at) + 2;
      const std::string word = text.substr(line, text.find("\r\n", line) - line);
      if (word.starts_with(prefix + "*") || word == "pmessage") continue;
      if (word.starts_with(prefix)) {
        out += word.substr(prefix.size()) + " ";
      } else {
        out += word + ", ";
      }
      at = line;
    }
    return out;
  }
};

TEST_F(HashEvents, EachChangeIsTold) {
  const auto after = [&](const std::string& line) {
    server.run(line);
    server.turn();
    return events();
  };
  EXPECT_EQ(after("HSET h a 1 b 2 c 3"), "hset h, ");
  EXPECT_EQ(after("HEXPIRE h 10 FIELDS 2 a nosuch"), "hexpire h, ");
  EXPECT_EQ(after("HEXPIRE h 10 NX FIELDS 1 a"), "");
  EXPECT_EQ(after("HPERSIST h FIELDS 2 a b"), "hpersist h, ");
  EXPECT_EQ(after("HPERSIST h FIELDS 2 a b"), "");
  EXPECT_EQ(after("HGETEX h FIELDS 1 a"), "");
  EXPECT_EQ(after("HGETEX h EX 10 FIELDS 1 a"), "hexpire h, ");
  EXPECT_EQ(after("HGETEX h PERSIST FIELDS 1 a"), "hpersist h, ");
  EXPECT_EQ(after("HGETEX h EX 0 FIELDS 1 a"), "hdel h, ");
  EXPECT_EQ(after("HSETEX h FIELDS 1 a 1"), "hset h, ");
  EXPECT_EQ(after("HSETEX h EX 1 FIELDS 1 a 1"), "hset h, hexpire h, ");
  EXPECT_EQ(after("HSETEX h EX 0 FIELDS 1 a 1"), "hset h, hdel h, ");
  EXPECT_EQ(after("HGETDEL h FIELDS 1 b"), "hdel h, ");
  EXPECT_EQ(after("HEXPIRE h 0 FIELDS 1 c"), "hdel h, del h, ");
}

TEST_F(HashEvents, AnExpiryIsToldAndTheLastOneTakesTheKey) {
  server.run("HSET h a 1 b 2");
  server.run("HPEXPIRE h 1000 FIELDS 1 a");
  server.run("HPEXPIRE h 2000 FIELDS 1 b");
  server.turn();
  events();
  for (int turn = 0; turn < 24; ++turn) server.advance_ms(50);
  EXPECT_EQ(events(), "hexpired h, ");
  for (int turn = 0; turn < 24; ++turn) server.advance_ms(50);
  EXPECT_EQ(events(), "hexpired h, del h, ");
  EXPECT_EQ(server.run("EXISTS h"), ":0\r\n");
}

}  // namespace
}  // namespace corral::commands

// DUMP and RESTORE against redis-server, both ways: what it dumps is restored here, what is dumped here it restores, and both
// keys hold the same.
// Threading: one thread; seeds are fixed.
// See: server/rdb/README.md.
#include <gtest/gtest.h>

#include <algorithm>

#include "server/base/random.h"
#include "server/rdb/crc64.h"
#include "tests/server/rdb/samples.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/reply_encoding.h"
#include "tests/support/test_server.h"

namespace corral::rdb {
namespace {

using protocol::Reply;
using Words = std::vector<std::string>;

class RdbOracle : public testing::Test {
 protected:
  Reply redis(const Words& words) {
    EXPECT_TRUE(connection_.send(test_support::encode_request(words)));
    return connection_.next().value_or(Reply());
  }
  Reply ours(const Words& words) {
    protocol::ReplyReader reader;
    reader.feed(server_.client().run_words(words));
    return reader.next().value_or(Reply());
  }

  /// Redis' key `k` goes to this server and back to Redis' key `back`, which must hold the same.
  void travel(const std::string& what) {
    const Reply payload = redis({"DUMP", "k"});
    ASSERT_EQ(ours({"RESTORE", "k", "0", payload.text, "REPLACE"}).text, "OK") << what;
    const Reply ours_payload = ours({"DUMP", "k"});
    ASSERT_EQ(redis({"RESTORE", "back", "0", ours_payload.text, "REPLACE"}).text, "OK") << what;
    EXPECT_EQ(ours({"OBJECT", "ENCODING", "k"}).text, redis({"OBJECT", "ENCODING", "back"}).text) << what;
    EXPECT_EQ(contents("back"), contents("k")) << what;
  }
  /// What XINFO tells of a stream and its groups, but for how entries lie in nodes: deleted ones are not dumped.
  std::string facts(const std::string& key) {
    Reply all = redis({"XINFO", "STREAM", key, "FULL", "COUNT", "0"});
    std::string text;
    for (size_t i = 0; i + 1 < all.elements.size(); i += 2) {
      if (all.elements[i].text.starts_with("radix-tree")) continue;
      text += all.elements[i].text + " " + all.elements[i + 1].describe() + "\n";
    }
    return text;
  }
  std::string contents(const std::string& key) {
    const std::string type = redis({"TYPE", key}).text;
    if (type == "string") return redis({"GET", key}).text;
    if (type == "list") return redis({"LRANGE", key, "0", "-1"}).describe();
    if (type == "zset") return redis({"ZRANGE", key, "0", "-1", "WITHSCORES"}).describe();
    if (type == "stream") return redis({"XRANGE", key, "-", "+"}).describe() + facts(key);
    Reply all = redis({type == "set" ? "SMEMBERS" : "HGETALL", key});
    Words lines;
    const size_t step = type == "set" ? 1 : 2;
    for (size_t i = 0; i < all.elements.size(); i += step) {
      lines.push_back(all.elements[i].text + (step == 2 ? "\n" + all.elements[i + 1].text : ""));
    }
    std::ranges::sort(lines);
    std::string text = type;
    for (const std::string& line : lines) text.append("\n").append(line);
    return text;
  }

  std::string text(base::Random& random) {
    switch (random.below(8)) {
      case 0:
        return std::to_string(random.below(100));
      case 1:
        return std::to_string(static_cast<int64_t>(random.next() >> random.below(64)));
      case 2:
        return "-" + std::to_string(1 + (random.next() >> (1 + random.below(62))));
      case 3:
        return std::string(random.below(200), static_cast<char>('a' + random.below(3)));  // LZF likes it
      case 4: {
        std::string bytes(random.below(80), '\0');
        for (char& byte : bytes) byte = static_cast<char>(random.below(256));
        return bytes;
      }
      case 5:
        return std::string(random.below(random.below(20) == 0 ? 20'000 : 70), 'z');
      default:
        return "text" + std::to_string(random.below(1000));
    }
  }
  std::string score(base::Random& random) {
    static const Words kOdd = {"inf", "-inf", "1.5", "-0.1", "1e300", "1e-300", "3.0000000000000004", "-0"};
    return random.below(3) == 0 ? kOdd[random.below(kOdd.size())]
                                : std::to_string(static_cast<int64_t>(random.below(2000)) - 1000);
  }
  /// Up to `most` elements of `words` each in `k`.
  template <typename Add>
  void fill(base::Random& random, const Words& head, uint64_t most, Add add) {
    redis({"DEL", "k"});
    Words words = head;
    for (uint64_t i = 0, count = 1 + random.below(most); i < count; ++i) add(words);
    redis(words);
  }

  test_support::RedisServer redis_;
  test_support::RawConnection connection_ = test_support::RawConnection::to_unix(redis_.socket_path());
  test_support::TestServer server_;
};

constexpr uint64_t kSizes[] = {3, 20, 200, 900};

TEST_F(RdbOracle, Strings) {
  base::Random random(1);
  for (int i = 0; i < 300; ++i) {
    redis({"SET", "k", text(random)});
    travel("string");
  }
  for (const char* number : {"127", "128", "-128", "-129", "32767", "32768", "-32769", "2147483647",
                             "2147483648", "-2147483649", "-0", "007"}) {
    redis({"SET", "k", number});
    travel(number);
    // Nothing is packed in so short a string: the bytes are the same.
    EXPECT_EQ(ours({"DUMP", "k"}).text, redis({"DUMP", "k"}).text) << number;
  }
  redis({"DEL", "k"});
  redis({"PFADD", "k", "a", "b", "c"});
  travel("sparse HyperLogLog");
  for (int i = 0; i < 5000; ++i) redis({"PFADD", "k", std::to_string(i)});
  travel("dense HyperLogLog");
  EXPECT_EQ(ours({"PFCOUNT", "k"}), redis({"PFCOUNT", "k"}));
}

TEST_F(RdbOracle, Lists) {
  base::Random random(2);
  for (const uint64_t most : kSizes) {
    for (int i = 0; i < 15; ++i) {
      fill(random, {"RPUSH", "k"}, most, [&](Words& words) { words.push_back(text(random)); });
      travel("list");
    }
  }
}

TEST_F(RdbOracle, Sets) {
  base::Random random(3);
  for (const uint64_t most : kSizes) {
    for (int i = 0; i < 10; ++i) {
      fill(random, {"SADD", "k"}, most, [&](Words& words) { words.push_back(text(random)); });
      travel("set");
      const uint64_t shift = random.below(60);
      fill(random, {"SADD", "k"}, most, [&](Words& words) {
        words.push_back(std::to_string(static_cast<int64_t>(random.next()) >> shift));
      });
      travel("set of integers");
    }
  }
}

TEST_F(RdbOracle, Hashes) {
  base::Random random(4);
  for (const uint64_t most : kSizes) {
    for (int i = 0; i < 10; ++i) {
      fill(random, {"HSET", "k"}, most, [&](Words& words) {
        words.push_back(text(random).substr(0, 60));
        words.push_back(i % 2 == 0 ? std::to_string(random.below(9)) : text(random));
      });
      travel("hash");
    }
  }
}

TEST_F(RdbOracle, SortedSets) {
  base::Random random(5);
  for (const uint64_t most : kSizes) {
    for (int i = 0; i < 10; ++i) {
      fill(random, {"ZADD", "k"}, most, [&](Words& words) {
        words.push_back(score(random));
        words.push_back(text(random).substr(0, i % 2 == 0 ? 60 : 100));
      });
      travel("sorted set");
    }
  }
}

TEST_F(RdbOracle, Streams) {
  base::Random random(6);
  for (int i = 0; i < 40; ++i) {
    redis({"DEL", "k"});
    uint64_t ms = 1;
    const uint64_t entries = 1 + random.below(i % 4 == 0 ? 400 : 12);
    std::vector<std::string> ids;
    for (uint64_t entry = 0; entry < entries; ++entry) {
      ms += random.below(3);
      ids.push_back(std::to_string(ms) + "-" + std::to_string(entry + 1));
      Words words = {"XADD", "k", ids.back()};
      for (uint64_t field = 0; field <= random.below(3); ++field) {
        words.push_back("f" + std::to_string(random.below(random.below(3) == 0 ? 9 : 1)));
        words.push_back(text(random));
      }
      redis(words);
    }
    redis({"XGROUP", "CREATE", "k", "idle", "0"});
    redis({"XGROUP", "CREATE", "k", "busy", ids[random.below(ids.size())]});
    redis({"XGROUP", "SETID", "k", "busy", "0", "ENTRIESREAD", "0"});
    for (const char* consumer : {"alice", "bob", "12"}) {
      redis({"XREADGROUP", "GROUP", "busy", consumer, "COUNT", std::to_string(1 + random.below(9)), "STREAMS",
             "k", ">"});
    }
    redis({"XGROUP", "CREATECONSUMER", "k", "idle", "nobody"});
    for (uint64_t left = random.below(6); left > 0; --left) {
      redis({random.below(2) == 0 ? "XDEL" : "XACK", "k", ids[random.below(ids.size())]});
      redis({"XACK", "k", "busy", ids[random.below(ids.size())]});
      redis({"XDEL", "k", ids[random.below(ids.size())]});
    }
    travel("stream");
  }
}

// As every other test of forms, but with redis-server's word that they are right.
TEST_F(RdbOracle, EveryFormOfTheSamplesThatItKnows) {
  for (const std::string& form : all_forms()) {
    const auto type = static_cast<Type>(form[0]);
    if (type == Type::kSetListpack || type == Type::kStream3) continue;  // of 7.2
    std::string payload = form;
    write_little(payload, kVersion, 2);
    write_little(payload, crc64(payload), 8);
    ASSERT_EQ(redis({"RESTORE", "k", "0", payload, "REPLACE"}).text, "OK") << int{form[0]};
    ASSERT_EQ(ours({"RESTORE", "k", "0", payload, "REPLACE"}).text, "OK") << int{form[0]};
    ASSERT_EQ(redis({"RESTORE", "back", "0", ours({"DUMP", "k"}).text, "REPLACE"}).text, "OK")
        << int{form[0]};
    EXPECT_EQ(contents("back"), contents("k")) << int{form[0]};
  }
}

TEST_F(RdbOracle, OptionsAndErrors) {
  const auto same = [this](const Words& words) {
    const Reply theirs = redis(words);
    EXPECT_EQ(ours(words).describe(), theirs.describe()) << testing::PrintToString(words);
  };
  const std::string good = dump("value");
  std::string version = good;
  version[version.size() - 9] = 1;
  std::string data = typed(Type::kSet,
                           "\x02\x01"
                           "a\x01"
                           "a");
  write_little(data, kVersion, 2);
  write_little(data, crc64(data), 8);
  same({"DUMP", "no"});
  same({"DUMP"});
  same({"RESTORE", "k", "0"});
  same({"RESTORE", "k", "0", good});
  same({"GET", "k"});
  same({"RESTORE", "k", "0", good});
  same({"RESTORE", "k", "x", good});
  for (const char* const ttl : {"x", "-1", "9223372036854775807", "9223372036854775808", ""}) {
    same({"RESTORE", "k", ttl, good, "REPLACE"});
    same({"EXISTS", "k"});
    same({"RESTORE", "k", "0", good, "REPLACE"});
  }
  for (const std::string& bad :
       {version, data, std::string(), std::string("short"), good + "x", good.substr(1) + "x"}) {
    same({"SET", "k", "before"});
    same({"RESTORE", "k", "0", bad, "REPLACE"});
    same({"GET", "k"});
    same({"RESTORE", "new", "0", bad});
    same({"EXISTS", "new"});
  }
  for (const Words& options : std::vector<Words>{{"ABSTTL"},
                                                 {"absttl", "replace"},
                                                 {"IDLETIME", "5"},
                                                 {"IDLETIME", "-1"},
                                                 {"IDLETIME", "x"},
                                                 {"IDLETIME"},
                                                 {"FREQ", "5"},
                                                 {"FREQ", "256"},
                                                 {"FREQ", "-1"},
                                                 {"FREQ", "x"},
                                                 {"FREQ"},
                                                 {"IDLETIME", "5", "FREQ", "5"},
                                                 {"FREQ", "5", "IDLETIME", "5"},
                                                 {"FOO"},
                                                 {"REPLACE", "FOO"}}) {
    for (const char* const key : {"k", "other"}) {
      Words words = {"RESTORE", key, "0", good};
      words.insert(words.end(), options.begin(), options.end());
      same(words);
      same({"DEL", "other"});
    }
  }
  same({"RESTORE", "k", "1", good, "REPLACE", "ABSTTL"});  // 1970: it only removes
  same({"EXISTS", "k"});
  same({"RESTORE", "k", "99999999999999", good, "ABSTTL"});
  same({"PEXPIRETIME", "k"});
  same({"RESTORE-ASKING", "k", "0", good, "REPLACE"});
  same({"TTL", "k"});
  same({"RPUSH", "l", "1"});
  same({"RESTORE", "l", "0", good, "REPLACE"});
  same({"TYPE", "l"});
}

}  // namespace
}  // namespace corral::rdb

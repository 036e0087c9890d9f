// Sorted sets against a real redis-server: ranges by member with unequal scores, ranges by score, encodings.
// Threading: one thread.
// See: server/types/zset_value.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "protocol/number.h"
#include "server/base/random.h"
#include "server/types/zset_value.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"

namespace corral::types {
namespace {

using test_support::RawConnection;
using Words = std::vector<std::string>;
const base::HashSecret kSecret = base::HashSecret::from_seed(17);

class ZsetOracle : public testing::Test {
 protected:
  protocol::Reply ask(const Words& arguments) {
    connection_.send(test_support::encode_request(arguments));
    auto reply = connection_.next();
    EXPECT_TRUE(reply) << "redis-server closed the connection";
    return reply.value_or(protocol::Reply{});
  }
  Words answers(const Words& request) {
    Words all;
    for (const auto& element : ask(request).elements) all.push_back(element.text);
    return all;
  }
  void put(ZsetValue& zset, const std::string& member, const std::string& score) {
    ask({"ZADD", "z", score, member});
    zset.put(member, *protocol::parse_double(score), {});
  }

 private:
  test_support::RedisServer server_;
  RawConnection connection_ = RawConnection::to_unix(server_.socket_path());
};

Words members(const ZsetValue& zset, ZsetValue::Ranks ranks) {
  Words all;
  PackedElement::Buffer buffer;
  ZsetValue::Cursor walk = zset.at(ranks.first);
  for (uint64_t i = 0; i < ranks.count(); ++i, walk.next()) all.emplace_back(walk.member(buffer));
  return all;
}

std::string bound_text(const LexBound& bound) {
  switch (bound.kind) {
    case LexBound::Kind::kLowest:
      return "-";
    case LexBound::Kind::kHighest:
      return "+";
    case LexBound::Kind::kInclusive:
      return "[" + std::string(bound.text);
    case LexBound::Kind::kExclusive:
      break;
  }
  return "(" + std::string(bound.text);
}

std::string bound_text(const ScoreBound& bound) {
  return (bound.exclusive ? "(" : "") + protocol::double_text(bound.score);
}

TEST_F(ZsetOracle, RangesOfCompactSetsWithAnyScores) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::cout << "seed " << seed << '\n';
    base::Random random(seed);
    ask({"DEL", "z"});
    ZsetValue zset(kSecret);
    const uint64_t scores = 1 + random.below(4);
    for (uint64_t i = random.below(20) + 1; i > 0; --i) {
      const char letter = static_cast<char>('a' + random.below(15));
      put(zset, std::string(1 + random.below(2), letter), std::to_string(random.below(scores)));
    }
    Words texts;
    for (int i = 0; i < 60; ++i)
      texts.emplace_back(1 + random.below(2), static_cast<char>('a' + random.below(15)));
    for (size_t i = 0; i + 1 < texts.size(); ++i) {
      const LexBound low{static_cast<LexBound::Kind>(random.below(4)), texts[i]};
      const LexBound high{static_cast<LexBound::Kind>(random.below(4)), texts[i + 1]};
      const std::string low_text = bound_text(low);
      const std::string high_text = bound_text(high);
      ASSERT_EQ(members(zset, zset.by_lex(low, high)), answers({"ZRANGEBYLEX", "z", low_text, high_text}));
      Words backwards = members(zset, zset.by_lex(low, high, true));
      std::reverse(backwards.begin(), backwards.end());
      ASSERT_EQ(backwards, answers({"ZREVRANGEBYLEX", "z", high_text, low_text}));
      const ScoreBound from{static_cast<double>(random.below(5)), random.below(2) == 0};
      const ScoreBound to{static_cast<double>(random.below(5)), random.below(2) == 0};
      ASSERT_EQ(members(zset, zset.by_score(from, to)),
                answers({"ZRANGEBYSCORE", "z", bound_text(from), bound_text(to)}));
    }
  }
}

TEST_F(ZsetOracle, EncodingsScoresAndMinusZero) {
  ZsetValue zset(kSecret);
  const auto agrees = [&] {
    EXPECT_EQ(ask({"OBJECT", "ENCODING", "z"}).text, zset.encoding());
    Words ours;
    PackedElement::Buffer buffer;
    for (auto walk = zset.at(0); walk; walk.next()) {
      ours.emplace_back(walk.member(buffer));
      ours.push_back(protocol::double_text(walk.score()));
    }
    EXPECT_EQ(answers({"ZRANGE", "z", "0", "-1", "WITHSCORES"}), ours);
  };
  const char* const scores[] = {"-0", "inf", "-inf", "0.1", "1e17", "-1e300", "5e-324", "9007199254740993",
                                "17", "-0.5"};
  for (const char* const score : scores) put(zset, std::string("m") + score, score);
  agrees();
  put(zset, std::string(64, 'x'), "3");
  agrees();
  for (int i = 0; i < 117; ++i) put(zset, std::to_string(i), std::to_string(i % 5));
  agrees();
  put(zset, "one more", "-0");
  agrees();
  ask({"ZREM", "z", "5"});
  zset.erase("5");
  agrees();
}

}  // namespace
}  // namespace corral::types

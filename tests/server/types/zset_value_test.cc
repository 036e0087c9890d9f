// Sorted sets against std::set: order, ranks, ranges, thresholds, memory.
// Threading: one thread.
// See: server/types/zset_value.h.
#include "server/types/zset_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/server/types/heap_bytes.h"

namespace corral::types {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const base::HashSecret kSecret = base::HashSecret::from_seed(11);
using Pair = std::pair<double, std::string>;
using Pairs = std::vector<Pair>;

struct Model {
  std::map<std::string, double> scores;
  std::set<Pair> order;
  void put(const std::string& member, double score) {
    erase(member);
    scores[member] = score;
    order.emplace(score, member);
  }
  bool erase(const std::string& member) {
    const auto found = scores.find(member);
    if (found == scores.end()) return false;
    order.erase({found->second, member});
    scores.erase(found);
    return true;
  }
};

Pairs content(const ZsetValue& zset) {
  Pairs all;
  PackedElement::Buffer buffer;
  for (auto at = zset.at(0); at; at.next()) all.emplace_back(at.score(), at.member(buffer));
  return all;
}

Pairs backwards(const ZsetValue& zset) {
  Pairs all;
  PackedElement::Buffer buffer;
  if (zset.size() == 0) return all;
  for (auto at = zset.at(zset.size() - 1); at; at.previous()) all.emplace_back(at.score(), at.member(buffer));
  return all;
}

std::string random_member(base::Random& random, uint64_t members) {
  const uint64_t number = random.below(members);
  if (number % 7 == 0) return std::to_string(number);
  return (number % 3 == 0 ? std::string("\xFF\0", 2) : std::string("m")) + std::to_string(number);
}

double random_score(base::Random& random) {
  switch (random.below(8)) {
    case 0:
      return kInfinity;
    case 1:
      return -kInfinity;
    case 2:
      return random.unit() * 1e300;
    case 3:
      return static_cast<double>(random.next());
    default:
      return static_cast<double>(random.below(20)) / 2 - 3;
  }
}

void compare_ranges(const ZsetValue& zset, const Pairs& all, base::Random& random) {
  for (int i = 0; i < 60; ++i) {
    const ScoreBound low{random_score(random), random.below(2) == 0};
    const ScoreBound high{random_score(random), random.below(2) == 0};
    uint64_t wanted = 0;
    for (const auto& [score, member] : all) {
      wanted += (low.exclusive ? score > low.score : score >= low.score) &&
                (high.exclusive ? score < high.score : score <= high.score);
    }
    const auto ranks = zset.by_score(low, high);
    ASSERT_EQ(ranks.count(), wanted);
    ASSERT_LE(ranks.end, all.size());
    if (wanted == 0) continue;
    ASSERT_GE(all[ranks.first].first, low.score);
    ASSERT_LE(all[ranks.end - 1].first, high.score);
  }
}

void compare(const ZsetValue& zset, const Model& model, base::Random& random) {
  const Pairs all(model.order.begin(), model.order.end());
  ASSERT_EQ(zset.size(), all.size());
  ASSERT_EQ(content(zset), all);
  ASSERT_EQ(backwards(zset), Pairs(all.rbegin(), all.rend()));
  PackedElement::Buffer buffer;
  for (int i = 0; i < 100 && !all.empty(); ++i) {
    const uint64_t rank = random.below(all.size());
    ASSERT_EQ(zset.at(rank).member(buffer), all[rank].second);
    ASSERT_EQ(zset.rank(all[rank].second), rank);
    ASSERT_EQ(zset.score(all[rank].second), all[rank].first);
  }
  ASSERT_EQ(zset.rank("absent"), std::nullopt);
  ASSERT_EQ(zset.score("absent"), std::nullopt);
  ASSERT_FALSE(zset.at(all.size()));
  compare_ranges(zset, all, random);
}

void change(ZsetValue& zset, Model& model, base::Random& random, uint64_t members, uint64_t adds_of_ten,
            const Thresholds& thresholds) {
  const std::string member = random_member(random, members);
  if (random.below(10) < adds_of_ten) {
    const double score = random_score(random);
    const auto known = model.scores.find(member);
    const std::optional<double> wanted =
        known == model.scores.end() ? std::nullopt : std::optional<double>(known->second);
    ASSERT_EQ(zset.put(member, score, thresholds), wanted);
    model.put(member, score);
  } else if (random.below(50) == 0 && !model.order.empty()) {
    const uint64_t first = random.below(model.order.size());
    const uint64_t end = std::min<uint64_t>(model.order.size(), first + random.below(20));
    zset.erase(ZsetValue::Ranks{first, end});
    for (uint64_t i = first; i < end; ++i) {
      model.erase(std::string(std::next(model.order.begin(), static_cast<int64_t>(first))->second));
    }
  } else {
    ASSERT_EQ(zset.erase(member), model.erase(member));
  }
}

TEST(ZsetValue, AgreesWithAModelInBothForms) {
  for (const uint64_t members : {20, 200, 5000}) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      std::cout << "members " << members << " seed " << seed << '\n';
      base::Random random(seed);
      ZsetValue zset(kSecret);
      Model model;
      for (const uint64_t adds_of_ten : {9, 4, 8, 0, 7}) {
        for (int step = 0; step < 4000; ++step) change(zset, model, random, members, adds_of_ten, {});
        compare(zset, model, random);
      }
      EXPECT_EQ(zset.encoding(), members == 20 ? "listpack" : "skiplist");
    }
  }
}

TEST(ZsetValue, BecomesLargeAtTheThresholdsAndCompactOnlyWhenAsked) {
  const Thresholds thresholds{.zset_max_listpack_entries = 4, .zset_max_listpack_value = 5};
  ZsetValue zset(kSecret);
  for (const char* const member : {"a", "b", "c", "12345"}) zset.put(member, 1, thresholds);
  EXPECT_EQ(zset.encoding(), "listpack");
  zset.put("a", 2, thresholds);
  EXPECT_EQ(zset.encoding(), "listpack");
  zset.put("e", 1.5, thresholds);
  EXPECT_EQ(zset.encoding(), "skiplist");
  zset.compact_if_small(thresholds);
  EXPECT_EQ(zset.encoding(), "skiplist");
  zset.erase("b");
  EXPECT_EQ(zset.encoding(), "skiplist");
  zset.compact_if_small(thresholds);
  EXPECT_EQ(zset.encoding(), "listpack");
  EXPECT_EQ(content(zset), (Pairs{{1, "12345"}, {1, "c"}, {1.5, "e"}, {2, "a"}}));
  zset.erase("c");
  zset.put("123456", 0, thresholds);
  EXPECT_EQ(zset.encoding(), "skiplist");
  zset.compact_if_small(thresholds);
  EXPECT_EQ(zset.encoding(), "skiplist");

  ZsetValue expected(kSecret);
  expected.expect(4, thresholds);
  EXPECT_EQ(expected.encoding(), "listpack");
  expected.expect(5, thresholds);
  EXPECT_EQ(expected.encoding(), "skiplist");
}

TEST(ZsetValue, ScoresComeBackExactlyAndOnlyTheLargeFormKeepsMinusZero) {
  const double scores[] = {1.5,
                           0.1,
                           -0.1,
                           3,
                           127,
                           4096,
                           -4097,
                           1e17,
                           1e300,
                           5e-324,
                           -5e-324,
                           kInfinity,
                           -kInfinity,
                           9007199254740993.0,
                           -9.2233720368547758e18,
                           1.7976931348623157e308,
                           3.8e-77};
  ZsetValue compact(kSecret);
  ZsetValue large(kSecret);
  const Thresholds none{.zset_max_listpack_entries = 0};
  for (const double score : scores) {
    const std::string member = "m" + std::to_string(compact.size());
    compact.put(member, score, {});
    large.put(member, score, none);
    EXPECT_EQ(compact.score(member), score);
    EXPECT_EQ(large.score(member), score);
  }
  EXPECT_EQ(content(compact), content(large));
  EXPECT_EQ(compact.encoding(), "listpack");
  compact.put("zero", -0.0, {});
  large.put("zero", -0.0, none);
  EXPECT_FALSE(std::signbit(*compact.score("zero")));
  EXPECT_TRUE(std::signbit(*large.score("zero")));
  EXPECT_EQ(large.put("zero", 0, none), 0);
  EXPECT_TRUE(std::signbit(*large.score("zero")));
}

TEST(ZsetValue, RangesByMemberInBothForms) {
  using Kind = LexBound::Kind;
  for (const int64_t entries : {128, 0}) {
    const Thresholds thresholds{.zset_max_listpack_entries = entries};
    ZsetValue zset(kSecret);
    for (const char* const member : {"a", "b", "c", "d", "e", "\xFF"}) zset.put(member, 0, thresholds);
    const auto ranks = [&](LexBound low, LexBound high, bool reverse = false) {
      const auto found = zset.by_lex(low, high, reverse);
      return std::pair(found.first, found.end);
    };
    using Ends = std::pair<uint64_t, uint64_t>;
    const LexBound lowest{Kind::kLowest, ""};
    const LexBound highest{Kind::kHighest, ""};
    EXPECT_EQ(ranks(lowest, highest), (Ends{0, 6}));
    EXPECT_EQ(ranks(lowest, highest, true), (Ends{0, 6}));
    EXPECT_EQ(ranks({Kind::kInclusive, "b"}, {Kind::kExclusive, "d"}), (Ends{1, 3}));
    EXPECT_EQ(ranks({Kind::kInclusive, "b"}, {Kind::kExclusive, "d"}, true), (Ends{1, 3}));
    EXPECT_EQ(ranks({Kind::kExclusive, "b"}, highest), (Ends{2, 6}));
    EXPECT_EQ(zset.by_lex(highest, lowest).count(), 0U);
    EXPECT_EQ(zset.by_lex({Kind::kInclusive, "d"}, {Kind::kInclusive, "b"}).count(), 0U);
    EXPECT_EQ(zset.by_lex({Kind::kExclusive, "b"}, {Kind::kExclusive, "c"}).count(), 0U);
  }
}

TEST(ZsetValue, MemoryIsTheAllocatorsOwnFigure) {
  std::vector<std::string> members;
  for (int i = 0; i < 3000; ++i) members.push_back("member:" + std::to_string(i));
  base::Random random(5);
  const auto before = heap_bytes();
  if (!before) return;
  auto zset = std::make_unique<ZsetValue>(kSecret);
  const auto held = [&] { return *heap_bytes() - *before; };
  for (const auto& member : members) {
    zset->put(member, random.unit(), {});
    ASSERT_EQ(static_cast<int64_t>(zset->memory_bytes()), held());
  }
  for (const auto& member : members) {
    zset->put(member, random.unit(), {});
    ASSERT_EQ(static_cast<int64_t>(zset->memory_bytes()), held());
  }
  for (size_t i = 0; i + 5 < members.size(); ++i) {
    zset->erase(members[i]);
    ASSERT_EQ(static_cast<int64_t>(zset->memory_bytes()), held());
  }
  const int64_t small = held();
  const auto copy = zset->clone();
  EXPECT_EQ(static_cast<int64_t>(copy->memory_bytes()), held() - small);
  zset->compact_if_small({});
  EXPECT_EQ(static_cast<int64_t>(zset->memory_bytes() + copy->memory_bytes()), held());
  zset.reset();
  EXPECT_EQ(static_cast<int64_t>(copy->memory_bytes()), held());
}

TEST(ZsetValue, ACloneIsWholeAndDiscardGoesInSteps) {
  const auto before = heap_bytes();
  {
    ZsetValue zset(kSecret);
    for (int i = 0; i < 5000; ++i) zset.put("m" + std::to_string(i), i % 10, {});
    const auto copy = zset.clone();
    EXPECT_EQ(content(static_cast<const ZsetValue&>(*copy)), content(zset));
    zset.erase(ZsetValue::Ranks{0, 4000});
    EXPECT_EQ(copy->size(), 5000U);
    size_t steps = 0;
    for (size_t freed = copy->discard(100); freed > 0; freed = copy->discard(100), ++steps)
      EXPECT_LE(freed, 200U);
    EXPECT_GE(steps, 50U);
  }
  EXPECT_EQ(heap_bytes(), before);
}

TEST(ZsetValue, AScanSeesEveryMemberThatStays) {
  ZsetValue zset(kSecret);
  for (int i = 0; i < 3000; ++i) zset.put("m" + std::to_string(i), i, {});
  std::map<std::string, double, std::less<>> seen;
  uint64_t cursor = 0;
  int added = 0;
  do {
    cursor = zset.scan(cursor, 10,
                       [&](std::string_view member, double score) { seen[std::string(member)] = score; });
    for (int i = 0; i < 20; ++i) zset.put("new" + std::to_string(added++), 1, {});
  } while (cursor != 0);
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(seen["m" + std::to_string(i)], i);
}

TEST(ZsetValue, AMillionMembersKeepTheirRanks) {
  constexpr uint64_t kMembers = 1'000'000;
  ZsetValue zset(kSecret);
  const auto member = [](uint64_t i) { return "member:" + std::to_string(100'000'000 + i); };  // 16 bytes
  for (uint64_t i = 0; i < kMembers; ++i) {
    zset.put(member(i), static_cast<double>(i * 7919 % kMembers), {});
  }
  for (uint64_t i = 0; i < kMembers; i += 997) ASSERT_EQ(zset.rank(member(i)), i * 7919 % kMembers);
  EXPECT_LE(zset.memory_bytes() / kMembers, 64U);
  for (uint64_t i = 0; i < kMembers; i += 10) zset.put(member(i), -1, {});
  EXPECT_EQ(zset.by_score({-1, false}, {-1, false}).count(), kMembers / 10);
  for (uint64_t i = 0; i < kMembers; i += 990)
    ASSERT_EQ(zset.rank(member(i)), i / 10);  // equal scores: by bytes
}

}  // namespace
}  // namespace corral::types

// Which policy a key gets, which times a policy gives, and that jitter spreads expiries as it should.
// Threading: one thread.
// See: server/stampede/README.md, "Times".
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/base/glob.h"
#include "server/base/random.h"
#include "server/stampede/policy.h"

namespace corral::stampede {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr uint64_t kSalt = 7;

Policy policy_of(std::string name, std::string pattern) {
  Policy policy;
  policy.name = std::move(name);
  policy.pattern = std::move(pattern);
  return policy;
}

TEST(PolicyTable, FirstMatchWinsInTheOrderOfTheTable) {
  const PolicyTable table({policy_of("one", "a:b*"), policy_of("two", "a:*"), policy_of("three", "*z")});
  EXPECT_EQ(table.match("a:bc")->name, "one");
  EXPECT_EQ(table.match("a:c")->name, "two");
  EXPECT_EQ(table.match("xyz")->name, "three");
  EXPECT_EQ(table.match("other"), nullptr);
  EXPECT_EQ(PolicyTable().match("x"), nullptr);
}

TEST(PolicyTable, MatchesExactlyAsAGlobDoes) {
  const char* patterns[] = {"",     "*",    "abc",  "abc*", "ab?",   "[ab]c*", "a\\*", "a\\**",
                            "*abc", "a*b*", "ab**", "a[",   "abc\\", "?",      "a*\\"};
  base::Random random(11);
  for (const char* pattern : patterns) {
    const PolicyTable table({policy_of("p", pattern)});
    for (int i = 0; i < 500; ++i) {
      std::string key;
      for (uint64_t left = random.below(5); left > 0; --left) key += "abc*\\["[random.below(6)];
      EXPECT_EQ(table.match(key) != nullptr, base::glob_matches(pattern, key)) << pattern << " " << key;
    }
  }
}

TEST(PolicyTable, ReplacingKeepsPlaceNumberAndStatistics) {
  PolicyTable table({policy_of("one", "a*"), policy_of("two", "b*")});
  const uint16_t number = table.by_name("one")->number;
  const auto stats = table.by_name("one")->stats;
  table = table.with(policy_of("one", "c*"));
  ASSERT_EQ(table.all().size(), 2u);
  EXPECT_EQ(table.all()[0].name, "one");
  EXPECT_EQ(table.by_name("one")->number, number);
  EXPECT_EQ(table.by_name("one")->stats, stats);
  EXPECT_EQ(table.match("c1")->name, "one");
  EXPECT_EQ(table.match("a1"), nullptr);
}

TEST(PolicyTable, NumbersAreNotGivenAgainAfterARemoval) {
  PolicyTable table({policy_of("one", "a*")});
  const uint16_t number = table.by_name("one")->number;
  EXPECT_NE(number, 0);
  table = table.without("one");
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.by_number(number), nullptr);
  table = table.with(policy_of("two", "b*"));
  EXPECT_NE(table.by_name("two")->number, number);
  EXPECT_EQ(table.by_number(table.by_name("two")->number)->name, "two");
  EXPECT_NE(table.by_name("two")->stats, nullptr);
}

TEST(PolicyTimes, RelativeExpiryIsJitteredDownwardsAndKeptForStale) {
  Policy policy = policy_of("p", "*");
  policy.number = 9;
  policy.jitter = 0.2;
  policy.stale_ms = 60'000;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key:" + std::to_string(i);
    const PolicyTimes times = times_for_write(policy, key, kSalt, kNow, kNow + 10'000, ExpiryKind::kRelative);
    EXPECT_EQ(times.extension.policy, 9);
    EXPECT_EQ(times.extension.filled_ms, kNow);
    EXPECT_EQ(times.extension.nominal_ms, kNow + 10'000);
    EXPECT_EQ(times.expiry_ms, kNow + 70'000);
    const double share = 1 - 0.2 * jitter_of_key(key, kSalt);
    EXPECT_NEAR(static_cast<double>(times.extension.soft_ms - kNow), 10'000 * share, 1);
  }
}

TEST(PolicyTimes, ExactMeansSoftShareWithoutJitter) {
  Policy policy = policy_of("p", "*");
  policy.exact = true;
  policy.soft = 0.9;
  const PolicyTimes times = times_for_write(policy, "k", kSalt, kNow, kNow + 10'000, ExpiryKind::kRelative);
  EXPECT_EQ(times.extension.soft_ms, kNow + 9000);
  EXPECT_EQ(times.expiry_ms, kNow + 10'000);
  policy.soft = 1;
  EXPECT_EQ(times_for_write(policy, "k", kSalt, kNow, kNow + 10'001, ExpiryKind::kRelative).extension.soft_ms,
            kNow + 10'001);
}

TEST(PolicyTimes, AnAbsoluteExpiryIsAPromise) {
  Policy policy = policy_of("p", "*");
  policy.stale_ms = 60'000;
  policy.ttl_ms = 5;
  const PolicyTimes times = times_for_write(policy, "k", kSalt, kNow, kNow + 10'000, ExpiryKind::kAbsolute);
  EXPECT_EQ(times.extension.soft_ms, kNow + 10'000);
  EXPECT_EQ(times.extension.nominal_ms, kNow + 10'000);
  EXPECT_EQ(times.expiry_ms, kNow + 10'000);
}

TEST(PolicyTimes, ThePolicysTtlIsForWritesThatBringNone) {
  Policy policy = policy_of("p", "*");
  policy.ttl_ms = 4000;
  policy.stale_ms = 1000;
  const PolicyTimes times = times_for_write(policy, "k", kSalt, kNow, store::kNoExpiry, ExpiryKind::kNone);
  EXPECT_EQ(times.extension.nominal_ms, kNow + 4000);
  EXPECT_EQ(times.expiry_ms, kNow + 5000);
  EXPECT_LE(times.extension.soft_ms, kNow + 4000);
  EXPECT_EQ(times_for_write(policy, "k", kSalt, kNow, kNow + 9, ExpiryKind::kRelative).extension.nominal_ms,
            kNow + 9);
  EXPECT_EQ(times_for_write(policy, "k", kSalt, kNow, store::kNoExpiry, ExpiryKind::kKeep).expiry_ms,
            store::kNoExpiry);
}

TEST(PolicyTimes, WithoutAnyExpiryThereIsNoSoftOneEither) {
  Policy policy = policy_of("p", "*");
  policy.stale_ms = 60'000;
  const PolicyTimes times = times_for_write(policy, "k", kSalt, kNow, store::kNoExpiry, ExpiryKind::kNone);
  EXPECT_EQ(times.expiry_ms, store::kNoExpiry);
  EXPECT_EQ(times.extension.soft_ms, store::kNoExpiry);
  EXPECT_EQ(times.extension.nominal_ms, store::kNoExpiry);
}

TEST(PolicyTimes, FarAwayTimesDoNotWrapAround) {
  Policy policy = policy_of("p", "*");
  policy.stale_ms = 60'000;
  const PolicyTimes times = times_for_write(policy, "k", kSalt, kNow, INT64_MAX - 5, ExpiryKind::kRelative);
  EXPECT_EQ(times.expiry_ms, INT64_MAX);
  EXPECT_GT(times.extension.soft_ms, kNow);
  EXPECT_LE(times.extension.soft_ms, INT64_MAX - 5);
}

TEST(Jitter, IsAFunctionOfKeyAndSaltAlone) {
  EXPECT_EQ(jitter_of_key("product:1", 1), jitter_of_key("product:1", 1));
  EXPECT_NE(jitter_of_key("product:1", 1), jitter_of_key("product:2", 1));
  EXPECT_NE(jitter_of_key("product:1", 1), jitter_of_key("product:1", 2));
  // Fixed for ever: replicas of different builds must agree.
  EXPECT_DOUBLE_EQ(jitter_of_key("product:42", 0), 0.06852665409334624);
}

// The table of the design: 100,000 hot keys of one TTL, warmed within a second, each written again when its
// soft expiry comes. Highest number of expiries in any second in which the k-th wave has some; from the tenth
// on, waves overlap.
TEST(Jitter, SpreadsHundredThousandKeysAsTheTableSays) {
  constexpr size_t kKeys = 100'000;
  constexpr int64_t kTtl = 300'000;
  constexpr size_t kWaves = 11;
  const Policy policy = policy_of("p", "*");  // jitter 10 %
  base::Random random(3);
  std::vector<int> in_second(kWaves * kTtl / 1000 + 2);
  for (size_t i = 0; i < kKeys; ++i) {
    const std::string key = "key:" + std::to_string(i);
    int64_t at = kNow + static_cast<int64_t>(random.below(1000));
    for (size_t wave = 1; wave <= kWaves; ++wave) {
      at = times_for_write(policy, key, kSalt, at, at + kTtl, ExpiryKind::kRelative).extension.soft_ms;
      ++in_second[static_cast<size_t>(at - kNow) / 1000];
    }
  }
  const std::pair<int, double> table[] = {{1, 3421}, {2, 1752}, {5, 731}, {10, 693}};
  for (const auto& [wave, expected] : table) {
    const auto first = in_second.begin() + wave * 270;
    EXPECT_NEAR(*std::max_element(first, in_second.begin() + wave * 300 + 2), expected, expected / 10)
        << "wave " << wave;
  }
}

TEST(Template, StarsAreCapturedShortestFirst) {
  EXPECT_EQ(expand_template("product:*:page:*", "product:{1}", "product:42:page:7"), "product:42");
  EXPECT_EQ(expand_template("product:*:page:*", "{2}/{1}", "product:42:page:7"), "7/42");
  EXPECT_EQ(expand_template("*:page:*", "{1}|{2}", "a:page:b:page:c"), "a|b:page:c");
  EXPECT_EQ(expand_template("a*b", "{1}", "aXbYb"), "XbY");
  EXPECT_EQ(expand_template("**", "{1}|{2}", "abc"), "|abc");
  EXPECT_EQ(expand_template("[a-c]?\\**", "{1}", "bx*rest"), "rest");
  EXPECT_EQ(expand_template("x*", "{0}{1}{a}{", "xy"), "{0}y{a}{");
  EXPECT_EQ(expand_template("x", "constant", "x"), "constant");
  EXPECT_EQ(expand_template("a*b", "{1}", "ab"), "");
  EXPECT_EQ(expand_template("a*b", "t", "ac"), "");
  EXPECT_EQ(expand_template("ab*ba", "t", "aba"), "");
}

TEST(Template, CapturesExactlyWhereTheGlobMatches) {
  base::Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern;
    std::string key;
    for (uint64_t left = random.below(7); left > 0; --left) pattern += "ab*?[]\\-^"[random.below(9)];
    for (uint64_t left = random.below(7); left > 0; --left) key += "ab]-"[random.below(4)];
    const bool expanded = expand_template(pattern, "t", key) == "t";
    EXPECT_EQ(expanded, base::glob_matches(pattern, key)) << pattern << " " << key;
  }
}

}  // namespace
}  // namespace corral::stampede

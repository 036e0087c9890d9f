// The heaviest keys of skewed streams, under seeds.
// Threading: one thread.
// See: server/metrics/top_keys.h.
#include "server/metrics/top_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "server/base/random.h"

namespace corral::metrics {
namespace {

uint64_t hash_of(const std::string& key) {
  uint64_t hash = 1469598103934665603;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211;
  return hash ^ hash >> 32;
}

std::vector<TopKeys::Key> top(const TopKeys& table, size_t most) {
  std::vector<TopKeys::Key> keys;
  table.append_to(keys);
  TopKeys::merge(keys, most);
  return keys;
}

// Key number n of `keys` is drawn about in proportion to 1/n.
std::string zipf_key(base::Random& random, double keys) {
  return "key:" + std::to_string(static_cast<int>(std::pow(keys, random.unit())));
}

TEST(TopKeys, FewKeysAreCountedExactly) {
  TopKeys table;
  for (const char* key : {"a", "b", "a", "c", "a", "b"}) table.add(key, hash_of(key), 10);
  const auto keys = top(table, 2);
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].name, "a");
  EXPECT_EQ(keys[0].weight, 30u);
  EXPECT_EQ(keys[1].name, "b");
  EXPECT_EQ(keys[1].weight, 20u);
  EXPECT_EQ(table.total(), 60u);
  table.clear();
  EXPECT_TRUE(top(table, 2).empty());
  EXPECT_EQ(table.total(), 0u);
}

TEST(TopKeys, TheTenHeaviestOfAHundredThousandAreFound) {
  for (const uint64_t seed : {1, 2, 3}) {
    base::Random random(seed);
    TopKeys table;
    std::map<std::string, uint64_t> truth;
    for (int i = 0; i < 300000; ++i) {
      const std::string key = zipf_key(random, 100000);
      table.add(key, hash_of(key), 1);
      ++truth[key];
    }
    std::vector<TopKeys::Key> expected;
    for (const auto& entry : truth) expected.push_back({entry.first, entry.second});
    TopKeys::merge(expected, 10);
    const auto found = top(table, 10);
    ASSERT_EQ(found.size(), 10u);
    for (size_t i = 0; i < 10; ++i) {
      EXPECT_EQ(found[i].name, expected[i].name) << "seed " << seed << ", rank " << i;
      EXPECT_LE(found[i].weight, expected[i].weight);
      EXPECT_GE(found[i].weight * 100, expected[i].weight * 97) << "seed " << seed << ", rank " << i;
    }
  }
}

TEST(TopKeys, AKeyThatTookOverACounterOwnsOnlyWhatItAdded) {
  TopKeys table;
  for (int i = 0; i < 100000; ++i) {
    const std::string key = "once:" + std::to_string(i);
    table.add(key, hash_of(key), 1);
  }
  for (const auto& key : top(table, TopKeys::kCounters)) EXPECT_EQ(key.weight, 1u) << key.name;
}

TEST(TopKeys, LongNamesAreCountedInTheTotalOnly) {
  TopKeys table;
  const std::string key(TopKeys::kMaxKeyBytes + 1, 'x');
  table.add(key, hash_of(key), 7);
  EXPECT_TRUE(top(table, 10).empty());
  EXPECT_EQ(table.total(), 7u);
}

TEST(TopKeys, TablesAreAddedUpByName) {
  std::vector<TopKeys::Key> keys = {{"b", 5}, {"a", 3}, {"c", 5}, {"a", 4}};
  TopKeys::merge(keys, 2);
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].name, "a");
  EXPECT_EQ(keys[0].weight, 7u);
  EXPECT_EQ(keys[1].name, "b");
}

}  // namespace
}  // namespace corral::metrics

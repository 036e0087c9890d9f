// Scanning sees each entry once while the table grows and shrinks; random choice is fair.
// Threading: one thread.
// See: server/store/table.h.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/server/store/model.h"

namespace corral::store {
namespace {

void put(Table& table, const std::string& key) {
  table.put(key, test_hash(key), {"v", nullptr, {}}, {});
}
void erase(Table& table, const std::string& key) {
  table.erase(table.peek(key, test_hash(key)), test_hash(key));
}
std::string name(const char* kind, int number) {
  return kind + std::to_string(number);
}

struct Seen {
  std::map<std::string, int> times;
  uint32_t from = 0;
  uint32_t last_position = 0;
  bool ordered = true;
};
bool remember(void* context, const Entry& entry, uint64_t hash) {
  auto& seen = *static_cast<Seen*>(context);
  ++seen.times[std::string(entry.key())];
  seen.ordered &= position_of(hash) >= seen.from && hash == test_hash(entry.key());
  return true;
}

// Walks the table; between two steps `change` may do anything to keys whose name begins with x.
template <typename Change>
void walk(Table& table, int stable, Change change) {
  Seen seen;
  Table::ScanStep step;
  int steps = 0;
  while (!step.done) {
    seen.from = step.next;
    step = table.scan(step.next, remember, &seen);
    change(steps++);
  }
  EXPECT_TRUE(seen.ordered);
  for (int i = 0; i < stable; ++i) ASSERT_EQ(seen.times[name("stable", i)], 1) << i;
  for (const auto& [key, times] : seen.times) ASSERT_EQ(times, 1) << key;
}

TEST(TableScan, SeesEverythingOnceInAQuietTable) {
  for (const int size : {0, 1, 6, 7, 8, 30, 1000, 20000}) {
    Table table(test_secret(), 1);
    for (int i = 0; i < size; ++i) put(table, name("stable", i));
    walk(table, size, [](int) {});
  }
}

TEST(TableScan, SeesEverythingOnceWhileGrowing) {
  Table table(test_secret(), 0);
  for (int i = 0; i < 500; ++i) put(table, name("stable", i));
  int made = 0;
  walk(table, 500, [&](int) {
    // Behind the cursor or before it: an addition may be seen or not, but not twice.
    for (int i = 0; i < 200 && made < 20000; ++i) put(table, name("x", made++));
  });
  EXPECT_EQ(made, 20000);
}

TEST(TableScan, SeesEverythingOnceWhileShrinking) {
  Table table(test_secret(), 2);
  for (int i = 0; i < 500; ++i) put(table, name("stable", i));
  for (int i = 0; i < 30000; ++i) put(table, name("x", i));
  int erased = 0;
  walk(table, 500, [&](int) {
    for (int i = 0; i < 20 && erased < 30000; ++i) erase(table, name("x", erased++));
  });
  EXPECT_EQ(erased, 30000);
  EXPECT_EQ(table.size(), 500u);
}

TEST(TableScan, AVisitThatSaysNoEndsTheStepWithoutMovingOn) {
  Table table(test_secret(), 0);
  for (int i = 0; i < 100; ++i) put(table, name("stable", i));
  int calls = 0;
  const auto once = [](void* context, const Entry&, uint64_t) {
    ++*static_cast<int*>(context);
    return false;
  };
  const Table::ScanStep step = table.scan(0, once, &calls);
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(step.done);
  Seen seen;
  Table::ScanStep rest{step.next, false};
  while (!rest.done) rest = table.scan(rest.next, remember, &seen);
  EXPECT_EQ(seen.times.size(), 100u);
}

TEST(TableRandom, EveryEntryIsDrawnAboutEquallyOften) {
  Table table(test_secret(), 0);
  base::Random random(5);
  EXPECT_EQ(table.random_entry(random), nullptr);
  constexpr int kKeys = 2000;
  constexpr int kDraws = 200 * kKeys;
  for (int i = 0; i < kKeys; ++i) put(table, name("r", i));
  std::map<std::string, int> drawn;
  for (int i = 0; i < kDraws; ++i) ++drawn[std::string(table.random_entry(random)->key())];
  ASSERT_EQ(drawn.size(), static_cast<size_t>(kKeys));
  for (const auto& [key, times] : drawn) {
    EXPECT_GT(times, 60) << key;
    EXPECT_LT(times, 500) << key;
  }
}

TEST(TableRandom, FindsTheLastEntryOfATableThatWasLarge) {
  Table table(test_secret(), 0);
  base::Random random(6);
  for (int i = 0; i < 20000; ++i) put(table, name("r", i));
  for (int i = 1; i < 20000; ++i) erase(table, name("r", i));
  for (int i = 0; i < 100; ++i) {
    const Entry* const entry = table.random_entry(random);
    ASSERT_NE(entry, nullptr);
    ASSERT_EQ(entry->key(), "r0");
  }
}

// Keys whose positions share their first bits: no directory or segment may grow without end.
TEST(TableCrowding, KeysOnOnePositionEndInOverflowBuckets) {
  Table table(test_secret(), 0);
  std::set<std::string> keys;
  for (int i = 0; keys.size() < 400; ++i) {
    const std::string key = name("c", i);
    if (position_of(test_hash(key)) >> 20 == 0) keys.insert(key);
  }
  const int64_t before = table.memory().total();
  for (const std::string& key : keys) put(table, key);
  EXPECT_GT(table.overflow_buckets(), 0u);
  EXPECT_LT(table.memory().table - before, 400 * 200);
  for (const std::string& key : keys) ASSERT_NE(table.find(key, test_hash(key)), nullptr);
  Seen seen;
  Table::ScanStep step;
  while (!step.done) step = table.scan(step.next, remember, &seen);
  EXPECT_EQ(seen.times.size(), keys.size());
  for (const auto& [key, times] : seen.times) EXPECT_EQ(times, 1);
  base::Random random(1);
  const auto ignore = [](void*, const Entry&, uint64_t) {};
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(table.evict_one(EvictionPolicy::kAllkeysRandom, 0, random, ignore, nullptr));
  }
  for (const std::string& key : keys) {
    if (Entry* const entry = table.peek(key, test_hash(key))) table.erase(entry, test_hash(key));
  }
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.overflow_buckets(), 0u);
}

}  // namespace
}  // namespace corral::store

// Stripes, lock sets, databases as wholes, the memory budget.
// Threading: one thread, but where a test says otherwise.
// See: server/store/keyspace.h.
#include "server/store/keyspace.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/memory.h"
#include "server/store/graveyard.h"
#include "server/store/lock_set.h"
#include "server/store/memory_budget.h"
#include "tests/server/store/model.h"

namespace corral::store {
namespace {

Entry* put(Keyspace& keyspace, int database, const std::string& key, std::string_view value,
           int64_t expiry_ms = kNoExpiry) {
  const KeyRef ref = keyspace.placement().locate(key);
  const LockSet lock(keyspace, ref.stripe);
  Table& table = keyspace.table(keyspace.stripe(ref.stripe), database);
  return table.put(key, ref.hash, {value, nullptr, {}}, {expiry_ms, nullptr});
}
bool has(Keyspace& keyspace, int database, const std::string& key) {
  const KeyRef ref = keyspace.placement().locate(key);
  if (const Table* hinted = keyspace.table_for_hints(ref, database)) hinted->prefetch(ref.hash);
  const LockSet lock(keyspace, ref.stripe);
  Table* const table = keyspace.table_if_any(keyspace.stripe(ref.stripe), database);
  return table != nullptr && table->peek(key, ref.hash) != nullptr;
}

TEST(HashTag, IsWhatStandsBetweenTheFirstBraces) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"{a}b", "a"},
      {"x{tag}y", "tag"},
      {"{}x", "{}x"},
      {"{x", "{x"},
      {"x}y{", "x}y{"},
      {"{{a}}", "{a"},
      {"a{b}c{d}", "b"},
      {"}{a}", "a"},
      {"{}{a}", "{}{a}"},
      {"a{", "a{"},
      {"12345678{a", "12345678{a"},
      {"123456789{ab}c", "ab"},
  };
  for (const auto& [key, tag] : cases) EXPECT_EQ(hash_tag(key), tag) << key;
}

TEST(Placement, TaggedKeysShareAStripeAndKeepTheirHashes) {
  const Placement placement(test_secret(), 1024);
  for (int i = 0; i < 200; ++i) {
    const std::string tag = "user" + std::to_string(i);
    const KeyRef bare = placement.locate(tag);
    for (const std::string& key :
         {"{" + tag + "}", "{" + tag + "}.cart", "some:prefix:{" + tag + "}:and:more"}) {
      const KeyRef ref = placement.locate(key);
      EXPECT_EQ(ref.stripe, bare.stripe) << key;
      EXPECT_EQ(ref.hash, test_hash(key));
      EXPECT_EQ(ref.bytes, key);
    }
    EXPECT_EQ(bare.stripe, test_hash(tag) & 1023);
  }
}

TEST(Placement, FindsTheBraceWhereverItIs) {
  const Placement placement(test_secret(), 4096);
  for (size_t before = 0; before < 20; ++before) {
    for (size_t after = 0; after < 20; ++after) {
      const std::string key = std::string(before, 'a') + "{t}" + std::string(after, '|');
      EXPECT_EQ(placement.locate(key).stripe, test_hash("t") & 4095) << key;
    }
  }
}

class LockSetDeathTest : public ::testing::Test {
 protected:
  LockSetDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(LockSetDeathTest, ASecondSetOnTheThreadStopsTheProcess) {
  Keyspace keyspace(test_secret(), 4, 1);
  EXPECT_DEATH(
      {
        const LockSet one(keyspace, 0);
        const LockSet other(keyspace, 1);
      },
      "broken invariant");
}

TEST_F(LockSetDeathTest, AStripeThatDoesNotExistStopsTheProcess) {
  Keyspace keyspace(test_secret(), 4, 1);
  uint32_t stripes[] = {4};
  EXPECT_DEATH({ const LockSet lock(keyspace, stripes); }, "broken invariant");
}

TEST(LockSet, LocksWhatItWasAskedForAndReleasesIt) {
  Keyspace keyspace(test_secret(), 8, 1);
  {
    uint32_t stripes[] = {5, 1, 5, 3, 1};
    const LockSet lock(keyspace, stripes);
    for (uint32_t i = 0; i < 8; ++i) {
      EXPECT_EQ(lock.holds(i), i == 1 || i == 3 || i == 5);
      EXPECT_EQ(keyspace.stripe(i).lock.is_held(), lock.holds(i));
    }
    EXPECT_FALSE(lock.holds_all());
  }
  {
    const LockSet lock(keyspace, LockSet::All{});
    EXPECT_TRUE(lock.holds_all());
    for (uint32_t i = 0; i < 8; ++i) EXPECT_TRUE(lock.holds(i) && keyspace.stripe(i).lock.is_held());
  }
  {
    const LockSet lock(keyspace, 2);
    EXPECT_TRUE(lock.holds(2));
    EXPECT_FALSE(lock.holds(1));
  }
  {
    const LockSet nothing(keyspace, std::span<uint32_t>());
    EXPECT_FALSE(nothing.holds(0));
  }
  for (uint32_t i = 0; i < 8; ++i) EXPECT_FALSE(keyspace.stripe(i).lock.is_held());
}

TEST(LockSet, RunsDeferredFreesAfterTheRelease) {
  Keyspace keyspace(test_secret(), 2, 1);
  base::Blob* const blob = base::Blob::copy_of("kept by the test");
  const base::BlobRef mine = base::BlobRef::share(blob);
  {
    const LockSet lock(keyspace, 1);
    keyspace.stripe(1).deferred.add(blob);
    EXPECT_FALSE(blob->unshared());
  }
  EXPECT_TRUE(blob->unshared());
  blob->retain();
  {
    const LockSet lock(keyspace, LockSet::All{});
    keyspace.stripe(0).deferred.add(blob);
    EXPECT_FALSE(blob->unshared());
  }
  EXPECT_TRUE(blob->unshared());
  EXPECT_TRUE(keyspace.stripe(0).deferred.empty());
}

TEST(Keyspace, DatabasesAreMadeAtFirstUseAndApart) {
  Keyspace keyspace(test_secret(), 16, 4);
  EXPECT_NE(keyspace.table_if_any(keyspace.stripe(3), 0), nullptr);
  EXPECT_EQ(keyspace.table_if_any(keyspace.stripe(3), 2), nullptr);
  put(keyspace, 0, "a", "zero");
  put(keyspace, 2, "a", "two", 5000);
  EXPECT_TRUE(has(keyspace, 0, "a"));
  EXPECT_FALSE(has(keyspace, 1, "a"));
  EXPECT_TRUE(has(keyspace, 2, "a"));
  EXPECT_EQ(keyspace.figures(2, 1000).keys, 1u);
  EXPECT_EQ(keyspace.figures(2, 1000).expires, 1u);
  EXPECT_EQ(keyspace.figures(0, 1000).expires, 0u);
  EXPECT_EQ(keyspace.figures(1, 1000).keys, 0u);
}

TEST(Keyspace, DetachingEmptiesADatabaseAndTheGraveyardFreesInSteps) {
  Keyspace keyspace(test_secret(), 16, 2);
  for (int i = 0; i < 20000; ++i) put(keyspace, 0, "k" + std::to_string(i), std::string(i % 60, 'v'));
  put(keyspace, 1, "other", "stays");
  Graveyard graveyard;
  {
    const LockSet lock(keyspace, LockSet::All{});
    graveyard.add(keyspace.detach(0));
  }
  EXPECT_EQ(keyspace.figures(0, 0).keys, 0u);
  EXPECT_EQ(keyspace.memory().payload, 5 + 5);
  EXPECT_TRUE(has(keyspace, 1, "other"));
  EXPECT_FALSE(has(keyspace, 0, "k1"));
  put(keyspace, 0, "k1", "again");
  EXPECT_TRUE(has(keyspace, 0, "k1"));
  int steps = 1;
  while (graveyard.free_some(100, keyspace.large_values())) ++steps;
  EXPECT_GT(steps, 15);
  EXPECT_TRUE(graveyard.empty());
}

TEST(Keyspace, SwappingExchangesDatabases) {
  Keyspace keyspace(test_secret(), 16, 3);
  put(keyspace, 0, "a", "zero");
  put(keyspace, 1, "b", "one");
  const auto swap = [&keyspace](int one, int other) {
    const LockSet lock(keyspace, LockSet::All{});
    keyspace.swap_databases(one, other);
  };
  swap(0, 1);
  EXPECT_TRUE(has(keyspace, 1, "a"));
  EXPECT_TRUE(has(keyspace, 0, "b"));
  EXPECT_FALSE(has(keyspace, 0, "a"));
  swap(1, 2);  // with one that was never used
  EXPECT_TRUE(has(keyspace, 2, "a"));
  EXPECT_FALSE(has(keyspace, 1, "a"));
  swap(2, 2);
  EXPECT_TRUE(has(keyspace, 2, "a"));
}

TEST(Keyspace, UnreportedBytesFollowTheFigures) {
  Keyspace keyspace(test_secret(), 8, 1);
  const int64_t before = keyspace.memory().total();
  for (int i = 0; i < 3000; ++i) put(keyspace, 0, "k" + std::to_string(i), std::string(i % 90, 'v'), 1 + i);
  int64_t unreported = 0;
  for (uint32_t i = 0; i < 8; ++i) unreported += keyspace.stripe(i).unreported_bytes;
  EXPECT_EQ(unreported, keyspace.memory().total() - before);
}

TEST(MemoryBudget, IsAtMostOnePerCentOff) {
  MemoryBudget budget(16);
  budget.set_limit(1'600'000);
  std::vector<int64_t> unreported(16);
  for (int i = 0; i < 16; ++i) {
    for (int k = 0; k < 80; ++k) {
      unreported[i] += 1111;
      budget.report(unreported[i]);
    }
  }
  constexpr int64_t kTrue = 16 * 80 * 1111;  // 1,422,080
  EXPECT_NEAR(static_cast<double>(budget.used()), static_cast<double>(kTrue), 16'000);
  EXPECT_FALSE(budget.near_limit());
  EXPECT_FALSE(budget.over_limit());
  for (int64_t& change : unreported) budget.flush(change);
  EXPECT_EQ(budget.used(), kTrue);
  budget.add_other(175'000);
  EXPECT_TRUE(budget.near_limit());
  EXPECT_FALSE(budget.over_limit());
  budget.add_other(20'000);
  EXPECT_TRUE(budget.over_limit());
  budget.set_limit(0);
  EXPECT_FALSE(budget.over_limit());
}

#if defined(CORRAL_JEMALLOC)
TEST(Keyspace, FiguresAreWhatTheAllocatorSays) {
  const uint64_t before = base::allocator_figures().allocated;
  Keyspace keyspace(test_secret(), 64, 1);
  base::Random random(17);
  for (int i = 0; i < 300'000; ++i) {
    const std::string key = "key:" + std::to_string(random.below(200'000));
    if (random.below(4) == 0) {
      const KeyRef ref = keyspace.placement().locate(key);
      const LockSet lock(keyspace, ref.stripe);
      Table& table = keyspace.table(keyspace.stripe(ref.stripe), 0);
      if (Entry* const entry = table.peek(key, ref.hash)) table.erase(entry, ref.hash);
    } else {
      const size_t size = random.below(300) == 0 ? random.below(50'000) : random.below(200);
      put(keyspace, 0, key, std::string(size, 'v'),
          random.below(2) == 0 ? kNoExpiry
                               : 1'700'000'000'000 + static_cast<int64_t>(random.below(1'000'000)));
    }
  }
  const auto grown = static_cast<double>(base::allocator_figures().allocated - before);
  const auto total = static_cast<double>(keyspace.memory().total());
  EXPECT_NEAR(total / grown, 1.0, 0.02) << total << " of " << grown;
}
#endif

}  // namespace
}  // namespace corral::store

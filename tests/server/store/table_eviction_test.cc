// Eviction: who goes under which policy, and that memory stays under a limit.
// Threading: one thread.
// See: server/store/table_eviction.cc.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "tests/server/store/model.h"

namespace corral::store {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;
using Policy = EvictionPolicy;

class TableEviction : public ::testing::Test {
 protected:
  Entry* put(const std::string& key, int64_t expiry_ms = kNoExpiry, const Extension* extension = nullptr) {
    return table_.put(key, test_hash(key), {"value", nullptr, {}}, {expiry_ms, extension});
  }
  bool has(const std::string& key) { return table_.peek(key, test_hash(key)) != nullptr; }
  bool read(const std::string& key) { return table_.find(key, test_hash(key)) != nullptr; }
  bool evict(Policy policy) {
    const auto gone = [](void* context, const Entry& entry, uint64_t hash) {
      EXPECT_EQ(hash, test_hash(entry.key()));
      static_cast<TableEviction*>(context)->gone_.emplace(entry.key());
    };
    return table_.evict_one(policy, kNowMs, random_, gone, this);
  }
  // Reads with a Zipf-like choice, filling on a miss, at a fixed number of entries. Returns the share of misses.
  double miss_share(Policy policy, size_t capacity, double scan_share) {
    base::Random choice(21);
    int misses = 0;
    int counted = 0;
    int scanned = 0;
    constexpr int kReads = 60000;
    for (int i = 0; i < kReads; ++i) {
      const bool scan = choice.unit() < scan_share;
      const auto rank = static_cast<int>(std::exp(choice.unit() * std::log(8000.0)));
      const std::string key = scan ? "scan" + std::to_string(scanned++) : "z" + std::to_string(rank);
      const bool hit = read(key);
      if (!scan && i > kReads / 3) {
        ++counted;
        misses += hit ? 0 : 1;
      }
      if (hit) continue;
      while (table_.size() >= capacity) EXPECT_TRUE(evict(policy));
      put(key);
    }
    return static_cast<double>(misses) / counted;
  }

  Table table_{test_secret(), 0};
  base::Random random_{4};
  std::set<std::string> gone_;
};

TEST_F(TableEviction, NothingToTake) {
  EXPECT_FALSE(evict(Policy::kAllkeysCorral));
  put("a");
  EXPECT_FALSE(evict(Policy::kNoEviction));
  for (const Policy policy : {Policy::kVolatileCorral, Policy::kVolatileLru, Policy::kVolatileLfu,
                              Policy::kVolatileRandom, Policy::kVolatileTtl}) {
    EXPECT_FALSE(evict(policy));
  }
  EXPECT_TRUE(has("a"));
  EXPECT_TRUE(evict(Policy::kAllkeysLru));
  EXPECT_FALSE(has("a"));
}

TEST_F(TableEviction, EveryPolicyEmptiesTheTable) {
  for (const Policy policy : {Policy::kAllkeysCorral, Policy::kVolatileCorral, Policy::kAllkeysLru,
                              Policy::kVolatileLru, Policy::kAllkeysLfu, Policy::kVolatileLfu,
                              Policy::kAllkeysRandom, Policy::kVolatileRandom, Policy::kVolatileTtl}) {
    gone_.clear();
    for (int i = 0; i < 1500; ++i) put("k" + std::to_string(i), kNowMs + 100'000);
    for (int i = 0; i < 1500; ++i) ASSERT_TRUE(evict(policy)) << static_cast<int>(policy) << ' ' << i;
    EXPECT_EQ(table_.size(), 0u);
    EXPECT_EQ(gone_.size(), 1500u);
  }
}

TEST_F(TableEviction, VolatileTakesOnlyEntriesWithExpiry) {
  for (int i = 0; i < 500; ++i) put("stays" + std::to_string(i));
  for (int i = 0; i < 500; ++i) put("goes" + std::to_string(i), kNowMs + 1000 + i);
  for (int i = 0; i < 490; ++i) ASSERT_TRUE(evict(Policy::kVolatileLru));
  for (const std::string& key : gone_) EXPECT_EQ(key.substr(0, 4), "goes");
}

// Seven keys share the only bucket, so that the sample is the table.
TEST_F(TableEviction, ExpiredGoFirstThenStaleThenTheRest) {
  Extension stale;
  stale.stale = true;
  Extension over;
  over.soft_ms = kNowMs - 10;
  over.nominal_ms = kNowMs - 5;
  Extension fresh;
  fresh.soft_ms = kNowMs - 10;  // past its soft expiry only: still of use
  fresh.nominal_ms = kNowMs + 5;
  put("plain");
  put("fresh", kNowMs + 500, &fresh);
  put("over", kNowMs + 500, &over);
  put("stale", kNoExpiry, &stale);
  put("expired", kNowMs);
  for (const char* key : {"expired", "stale", "over", "fresh"}) read(key);
  ASSERT_TRUE(evict(Policy::kAllkeysCorral));
  EXPECT_FALSE(has("expired"));
  ASSERT_TRUE(evict(Policy::kAllkeysCorral));
  ASSERT_TRUE(evict(Policy::kAllkeysCorral));
  EXPECT_FALSE(has("stale"));
  EXPECT_FALSE(has("over"));
  EXPECT_TRUE(has("fresh"));
  ASSERT_TRUE(evict(Policy::kAllkeysCorral));
  EXPECT_TRUE(has("fresh"));  // read, so "plain" went
}

TEST_F(TableEviction, TtlTakesTheNearestTime) {
  for (int i = 0; i < 7; ++i) put("k" + std::to_string(i), kNowMs + 1000 + (i * 5 % 7));
  for (const char* key : {"k0", "k3", "k6", "k2", "k5", "k1", "k4"}) {
    ASSERT_TRUE(evict(Policy::kVolatileTtl));
    EXPECT_FALSE(has(key)) << key;
  }
}

TEST_F(TableEviction, LruTakesTheOneReadLongestAgo) {
  for (int i = 0; i < 7; ++i) put("k" + std::to_string(i));
  const int order[] = {3, 0, 6, 1, 5, 2, 4};
  uint32_t seconds = 1'700'000'000;
  for (const int i : order) {
    table_.set_age_clock(seconds += AgeClock::kTickSeconds);
    read("k" + std::to_string(i));
  }
  for (const int i : order) {
    ASSERT_TRUE(evict(Policy::kAllkeysLru));
    EXPECT_FALSE(has("k" + std::to_string(i))) << i;
  }
}

TEST_F(TableEviction, LfuTakesTheOneReadLeast) {
  for (int i = 0; i < 4; ++i) {
    put("k" + std::to_string(i));
    for (int reads = 0; reads < i; ++reads) read("k" + std::to_string(i));
  }
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(evict(Policy::kAllkeysLfu));
    EXPECT_FALSE(has("k" + std::to_string(i))) << i;
  }
}

TEST_F(TableEviction, AKeyThatComesBackSoonIsNotOnProbation) {
  for (int i = 0; i < 2000; ++i) put("k" + std::to_string(i));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(evict(Policy::kAllkeysCorral));
  const std::set<std::string> back = gone_;
  for (const std::string& key : back) put(key);
  EXPECT_GT(table_.memory().ghost, 0);
  // The others were never read: all but a tenth of the table go before those that came back.
  int lost = 0;
  for (int i = 0; i < 1500; ++i) ASSERT_TRUE(evict(Policy::kAllkeysCorral));
  for (const std::string& key : back) lost += has(key) ? 0 : 1;
  EXPECT_LT(lost, 50);  // without the history three quarters of 200 would go
}

TEST_F(TableEviction, DearEntriesOutliveCheapOnes) {
  Extension cheap;
  cheap.cost_log2 = 1;
  Extension dear;
  dear.cost_log2 = 10;
  for (int i = 0; i < 1000; ++i) {
    put("cheap" + std::to_string(i), kNoExpiry, &cheap);
    put("dear" + std::to_string(i), kNoExpiry, &dear);
  }
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(evict(Policy::kAllkeysCorral));
  int dear_gone = 0;
  for (const std::string& key : gone_) dear_gone += key[0] == 'd' ? 1 : 0;
  EXPECT_LT(dear_gone, 25);  // half of 500 if costs did not count
}

TEST_F(TableEviction, CorralMissesLessThanRandomAndWithstandsScans) {
  const double random_misses = miss_share(Policy::kAllkeysRandom, 800, 0.3);
  while (table_.size() > 0) evict(Policy::kAllkeysRandom);
  const double lru_misses = miss_share(Policy::kAllkeysLru, 800, 0.3);
  while (table_.size() > 0) evict(Policy::kAllkeysRandom);
  const double corral_misses = miss_share(Policy::kAllkeysCorral, 800, 0.3);
  EXPECT_LT(lru_misses, random_misses);
  EXPECT_LT(corral_misses, lru_misses);
  EXPECT_LT(corral_misses, random_misses * 0.85);
}

// Every key is read twice, the second time when 400 others came in between: a fixed probation of a tenth would have
// forgotten all of them, least recently used none.
TEST_F(TableEviction, NewcomersThatAreMissedStayLonger) {
  constexpr size_t kCapacity = 1000;
  constexpr int kBetween = 400;
  int second_misses = 0;
  int counted = 0;
  const auto access = [this](int number) {
    const std::string key = "k" + std::to_string(number);
    if (read(key)) return true;
    while (table_.size() >= kCapacity) EXPECT_TRUE(evict(Policy::kAllkeysCorral));
    put(key);
    return false;
  };
  for (int i = 0; i < 30000; ++i) {
    access(i);
    if (i < kBetween) continue;
    const bool hit = access(i - kBetween);
    if (i < 10000) continue;  // it takes a while to learn
    ++counted;
    second_misses += hit ? 0 : 1;
  }
  EXPECT_LT(second_misses, counted / 4);
}

TEST_F(TableEviction, AByteLimitIsKept) {
  int64_t unreported = 0;
  Table table(test_secret(), 0, nullptr, &unreported);
  constexpr int64_t kLimit = 400'000;
  const auto gone = [](void*, const Entry&, uint64_t) {};
  for (int i = 0; i < 20000; ++i) {
    const std::string key = "k" + std::to_string(i);
    const std::string value(1 + random_.below(300), 'v');
    table.put(key, test_hash(key), {value, nullptr, {}}, {});
    while (unreported > kLimit) {
      ASSERT_TRUE(table.evict_one(Policy::kAllkeysCorral, kNowMs, random_, gone, nullptr));
    }
  }
  EXPECT_GT(table.size(), 1000u);
  const MemoryFigures walked = walked_figures(table);
  EXPECT_EQ(table.memory().payload, walked.payload);
  EXPECT_EQ(table.memory().waste, walked.waste);
}

TEST_F(TableEviction, AccessFiguresFollowReads) {
  uint32_t seconds = 1'700'000'000;
  table_.set_age_clock(seconds);
  put("a");
  put("b");
  EXPECT_EQ(table_.access_figures("a", test_hash("a")).frequency, 0);
  for (int i = 0; i < 5; ++i) read("a");
  EXPECT_EQ(table_.access_figures("a", test_hash("a")).frequency, 255);
  for (int i = 0; i < 10; ++i) table_.set_age_clock(seconds += AgeClock::kTickSeconds);
  read("b");
  EXPECT_EQ(table_.access_figures("b", test_hash("b")).idle_seconds, 0);
  const int64_t idle = table_.access_figures("a", test_hash("a")).idle_seconds;
  EXPECT_GE(idle, 9 * AgeClock::kTickSeconds);
  EXPECT_LE(idle, 10 * AgeClock::kTickSeconds);
  // Ages never wrap: long unread stays long unread.
  for (int i = 0; i < 100; ++i) table_.set_age_clock(seconds += AgeClock::kTickSeconds);
  EXPECT_GE(table_.access_figures("a", test_hash("a")).idle_seconds, 16 * AgeClock::kTickSeconds);
  EXPECT_EQ(table_.access_figures("none", test_hash("none")).idle_seconds, 0);
}

}  // namespace
}  // namespace corral::store

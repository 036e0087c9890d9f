// Several threads on one keyspace: reads, writes, expiry, eviction, scans, flushes and prefetches without locks.
// Threading: meant for ThreadSanitizer.
// See: server/store/README.md, "Prefetch" and "Locks".
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "server/store/graveyard.h"
#include "server/store/keyspace.h"
#include "server/store/lock_set.h"
#include "tests/server/store/model.h"

namespace corral::store {
namespace {

constexpr int kThreads = 4;
constexpr int kDatabases = 2;
constexpr int64_t kStartMs = 1'700'000'000'000;

class StoreStress : public ::testing::TestWithParam<uint32_t> {
 protected:
  // Every key holds its own name, repeated; a reader that sees anything else found a broken entry.
  static std::string value_of(const std::string& key, uint64_t repeats) {
    std::string out;
    for (uint64_t i = 0; i < repeats; ++i) out += key;
    return out;
  }
  void write(base::Random& random, const KeyRef& ref, Stripe& stripe, int database) {
    Table& table = keyspace_.table(stripe, database);
    const std::string key(ref.bytes);
    const uint64_t repeats = random.below(30) == 0 ? 1 + 5000 / key.size() : 1 + random.below(6);
    const int64_t now = now_ms_.load(std::memory_order_relaxed);
    const int64_t expiry =
        random.below(2) == 0 ? kNoExpiry : now + static_cast<int64_t>(random.below(20'000));
    table.put(key, ref.hash, {value_of(key, repeats), nullptr, {}}, {expiry, nullptr});
  }
  void read(const KeyRef& ref, Stripe& stripe, int database) {
    Table* const table = keyspace_.table_if_any(stripe, database);
    if (table == nullptr) return;
    table->prefetch_entries(ref.hash);
    const Entry* const entry = table->find(ref.bytes, ref.hash);
    if (entry == nullptr) return;
    const std::string_view value = entry->string();
    if (value.size() % ref.bytes.size() != 0 || value.substr(value.size() - ref.bytes.size()) != ref.bytes)
      ++broken_;
  }
  void single(base::Random& random) {
    std::string keys[8];
    KeyRef refs[8];
    const int database = random.below(10) == 0 ? 1 : 0;
    for (int i = 0; i < 8; ++i) {
      keys[i] = "key:" + std::to_string(random.below(3000));
      refs[i] = keyspace_.placement().locate(keys[i]);
      if (const Table* hinted = keyspace_.table_for_hints(refs[i], database)) {
        hinted->prefetch(refs[i].hash);
        keyspace_.prefetch_entries(refs[i], *hinted);
      }
    }
    for (const KeyRef& ref : refs) {
      const LockSet lock(keyspace_, ref.stripe);
      Stripe& stripe = keyspace_.stripe(ref.stripe);
      const uint64_t dice = random.below(10);
      if (dice < 4) {
        write(random, ref, stripe, database);
      } else if (dice < 9) {
        read(ref, stripe, database);
      } else if (Table* const table = keyspace_.table_if_any(stripe, database)) {
        if (Entry* const entry = table->peek(ref.bytes, ref.hash)) table->erase(entry, ref.hash);
      }
    }
  }
  void several(base::Random& random) {
    std::string keys[3];
    KeyRef refs[3];
    uint32_t stripes[3];
    for (int i = 0; i < 3; ++i) {
      keys[i] = "key:" + std::to_string(random.below(3000));
      refs[i] = keyspace_.placement().locate(keys[i]);
      stripes[i] = refs[i].stripe;
    }
    const LockSet lock(keyspace_, stripes);
    for (const KeyRef& ref : refs) write(random, ref, keyspace_.stripe(ref.stripe), 0);
  }
  void maintain(base::Random& random) {
    const auto stripe = static_cast<uint32_t>(random.below(keyspace_.stripe_count()));
    const int64_t now = now_ms_.fetch_add(5, std::memory_order_relaxed);
    Table* const peeked = keyspace_.table_if_any(keyspace_.stripe(stripe), 0);
    const bool due =
        peeked != nullptr && peeked->next_due_ms() <= now;  // without the lock, as the expiry task does
    const auto gone = [](void*, const Entry&, uint64_t) {};
    const LockSet lock(keyspace_, stripe);
    Table& table = keyspace_.table(keyspace_.stripe(stripe), 0);
    if (due) table.expire_due(now, 64, gone, nullptr);
    table.set_age_clock(static_cast<uint32_t>(now / 1000));
    if (random.below(4) == 0) table.evict_one(EvictionPolicy::kAllkeysCorral, now, random, gone, nullptr);
    const auto visit = [](void*, const Entry&, uint64_t) { return true; };
    table.scan(static_cast<uint32_t>(random.next()), visit, nullptr);
  }
  void whole(base::Random& random, Graveyard& graveyard) {
    if (random.below(8) == 0) {
      const LockSet lock(keyspace_, LockSet::All{});
      keyspace_.swap_databases(0, 1);
    } else if (random.below(8) == 0) {
      const LockSet lock(keyspace_, LockSet::All{});
      graveyard.add(keyspace_.detach(0));
    }
    graveyard.free_some(200, keyspace_.large_values());
  }
  void worker(uint64_t seed) {
    base::Random random(seed);
    Graveyard graveyard;
    for (int i = 0; i < 1500; ++i) {
      single(random);
      if (i % 4 == 0) several(random);
      if (i % 4 == 1) maintain(random);
      if (i % 100 == 50) whole(random, graveyard);
    }
  }

  Keyspace keyspace_{test_secret(), GetParam(), kDatabases};
  std::atomic<int64_t> now_ms_{kStartMs};
  std::atomic<int> broken_{0};
};

TEST_P(StoreStress, ThreadsAgree) {
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < kThreads; ++i) threads.emplace_back([this, i] { worker(i + 1); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(broken_.load(), 0);
  MemoryFigures walked;
  for (uint32_t i = 0; i < keyspace_.stripe_count(); ++i) {
    EXPECT_TRUE(keyspace_.stripe(i).deferred.empty());
    for (int database = 0; database < kDatabases; ++database) {
      if (Table* const table = keyspace_.table_if_any(keyspace_.stripe(i), database))
        walked += walked_figures(*table);
    }
  }
  const MemoryFigures figures = keyspace_.memory();
  EXPECT_EQ(figures.payload, walked.payload);
  EXPECT_EQ(figures.header, walked.header);
  EXPECT_EQ(figures.waste, walked.waste);
}

INSTANTIATE_TEST_SUITE_P(Stripes, StoreStress, ::testing::Values(1u, 8u, 1024u));

}  // namespace
}  // namespace corral::store

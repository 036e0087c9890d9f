// Expiry in a table: budgets, bounded records, mean times.
// Threading: one thread.
// See: server/store/table_expiry.cc.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/types/hash_value.h"
#include "tests/server/store/model.h"

namespace corral::store {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;

class TableExpiry : public ::testing::Test {
 protected:
  TableExpiry() { table_.set_age_clock(static_cast<uint32_t>(kStartMs / 1000)); }
  Entry* put(const std::string& key, int64_t expiry_ms) {
    return table_.put(key, test_hash(key), {"value", nullptr, {}}, {expiry_ms, nullptr});
  }
  size_t run(int64_t now_ms, size_t budget) {
    const auto gone = [](void* context, const Entry&, uint64_t) { ++*static_cast<int*>(context); };
    return table_.expire_due(now_ms, budget, gone, &gone_);
  }
  Table table_{test_secret(), 0};
  int gone_ = 0;
};

TEST_F(TableExpiry, TheBudgetIsKept) {
  for (int i = 0; i < 5000; ++i) put("k" + std::to_string(i), kStartMs + 1 + i % 50);
  int calls = 0;
  while (table_.next_due_ms() <= kStartMs + 1000) {
    const int before = gone_;
    const size_t looked_at = run(kStartMs + 1000, 10);
    ASSERT_LE(looked_at, 10u);
    ASSERT_LE(gone_ - before, 10);
    ++calls;
  }
  EXPECT_EQ(gone_, 5000);
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_EQ(calls, 500);
  EXPECT_EQ(run(kStartMs + 1000, 10), 0u);
}

TEST_F(TableExpiry, NothingIsReclaimedBeforeItsTime) {
  put("a", kStartMs + 100'000);
  run(kStartMs + 99'999, 100);
  EXPECT_EQ(gone_, 0);
  run(kStartMs + 100'064, 100);
  EXPECT_EQ(gone_, 1);
}

TEST_F(TableExpiry, ProlongingAppendsNothing) {
  Entry* entry = put("session", kStartMs + 1'800'000);
  const int64_t before = table_.memory().expiry;
  for (int i = 1; i < 10000; ++i) {
    entry = table_.set_times(entry, test_hash("session"), {kStartMs + 1'800'000 + i, nullptr});
    entry = put("session", kStartMs + 1'800'000 + i);
  }
  EXPECT_EQ(table_.memory().expiry, before);
}

TEST_F(TableExpiry, ChangingBackAndForthNeedsBoundedMemory) {
  Entry* entry = put("k", kStartMs + 100'000);
  int64_t most = 0;
  for (int64_t i = 0; i < 100'000; ++i) {
    const int64_t now = kStartMs + i;
    entry = table_.set_times(entry, test_hash("k"), {now + (i % 2 == 0 ? 1'000'000 : 100'000), nullptr});
    most = std::max(most, table_.memory().expiry);
  }
  EXPECT_LT(most, 8192);
  run(kStartMs + 10'000'000, 100'000);
  EXPECT_EQ(gone_, 1);
}

TEST_F(TableExpiry, MakingAndDeletingNeedsBoundedMemory) {
  for (int i = 0; i < 3000; ++i) put("live" + std::to_string(i), kStartMs + 1'000'000 + i);
  int64_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = "brief" + std::to_string(i);
    table_.erase(put(key, kStartMs + 3'600'000), test_hash(key));
    most = std::max(most, table_.memory().expiry);
  }
  // Twice the records of the live ones, and once more while they are written anew.
  EXPECT_LT(most, 3000 * 4 * 6);
  while (run(kStartMs + 2'000'000, 1000) > 0) {
  }
  EXPECT_EQ(gone_, 3000);
}

TEST_F(TableExpiry, PersistedEntriesStay) {
  Entry* const entry = put("k", kStartMs + 10);
  table_.set_times(entry, test_hash("k"), {});
  EXPECT_EQ(table_.expires(), 0u);
  run(kStartMs + 1000, 100);
  EXPECT_EQ(gone_, 0);
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(TableExpiry, AverageTtlIsTheMean) {
  EXPECT_EQ(table_.average_ttl_ms(kStartMs), 0);
  put("a", kStartMs + 1000);
  put("b", kStartMs + 3000);
  put("c", kNoExpiry);
  EXPECT_EQ(table_.average_ttl_ms(kStartMs), 2000);
  EXPECT_EQ(table_.average_ttl_ms(kStartMs + 10'000), 0);
}

// --- fields of hashes ---------------------------------------------------------------------------------------------

class TableFields : public ::testing::Test {
 protected:
  TableFields() { table_.set_age_clock(static_cast<uint32_t>(kStartMs / 1000)); }
  Entry* put(const std::string& key, int64_t field_expiry_ms) {
    auto hash = std::make_unique<types::HashValue>(test_secret());
    hash->set("f", "v", kStartMs, {});
    hash->set("g", "v", kStartMs, {});
    hash->set_expiry("f", field_expiry_ms, kStartMs);
    NewValue value;
    value.container = hash.release();
    return table_.put(key, test_hash(key), value, {});
  }
  void set_expiry(Entry* entry, int64_t at_ms) {
    auto* const hash = static_cast<types::HashValue*>(entry->container());
    const size_t before = hash->memory_bytes();
    hash->set_expiry("f", at_ms, kStartMs);
    table_.container_changed(entry, before);
  }
  size_t run(int64_t now_ms, size_t budget = 1000) {
    now_ms_ = now_ms;
    const auto due = [](void* context, Entry* entry, uint64_t hash) {
      auto& self = *static_cast<TableFields*>(context);
      EXPECT_EQ(hash, test_hash(entry->key()));
      auto* const value = static_cast<types::HashValue*>(entry->container());
      const size_t before = value->memory_bytes();
      self.gone_ += value->expire_due(self.now_ms_, 1);
      self.table_.container_changed(entry, before);
      if (value->size() > 0) return true;
      self.table_.erase(entry, hash);
      return false;
    };
    return table_.expire_fields(now_ms, budget, due, this);
  }
  Table table_{test_secret(), 0};
  int64_t now_ms_ = 0;
  size_t gone_ = 0;
};

TEST_F(TableFields, AreFoundWhenDueWhateverTheTableDid) {
  for (int i = 0; i < 3000; ++i) {
    const std::string n = std::to_string(i);
    put("k" + n, kStartMs + 1000 + i);
    table_.put("s" + n, test_hash("s" + n), {"value", nullptr, {}}, {});
  }
  EXPECT_LE(table_.next_due_ms(), kStartMs + 1000 + 64);
  run(kStartMs + 900);
  EXPECT_EQ(gone_, 0u);
  while (run(kStartMs + 1000 + 2999, 10) > 0) {
  }
  EXPECT_EQ(gone_, 3000u);
  EXPECT_EQ(table_.size(), 6000u);
  EXPECT_EQ(table_.next_due_ms(), INT64_MAX);
}

TEST_F(TableFields, FollowAValueThatIsReplacedRemovedOrTakenOut) {
  put("replaced", kStartMs + 1000);
  put("replaced", kStartMs + 2000);
  put("string", kStartMs + 1000);
  table_.put("string", test_hash("string"), {"value", nullptr, {}}, {});
  table_.erase(put("removed", kStartMs + 1000), test_hash("removed"));
  types::Value* const moved = table_.take_container(put("moved", kStartMs + 1000), test_hash("moved"));
  NewValue value;
  value.container = moved;
  table_.put("there", test_hash("there"), value, {});
  run(kStartMs + 1999);
  EXPECT_EQ(gone_, 1u) << "the one that moved";
  run(kStartMs + 2064);
  EXPECT_EQ(gone_, 2u);
}

TEST_F(TableFields, AnEarlierTimeCountsAndAPersistedFieldStays) {
  Entry* const early = put("early", kStartMs + 100'000);
  set_expiry(early, kStartMs + 500);
  Entry* const kept = put("kept", kStartMs + 500);
  set_expiry(kept, types::HashValue::kNever);
  run(kStartMs + 600);
  EXPECT_EQ(gone_, 1u);
  EXPECT_EQ(kept->container()->size(), 2u);
}

TEST_F(TableFields, ChangingBackAndForthNeedsBoundedMemory) {
  Entry* const entry = put("k", kStartMs + 100'000);
  int64_t most = 0;
  for (int i = 0; i < 50'000; ++i) {
    set_expiry(entry, types::HashValue::kNever);
    set_expiry(entry, kStartMs + 1'000'000 - i);
    const std::string brief = "brief" + std::to_string(i);
    table_.erase(put(brief, kStartMs + 1'000'000), test_hash(brief));
    most = std::max(most, table_.memory().expiry);
  }
  EXPECT_LT(most, 8192);
  while (run(kStartMs + 2'000'000, 100) > 0) {
  }
  EXPECT_EQ(gone_, 1u);
}

}  // namespace
}  // namespace corral::store

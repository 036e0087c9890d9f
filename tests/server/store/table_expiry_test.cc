// Expiry in a table: budgets, bounded records, mean times.
// Threading: one thread.
// See: server/store/table_expiry.cc.
#include <gtest/gtest.h>

#include <string>

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

}  // namespace
}  // namespace corral::store

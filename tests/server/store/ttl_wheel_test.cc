// The expiry wheel alone: nothing lost, nothing early, nothing much too late, memory given back.
// Threading: one thread.
// See: server/store/ttl_wheel.h.
#include "server/store/ttl_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "server/base/random.h"

namespace corral::store {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;

// Plays the table: records are numbers, and the truth about their times is kept here.
class Wheel : public ::testing::Test {
 protected:
  void add(uint32_t record, int64_t expiry_ms) {
    times_[record] = expiry_ms;
    wheel_.append(expiry_ms, record);
  }
  // Takes everything up to now; appends again what is not due. Returns how many records were looked at.
  size_t run(int64_t now_ms, size_t group = 7) {
    size_t taken = 0;
    std::vector<uint32_t> records(group);
    while (const size_t count = wheel_.take(now_ms, records.data(), group)) {
      EXPECT_LE(count, group);
      taken += count;
      for (size_t i = 0; i < count; ++i) {
        const auto at = times_.find(records[i]);
        if (at == times_.end()) continue;
        if (at->second > now_ms) {
          wheel_.append(at->second, records[i]);
        } else {
          times_.erase(at);
        }
      }
    }
    EXPECT_GT(wheel_.next_due_ms(), now_ms);
    return taken;
  }
  MemoryAccount account_{nullptr};
  TtlWheel wheel_{account_};
  std::map<uint32_t, int64_t> times_;
};

TEST_F(Wheel, EmptyIsNeverDue) {
  EXPECT_EQ(wheel_.next_due_ms(), TtlWheel::kNever);
  EXPECT_EQ(run(kStartMs), 0u);
  EXPECT_EQ(wheel_.next_due_ms(), TtlWheel::kNever);
}

TEST_F(Wheel, EachLevelDeliversInTimeAndNotBefore) {
  run(kStartMs);
  const int64_t distances[] = {0,
                               1,
                               63,
                               64,
                               4'000,
                               5'000,
                               260'000,
                               300'000,
                               3'600'000,
                               86'400'000,
                               1'000'000'000,
                               1'200'000'000,
                               999'999,
                               31'536'000'000,
                               315'360'000'000};
  uint32_t record = 0;
  for (const int64_t distance : distances) add(++record, kStartMs + distance);
  while (!times_.empty()) {
    int64_t earliest = INT64_MAX;
    for (const auto& [number, expiry_ms] : times_) earliest = std::min(earliest, expiry_ms);
    ASSERT_LE(wheel_.next_due_ms(), earliest + 64);
    run(earliest - 1);
    for (const auto& [number, expiry_ms] : times_) EXPECT_GE(expiry_ms, earliest);
    run(earliest + 64);
    for (const auto& [number, expiry_ms] : times_) EXPECT_GT(expiry_ms, earliest);
  }
  EXPECT_EQ(wheel_.records(), 0u);
}

TEST_F(Wheel, WithoutAKnownTimeOneExtraLookIsEnough) {
  add(1, kStartMs + 10'000);
  EXPECT_LE(wheel_.next_due_ms(), kStartMs);
  EXPECT_EQ(run(kStartMs), 1u);
  EXPECT_GT(wheel_.next_due_ms(), kStartMs + 5'000);
  run(kStartMs + 10'064);
  EXPECT_TRUE(times_.empty());
}

TEST_F(Wheel, AdvanceIdleKeepsRecordsFine) {
  wheel_.advance_idle(kStartMs);
  add(1, kStartMs + 1000);
  EXPECT_GT(wheel_.next_due_ms(), kStartMs);
  wheel_.advance_idle(kStartMs + 500);
  EXPECT_GT(wheel_.next_due_ms(), kStartMs + 500);
  wheel_.advance_idle(kStartMs + 100'000);  // would pass the record: must not
  run(kStartMs + 100'000);
  EXPECT_TRUE(times_.empty());
}

TEST_F(Wheel, RandomTimesAndJumpsLoseNothing) {
  base::Random random(11);
  int64_t now = kStartMs;
  uint32_t record = 0;
  for (int round = 0; round < 3000; ++round) {
    const uint64_t adds = random.below(20);
    for (uint64_t i = 0; i < adds; ++i) {
      add(++record, now + static_cast<int64_t>(random.below(uint64_t{1} << random.below(34))));
    }
    if (random.below(3) == 0 && !times_.empty()) {  // prolong one: no new record
      auto at = times_.lower_bound(static_cast<uint32_t>(random.below(record)));
      if (at != times_.end()) at->second += static_cast<int64_t>(random.below(100'000));
    }
    now += static_cast<int64_t>(random.below(uint64_t{1} << random.below(28)));
    run(now, 1 + random.below(30));
    for (const auto& [number, expiry_ms] : times_) ASSERT_GT(expiry_ms, now - 128);
  }
  run(now + (int64_t{1} << 36));
  EXPECT_TRUE(times_.empty());
  EXPECT_EQ(wheel_.records(), 0u);
}

TEST_F(Wheel, MemoryIsAccountedAndGivenBack) {
  run(kStartMs);
  for (uint32_t i = 0; i < 10000; ++i) add(i, kStartMs + 100'000);
  EXPECT_LT(account_.figures().expiry, 10000 * 5);
  EXPECT_GE(account_.figures().expiry, 10000 * 4);
  run(kStartMs + 200'000);
  EXPECT_LE(account_.figures().expiry, 4 * 512);
  wheel_.clear();
  EXPECT_EQ(account_.figures().expiry, 0);
  EXPECT_EQ(wheel_.next_due_ms(), TtlWheel::kNever);
}

TEST_F(Wheel, TakeNeverGivesMoreThanAsked) {
  run(kStartMs);
  for (uint32_t i = 0; i < 1000; ++i) wheel_.append(kStartMs + 1 + i, i);
  uint32_t records[3];
  size_t all = 0;
  while (const size_t count = wheel_.take(kStartMs + 5000, records, 3)) {
    ASSERT_LE(count, 3u);
    all += count;
  }
  EXPECT_EQ(all, 1000u);
}

}  // namespace
}  // namespace corral::store

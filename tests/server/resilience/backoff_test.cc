// Full jitter: its bounds, its spread, and the origin's floor under it.
// Threading: one thread.
// See: server/resilience/backoff.h.
#include "server/resilience/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace corral::resilience {
namespace {

TEST(Backoff, DoublesUpToTheCapAndUsesTheWholeRange) {
  struct Row {
    uint32_t retry;
    int64_t most_us;
  };
  const BackoffOptions options;
  base::Random random(1);
  for (const Row& row : {Row{0, 25'000}, Row{1, 25'000}, Row{2, 50'000}, Row{3, 100'000}, Row{6, 800'000},
                         Row{7, 1'000'000}, Row{1'000'000, 1'000'000}}) {
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 2000; ++i) {
      const int64_t wait = backoff_us(options, row.retry, std::nullopt, random);
      least = std::min(least, wait);
      most = std::max(most, wait);
    }
    EXPECT_LE(most, row.most_us) << row.retry;
    EXPECT_GT(most, row.most_us * 95 / 100) << row.retry;
    EXPECT_LT(least, row.most_us * 5 / 100) << row.retry;
  }
}

TEST(Backoff, RetryAfterIsAFloorAndThoseToldTheSameDoNotComeBackTogether) {
  base::Random random(2);
  const BackoffOptions options;
  int64_t first = backoff_us(options, 2, 300'000, random);
  bool differ = false;
  for (int i = 0; i < 200; ++i) {
    const int64_t wait = backoff_us(options, 2, 300'000, random);
    EXPECT_GE(wait, 300'000);
    EXPECT_LE(wait, 350'000);
    differ |= wait != first;
  }
  EXPECT_TRUE(differ);
}

TEST(Backoff, HostileRetryAfterNeitherOverflowsNorIsNegative) {
  base::Random random(3);
  const BackoffOptions options;
  EXPECT_LE(backoff_us(options, 1, INT64_MAX, random), options.retry_after_cap_us + 25'000);
  EXPECT_GE(backoff_us(options, 1, INT64_MIN, random), 0);
}

}  // namespace
}  // namespace corral::resilience

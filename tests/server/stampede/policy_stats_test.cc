// The fill-time estimate, the lease length cut from it, and the quantiles.
// Threading: one thread.
// See: server/stampede/README.md, "Lease length".
#include "server/stampede/policy_stats.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "server/base/random.h"

namespace corral::stampede {
namespace {

TEST(PolicyStats, OneSecondBeforeTheFirstSample) {
  const PolicyStats stats;
  EXPECT_EQ(stats.lease_ms(), 1000);
  EXPECT_EQ(stats.expected_fill_us(), 0);
  EXPECT_EQ(stats.fill_quantile_ms(0.5), 0);
}

TEST(PolicyStats, LeaseIsSmoothedPlusEightDeviations) {
  PolicyStats stats;
  stats.record_fill_us(200'000);  // deviation begins at half of the sample
  EXPECT_EQ(stats.expected_fill_us(), 200'000);
  EXPECT_EQ(stats.lease_ms(), 200 + 8 * 100);
  stats.record_fill_us(280'000);  // error 80: smoothed + 80/8, deviation 100 + (80 - 100)/4
  EXPECT_EQ(stats.expected_fill_us(), 210'000);
  EXPECT_EQ(stats.lease_ms(), 210 + 8 * 95);
}

TEST(PolicyStats, LeaseStaysBetweenAHundredMillisecondsAndTenSeconds) {
  PolicyStats fast;
  PolicyStats slow;
  for (int i = 0; i < 100; ++i) {
    fast.record_fill_us(0);
    slow.record_fill_us(60'000'000);
  }
  EXPECT_EQ(fast.lease_ms(), 100);
  EXPECT_EQ(slow.lease_ms(), 10'000);
}

TEST(PolicyStats, QuantilesAreWithinABucket) {
  PolicyStats stats;
  base::Random random(1);
  for (int i = 0; i < 100'000; ++i) stats.record_fill_us(static_cast<int64_t>(random.below(1'000'000)));
  EXPECT_NEAR(stats.fill_quantile_ms(0.5), 500, 15);
  EXPECT_NEAR(stats.fill_quantile_ms(0.95), 950, 90);
  EXPECT_NEAR(stats.fill_quantile_ms(0.01), 10, 1);
  EXPECT_LE(stats.fill_quantile_ms(1), 1050);
}

TEST(PolicyStats, SmallAndHugeSamplesHaveABucket) {
  PolicyStats stats;
  for (const int64_t us : {int64_t{-5}, int64_t{0}, int64_t{1}, int64_t{2}, int64_t{3}, INT64_MAX / 2})
    stats.record_fill_us(us);
  EXPECT_GT(stats.fill_quantile_ms(0.99), 4'000'000);
  EXPECT_LT(stats.fill_quantile_ms(0.1), 0.002);
}

TEST(PolicyStats, ResetForgetsCountersButNotTheEstimate) {
  PolicyStats stats;
  stats.hits = 3;
  stats.invalidations = 4;
  stats.record_fill_us(50'000);
  stats.reset();
  EXPECT_EQ(stats.hits, 0u);
  EXPECT_EQ(stats.invalidations, 0u);
  EXPECT_EQ(stats.fill_quantile_ms(0.5), 0);
  EXPECT_EQ(stats.expected_fill_us(), 50'000);
}

}  // namespace
}  // namespace corral::stampede

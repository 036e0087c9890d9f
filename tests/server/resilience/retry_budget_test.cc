// The retry budget: what it earns, what it never becomes.
// Threading: one thread.
// See: server/resilience/retry_budget.h.
#include "server/resilience/retry_budget.h"

#include <gtest/gtest.h>

#include "server/base/random.h"

namespace corral::resilience {
namespace {

int take_all(RetryBudget& budget, int64_t now_us) {
  int taken = 0;
  while (budget.try_take(now_us)) ++taken;
  return taken;
}

TEST(RetryBudget, TenSuccessesEarnOneRetryUpToTheCap) {
  RetryBudget budget({}, 0);
  EXPECT_EQ(take_all(budget, 0), 3);  // the floor's first second
  for (int i = 0; i < 9; ++i) budget.succeeded();
  EXPECT_EQ(take_all(budget, 0), 0);
  budget.succeeded();
  EXPECT_EQ(take_all(budget, 0), 1);
  for (int i = 0; i < 100'000; ++i) budget.succeeded();
  EXPECT_EQ(take_all(budget, 0), 100);
}

TEST(RetryBudget, FloorIsThreeASecondWithoutAnySuccessAndDoesNotPileUp) {
  RetryBudget budget({}, 0);
  take_all(budget, 0);
  int taken = 0;
  for (int64_t now = 0; now <= 10'000'000; now += 50'000) taken += take_all(budget, now);
  EXPECT_EQ(taken, 30);
  EXPECT_TRUE(budget.try_take(20'000'000));
  EXPECT_EQ(take_all(budget, 3'600'000'000), 3);
}

TEST(RetryBudget, IsNeverNegative) {
  base::Random random(7);
  RetryBudget budget({}, 0);
  int64_t now = 0;
  for (int i = 0; i < 200'000; ++i) {
    now += static_cast<int64_t>(random.below(20'000));
    if (random.below(4) == 0) budget.succeeded();
    const double before = budget.tokens(now);
    const bool taken = random.below(2) == 0 && budget.try_take(now);
    if (taken) {
      ASSERT_GE(before, 1.0);
    }
    ASSERT_GE(budget.tokens(now), 0.0);
    ASSERT_LE(budget.tokens(now), 103.0);
  }
}

TEST(RetryBudget, ClockThatGoesBackEarnsNothing) {
  RetryBudget budget({}, 10'000'000);
  EXPECT_EQ(take_all(budget, 10'000'000), 3);
  EXPECT_EQ(take_all(budget, 1'000'000), 0);
  EXPECT_EQ(take_all(budget, 1'500'000), 1);
}

}  // namespace
}  // namespace corral::resilience

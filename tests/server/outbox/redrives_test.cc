// The pace of sending dead letters again.
// Threading: one thread.
// See: server/outbox/redrives.h.
#include "server/outbox/redrives.h"

#include <gtest/gtest.h>

namespace corral::outbox {
namespace {

uint64_t run(Redrives& redrives, int64_t from_ms, int64_t to_ms, int64_t every_ms) {
  uint64_t moved = 0;
  for (int64_t ms = from_ms; ms < to_ms; ms += every_ms) {
    for (const auto& step : redrives.due(ms)) {
      moved += step.count;
      redrives.finished(step.origin);
    }
  }
  return moved;
}

Redrive task(const char* origin, uint64_t rate) {
  Redrive redrive;
  redrive.origin = origin;
  redrive.rate = rate;
  return redrive;
}

TEST(RedrivesTest, TheRateIsKeptWhateverTheTicks) {
  for (const uint64_t rate : {1U, 3U, 7U, 100U, 999U, 2000U}) {
    for (const int64_t every_ms : {1, 10, 50}) {
      Redrives redrives;
      redrives.put(task("shop", rate));
      const uint64_t moved = run(redrives, 5000, 15'000, every_ms);
      EXPECT_LE(moved, rate * 10 + rate / 10 + 1) << rate << " every " << every_ms;
      EXPECT_GE(moved, rate * 9) << rate << " every " << every_ms;
    }
  }
}

TEST(RedrivesTest, ALateTickMakesGoodATenthOfASecondAtMost) {
  Redrives redrives;
  redrives.put(task("shop", 100));
  ASSERT_EQ(redrives.due(0).size(), 1U);
  redrives.finished("shop");
  const auto steps = redrives.due(3'600'000);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_LE(steps[0].count, 10U);
}

TEST(RedrivesTest, AStepThatIsNotFinishedHoldsUpOnlyItsOrigin) {
  Redrives redrives;
  redrives.put(task("shop", 1000));
  redrives.put(task("stock", 1000));
  ASSERT_EQ(redrives.due(1000).size(), 2U);
  redrives.finished("stock");
  const auto steps = redrives.due(2000);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].origin, "stock");
  EXPECT_EQ(redrives.next_ms(), INT64_MAX);
  redrives.finished("shop");
  EXPECT_LE(redrives.next_ms(), 2000);
  redrives.remove("shop");
  redrives.remove("stock");
  EXPECT_EQ(redrives.next_ms(), INT64_MAX);
  EXPECT_TRUE(redrives.due(9999).empty());
}

}  // namespace
}  // namespace corral::outbox

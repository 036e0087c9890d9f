// The adaptive limit against latencies given by hand.
// Threading: one thread.
// See: server/resilience/concurrency_limit.h.
#include "server/resilience/concurrency_limit.h"

#include <gtest/gtest.h>

namespace corral::resilience {
namespace {

constexpr int64_t kMs = 1'000;

/// `windows` windows of answers with a latency and a number in flight.
void answers(ConcurrencyLimit& limit, int windows, int64_t latency_us, uint32_t in_flight, int64_t& now,
             bool held_back = false) {
  for (int w = 0; w < windows; ++w) {
    for (int i = 0; i < 20; ++i) {
      now += 6 * kMs;
      limit.succeeded(latency_us, in_flight, held_back, now);
    }
  }
}

TEST(ConcurrencyLimit, GrowsWhileLatencyHoldsAndStopsAtTheMost) {
  ConcurrencyLimit limit({});
  EXPECT_EQ(limit.limit(), 16u);
  int64_t now = 0;
  for (int i = 0; i < 500; ++i) answers(limit, 1, 10 * kMs, limit.limit(), now);
  EXPECT_EQ(limit.limit(), 256u);
}

TEST(ConcurrencyLimit, DoesNotGrowWhileAFifthIsUnused) {
  ConcurrencyLimit limit({});
  int64_t now = 0;
  answers(limit, 200, 10 * kMs, 12, now);
  EXPECT_EQ(limit.limit(), 16u);
  answers(limit, 5, 10 * kMs, 14, now);
  EXPECT_GT(limit.limit(), 16u);
}

TEST(ConcurrencyLimit, GrowsForAClassThatMayUseOnlyHalfOfIt) {
  ConcurrencyLimit limit({});
  int64_t now = 0;
  for (int i = 0; i < 20; ++i) answers(limit, 1, 10 * kMs, limit.limit() / 2, now, true);
  EXPECT_GT(limit.limit(), 25u);
}

TEST(ConcurrencyLimit, ShrinksWhenLatencyRisesWithWhatIsInFlight) {
  ConcurrencyLimit limit({});
  int64_t now = 0;
  answers(limit, 20, 10 * kMs, 16, now);
  const uint32_t before = limit.limit();
  answers(limit, 20, 60 * kMs, before, now);
  EXPECT_LT(limit.limit(), before);
  EXPECT_EQ(limit.baseline_us(), 10 * kMs) << "our own queue is not taken for the origin's latency";
}

TEST(ConcurrencyLimit, LearnsThatTheOriginItselfHasBecomeSlower) {
  ConcurrencyLimit limit({});
  int64_t now = 0;
  answers(limit, 20, 10 * kMs, 16, now);
  for (int i = 0; i < 300; ++i) answers(limit, 1, 40 * kMs, limit.limit(), now);
  EXPECT_GT(limit.baseline_us() * 3 / 2, 39 * kMs) << "as far as the tolerance leaves it to be learnt";
  EXPECT_GT(limit.limit(), 16u) << "and serves it with what it had";
}

TEST(ConcurrencyLimit, TimeoutsTakeATenthOncePerRoundTrip) {
  ConcurrencyLimit limit({});
  limit.overloaded(0, 500 * kMs);
  EXPECT_EQ(limit.limit(), 14u);
  for (int i = 0; i < 15; ++i) limit.overloaded(i * kMs, 501 * kMs);
  EXPECT_EQ(limit.limit(), 14u) << "the rest of the same burst says nothing new";
  int64_t now = 501 * kMs;
  for (int i = 0; i < 100; ++i) limit.overloaded(now, now + 500 * kMs), now += 500 * kMs;
  EXPECT_EQ(limit.limit(), 4u);
}

TEST(ConcurrencyLimit, FixedHoldsWhateverHappensAndStillRampsAfterARestart) {
  ConcurrencyOptions options;
  options.fixed = 40;
  ConcurrencyLimit limit(options);
  int64_t now = 0;
  limit.overloaded(0, 1);
  answers(limit, 50, 10 * kMs, 40, now);
  answers(limit, 50, 900 * kMs, 40, now);
  EXPECT_EQ(limit.limit(), 40u);
  limit.restart();
  EXPECT_EQ(limit.limit(), 4u);
  for (int i = 0; i < 60; ++i) answers(limit, 1, 10 * kMs, limit.limit(), now);
  EXPECT_EQ(limit.limit(), 40u);
}

TEST(ConcurrencyLimit, FixedBelowTheLeastIsTakenAtItsWord) {
  ConcurrencyOptions options;
  options.fixed = 1;
  ConcurrencyLimit limit(options);
  EXPECT_EQ(limit.limit(), 1u);
  limit.restart();
  EXPECT_EQ(limit.limit(), 1u);
}

TEST(ConcurrencyLimit, ShadowComputesAndDoesNotHold) {
  ConcurrencyOptions options;
  options.shadow = true;
  ConcurrencyLimit limit(options);
  for (int i = 0; i < 10; ++i) limit.overloaded(i * 1000 * kMs, i * 1000 * kMs + 1);
  EXPECT_EQ(limit.limit(), 256u);
  EXPECT_LT(limit.computed(), 10.0);
  options.fixed = 50;
  EXPECT_EQ(ConcurrencyLimit(options).limit(), 50u);
}

}  // namespace
}  // namespace corral::resilience

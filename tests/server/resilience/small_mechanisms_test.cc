// Rate, shedder, cold start, endpoint choice, and the structures below them.
// Threading: one thread.
// See: server/resilience/README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "server/resilience/cold_start_ramp.h"
#include "server/resilience/due_times.h"
#include "server/resilience/duration_histogram.h"
#include "server/resilience/endpoint_choice.h"
#include "server/resilience/load_shedder.h"
#include "server/resilience/origin_rate.h"
#include "server/resilience/sliding_counts.h"

namespace corral::resilience {
namespace {

constexpr int64_t kSecond = 1'000'000;

TEST(OriginRate, HoldsOverAnyStretchAndAllowsItsBurst) {
  OriginRateOptions options;
  options.per_s = 100;
  OriginRate rate(options);
  int taken = 0;
  for (; rate.ready(0); ++taken) rate.take(0);
  EXPECT_EQ(taken, 10);
  EXPECT_EQ(rate.next_us(), 10'000);
  EXPECT_FALSE(rate.ready(9'999));
  EXPECT_TRUE(rate.ready(10'000));
  for (int64_t now = 0; now < 10 * kSecond; now += 500) {
    if (rate.ready(now)) rate.take(now), ++taken;
  }
  EXPECT_NEAR(taken, 1010, 1);
}

TEST(OriginRate, IdleTimeIsNotSavedBeyondTheBurst) {
  OriginRateOptions options;
  options.per_s = 100;
  OriginRate rate(options);
  int taken = 0;
  for (; rate.ready(3600 * kSecond); ++taken) rate.take(3600 * kSecond);
  EXPECT_EQ(taken, 10);
}

TEST(OriginRate, OneInTenSecondsStillGoesAndNoneMeansNoLimit) {
  OriginRateOptions options;
  options.per_s = 0.1;
  OriginRate slow(options);
  ASSERT_TRUE(slow.ready(0));
  slow.take(0);
  EXPECT_FALSE(slow.ready(9 * kSecond));
  EXPECT_TRUE(slow.ready(10 * kSecond));
  OriginRate none({});
  for (int i = 0; i < 1000; ++i) none.take(0);
  EXPECT_TRUE(none.ready(0));
}

/// A second of `per_s` calls of which every `accept_each`-th is accepted (0: none); the share that was shed.
double run_second(LoadShedder& shedder, base::Random& random, int64_t& now, int per_s, int accept_each) {
  int shed = 0, number = 0;
  for (int i = 0; i < per_s; ++i, now += kSecond / per_s) {
    if (shedder.shed(now, random)) {
      ++shed;
      continue;
    }
    shedder.attempted(now);
    if (accept_each != 0 && ++number % accept_each == 0) shedder.accepted(now);
  }
  return static_cast<double>(shed) / per_s;
}

TEST(LoadShedder, ShedsNothingWhileHalfIsAccepted) {
  base::Random random(5);
  LoadShedder shedder({}, kSecond);
  int64_t now = 0;
  for (int s = 0; s < 120; ++s) ASSERT_LT(run_second(shedder, random, now, 100, 2), 0.05);
}

TEST(LoadShedder, ShedsUpToNineInTenAndRecovers) {
  base::Random random(6);
  LoadShedder shedder({}, kSecond);
  int64_t now = 0;
  for (int s = 0; s < 120; ++s) run_second(shedder, random, now, 100, 0);
  EXPECT_DOUBLE_EQ(shedder.probability(now), 0.9);
  EXPECT_NEAR(run_second(shedder, random, now, 1000, 0), 0.9, 0.05) << "a tenth always goes and finds out";
  for (int s = 0; s < 120; ++s) run_second(shedder, random, now, 100, 1);
  EXPECT_EQ(shedder.probability(now), 0.0);
}

TEST(LoadShedder, BelowFivePerSecondNothingIsShed) {
  base::Random random(7);
  LoadShedder shedder({}, kSecond);
  int64_t now = 0;
  for (int s = 0; s < 120; ++s) ASSERT_EQ(run_second(shedder, random, now, 4, 0), 0.0);
}

// go-zero 5011: calls that were counted when they finished were not counted while they hung.
TEST(LoadShedder, CountsWhenAttemptedSoThatCallsThatHangCount) {
  base::Random random(8);
  LoadShedder shedder({}, kSecond);
  for (int i = 0; i < 1000; ++i) shedder.attempted(i);
  EXPECT_GT(shedder.probability(1000), 0.8) << "none of them has finished";
}

TEST(LoadShedder, WindowIsLongerThanTheLongestCall) {
  LoadShedder shedder({}, 120 * kSecond);
  int64_t now = 0;
  for (int i = 0; i < 2000; ++i) shedder.attempted(now);
  now += 119 * kSecond;
  for (int i = 0; i < 1000; ++i) shedder.accepted(now);
  EXPECT_EQ(shedder.probability(now), 0.0);
  EXPECT_EQ(shedder.probability(now - 1), 0.0) << "the attempts are still known when their answers come";
  for (int i = 0; i < 1200; ++i) shedder.attempted(now);
  EXPECT_GT(shedder.probability(now), 0.3);
}

TEST(LoadShedder, CancelledAttemptsDoNotCount) {
  LoadShedder shedder({}, kSecond);
  for (int i = 0; i < 1000; ++i) shedder.attempted(0), shedder.cancelled(0);
  EXPECT_EQ(shedder.probability(0), 0.0);
  shedder.cancelled(0);
  for (int i = 0; i < 1000; ++i) shedder.attempted(0);
  EXPECT_DOUBLE_EQ(shedder.probability(0), 0.9);
}

TEST(ColdStartRamp, GrowsFromATenthToAllInTenSeconds) {
  ColdStartRamp ramp({});
  EXPECT_DOUBLE_EQ(ramp.share(0), 1.0) << "not started";
  ramp.start(kSecond);
  EXPECT_DOUBLE_EQ(ramp.share(kSecond), 0.1);
  EXPECT_DOUBLE_EQ(ramp.share(0), 0.1) << "a clock that went back";
  EXPECT_NEAR(ramp.share(6 * kSecond), 0.55, 1e-9);
  EXPECT_DOUBLE_EQ(ramp.share(11 * kSecond), 1.0);
  ColdStartOptions off;
  off.duration_us = 0;
  ColdStartRamp none(off);
  none.start(0);
  EXPECT_DOUBLE_EQ(none.share(0), 1.0);
}

TEST(EndpointChoice, NoneUsableMeansNone) {
  base::Random random(1);
  const EndpointLoad loads[] = {{false, 0, 1}, {false, 0, 1}};
  EXPECT_EQ(choose_endpoint(loads, 2, 0, random), std::nullopt);
}

TEST(EndpointChoice, SkipsTheOpenAndAvoidsWhereItFailedIfItCan) {
  base::Random random(2);
  const EndpointLoad loads[] = {{true, 0, 1}, {false, 0, 1}, {true, 50, 1}};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(choose_endpoint(loads, 3, 0, random), 2u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(choose_endpoint(loads, 3, 3, random), 0u);
  const EndpointLoad only[] = {{true, 9, 1}, {false, 0, 1}};
  EXPECT_EQ(choose_endpoint(only, 2, 0, random), 0u);
}

TEST(EndpointChoice, TwoChoicesKeepEightEndpointsEven) {
  base::Random random(3);
  EndpointLoad loads[8];
  for (EndpointLoad& load : loads) load.usable = true;
  for (int i = 0; i < 8000; ++i) ++loads[*choose_endpoint(loads, 8, 8, random)].in_flight;
  for (const EndpointLoad& load : loads) EXPECT_NEAR(load.in_flight, 1000, 15);
}

TEST(EndpointChoice, OneThatWarmsUpGetsItsShare) {
  base::Random random(4);
  EndpointLoad loads[] = {{true, 0, 1}, {true, 0, 0.1}};
  for (int i = 0; i < 1100; ++i) ++loads[*choose_endpoint(loads, 2, 2, random)].in_flight;
  EXPECT_NEAR(loads[1].in_flight, 100, 10);
}

TEST(SlidingCounts, AgreesWithAPlainListOfEvents) {
  for (const uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    base::Random random(seed);
    SlidingCounts<2, 10> counts(1'000);
    std::multimap<int64_t, size_t> events;
    int64_t now = 0;
    for (int i = 0; i < 20'000; ++i) {
      now += static_cast<int64_t>(random.below(50) == 0 ? random.below(5'000) : random.below(60));
      const size_t field = random.below(2);
      counts.add(field, now);
      events.emplace(now / 100, field);
      events.erase(events.begin(), events.lower_bound(now / 100 - 9));
      for (size_t f = 0; f < 2; ++f) {
        const auto expected =
            std::count_if(events.begin(), events.end(), [&](const auto& event) { return event.second == f; });
        ASSERT_EQ(counts.sum(f, now), static_cast<uint64_t>(expected));
      }
      const int64_t later = now + static_cast<int64_t>(random.below(1'500));
      const auto expected = std::distance(events.lower_bound(later / 100 - 9), events.end());
      ASSERT_EQ(counts.sum(0, later) + counts.sum(1, later), static_cast<uint64_t>(expected));
    }
  }
}

TEST(DueTimes, AgreesWithASortedMap) {
  base::Random random(9);
  DueTimes due;
  std::map<uint32_t, int64_t> model;
  for (int i = 0; i < 50'000; ++i) {
    const auto slot = static_cast<uint32_t>(random.below(200));
    if (random.below(3) == 0) {
      due.erase(slot);
      model.erase(slot);
    } else {
      const auto at = static_cast<int64_t>(random.below(1'000'000));
      due.set(slot, at);
      model[slot] = at;
    }
    ASSERT_EQ(due.empty(), model.empty());
    if (model.empty()) continue;
    int64_t least = INT64_MAX;
    for (const auto& item : model) least = std::min(least, item.second);
    ASSERT_EQ(due.earliest_us(), least);
    ASSERT_EQ(model.at(due.earliest_slot()), least);
  }
}

TEST(DurationHistogram, BucketsDouble) {
  DurationHistogram histogram;
  for (const int64_t us : {-5, 0, 64, 65, 128, 129}) histogram.add(us);
  histogram.add(INT64_MAX / 2);
  EXPECT_EQ(histogram.buckets[0], 3u);
  EXPECT_EQ(histogram.buckets[1], 2u);
  EXPECT_EQ(histogram.buckets[2], 1u);
  EXPECT_EQ(histogram.buckets.back(), 1u);
  EXPECT_EQ(histogram.count, 7u);
  EXPECT_EQ(DurationHistogram::upper_us(1), 128);
}

}  // namespace
}  // namespace corral::resilience

// The breaker's states, and a test for each way in which breakers are known to get stuck or misled.
// Threading: one thread.
// See: server/resilience/circuit_breaker.h.
#include "server/resilience/circuit_breaker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace corral::resilience {
namespace {

constexpr int64_t kMs = 1'000;
constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kLease = 500 * kMs;

AttemptResult ok() {
  AttemptResult result;
  result.outcome = Outcome::kOk;
  return result;
}
AttemptResult soft() {
  AttemptResult result;
  result.outcome = Outcome::kTransient;
  return result;
}
AttemptResult hard() {
  AttemptResult result = soft();
  result.hard = true;
  return result;
}
AttemptResult pushed_back() {
  AttemptResult result = soft();
  result.pushed_back = true;
  return result;
}
AttemptResult permanent() {
  AttemptResult result;
  result.outcome = Outcome::kPermanent;
  return result;
}

class Breaker : public ::testing::Test, public BreakerEvents {
 protected:
  void breaker_changed(uint32_t endpoint, const BreakerTransition& transition) override {
    EXPECT_EQ(endpoint, 3u);
    transitions.push_back(transition);
  }
  void call(const AttemptResult& result, int64_t duration_us = kMs) {
    const auto permit = breaker.acquire(now, kLease);
    ASSERT_TRUE(permit.has_value());
    breaker.report(*permit, result, duration_us, now);
  }
  void trip() {
    for (int i = 0; i < 5; ++i) call(hard());
    ASSERT_EQ(breaker.state(), BreakerState::kOpen);
  }
  void to_probe_time() { now = breaker.next_probe_us(); }

  base::Random random{11};
  std::vector<BreakerTransition> transitions;
  int64_t now = kSecond;
  CircuitBreaker breaker{{}, 3, random, this, now - kSecond};
};

TEST_F(Breaker, FiveHardFailuresInARowOpenIt) {
  for (int i = 0; i < 4; ++i) call(hard());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  call(ok());
  for (int i = 0; i < 4; ++i) call(hard());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  call(hard());
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_FALSE(breaker.acquire(now, kLease).has_value());
  ASSERT_EQ(transitions.size(), 1u);
  EXPECT_EQ(transitions[0].reason, BreakerReason::kConsecutive);
  EXPECT_EQ(breaker.view(now).refused, 1u);
}

TEST_F(Breaker, HalfOfTwentyFailingWithinTenSecondsOpenIt) {
  for (int i = 0; i < 9; ++i) call(soft());
  for (int i = 0; i < 10; ++i) call(ok());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  call(soft());
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(transitions.at(0).reason, BreakerReason::kFailureRatio);
}

// Brooker: a breaker that judges by a handful of calls makes a part's failure the failure of all.
TEST_F(Breaker, RatiosAreNotJudgedInTheFirstSecondAfterClosing) {
  trip();
  to_probe_time();
  for (int i = 0; i < 3; ++i) call(ok());
  now += kSecond - 1;
  for (int i = 0; i < 30; ++i) call(soft());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  now += 1;
  call(soft());
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
}

TEST_F(Breaker, FailuresOlderThanTheWindowDoNotCount) {
  for (int i = 0; i < 15; ++i) call(soft());
  now += 11 * kSecond;
  for (int i = 0; i < 10; ++i) call(soft());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(breaker.view(now).samples, 10u);
}

TEST_F(Breaker, NineSlowOfTenOpenIt) {
  for (int i = 0; i < 2; ++i) call(ok());
  for (int i = 0; i < 17; ++i) call(ok(), 450 * kMs);
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  call(ok(), 450 * kMs);
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(transitions.at(0).reason, BreakerReason::kSlowRatio);
}

TEST_F(Breaker, PushBackCountsForTheRatioOnlyAndPermanentForNeither) {
  for (int i = 0; i < 10; ++i) call(pushed_back());
  for (int i = 0; i < 100; ++i) call(permanent());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(breaker.view(now).samples, 10u);
  for (int i = 0; i < 10; ++i) call(pushed_back());
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(transitions.at(0).reason, BreakerReason::kFailureRatio);
}

TEST_F(Breaker, OpenTimeDoublesToThirtySecondsWithEqualJitter) {
  trip();
  for (const int64_t full : {1, 2, 4, 8, 16, 30, 30}) {
    const int64_t wait = breaker.next_probe_us() - now;
    EXPECT_GE(wait, full * kSecond / 2);
    EXPECT_LE(wait, full * kSecond);
    now = breaker.next_probe_us() - 1;
    EXPECT_FALSE(breaker.would_permit(now));
    to_probe_time();
    call(hard());
    ASSERT_EQ(breaker.state(), BreakerState::kOpen);
  }
}

TEST_F(Breaker, ThreeSuccessfulProbesOneAtATimeCloseIt) {
  trip();
  to_probe_time();
  for (int i = 0; i < 3; ++i) {
    const auto probe = breaker.acquire(now, kLease);
    ASSERT_TRUE(probe.has_value());
    EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen);
    EXPECT_FALSE(breaker.would_permit(now));
    EXPECT_FALSE(breaker.acquire(now, kLease).has_value());
    breaker.report(*probe, ok(), kMs, now);
  }
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  ASSERT_EQ(transitions.size(), 3u);
  EXPECT_EQ(transitions[1].reason, BreakerReason::kProbeDue);
  EXPECT_EQ(transitions[2].reason, BreakerReason::kProbesSucceeded);
}

TEST_F(Breaker, ProbeThatIsSlowOrPushedBackOpensItAgain) {
  trip();
  to_probe_time();
  call(ok(), 450 * kMs);
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(transitions.back().reason, BreakerReason::kProbeSlow);
  to_probe_time();
  call(pushed_back());
  EXPECT_EQ(transitions.back().reason, BreakerReason::kProbeFailed);
}

TEST_F(Breaker, FlappingKeepsTheLongWaitUntilItHasBeenClosedForAsLong) {
  trip();
  to_probe_time();
  call(hard());  // two seconds now
  to_probe_time();
  for (int i = 0; i < 3; ++i) call(ok());
  now += kSecond;
  trip();
  EXPECT_GE(breaker.next_probe_us() - now, 2 * kSecond);
  to_probe_time();
  for (int i = 0; i < 3; ++i) call(ok());
  now += 5 * kSecond;
  trip();
  EXPECT_LE(breaker.next_probe_us() - now, kSecond);
}

// Resilience4j 544 and 935, Polly 1979 and 216: a permit of the half-open state was lost with a result of a kind that
// nobody had thought of, and the breaker refused for ever.
TEST_F(Breaker, HalfOpenIsNeverStuckWhateverBecomesOfTheProbe) {
  struct Row {
    const char* how;
    bool reported;
    AttemptResult result;
  };
  const Row rows[] = {{"ok", true, ok()},
                      {"soft", true, soft()},
                      {"hard", true, hard()},
                      {"pushed back", true, pushed_back()},
                      {"permanent", true, permanent()},
                      {"ignored", true, AttemptResult{}},
                      {"never reported", false, {}}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.how);
    breaker.reset(now);
    trip();
    to_probe_time();
    const auto probe = breaker.acquire(now, kLease);
    ASSERT_TRUE(probe.has_value());
    if (row.reported) {
      breaker.report(*probe, row.result, kMs, now);
    } else {
      EXPECT_FALSE(breaker.would_permit(now + kLease - 1));
      now += kLease;
    }
    // Whatever it was, the endpoint can be had again after a bounded time, and closes when it answers.
    now = std::max(now, breaker.next_probe_us());
    for (int i = 0; i < 3; ++i) call(ok());
    EXPECT_EQ(breaker.state(), BreakerState::kClosed);
    now += kSecond;
  }
}

// Resilience4j 903, opossum 276: fewer samples than the minimum left it half-open.
TEST_F(Breaker, HalfOpenNeedsNoMinimumOfSamples) {
  trip();
  to_probe_time();
  call(ok());
  EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen);
  now += 3600 * kSecond;  // no traffic at all for an hour
  call(ok());
  call(ok());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
}

TEST_F(Breaker, ResultOfAnExpiredProbeIsIgnoredOnceAnotherIsOut) {
  trip();
  to_probe_time();
  const auto hung = breaker.acquire(now, kLease);
  now += kLease;
  const auto second = breaker.acquire(now, kLease);
  ASSERT_TRUE(hung && second);
  breaker.report(*hung, hard(), kLease, now);
  EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen);
  EXPECT_TRUE(breaker.view(now).probe_out) << "the hung one must not free the place of the second";
  breaker.report(*second, ok(), kMs, now);
  EXPECT_EQ(breaker.view(now).probe_successes, 1u);
  EXPECT_EQ(breaker.view(now).expired_probes, 1u);
  EXPECT_EQ(breaker.view(now).stale_results, 1u);
}

// Polly PR 223: calls begun before it opened end while it is half-open or closed again.
TEST_F(Breaker, OverhangingResultsAreIgnored) {
  std::vector<BreakerPermit> overhanging;
  for (int i = 0; i < 50; ++i) overhanging.push_back(*breaker.acquire(now, kLease));
  trip();
  const int64_t probe_at = breaker.next_probe_us();
  for (int i = 0; i < 10; ++i) breaker.report(overhanging[static_cast<size_t>(i)], ok(), kMs, now);
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(breaker.next_probe_us(), probe_at);
  to_probe_time();
  const auto probe = breaker.acquire(now, kLease);
  for (int i = 10; i < 30; ++i) breaker.report(overhanging[static_cast<size_t>(i)], hard(), kMs, now);
  EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen);
  EXPECT_FALSE(breaker.would_permit(now)) << "an overhanging result must not release the probe";
  breaker.report(*probe, ok(), kMs, now);
  for (int i = 0; i < 2; ++i) call(ok());
  for (int i = 30; i < 50; ++i) breaker.report(overhanging[static_cast<size_t>(i)], hard(), kMs, now);
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(breaker.view(now).stale_results, 50u);
}

TEST_F(Breaker, ForcedOpenRefusesUntilToldOtherwise) {
  breaker.set_mode(BreakerMode::kForcedOpen, now);
  now += 3600 * kSecond;
  EXPECT_FALSE(breaker.would_permit(now));
  EXPECT_FALSE(breaker.acquire(now, kLease).has_value());
  EXPECT_EQ(breaker.view(now).state, BreakerState::kOpen);
  breaker.set_mode(BreakerMode::kAuto, now);
  call(ok());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(transitions.size(), 2u);
  EXPECT_EQ(transitions[0].reason, BreakerReason::kForced);
}

TEST_F(Breaker, ForcedClosedCountsButDoesNotOpen) {
  trip();
  breaker.set_mode(BreakerMode::kForcedClosed, now);
  for (int i = 0; i < 100; ++i) call(hard());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(breaker.view(now).failures, 100u);
  breaker.set_mode(BreakerMode::kAuto, now);
  EXPECT_EQ(breaker.view(now).samples, 0u) << "what was forced is not held against it";
  trip();
}

TEST_F(Breaker, MetricsOnlyGoesThroughTheStatesAndRefusesNobody) {
  breaker.set_mode(BreakerMode::kShadow, now);
  for (int i = 0; i < 5; ++i) call(hard());
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  for (int i = 0; i < 10; ++i) call(hard());
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(breaker.view(now).refused, 10u);
  to_probe_time();
  for (int i = 0; i < 3; ++i) call(ok());
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
}

TEST_F(Breaker, ShadowToAutoKeepsWhatWasFoundOut) {
  breaker.set_mode(BreakerMode::kShadow, now);
  for (int i = 0; i < 5; ++i) call(hard());
  breaker.set_mode(BreakerMode::kAuto, now);
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_FALSE(breaker.would_permit(now));
  to_probe_time();
  EXPECT_TRUE(breaker.would_permit(now));
}

TEST_F(Breaker, ResetForgetsEverything) {
  trip();
  breaker.reset(now);
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(transitions.back().reason, BreakerReason::kReset);
  breaker.set_mode(BreakerMode::kForcedOpen, now);
  breaker.reset(now);
  EXPECT_EQ(breaker.mode(), BreakerMode::kAuto);
  call(ok());
}

TEST_F(Breaker, InspectionSaysWhatIsGoingOn) {
  for (int i = 0; i < 3; ++i) call(hard());
  call(ok());
  call(hard());
  BreakerView view = breaker.view(now);
  EXPECT_EQ(view.samples, 5u);
  EXPECT_EQ(view.failures, 4u);
  EXPECT_EQ(view.consecutive_hard, 1u);
  EXPECT_EQ(view.next_probe_us, 0);
  for (int i = 0; i < 4; ++i) call(hard());
  view = breaker.view(now);
  EXPECT_EQ(view.since_us, now);
  EXPECT_GT(view.next_probe_us, now);
  EXPECT_STREQ(word_of(view.reason), "consecutive");
  EXPECT_STREQ(word_of(view.state), "open");
}

TEST_F(Breaker, ClockThatGoesBackNeitherOpensNorSticks) {
  for (int i = 0; i < 10; ++i) call(ok());
  now -= 600 * kSecond;
  for (int i = 0; i < 10; ++i) call(ok());
  EXPECT_EQ(breaker.view(now).samples, 20u);
  trip();
}

}  // namespace
}  // namespace corral::resilience

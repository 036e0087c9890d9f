// One call at a time through the whole pipeline, with answers given by hand.
// Threading: one thread.
// See: server/resilience/call_pipeline.h.
#include "server/resilience/call_pipeline.h"

#include <gtest/gtest.h>

#include "tests/server/resilience/scripted_origin.h"

namespace corral::resilience {
namespace {

TEST(CallPipeline, FirstAttemptGoesAtOnceAndItsAnswerEndsTheCall) {
  ScriptedOrigin origin;
  EXPECT_NE(origin.begin(1), 0u);
  ASSERT_EQ(origin.started.size(), 1u);
  EXPECT_EQ(origin.started[0].number, 1u);
  EXPECT_EQ(origin.started[0].timeout_us, 500 * kMs);
  origin.now += 7 * kMs;
  origin.answer(1, result_ok());
  EXPECT_TRUE(origin.ended.at(1).ok());
  EXPECT_EQ(origin.ended.at(1).attempts, 1u);
  EXPECT_EQ(origin.ended.at(1).duration_us, 7 * kMs);
  EXPECT_EQ(origin.pipeline.view(origin.now).calls, 0u);
  EXPECT_EQ(origin.pipeline.next_due_us(), INT64_MAX);
}

TEST(CallPipeline, TransientFailuresAreRetriedThreeTimesInAll) {
  ScriptedOrigin origin;
  origin.begin(1);
  for (uint32_t number = 1; number <= 3; ++number) {
    ASSERT_EQ(origin.started.size(), number);
    EXPECT_EQ(origin.started.back().number, number);
    origin.answer(1, result_soft());
    EXPECT_EQ(origin.pipeline.view(origin.now).in_flight, 0u) << "no permit is held while backing off";
    origin.pass(100 * kMs);
  }
  EXPECT_EQ(origin.reason(1), Reason::kAttempts);
  EXPECT_FALSE(origin.ended.at(1).paused());
  EXPECT_EQ(origin.pipeline.counters().retries, 2u);
}

TEST(CallPipeline, PermanentFailuresAreNotRetried) {
  ScriptedOrigin origin;
  origin.begin(1);
  origin.answer(1, result_permanent());
  EXPECT_EQ(origin.reason(1), Reason::kPermanent);
}

TEST(CallPipeline, IgnoredResultEndsTheCallAndFreesItsPermits) {
  ScriptedOrigin origin;
  origin.begin(1);
  origin.answer(1, AttemptResult{});
  EXPECT_EQ(origin.reason(1), Reason::kCancelled);
  EXPECT_EQ(origin.pipeline.view(origin.now).in_flight, 0u);
}

TEST(CallPipeline, StoreThatMayHaveBeenDoneIsRetriedOnlyIfItCarriesAVersion) {
  ScriptedOrigin origin;
  CallRequest request;
  request.cls = CallClass::kWriteThrough;
  request.owner = 1;
  request.idempotent = false;
  origin.begin(request);
  origin.answer(1, result_timed_out());
  EXPECT_EQ(origin.reason(1), Reason::kUnsafe);
  EXPECT_TRUE(origin.ended.at(1).maybe_done);

  request.owner = 2;
  origin.begin(request);
  origin.answer(2, result_refused());
  EXPECT_EQ(origin.ended.count(2), 0u) << "connecting failed: nothing was sent, so a retry is safe";
  origin.pass(30 * kMs);
  origin.answer(2, result_ok());
  EXPECT_TRUE(origin.ended.at(2).ok());

  request.owner = 3;
  request.idempotent = true;
  origin.begin(request);
  origin.answer(3, result_timed_out());
  origin.pass(30 * kMs);
  origin.answer(3, result_refused());
  origin.pass(60 * kMs);
  origin.answer(3, result_refused());
  EXPECT_EQ(origin.reason(3), Reason::kAttempts);
  EXPECT_TRUE(origin.ended.at(3).maybe_done) << "the first attempt may still have done it";
}

TEST(CallPipeline, RetryAfterIsHonoured) {
  ScriptedOrigin origin;
  origin.begin(1);
  AttemptResult busy = result_soft();
  busy.pushed_back = true;
  busy.retry_after_us = 400 * kMs;
  origin.answer(1, busy);
  origin.pass(399 * kMs);
  EXPECT_EQ(origin.started.size(), 1u);
  origin.pass(30 * kMs);
  EXPECT_EQ(origin.started.size(), 2u);
}

TEST(CallPipeline, RetryAfterBeyondTheDeadlineMeansNoRetry) {
  ScriptedOrigin origin;
  origin.begin(1);
  AttemptResult busy = result_soft();
  busy.retry_after_us = 5 * kSecond;
  origin.answer(1, busy);
  EXPECT_EQ(origin.reason(1), Reason::kPushback);
  EXPECT_GE(origin.ended.at(1).retry_at_us, origin.now + 5 * kSecond);
  EXPECT_EQ(origin.pipeline.counters().retries_suppressed[static_cast<size_t>(Reason::kPushback)], 1u);
}

TEST(CallPipeline, RetryThatDoesNotFitTheDeadlineIsNotTried) {
  ScriptedOrigin origin;
  CallRequest request;
  request.owner = 1;
  request.deadline_us = origin.now + 100 * kMs;
  origin.begin(request);
  EXPECT_EQ(origin.started[0].timeout_us, 100 * kMs) << "an attempt gets no more than what is left";
  origin.now += 99 * kMs + 500;
  origin.answer(1, result_soft());
  EXPECT_EQ(origin.reason(1), Reason::kDeadline);
}

TEST(CallPipeline, DeadlineThatIsOverMakesNoAttempt) {
  ScriptedOrigin origin;
  CallRequest request;
  request.owner = 1;
  request.deadline_us = origin.now;
  EXPECT_EQ(origin.begin(request), 0u);
  EXPECT_EQ(origin.reason(1), Reason::kDeadline);
  EXPECT_TRUE(origin.started.empty());
}

TEST(CallPipeline, AttemptThatNeverEndsIsCancelledAtItsTimeoutAndTheCallEndsByItsDeadline) {
  ScriptedOrigin origin;
  origin.begin(1);
  origin.pass(504 * kMs);
  EXPECT_TRUE(origin.cancelled.empty());
  origin.pass(kMs);
  EXPECT_EQ(origin.cancelled.size(), 1u);
  EXPECT_EQ(origin.pipeline.counters().timed_out, 1u);
  origin.pass(1100 * kMs);
  ASSERT_EQ(origin.ended.count(1), 1u);
  EXPECT_LE(origin.ended.at(1).duration_us, 1505 * kMs);
  EXPECT_EQ(origin.pipeline.view(origin.now).in_flight, 0u);
}

TEST(CallPipeline, LateAndUnknownResultsAreIgnored) {
  ScriptedOrigin origin;
  origin.begin(1);
  const AttemptToken first = origin.started[0].token;
  origin.pass(600 * kMs);
  ASSERT_GE(origin.started.size(), 2u);
  origin.pipeline.attempt_ended(first, result_ok(), origin.now);
  EXPECT_EQ(origin.ended.count(1), 0u) << "the first attempt was given up; the second decides";
  origin.answer(1, result_ok());
  origin.pipeline.attempt_ended(0, result_ok(), origin.now);
  origin.pipeline.attempt_ended(UINT64_MAX, result_ok(), origin.now);
  EXPECT_EQ(origin.pipeline.counters().late_results, 3u);
}

TEST(CallPipeline, BudgetIsSharedAndRetriesStopWhenItIsSpent) {
  ScriptedOrigin origin;
  int budget = 0, retried = 0;
  for (uint64_t owner = 1; owner <= 8; ++owner) {
    origin.begin(owner);
    origin.answer(owner, result_soft());
    const bool over = origin.ended.count(owner) == 1;
    budget += over && origin.reason(owner) == Reason::kBudget ? 1 : 0;
    retried += over ? 0 : 1;
  }
  EXPECT_EQ(retried, 3);
  EXPECT_EQ(budget, 5);
  EXPECT_EQ(origin.pipeline.counters().retries_suppressed[static_cast<size_t>(Reason::kBudget)], 5u);
  EXPECT_EQ(origin.ended.at(8).attempts, 1u) << "the first attempt is never delayed by the budget";
}

TEST(CallPipeline, OpenBreakerPausesWithoutAnAttempt) {
  ScriptedOrigin origin;
  origin.trip();
  const size_t before = origin.started.size();
  EXPECT_EQ(origin.begin(1), 0u);
  EXPECT_EQ(origin.reason(1), Reason::kBreaker);
  EXPECT_TRUE(origin.ended.at(1).paused());
  EXPECT_EQ(origin.ended.at(1).retry_at_us, origin.pipeline.breaker(0, origin.now).next_probe_us);
  EXPECT_EQ(origin.started.size(), before);
}

TEST(CallPipeline, FailureThatOpensTheBreakerIsNotRetried) {
  ScriptedOrigin origin;
  origin.trip();
  origin.pass(kSecond);
  origin.begin(1);
  EXPECT_EQ(origin.started.back().number, 1u);
  origin.answer(1, result_refused());
  EXPECT_EQ(origin.reason(1), Reason::kBreaker);
  EXPECT_FALSE(origin.ended.at(1).paused()) << "an attempt was made";
  EXPECT_EQ(origin.pipeline.counters().retries_suppressed[static_cast<size_t>(Reason::kBreaker)], 1u);
}

TEST(CallPipeline, OriginThatIsBackStartsFromTheMinimum) {
  ScriptedOrigin origin;
  origin.trip();
  origin.pass(kSecond);
  for (uint64_t owner = 1; owner <= 3; ++owner) {
    EXPECT_EQ(origin.pipeline.view(origin.now).limit, 16u);
    origin.begin(owner);
    origin.answer(owner, result_ok());
  }
  EXPECT_EQ(origin.pipeline.breaker(0, origin.now).state, BreakerState::kClosed);
  EXPECT_EQ(origin.pipeline.view(origin.now).limit, 4u);
}

TEST(CallPipeline, WithdrawnProbeLetsTheNextOneProbeAtOnce) {
  ScriptedOrigin origin;
  origin.trip();
  origin.pass(kSecond);
  const CallId probe = origin.begin(1);
  EXPECT_TRUE(origin.pipeline.withdraw(probe, origin.now));
  EXPECT_EQ(origin.pipeline.endpoint_in_flight(0), 0u);
  EXPECT_NE(origin.begin(2), 0u);
  origin.answer(2, AttemptResult{});
  EXPECT_NE(origin.begin(3), 0u) << "nor does one that was ignored hold the place";
}

// The pipeline's own exits from a probe; those of the breaker alone are in circuit_breaker_test.cc.
TEST(CallPipeline, HalfOpenIsNeverStuckWhateverBecomesOfTheCall) {
  enum class Exit { kOk, kFails, kPermanent, kIgnored, kWithdrawn, kHangs, kShortDeadline };
  for (const Exit exit : {Exit::kOk, Exit::kFails, Exit::kPermanent, Exit::kIgnored, Exit::kWithdrawn,
                          Exit::kHangs, Exit::kShortDeadline}) {
    SCOPED_TRACE(static_cast<int>(exit));
    ScriptedOrigin origin;
    origin.trip();
    origin.pass(kSecond);
    CallRequest request;
    request.owner = 1;
    if (exit == Exit::kShortDeadline) request.deadline_us = origin.now + 50 * kMs;
    const CallId probe = origin.begin(request);
    ASSERT_EQ(origin.running.count(1), 1u);
    origin.begin(2);
    EXPECT_EQ(origin.reason(2), Reason::kBreaker) << "one probe at a time";
    if (exit == Exit::kOk) origin.answer(1, result_ok());
    if (exit == Exit::kFails) origin.answer(1, result_refused());
    if (exit == Exit::kPermanent) origin.answer(1, result_permanent());
    if (exit == Exit::kIgnored) origin.answer(1, AttemptResult{});
    if (exit == Exit::kWithdrawn) {
      EXPECT_TRUE(origin.pipeline.withdraw(probe, origin.now));
    }
    if (exit == Exit::kHangs || exit == Exit::kShortDeadline) origin.pass(600 * kMs);
    origin.pass(2 * kSecond);
    for (uint64_t owner = 10; owner < 13; ++owner) {
      origin.begin(owner);
      if (origin.running.count(owner) == 1) origin.answer(owner, result_ok());
    }
    EXPECT_EQ(origin.pipeline.breaker(0, origin.now).state, BreakerState::kClosed);
  }
}

TEST(CallPipeline, TimeoutOfARestOfADeadlineSaysNothingAboutTheEndpoint) {
  ScriptedOrigin origin;
  for (uint64_t owner = 1; owner <= 30; ++owner) {
    CallRequest request;
    request.owner = owner;
    request.deadline_us = origin.now + 20 * kMs;
    origin.begin(request);
    origin.pass(30 * kMs);
    EXPECT_EQ(origin.ended.count(owner), 1u);
  }
  EXPECT_EQ(origin.pipeline.breaker(0, origin.now).state, BreakerState::kClosed);
  EXPECT_EQ(origin.pipeline.view(origin.now).limit, 16u);
}

TEST(CallPipeline, CallsBeyondTheLimitWaitAndThenGo) {
  ScriptedOrigin origin;
  for (uint64_t owner = 1; owner <= 20; ++owner) origin.begin(owner);
  EXPECT_EQ(origin.running.size(), 16u);
  EXPECT_EQ(origin.pipeline.view(origin.now).waiting, 4u);
  origin.answer(3, result_ok());
  EXPECT_EQ(origin.running.count(17), 1u);
  origin.pass(260 * kMs);
  EXPECT_EQ(origin.reason(18), Reason::kQueue) << "the queue has a deadline of its own";
  EXPECT_TRUE(origin.ended.at(18).paused());
}

TEST(CallPipeline, FullQueueRefusesAtOnce) {
  ScriptedOrigin origin;
  for (uint64_t owner = 1; owner <= 48; ++owner) origin.begin(owner, CallClass::kWriteThrough);
  EXPECT_TRUE(origin.ended.empty());
  EXPECT_EQ(origin.begin(49, CallClass::kWriteThrough), 0u);
  EXPECT_EQ(origin.reason(49), Reason::kQueue);
}

TEST(CallPipeline, DisplacedCallsAreTold) {
  ScriptedOrigin origin;
  for (uint64_t owner = 1; owner <= 16; ++owner) origin.begin(owner);
  for (uint64_t owner = 17; owner <= 48; ++owner) origin.begin(owner, CallClass::kRefresh);
  origin.begin(49);
  EXPECT_EQ(origin.ended.size(), 1u);
  EXPECT_EQ(origin.reason(17), Reason::kQueue);
}

TEST(CallPipeline, WriteBehindWaitsBeyondTheQueueDeadline) {
  ScriptedOrigin origin;
  for (uint64_t owner = 1; owner <= 16; ++owner) origin.begin(owner);
  CallRequest request;
  request.owner = 50;
  request.cls = CallClass::kWriteBehind;
  request.deadline_us = origin.now + 60 * kSecond;
  origin.begin(request);
  origin.pass(300 * kMs);
  EXPECT_EQ(origin.ended.count(50), 0u);
  origin.answer(1, result_ok());
  EXPECT_EQ(origin.running.count(50), 1u);
}

TEST(CallPipeline, WithdrawnCallsLeaveNothingBehindInAnyState) {
  ScriptedOrigin origin;
  std::vector<CallId> ids;
  for (uint64_t owner = 1; owner <= 20; ++owner) ids.push_back(origin.begin(owner));
  origin.answer(1, result_soft());  // backs off
  for (const CallId id : ids) EXPECT_TRUE(origin.pipeline.withdraw(id, origin.now));
  for (const CallId id : ids) EXPECT_FALSE(origin.pipeline.withdraw(id, origin.now));
  const PipelineView view = origin.pipeline.view(origin.now);
  EXPECT_EQ(view.calls, 0u);
  EXPECT_EQ(view.in_flight, 0u);
  EXPECT_EQ(view.waiting, 0u);
  EXPECT_TRUE(origin.running.empty());
  EXPECT_TRUE(origin.ended.empty()) << "who withdraws is not told";
  EXPECT_EQ(origin.pipeline.next_due_us(), INT64_MAX);
}

TEST(CallPipeline, RateHoldsCallsBackAndLetsThemGoInTime) {
  PipelineOptions options = plain_options();
  options.rate.per_s = 10;
  ScriptedOrigin origin(options);
  for (uint64_t owner = 1; owner <= 6; ++owner) origin.begin(owner);
  EXPECT_EQ(origin.started.size(), 1u);
  origin.pass(240 * kMs);
  EXPECT_EQ(origin.started.size(), 3u);
  EXPECT_EQ(origin.pipeline.view(origin.now).in_flight, 3u) << "no permit is held while waiting for the rate";
  origin.pass(20 * kMs);
  EXPECT_EQ(origin.reason(4), Reason::kRate);
  EXPECT_TRUE(origin.ended.at(4).paused());
}

TEST(CallPipeline, ColdStartLetsLoadsInStepByStep) {
  PipelineOptions options;
  options.concurrency.fixed = 100;
  ScriptedOrigin origin(options);
  for (uint64_t owner = 1; owner <= 100; ++owner) origin.begin(owner);
  EXPECT_EQ(origin.running.size(), 10u);
  for (uint64_t owner = 201; owner <= 210; ++owner) origin.begin(owner, CallClass::kWriteThrough);
  EXPECT_EQ(origin.running.size(), 20u) << "it is for loads only";
}

TEST(CallPipeline, FailingOriginIsShedForLoadsOnlyAndBelowTheBreaker) {
  PipelineOptions options = plain_options();
  options.breaker.failure_ratio = 1.1;
  options.attempts = 1;
  ScriptedOrigin origin(options);
  for (uint64_t owner = 1; owner <= 2000; ++owner, origin.now += 10 * kMs) {
    origin.begin(owner);
    if (origin.running.count(owner) == 1) origin.answer(owner, result_soft());
  }
  EXPECT_GT(origin.pipeline.counters().shed, 800u);
  EXPECT_GT(origin.pipeline.counters().first_attempts, 300u);
  EXPECT_TRUE(origin.ended.at(2000).reason == Reason::kShed || origin.ended.at(2000).attempts == 1);
  for (uint64_t owner = 3001; owner <= 3050; ++owner) {
    origin.begin(owner, CallClass::kWriteThrough);
    ASSERT_EQ(origin.running.count(owner), 1u);
    origin.answer(owner, result_soft());
  }
}

TEST(CallPipeline, EndpointThatIsDownIsSkippedAndTheRetryGoesElsewhere) {
  ScriptedOrigin origin(plain_options(), 3);
  for (uint64_t owner = 1; owner <= 300; ++owner, origin.now += kMs) {
    origin.begin(owner);
    for (int tries = 0; origin.running.count(owner) == 1 && tries < 3; ++tries) {
      const uint32_t at = origin.running[owner].endpoint;
      origin.answer(owner, at == 0 ? result_refused() : result_ok());
      if (at == 0 && origin.ended.count(owner) == 0) {
        origin.pass(30 * kMs);
        if (origin.running.count(owner) == 1) {
          EXPECT_NE(origin.running[owner].endpoint, 0u);
        }
      }
    }
    if (owner > 50) {
      EXPECT_TRUE(origin.ended.at(owner).ok() || origin.ended.at(owner).attempts == 1) << owner;
    }
  }
  EXPECT_EQ(origin.pipeline.breaker(0, origin.now).state, BreakerState::kOpen);
  EXPECT_EQ(origin.pipeline.breaker(1, origin.now).state, BreakerState::kClosed);
  EXPECT_GE(origin.pipeline.view(origin.now).limit, 16u)
      << "one of three coming back does not ramp the origin";
}

TEST(CallPipeline, AllEndpointsOpenFailsFast) {
  ScriptedOrigin origin(plain_options(), 2);
  origin.pipeline.set_breaker_mode(0, BreakerMode::kForcedOpen, origin.now);
  origin.begin(1);
  EXPECT_EQ(origin.running.at(1).endpoint, 1u);
  origin.pipeline.set_breaker_mode(1, BreakerMode::kForcedOpen, origin.now);
  origin.begin(2);
  EXPECT_EQ(origin.reason(2), Reason::kBreaker);
  EXPECT_EQ(origin.transitions.size(), 2u) << "each change is told once";
  origin.pipeline.set_breaker_mode(0, BreakerMode::kAuto, origin.now);
  EXPECT_NE(origin.begin(3), 0u);
}

TEST(CallPipeline, BreakerThatOpensEndsThoseWhoWait) {
  ScriptedOrigin origin;
  for (uint64_t owner = 1; owner <= 30; ++owner) origin.begin(owner);
  origin.pipeline.set_breaker_mode(0, BreakerMode::kForcedOpen, origin.now);
  origin.answer(1, result_ok());
  for (uint64_t owner = 17; owner <= 30; ++owner) EXPECT_EQ(origin.reason(owner), Reason::kBreaker);
}

TEST(CallPipeline, OwnerMayBeginTheNextCallFromTheEndOfTheLast) {
  ScriptedOrigin origin;
  int more = 1000;
  origin.on_end = [&](uint64_t owner) {
    if (more-- > 0) origin.begin(owner + 1000);
  };
  for (uint64_t owner = 1; owner <= 30; ++owner) origin.begin(owner);
  while (!origin.running.empty()) {
    origin.answer(origin.running.begin()->first, result_ok());
    origin.now += kMs;
  }
  EXPECT_GE(origin.ended.size(), 1000u);
  EXPECT_EQ(origin.pipeline.view(origin.now).calls, 0u);
}

TEST(CallPipeline, CallsAreBounded) {
  PipelineOptions options = plain_options();
  options.most_calls = 10;
  ScriptedOrigin origin(options);
  for (uint64_t owner = 1; owner <= 11; ++owner) origin.begin(owner);
  EXPECT_EQ(origin.ended.size(), 1u);
  EXPECT_EQ(origin.reason(11), Reason::kQueue);
}

TEST(CallPipeline, EveryCallIsCountedOnce) {
  ScriptedOrigin origin;
  base::Random random(17);
  uint64_t owner = 0, withdrawn = 0;
  std::map<uint64_t, CallId> ids;
  for (int step = 0; step < 20'000; ++step) {
    const uint64_t what = random.below(10);
    if (what < 4) {
      const CallId id = origin.begin(++owner, static_cast<CallClass>(random.below(5)));
      if (id != 0) ids[owner] = id;
    } else if (what < 8 && !origin.running.empty()) {
      const AttemptResult results[] = {result_ok(), result_ok(), result_ok(), result_soft(),
                                       result_permanent()};
      origin.answer(origin.running.begin()->first, results[random.below(5)]);
    } else if (what == 8 && !ids.empty()) {
      withdrawn += origin.pipeline.withdraw(ids.begin()->second, origin.now) ? 1 : 0;
      ids.erase(ids.begin());
    } else {
      origin.pass(static_cast<int64_t>(random.below(30'000)));
    }
  }
  origin.pass(10 * kSecond);
  const CallCounters& counters = origin.pipeline.counters();
  uint64_t ended = 0;
  for (const ByClass& by_class : counters.ended) {
    for (const uint64_t count : by_class) ended += count;
  }
  EXPECT_EQ(ended, origin.ended.size());
  EXPECT_EQ(ended + withdrawn, owner);
  uint64_t outcomes = 0;
  for (const uint64_t count : counters.attempt_outcomes) outcomes += count;
  EXPECT_EQ(outcomes, counters.first_attempts + counters.retries);
  EXPECT_EQ(counters.first_attempts + counters.retries, origin.started.size());
  EXPECT_EQ(origin.pipeline.view(origin.now).calls, 0u);
}

}  // namespace
}  // namespace corral::resilience

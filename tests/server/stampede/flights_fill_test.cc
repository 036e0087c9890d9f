// How leases end: fills, closes, deadlines, hedges, promotions, hit-for-miss. One test for each rule.
// Threading: one thread.
// See: server/stampede/README.md, "Flights".
#include "tests/server/stampede/flights_fixture.h"

namespace corral::stampede {
namespace {

TEST_F(FlightsTest, AFillAnswersAllWaitersInOneCallOldestFirst) {
  elect_and_park(5);
  advance(100);
  const FillOutcome outcome = write(1, "value");
  EXPECT_EQ(outcome.fill_us, 100'000);
  EXPECT_FALSE(outcome.mark_stale);
  EXPECT_EQ(answer_calls, 1);
  ASSERT_EQ(answered.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(answered[i].client, i + 2);
    EXPECT_EQ(answered[i].value, "value");
    EXPECT_EQ(answered[i].cause, AnswerCause::kFilled);
  }
  EXPECT_TRUE(flights.idle());
  EXPECT_EQ(stats().fills, 1u);
  EXPECT_EQ(stats().expected_fill_us(), 100'000);
}

TEST_F(FlightsTest, AFillFromAnyConnectionCounts) {
  elect_and_park(2);
  EXPECT_GT(write(77).fill_us, 0);
  EXPECT_EQ(answered.size(), 1u);
}

TEST_F(FlightsTest, AFillWithABlobSharesIt) {
  elect_and_park(2);
  base::BlobRef blob(base::Blob::copy_of("large"));
  flights.on_write(at(), {1, blob->view(), blob.get()}, &policy, now_us, *this);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].value, "large");
  EXPECT_TRUE(blob->unshared());
}

TEST_F(FlightsTest, AValueThatIsNoStringAnswersNil) {
  elect_and_park(2);
  flights.on_write(at(), {1, {}, nullptr}, &policy, now_us, *this);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].value, kNil);
}

TEST_F(FlightsTest, AWriteOfAnUnknownKeyIsNothing) {
  elect_and_park(2);
  EXPECT_EQ(write(1, "v", "other").fill_us, 0);
  EXPECT_EQ(answered.size(), 0u);
}

TEST_F(FlightsTest, ACloseOfTheHolderPromotesAtOnce) {
  const uint64_t token = elect_and_park(4);
  EXPECT_TRUE(end(token));
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 2u);
  EXPECT_EQ(answered[0].value, kNil);
  EXPECT_EQ(answered[0].cause, AnswerCause::kPromoted);
  EXPECT_TRUE(flights.lease_is_good(at(), answered[0].token));
  EXPECT_FALSE(flights.lease_is_good(at(), token));
  EXPECT_EQ(stats().promotions, 1u);
  EXPECT_EQ(stats().failed_leases, 1u);
  EXPECT_FALSE(end(token));
  write(2);
  EXPECT_EQ(answered.size(), 3u);
}

TEST_F(FlightsTest, ALeaseThatRanOutPromotes) {
  fills_take(300);  // no hedge: a second fill could not be done in half of the wait
  const uint64_t token = elect_and_park(3);
  advance(299);
  deadline(token);
  EXPECT_EQ(stats().failed_leases, 0u);
  advance(1);
  deadline(token);
  EXPECT_EQ(stats().failed_leases, 1u);
  EXPECT_EQ(stats().promotions, 1u);
  EXPECT_EQ(stats().hedges, 0u);
}

TEST_F(FlightsTest, AReadAfterTheDeadlineIsElectedThoughTheTimerIsLate) {
  elect_and_park(1);
  advance(1000);
  EXPECT_EQ(read(2).verdict, Verdict::kElected);
  EXPECT_EQ(stats().failed_leases, 1u);
}

TEST_F(FlightsTest, PromotionTakesTheOldestWithOneFillTimeOfPatience) {
  fills_take(100);
  const uint64_t token = read(1).token;
  for (const auto& [client, cap] :
       std::vector<std::pair<ClientId, int64_t>>{{2, 60}, {3, 90}, {4, 300}, {5, 500}}) {
    Reader waiting = reader(client);
    waiting.patience_cap_ms = cap;
    ASSERT_EQ(read(waiting).verdict, Verdict::kParked);
  }
  end(token);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 4u);
}

TEST_F(FlightsTest, PromotionTakesTheNewestWhenNobodyHasThePatience) {
  fills_take(100);
  const uint64_t token = read(1).token;
  for (ClientId client = 2; client <= 4; ++client) {
    Reader waiting = reader(client);
    waiting.patience_cap_ms = 50;
    ASSERT_EQ(read(waiting).verdict, Verdict::kParked);
  }
  end(token);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 4u);
}

TEST_F(FlightsTest, ASecondFailureInARowIsHitForMiss) {
  const uint64_t token = elect_and_park(5);
  end(token);
  end(answered[0].token);
  ASSERT_EQ(answered.size(), 4u);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(answered[i].cause, AnswerCause::kHitForMiss);
    EXPECT_EQ(answered[i].value, kNil);
  }
  EXPECT_EQ(stats().hit_for_miss, 1u);
  EXPECT_EQ(flights.figures().leases, 0u);
  EXPECT_EQ(read(9).verdict, Verdict::kNil);
  EXPECT_EQ(flights.explain(at(), now_us), "no lease for 1000 ms more: 2 fills in a row failed");
}

TEST_F(FlightsTest, FailuresAreCountedAcrossElectionsWithoutWaiters) {
  end(read(1).token);
  end(read(2).token);
  EXPECT_EQ(read(3).verdict, Verdict::kNil);
}

TEST_F(FlightsTest, HitForMissDoublesToAMinuteAndIsClearedByAFill) {
  end(read(1).token);
  int64_t expected_ms = policy.negative_ms;
  for (int round = 0; round < 9; ++round) {
    end(read(2).token);
    advance(expected_ms - 1);
    ASSERT_EQ(read(3).verdict, Verdict::kNil) << round;
    advance(1);
    expected_ms = std::min<int64_t>(expected_ms * 2, 60'000);
  }
  EXPECT_EQ(expected_ms, 60'000);
  EXPECT_EQ(read(4).verdict, Verdict::kElected);
  write(4);
  EXPECT_TRUE(flights.idle());
  end(read(5).token);
  EXPECT_EQ(read(6).verdict, Verdict::kElected);
}

TEST_F(FlightsTest, AFailingRefreshKeepsTheStaleValueAndElectsOncePerBackoff) {
  end(read(1, KeyState::kStale).token);
  end(read(2, KeyState::kStale).token);
  EXPECT_EQ(read(3, KeyState::kStale).verdict, Verdict::kServeStale);
  advance(policy.negative_ms);
  EXPECT_EQ(read(4, KeyState::kStale).verdict, Verdict::kElected);
  EXPECT_EQ(read(5, KeyState::kStale).verdict, Verdict::kServeStale);
}

TEST_F(FlightsTest, FailuresAreForgottenAfterAMinuteByTheHousekeepingTimer) {
  end(read(1).token);
  ASSERT_FALSE(armed.empty());
  const Armed sweep = armed.back();
  EXPECT_EQ(sweep.token, 0u);
  EXPECT_FALSE(flights.idle());
  now_us = sweep.at_ms * 1000;
  deadline(0);
  EXPECT_TRUE(flights.idle());
}

TEST_F(FlightsTest, AHedgeIsCalledAtHalfOfTheFirstWaitersPatience) {
  const uint64_t token = elect_and_park(1);
  advance(100);
  read(2);
  read(3);
  EXPECT_EQ(armed.back().at_ms, now_ms() + 250);
  advance(249);
  deadline(token);
  EXPECT_TRUE(answered.empty());
  advance(1);
  deadline(token);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 2u);
  EXPECT_EQ(answered[0].cause, AnswerCause::kPromoted);
  EXPECT_TRUE(flights.lease_is_good(at(), token));
  EXPECT_TRUE(flights.lease_is_good(at(), answered[0].token));
  EXPECT_EQ(stats().hedges, 1u);
  EXPECT_EQ(stats().failed_leases, 0u);
}

TEST_F(FlightsTest, AShortPatienceBringsTheHedgeForward) {
  elect_and_park(2);
  Reader glide = reader(3);
  glide.patience_cap_ms = 200;
  read(glide);
  EXPECT_EQ(armed.back().at_ms, now_ms() + 100);
}

TEST_F(FlightsTest, NoHedgeWhereItCouldNotBeDoneInTheOtherHalf) {
  fills_take(300);
  const uint64_t token = elect_and_park(3);
  advance(260);
  deadline(token);
  EXPECT_EQ(stats().hedges, 0u);
}

TEST_F(FlightsTest, OneHedgeForAGeneration) {
  const uint64_t token = elect_and_park(5);
  advance(250);
  deadline(token);
  read(6);
  advance(300);
  deadline(token);
  deadline(answered[0].token);
  EXPECT_EQ(stats().hedges, 1u);
  EXPECT_EQ(flights.figures().leases, 2u);
}

TEST_F(FlightsTest, TheFirstFillersValueStillCountsAfterAHedge) {
  const uint64_t token = elect_and_park(4);
  advance(250);
  deadline(token);
  advance(30);
  EXPECT_EQ(write(1).fill_us, 280'000);
  EXPECT_EQ(answered.size(), 3u);
  EXPECT_EQ(flights.figures().leases, 0u);
  advance(30);
  write(2);  // the hedge is late
  EXPECT_EQ(stats().fills, 1u);
  EXPECT_EQ(stats().duplicate_fills, 1u);
}

TEST_F(FlightsTest, OneOfTwoFillersEndingPromotesNobody) {
  const uint64_t token = elect_and_park(5);
  advance(250);
  deadline(token);
  ASSERT_EQ(answered.size(), 1u);
  end(token);
  EXPECT_EQ(answered.size(), 1u);
  EXPECT_TRUE(flights.lease_is_good(at(), answered[0].token));
  end(answered[0].token);  // both failed
  EXPECT_EQ(stats().hit_for_miss, 1u);
  EXPECT_EQ(answered.size(), 4u);
}

TEST_F(FlightsTest, NoHedgeWithoutWaitersOrBeyondTheLimit) {
  flights.set_limits({1, 10, 10});
  const uint64_t token = elect_and_park(2);
  advance(250);
  deadline(token);
  EXPECT_EQ(stats().hedges, 0u);
  EXPECT_EQ(stats().bound_refusals, 1u);
  flights.set_limits({10, 10, 10});
  EXPECT_TRUE(withdraw(2));
  advance(10);
  deadline(token);
  EXPECT_EQ(stats().hedges, 0u);
}

TEST_F(FlightsTest, ReleaseWithNegativeRemembersThatThereIsNothing) {
  const uint64_t token = elect_and_park(3);
  EXPECT_TRUE(end(token, 700));
  ASSERT_EQ(answered.size(), 2u);
  EXPECT_EQ(answered[0].cause, AnswerCause::kReleased);
  EXPECT_EQ(answered[0].value, kNil);
  EXPECT_EQ(stats().failed_leases, 0u);
  advance(699);
  EXPECT_EQ(read(4).verdict, Verdict::kNil);
  advance(1);
  EXPECT_EQ(read(4).verdict, Verdict::kElected);
}

TEST_F(FlightsTest, ARemovedPolicyReleasesTheWaitersAtTheDeadline) {
  const uint64_t token = elect_and_park(3);
  advance(1000);
  flights.on_deadline(at(), token, nullptr, now_us, *this);
  ASSERT_EQ(answered.size(), 2u);
  EXPECT_EQ(answered[0].cause, AnswerCause::kReleased);
  EXPECT_TRUE(flights.idle());
}

TEST_F(FlightsTest, FlushAnswersNilInItsDatabaseOnly) {
  elect_and_park(3);
  flights.on_read(at("k", 1), KeyState::kMissing, reader(8), policy, now_us, *this);
  flights.on_read(at("k", 1), KeyState::kMissing, reader(9), policy, now_us, *this);
  flights.clear(0, *this);
  ASSERT_EQ(answered.size(), 2u);
  EXPECT_EQ(answered[0].cause, AnswerCause::kFlushed);
  EXPECT_EQ(flights.figures().waiters, 1u);
  flights.clear(-1, *this);
  EXPECT_EQ(answered.size(), 3u);
  EXPECT_TRUE(flights.idle());
}

TEST_F(FlightsTest, LeasesThatAreTooShortLearnFromLateFills) {
  fills_take(100);
  EXPECT_EQ(stats().lease_ms(), 100);
  for (int round = 0; round < 20; ++round) {
    const ReadOutcome elected = read(1);
    if (elected.verdict == Verdict::kElected) {
      advance(500);
      deadline(elected.token);
      advance(500);
      write(55);  // through another connection of the pool
    }
    advance(70'000);
    deadline(0);
  }
  EXPECT_GT(stats().lease_ms(), 1000);
  EXPECT_GT(stats().duplicate_fills, 0u);
}

}  // namespace
}  // namespace corral::stampede

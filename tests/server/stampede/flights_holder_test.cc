// Reads on the connection that holds the lease: another caller of a pool, or the filler itself.
// Threading: one thread.
// See: server/stampede/README.md, "The holder's own connection".
#include "server/stampede/holder_waits.h"
#include "tests/server/stampede/flights_fixture.h"

namespace corral::stampede {
namespace {

class HolderTest : public FlightsTest {
 protected:
  HolderTest() { fills_take(40); }  // leases of 100 ms

  /// Client 1 is elected, its connection handed on to another caller, who waits.
  ReadOutcome elect_and_hand_on() {
    EXPECT_EQ(read(1).verdict, Verdict::kElected);
    const ReadOutcome handed_on = read(1);
    EXPECT_EQ(handed_on.verdict, Verdict::kParked);
    EXPECT_TRUE(handed_on.on_holder);
    return handed_on;
  }
  void lose_one() {
    elect_and_hand_on();
    advance(101);
    EXPECT_TRUE(withdraw(1, true));
    write(1);
  }
};

TEST_F(HolderTest, TheNextCallerOnTheHoldersConnectionWaitsAndGetsTheValue) {
  elect_and_hand_on();
  advance(40);
  write(2);  // the pool gave the filler another connection
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 1u);
  EXPECT_EQ(answered[0].value, "v");
  EXPECT_EQ(stats().holder_waits, 1u);
  EXPECT_EQ(stats().holder_timeouts, 0u);
  EXPECT_EQ(stats().probes, 0u);
}

TEST_F(HolderTest, ItWaitsUntilJustAfterTheLease) {
  read(1);
  advance(30);
  EXPECT_EQ(read(1).until_ms, now_ms() - 30 + 100 + 1);
  EXPECT_FALSE(read(2).on_holder);
}

TEST_F(HolderTest, ItCallsASecondFillerOnlyIfTheLeaseIsAGuess) {
  elect_and_hand_on();
  ASSERT_EQ(armed.size(), 1u);
  EXPECT_EQ(armed[0].at_ms, now_ms() + 100);  // the lease's end
  write(2);
  advance(1);
  policy.stats = std::make_shared<PolicyStats>();
  flights.on_remove(at(), 0, now_us);
  elect_and_hand_on();
  EXPECT_EQ(armed.back().at_ms, now_ms() + policy.wait_ms / 2);
}

TEST_F(HolderTest, PatienceStillBoundsIt) {
  read(1);
  Reader hasty = reader(1);
  hasty.patience_cap_ms = 20;
  EXPECT_EQ(read(hasty).until_ms, now_ms() + 20);
}

TEST_F(HolderTest, OneThatMayNotParkIsAProbe) {
  read(1);
  Reader multi = reader(1);
  multi.may_park = false;
  EXPECT_EQ(read(multi).verdict, Verdict::kNil);
  EXPECT_EQ(stats().probes, 1u);
}

TEST_F(HolderTest, AConnectionKnownToFillAloneIsNotParked) {
  read(1);
  Reader alone = reader(1);
  alone.fills_alone = true;
  const ReadOutcome outcome = read(alone);
  EXPECT_EQ(outcome.verdict, Verdict::kNil);
  EXPECT_STREQ(outcome.why, "the filler itself asked again");
  EXPECT_EQ(stats().probes, 1u);
}

TEST_F(HolderTest, WhenTheLeaseRunsOutItsOwnWaiterIsThePromotedOne) {
  const uint64_t token = read(1).token;
  read(2);
  read(1);
  advance(100);
  deadline(token);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 1u);
  EXPECT_EQ(answered[0].cause, AnswerCause::kPromoted);
  EXPECT_EQ(stats().holder_timeouts, 1u);
  EXPECT_EQ(flights.figures().waiters, 1u);
}

TEST_F(HolderTest, AfterAFailureOfTheKeyItsHoldersConnectionFlowsFreely) {
  policy.stats->holder_waits_ended.filled();  // so that the policy forgives
  const uint64_t token = read(1).token;
  read(1);
  advance(100);
  deadline(token);
  EXPECT_EQ(answered[0].cause, AnswerCause::kPromoted);
  EXPECT_EQ(read(1).verdict, Verdict::kNil);  // an exhausted pool drains, and the filler gets its turn
  EXPECT_EQ(read(2).verdict, Verdict::kParked);
  write(1);
  advance(1);
  flights.on_remove(at(), 0, now_us);
  elect_and_hand_on();
}

TEST_F(HolderTest, OneThatEndsWithoutAValuePausesThePolicy) {
  lose_one();
  EXPECT_EQ(stats().holder_timeouts, 1u);
  EXPECT_EQ(stats().wait_timeouts, 1u);
  read(1);
  EXPECT_EQ(read(1).verdict, Verdict::kNil);
  EXPECT_EQ(stats().probes, 1u);
  write(1);
  advance(1000);
  elect_and_hand_on();
}

TEST_F(HolderTest, OneThatWithdrawsForAnotherReasonSaysNothing) {
  elect_and_hand_on();
  EXPECT_TRUE(withdraw(1));
  EXPECT_EQ(stats().holder_timeouts, 0u);
  EXPECT_EQ(read(1).verdict, Verdict::kParked);
}

TEST_F(HolderTest, AProvenPolicyForgivesOneSlowFill) {
  elect_and_hand_on();
  write(2);
  lose_one();
  lose_one();
  read(1);
  EXPECT_EQ(read(1).verdict, Verdict::kNil);
}

TEST_F(HolderTest, ATaintedGenerationTakesItsHolderWaiterAlong) {
  elect_and_hand_on();
  remove(9);
  read(3);
  remove(9);  // the older waiters move to the younger filler
  write(3);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 1u);
  EXPECT_EQ(answered[0].value, "v");
}

TEST_F(HolderTest, AFlushForgetsItWithoutAVerdict) {
  elect_and_hand_on();
  flights.clear(-1, *this);
  EXPECT_EQ(answered.size(), 1u);
  EXPECT_EQ(stats().holder_timeouts, 0u);
  elect_and_hand_on();
}

TEST(HolderWaits, PausesDoubleUpToAMinuteAndASuccessForgetsThem) {
  HolderWaits waits;
  int64_t now_ms = 5;
  for (const int64_t pause_ms : {1000, 2000, 4000, 8000, 16'000, 32'000, 60'000, 60'000}) {
    EXPECT_TRUE(waits.allowed(now_ms));
    waits.lost(now_ms);
    waits.lost(now_ms);  // one that began before the pause
    EXPECT_FALSE(waits.allowed(now_ms + pause_ms - 1));
    now_ms += pause_ms;
  }
  waits.filled();
  waits.lost(now_ms);
  EXPECT_TRUE(waits.allowed(now_ms));
  waits.lost(now_ms);
  EXPECT_FALSE(waits.allowed(now_ms + 999));
  EXPECT_TRUE(waits.allowed(now_ms + 1000));
}

}  // namespace
}  // namespace corral::stampede

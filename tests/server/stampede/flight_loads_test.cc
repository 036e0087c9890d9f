// Fills that the server makes itself: who begins a load, who waits, and what each end of it means.
// Threading: one thread; time is a number.
// See: server/stampede/README.md, "Loads".
#include <gtest/gtest.h>

#include "tests/server/stampede/flights_fixture.h"

namespace corral::stampede {
namespace {

class FlightLoadsTest : public FlightsTest {
 protected:
  FlightLoadsTest() {
    policy.origin = "catalog";
    policy.negative_ms = 1000;
    policy.wait_ms = 500;
  }
  bool end_with(LoadEnd end, uint64_t tags = 0) {
    return flights.end_load(at(), loads.back().token, end, &policy, now_us, *this, tags);
  }
  bool fail_with(LoadFailure failure) { return end_with({LoadEnd::Kind::kFailed, nullptr, failure}); }
  bool absent() { return end_with({LoadEnd::Kind::kAbsent, nullptr, LoadFailure::kNone}); }
  FillOutcome loaded(std::string_view value = "v") { return write(kLoader, value); }
};

TEST_F(FlightLoadsTest, OneLoadHoweverManyAsk) {
  for (ClientId client = 1; client <= 100; ++client) EXPECT_EQ(read(client).verdict, Verdict::kParked);
  ASSERT_EQ(loads.size(), 1u);
  EXPECT_EQ(loads[0].key, "k");
  advance(20);
  EXPECT_TRUE(flights.lease_is_good(at(), loads[0].token));
  loaded();
  ASSERT_EQ(answered.size(), 100u);
  EXPECT_EQ(answered[0].client, 1u);
  EXPECT_EQ(answered[99].value, "v");
  EXPECT_TRUE(flights.idle());
  EXPECT_EQ(stats().loads, 1u);
  EXPECT_EQ(stats().fills, 1u);
  EXPECT_EQ(stats().elections, 0u);
}

TEST_F(FlightLoadsTest, StaleIsServedToEverybodyWhileOneLoadRefreshes) {
  for (ClientId client = 1; client <= 3; ++client) {
    EXPECT_EQ(read(client, KeyState::kStale).verdict, Verdict::kServeStale);
  }
  EXPECT_EQ(loads.size(), 1u);
}

TEST_F(FlightLoadsTest, TheEndOfEveryReaderDoesNotEndTheLoad) {
  read(1);
  EXPECT_TRUE(withdraw(1));
  EXPECT_EQ(read(2).verdict, Verdict::kParked);
  EXPECT_EQ(loads.size(), 1u);
  loaded();
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 2u);
}

TEST_F(FlightLoadsTest, APipelinedConnectionWaitsToo) {
  Reader pipelined = reader(1);
  pipelined.pipelined = true;
  EXPECT_EQ(read(pipelined).verdict, Verdict::kParked);
}

TEST_F(FlightLoadsTest, ARefusedReaderGetsAnErrorAndNoNil) {
  policy.wait_ms = 0;
  const ReadOutcome outcome = read(1);
  EXPECT_EQ(outcome.verdict, Verdict::kLoadFailed);
  EXPECT_EQ(outcome.failure, LoadFailure::kNotWaited);
  EXPECT_EQ(loads.size(), 1u);  // the next one may find it there
}

TEST_F(FlightLoadsTest, PastTheBoundOnWaitersIsAnError) {
  flights.set_limits({64, 1, 64, nullptr});
  EXPECT_EQ(read(1).verdict, Verdict::kParked);
  EXPECT_EQ(read(2).failure, LoadFailure::kNotWaited);
}

TEST_F(FlightLoadsTest, PastTheBoundOnLeasesIsOverload) {
  flights.set_limits({0, 10, 64, nullptr});
  EXPECT_EQ(read(1).failure, LoadFailure::kOverloaded);
  EXPECT_EQ(read(1, KeyState::kStale).verdict, Verdict::kServeStale);
  EXPECT_TRUE(loads.empty());
}

TEST_F(FlightLoadsTest, AbsenceIsNilAndIsRemembered) {
  read(1);
  EXPECT_TRUE(absent());
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].value, kNil);
  advance(999);
  EXPECT_EQ(read(2).verdict, Verdict::kNil);
  EXPECT_EQ(loads.size(), 1u);
  advance(2);
  EXPECT_EQ(read(2).verdict, Verdict::kParked);
  EXPECT_EQ(loads.size(), 2u);
}

TEST_F(FlightLoadsTest, FailureIsAnErrorAndIsRememberedLongerEachTime) {
  read(1);
  EXPECT_TRUE(fail_with(LoadFailure::kUnreachable));
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].failure, LoadFailure::kUnreachable);
  EXPECT_EQ(read(2).failure, LoadFailure::kUnreachable);
  EXPECT_EQ(read(2, KeyState::kStale).verdict, Verdict::kServeStale);
  EXPECT_EQ(loads.size(), 1u);
  advance(1001);
  EXPECT_EQ(read(2).verdict, Verdict::kParked);
  EXPECT_TRUE(fail_with(LoadFailure::kRefused));
  advance(1001);
  EXPECT_EQ(read(3).failure, LoadFailure::kRefused);
  advance(1000);
  EXPECT_EQ(read(3).verdict, Verdict::kParked);
  loaded();
  EXPECT_TRUE(flights.idle());
  EXPECT_EQ(stats().loads_failed, 2u);
}

TEST_F(FlightLoadsTest, AClientsWriteOvertakesTheLoad) {
  read(1);
  write(7, "newer");
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].value, "newer");
  EXPECT_FALSE(flights.lease_is_good(at(), loads[0].token));
  EXPECT_FALSE(absent());
}

TEST_F(FlightLoadsTest, ARemovalOvertakesTheLoadForAllWhoAskLater) {
  read(1);
  remove(7);
  EXPECT_FALSE(flights.lease_is_good(at(), loads[0].token));
  EXPECT_EQ(read(2).verdict, Verdict::kParked);
  ASSERT_EQ(loads.size(), 2u);
  const base::BlobRef old(base::Blob::copy_of("old"));
  EXPECT_TRUE(flights.end_load(at(), loads[0].token, {LoadEnd::Kind::kValue, old.get(), LoadFailure::kNone}, &policy, now_us, *this));
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 1u);
  EXPECT_EQ(answered[0].value, "old");
  loaded("new");
  ASSERT_EQ(answered.size(), 2u);
  EXPECT_EQ(answered[1].client, 2u);
  EXPECT_EQ(answered[1].value, "new");
  EXPECT_EQ(stats().loads_void, 1u);
}

TEST_F(FlightLoadsTest, AFailureFromBeforeARemovalSaysNothingOfNow) {
  read(1);
  remove(7);
  EXPECT_TRUE(fail_with(LoadFailure::kTimedOut));
  EXPECT_EQ(failed.size(), 1u);
  EXPECT_EQ(read(2).verdict, Verdict::kParked);
}

TEST_F(FlightLoadsTest, AnInvalidatedTagOvertakesTheLoad) {
  read(1);
  EXPECT_FALSE(flights.lease_is_good(at(), loads[0].token, 5));
  EXPECT_TRUE(end_with({LoadEnd::Kind::kAbsent, nullptr, LoadFailure::kNone}, 5));
  Reader later = reader(2);
  later.tags = 5;
  EXPECT_EQ(read(later).verdict, Verdict::kParked);  // the absence was of before
}

TEST_F(FlightLoadsTest, ALostLoadEndsByItsDeadlineAndMakesNobodyAFiller) {
  read(1);
  advance(120'000);
  deadline(loads[0].token);
  EXPECT_TRUE(answered.empty());
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].failure, LoadFailure::kTimedOut);
}

TEST_F(FlightLoadsTest, NoSecondFillerIsCalled) {
  fills_take(20);
  read(1);
  for (const Armed& timer : armed) EXPECT_GE(timer.at_ms, now_ms() + 120'000);
}

TEST_F(FlightLoadsTest, TransactionsAndScriptsBeginNone) {
  Reader silent = reader(1);
  silent.may_elect = false;
  EXPECT_EQ(read(silent).verdict, Verdict::kNil);
  EXPECT_TRUE(loads.empty());
}

TEST_F(FlightLoadsTest, AReadThatMayNotWaitYetBeginsTheLoad) {
  Reader first_pass = reader(1);
  first_pass.may_park = false;
  EXPECT_EQ(read(first_pass).verdict, Verdict::kNil);
  EXPECT_EQ(loads.size(), 1u);
  EXPECT_EQ(read(1).verdict, Verdict::kParked);
  EXPECT_EQ(loads.size(), 1u);
}

}  // namespace
}  // namespace corral::stampede

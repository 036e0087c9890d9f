// What a read gets: election, stale value, parking, nil. One test for each rule.
// Threading: one thread.
// See: server/stampede/README.md, "Flights".
#include <set>

#include "tests/server/stampede/flights_fixture.h"

namespace corral::stampede {
namespace {

TEST_F(FlightsTest, MissingWithoutLeaseElects) {
  const ReadOutcome outcome = read(1);
  EXPECT_EQ(outcome.verdict, Verdict::kElected);
  EXPECT_NE(outcome.token, 0u);
  EXPECT_TRUE(flights.lease_is_good(at(), outcome.token));
  EXPECT_TRUE(flights.holds_lease(at(), 1));
  EXPECT_FALSE(flights.holds_lease(at(), 2));
  EXPECT_EQ(stats().elections, 1u);
}

TEST_F(FlightsTest, StaleWithoutLeaseElectsOneAndServesTheOthers) {
  EXPECT_EQ(read(1, KeyState::kStale).verdict, Verdict::kElected);
  EXPECT_EQ(read(2, KeyState::kStale).verdict, Verdict::kServeStale);
  EXPECT_EQ(read(1, KeyState::kStale).verdict, Verdict::kServeStale);
  EXPECT_EQ(stats().stale_hits, 2u);
  EXPECT_EQ(flights.figures().waiters, 0u);
}

TEST_F(FlightsTest, MissingWithLeaseParksForTheWholeWait) {
  elect_and_park(1);
  advance(40);
  const ReadOutcome outcome = read(2);
  EXPECT_EQ(outcome.verdict, Verdict::kParked);
  EXPECT_EQ(outcome.until_ms, now_ms() + policy.wait_ms);
  EXPECT_EQ(stats().waits, 1u);
}

TEST_F(FlightsTest, PatienceIsCappedByTheLibraryHint) {
  elect_and_park(1);
  Reader glide = reader(2);
  glide.patience_cap_ms = 200;
  EXPECT_EQ(read(glide).until_ms, now_ms() + 200);
}

TEST_F(FlightsTest, WaitZeroNeverParks) {
  policy.wait_ms = 0;
  elect_and_park(1);
  EXPECT_EQ(read(2).verdict, Verdict::kNil);
  EXPECT_EQ(stats().misses, 1u);
}

TEST_F(FlightsTest, OtherKeysAndDatabasesAreOtherFlights) {
  elect_and_park(1);
  EXPECT_EQ(read(2, KeyState::kMissing, "other").verdict, Verdict::kElected);
  EXPECT_EQ(flights.on_read(at("k", 1), KeyState::kMissing, reader(3), policy, now_us, *this).verdict,
            Verdict::kElected);
}

TEST_F(FlightsTest, AReadThatMayNotBeElectedSeesStaleAsMissing) {
  Reader scripted = reader(1);
  scripted.may_elect = false;
  EXPECT_EQ(read(scripted).verdict, Verdict::kNil);
  EXPECT_EQ(read(scripted, KeyState::kStale).verdict, Verdict::kNil);
  elect_and_park(1);
  scripted.client = 2;
  EXPECT_EQ(read(scripted).verdict, Verdict::kNil);
  EXPECT_EQ(flights.figures().leases, 1u);
}

TEST_F(FlightsTest, AReadThatMayNotParkGetsNilButCanBeElected) {
  Reader multi = reader(2);
  multi.may_park = false;
  EXPECT_EQ(read(multi).verdict, Verdict::kElected);
  multi.client = 3;
  EXPECT_EQ(read(multi).verdict, Verdict::kNil);
}

struct PipelinedCase {
  const char* name;
  int64_t sample_ms;   // 0: none
  int64_t known_ms;    // of the key itself
  int64_t elapsed_ms;  // since the lease was given
  int64_t cap_ms;
  Verdict verdict;
};

class PipelinedTest : public FlightsTest, public ::testing::WithParamInterface<PipelinedCase> {};

TEST_P(PipelinedTest, ParksOnlyForAFillThatIsNear) {
  const PipelinedCase& c = GetParam();
  if (c.sample_ms > 0) fills_take(c.sample_ms);
  Reader first = reader(1);
  first.known_fill_us = c.known_ms * 1000;
  ASSERT_EQ(read(first).verdict, Verdict::kElected);
  advance(c.elapsed_ms);
  Reader pipelined = reader(2);
  pipelined.pipelined = true;
  pipelined.patience_cap_ms = c.cap_ms;
  EXPECT_EQ(read(pipelined).verdict, c.verdict);
  pipelined.client = 1;  // another caller on the holder's own connection
  pipelined.ticket = 2;
  EXPECT_EQ(read(pipelined).verdict, c.verdict);
  EXPECT_EQ(stats().probes, 0u);
}

INSTANTIATE_TEST_SUITE_P(  // wait is 500 ms
    Rule4, PipelinedTest,
    ::testing::Values(PipelinedCase{"NoSample", 0, 0, 10, 10'000, Verdict::kNil},
                      PipelinedCase{"WithinAQuarter", 125, 0, 0, 10'000, Verdict::kParked},
                      PipelinedCase{"TooFar", 130, 0, 0, 10'000, Verdict::kNil},
                      PipelinedCase{"ElapsedTimeCounts", 160, 0, 40, 10'000, Verdict::kParked},
                      PipelinedCase{"OverdueALittle", 20, 0, 35, 10'000, Verdict::kParked},
                      PipelinedCase{"OverdueTwice", 20, 0, 45, 10'000, Verdict::kNil},
                      PipelinedCase{"KnownCostWins", 400, 50, 0, 10'000, Verdict::kParked},
                      PipelinedCase{"KnownCostWithoutSample", 0, 50, 0, 10'000, Verdict::kParked},
                      PipelinedCase{"ShortPatienceEnough", 100, 0, 0, 200, Verdict::kParked},
                      PipelinedCase{"ShortPatienceTooShort", 100, 0, 0, 130, Verdict::kNil}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(FlightsTest, LeasesAtTheirLimitGiveNilOrTheStaleValue) {
  flights.set_limits({1, 10, 10});
  elect_and_park(1);
  EXPECT_EQ(read(2, KeyState::kMissing, "other").verdict, Verdict::kNil);
  EXPECT_EQ(read(2, KeyState::kStale, "other").verdict, Verdict::kServeStale);
  EXPECT_EQ(stats().bound_refusals, 2u);
  EXPECT_EQ(flights.figures().leases, 1u);
}

TEST_F(FlightsTest, WaitersAtTheirLimitGiveNil) {
  flights.set_limits({10, 2, 10});
  elect_and_park(3);
  EXPECT_EQ(read(4).verdict, Verdict::kNil);
  EXPECT_EQ(stats().bound_refusals, 1u);
  EXPECT_TRUE(withdraw(2));
  EXPECT_EQ(read(4).verdict, Verdict::kParked);
}

TEST_F(FlightsTest, MarksAtTheirLimitEvictOneThatNobodyAskedFor) {
  flights.set_limits({10, 10, 2});
  for (const char* key : {"a", "bb", "ccc"}) {
    const ReadOutcome elected = read(1, KeyState::kMissing, key);
    flights.end_lease(at(key), elected.token, 500, &policy, now_us, *this);
    if (key[0] == 'a') {
      EXPECT_EQ(read(2, KeyState::kMissing, "a").verdict, Verdict::kNil);  // referenced
    }
  }
  EXPECT_EQ(flights.figures().hit_for_miss, 2u);
  EXPECT_EQ(read(2, KeyState::kMissing, "a").verdict, Verdict::kNil);
  EXPECT_EQ(read(2, KeyState::kMissing, "bb").verdict, Verdict::kElected);
  EXPECT_EQ(read(2, KeyState::kMissing, "ccc").verdict, Verdict::kNil);
}

TEST_F(FlightsTest, WithdrawnReadsAreNotAnswered) {
  elect_and_park(3);
  EXPECT_TRUE(withdraw(2, true));
  EXPECT_FALSE(withdraw(2, true));
  EXPECT_EQ(stats().wait_timeouts, 1u);
  write(1);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 3u);
  EXPECT_FALSE(withdraw(3));
}

TEST_F(FlightsTest, ManyWaitersOfOneConnectionAreToldApart) {
  elect_and_park(1);
  Reader waiting = reader(2);
  for (uint32_t i = 0; i < 3; ++i) {
    waiting.index = i;
    EXPECT_EQ(read(waiting).verdict, Verdict::kParked);
  }
  EXPECT_TRUE(flights.withdraw(at(), {2, 0, 1, 1}, false, &policy));
  EXPECT_FALSE(flights.withdraw(at(), {2, 0, 1, 1}, false, &policy));
  EXPECT_FALSE(flights.withdraw(at(), {2, 0, 2, 0}, false, &policy));
  EXPECT_EQ(flights.figures().waiters, 2u);
}

TEST_F(FlightsTest, TokensNeverRepeatAndDoNotFollowFromEachOther) {
  std::set<uint64_t> tokens;
  std::set<uint64_t> steps;
  uint64_t last = 0;
  for (uint32_t stripe = 0; stripe < 4; ++stripe) {
    Flights other(FlightLimits{1000, 1, 1}, 99, stripe);
    for (int i = 0; i < 500; ++i) {
      const std::string key = "key" + std::to_string(i);
      const FlightKey place{0, key, static_cast<uint64_t>(i) << 20};
      const ReadOutcome outcome = other.on_read(place, KeyState::kMissing, reader(1), policy, now_us, *this);
      ASSERT_EQ(outcome.verdict, Verdict::kElected);
      tokens.insert(outcome.token);
      steps.insert(outcome.token - last);
      last = outcome.token;
    }
  }
  EXPECT_EQ(tokens.size(), 2000u);
  EXPECT_GT(steps.size(), 1990u);
}

TEST_F(FlightsTest, ExplainTellsWhoFillsAndWhoWaits) {
  EXPECT_EQ(flights.explain(at(), now_us), "");
  elect_and_park(3);
  advance(40);
  EXPECT_EQ(flights.explain(at(), now_us),
            "client 1 has been filling it for 40 ms, its lease ends in 960 ms, 2 reads wait, the first for "
            "460 ms more");
}

TEST_F(FlightsTest, FiguresCountExactlyAndGoBackToTheStart) {
  const uint64_t nothing = flights.figures().bytes;
  EXPECT_TRUE(flights.idle());
  elect_and_park(1001);
  EXPECT_FALSE(flights.idle());
  const FlightFigures full = flights.figures();
  EXPECT_EQ(full.leases, 1u);
  EXPECT_EQ(full.waiters, 1000u);
  EXPECT_GT(full.bytes, nothing + 1000 * 64);
  write(1);
  EXPECT_TRUE(flights.idle());
  EXPECT_EQ(flights.figures().waiters, 0u);
  EXPECT_LT(flights.figures().bytes, 1024u);
}

TEST_F(FlightsTest, ALeaseTakesAboutTwoHundredBytes) {
  flights.set_limits({1024, 10, 10});
  for (int i = 0; i < 1024; ++i) {
    const std::string key = "key:" + std::to_string(i);
    const FlightKey place{0, key, static_cast<uint64_t>(i) << 16};
    ASSERT_EQ(flights.on_read(place, KeyState::kMissing, reader(1), policy, now_us, *this).verdict,
              Verdict::kElected);
  }
  EXPECT_LT(flights.figures().bytes / 1024, 220u);
}

TEST_F(FlightsTest, TheServersTotalsBoundAllStripesTogether) {
  FlightTotals totals;
  totals.most_leases = 2;
  totals.most_waiters = 1;
  FlightLimits limits;
  limits.server = &totals;
  Flights here(limits, 1, 0);
  Flights there(limits, 1, 1);
  const auto ask = [&](Flights& stripe, ClientId client, std::string_view key) {
    return stripe.on_read(at(key), KeyState::kMissing, reader(client), policy, now_us, *this).verdict;
  };
  EXPECT_EQ(ask(here, 1, "a"), Verdict::kElected);
  EXPECT_EQ(ask(there, 2, "b"), Verdict::kElected);
  EXPECT_EQ(ask(there, 3, "c"), Verdict::kNil);
  EXPECT_EQ(ask(here, 4, "a"), Verdict::kParked);
  EXPECT_EQ(ask(there, 5, "b"), Verdict::kNil);
  EXPECT_EQ(stats().bound_refusals, 2u);
  here.on_write(at("a"), {1, "v", nullptr}, &policy, now_us, *this);
  EXPECT_EQ(totals.leases, 1u);
  EXPECT_EQ(totals.waiters, 0u);
  EXPECT_EQ(ask(there, 5, "b"), Verdict::kParked);
}

TEST_F(FlightsTest, AHerdIsTakenOutWithoutDisturbingOtherWaitersOfTheStripe) {
  for (const bool alone : {true, false}) {
    answered.clear();
    read(1);
    if (!alone) {
      read(1000, KeyState::kMissing, "other");
      EXPECT_EQ(read(1001, KeyState::kMissing, "other").verdict, Verdict::kParked);
    }
    for (ClientId client = 2; client <= 300; ++client) EXPECT_EQ(read(client).verdict, Verdict::kParked);
    EXPECT_TRUE(withdraw(7));
    write(1);
    ASSERT_EQ(answered.size(), 298u);
    for (size_t i = 0; i < answered.size(); ++i) EXPECT_EQ(answered[i].client, i < 5 ? i + 2 : i + 3);
    EXPECT_FALSE(withdraw(8));
    EXPECT_EQ(flights.figures().waiters, alone ? 0u : 1u);
  }
  EXPECT_TRUE(withdraw(1001));
}

}  // namespace
}  // namespace corral::stampede

// Outages, overload, recovery and cold starts in virtual time, with and without the protections.
// Threading: one thread.
// See: simulated_origin.h; the same seed gives the same run.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/server/resilience/simulated_origin.h"

namespace corral::resilience {
namespace {

constexpr int64_t kSecond = 1'000'000;

std::string seen(const SimulatedWorld& world, uint64_t seed) {
  std::string text = "seed " + std::to_string(seed) + ": calls " + std::to_string(world.calls) +
                     ", attempts " + std::to_string(world.attempts) + "; ended:";
  for (size_t i = 0; i < kReasons; ++i) {
    if (world.reasons[i] != 0) {
      text += std::string(" ") + word_of(static_cast<Reason>(i)) + " " + std::to_string(world.reasons[i]);
    }
  }
  return text;
}

/// Bigger counts, as everywhere with CORRAL_LONG=1.
bool long_run() {
  return std::getenv("CORRAL_LONG") != nullptr;
}
std::vector<uint64_t> seeds() {
  return long_run() ? std::vector<uint64_t>{1, 20261125, 7777} : std::vector<uint64_t>{20261125};
}

/// What is left when nothing protects the origin: every call goes at once and is tried three times.
PipelineOptions unprotected() {
  PipelineOptions options;
  options.breaker_on = options.shedder_on = options.retry_budget_on = false;
  options.concurrency.fixed = 1'000'000;
  options.cold_start.duration_us = 0;
  options.most_calls = 1'000'000;
  return options;
}

// Brooker's curve: with the budget, and even without a breaker, failure hardly multiplies load.
TEST(OutageSimulation, AttemptsStayBelowOneTenthAboveCallsAtAnyFailureRate) {
  for (const uint64_t seed : seeds()) {
    for (const bool breaker : {true, false}) {
      PipelineOptions options;
      options.breaker_on = breaker;
      options.shedder_on = false;
      options.concurrency.fixed = 200;
      SimulatedWorld world(options, {}, seed);
      world.rate_per_s = 200;
      world.mood = Mood::kErrors;
      world.arrivals();
      world.run_until(120 * kSecond);
      EXPECT_LE(static_cast<double>(world.attempts), 1.1 * static_cast<double>(world.calls))
          << seen(world, seed);
      EXPECT_GT(world.attempts, 0u);
    }
  }
}

TEST(OutageSimulation, WithoutTheBudgetTheSameOutageTriplesTheLoad) {
  PipelineOptions options = unprotected();
  SimulatedWorld world(options, {}, 1);
  world.rate_per_s = 200;
  world.mood = Mood::kErrors;
  world.arrivals();
  world.run_until(60 * kSecond);
  EXPECT_GT(static_cast<double>(world.attempts), 2.5 * static_cast<double>(world.calls)) << seen(world, 1);
}

// Little's law: `servers` calls at a time keep the origin busy; more only queue inside it.
TEST(OutageSimulation, LimitConvergesToWithinTwiceOfLittlesLaw) {
  for (const uint64_t seed : seeds()) {
    for (const uint32_t servers : {8u, 32u, 100u}) {
      for (const double overload : {2.0, 5.0}) {
        if (!long_run() && (seed != seeds()[0]) + (overload > 2) + (servers == 32) > 1) continue;
        SimulatedOptions origin;
        origin.service_us = 50'000;
        origin.servers = servers;
        SimulatedWorld world({}, origin, seed);
        world.rate_per_s = overload * servers * 20;
        world.arrivals();
        world.run_until(29 * kSecond);
        double sum = 0;
        for (int s = 30; s < 50; ++s) {
          world.run_until(s * kSecond);
          sum += world.pipeline.view(world.now).limit;
        }
        const double mean = sum / 20;
        const std::string what = "servers " + std::to_string(servers) + " overload " +
                                 std::to_string(overload) + " mean limit " + std::to_string(mean) + "; " +
                                 seen(world, seed);
        EXPECT_LE(mean, 2.0 * servers) << what;
        EXPECT_GE(mean, 0.5 * servers) << what;
        const double goodput = static_cast<double>(SimulatedWorld::sum(world.served_per_second, 29, 49)) / 20;
        EXPECT_GE(goodput, 0.9 * servers * 20) << what;
      }
    }
  }
}

TEST(OutageSimulation, TenMinutesAwayCostTenProbesASecondAtMostAndRecoveryIsNoSurge) {
  for (const uint64_t seed : seeds()) {
    for (const Mood mood : {Mood::kRefuses, Mood::kHangs, Mood::kErrors}) {
      SimulatedOptions origin;
      origin.servers = 32;
      SimulatedWorld world({}, origin, seed);
      world.rate_per_s = 400;  // a quarter of what it can
      world.arrivals();
      world.run_until(60 * kSecond);
      const double steady = static_cast<double>(SimulatedWorld::sum(world.attempts_per_second, 40, 60)) / 20;
      world.mood = mood;
      world.run_until(660 * kSecond);
      const std::string what = "mood " + std::to_string(static_cast<int>(mood)) + "; " + seen(world, seed);
      // Timeouts trip it after five, plain errors when they are half of the last ten seconds.
      const size_t tripped = mood == Mood::kErrors ? 71 : 63;
      EXPECT_LE(SimulatedWorld::most(world.attempts_per_second, tripped, 660), 10u) << what;
      world.mood = Mood::kWell;
      world.run_until(760 * kSecond);
      EXPECT_LE(static_cast<double>(SimulatedWorld::most(world.attempts_per_second, 660, 760)), 1.2 * steady)
          << what;
      const auto served = static_cast<double>(SimulatedWorld::sum(world.served_per_second, 710, 760));
      EXPECT_GE(served, 0.99 * static_cast<double>(SimulatedWorld::sum(world.calls_per_second, 710, 760)))
          << what;
    }
  }
}

TEST(OutageSimulation, BreakerRecoveryRampDoesNotTripItAgain) {
  for (const uint64_t seed : seeds()) {
    SimulatedOptions origin;
    origin.collapses_above = 20;
    SimulatedWorld world({}, origin, seed);
    world.rate_per_s = 2'000;  // twice what it can: all of it at once would end it
    world.arrivals();
    world.run_until(60 * kSecond);
    world.mood = Mood::kRefuses;
    world.run_until(120 * kSecond);
    world.mood = Mood::kWell;
    const size_t before = world.transitions.size();
    world.run_until(240 * kSecond);
    size_t trips = 0;
    for (size_t i = before; i < world.transitions.size(); ++i) {
      trips += world.transitions[i].to == BreakerState::kOpen &&
               world.transitions[i].from == BreakerState::kClosed;
    }
    EXPECT_EQ(trips, 0u) << seen(world, seed);
    EXPECT_EQ(world.transitions.back().to, BreakerState::kClosed) << seen(world, seed);
  }
}

/// Readers of a cache that is empty at first: values live 10 s and are served stale while they are refreshed; one load
/// for each key at a time, whose readers wait for it, and are served if it comes.
struct ColdCache {
  static constexpr int kKeys = 8'000;
  static constexpr int64_t kTtlUs = 10 * kSecond;

  ColdCache(SimulatedWorld& into, double reads) : world(into), reads_per_s(reads), keys(kKeys) {
    world.on_end = [this](uint64_t owner, const CallOutcome& outcome) {
      Key& key = keys[owner];
      key.loading = false;
      if (outcome.ok()) {
        key.filled = true;
        const auto spread = static_cast<int64_t>(world.random.below(kTtlUs / 10));
        key.fresh_until_us = world.now + kTtlUs - spread;
        served(key.waiting);
      }
      key.waiting = 0;
    };
    read();
  }
  void read() {
    const double gap_s = -std::log(1.0 - world.random.unit()) / reads_per_s;
    world.at(world.now + std::max<int64_t>(1, static_cast<int64_t>(gap_s * 1e6)), [this] {
      const uint64_t number = world.random.below(kKeys);
      Key& key = keys[number];
      ++world.per_second(requests_per_second);
      if (key.filled) {
        served(1);
      } else {
        ++key.waiting;
      }
      if (!key.loading && world.now >= key.fresh_until_us) {
        key.loading = true;
        world.begin(number, key.filled ? CallClass::kRefresh : CallClass::kForegroundLoad);
      }
      read();
    });
  }
  void warm() {
    for (Key& key : keys) {
      key.filled = true;
      key.fresh_until_us = world.now + static_cast<int64_t>(world.random.below(kTtlUs));
    }
  }
  void flush() {
    for (Key& key : keys) {
      key.filled = false;
      key.fresh_until_us = 0;
    }
  }
  void served(uint64_t readers) { world.per_second(served_per_second) += readers; }
  double share_served(size_t from, size_t to) const {
    return static_cast<double>(SimulatedWorld::sum(served_per_second, from, to)) /
           static_cast<double>(SimulatedWorld::sum(requests_per_second, from, to));
  }

  struct Key {
    bool filled = false, loading = false;
    uint32_t waiting = 0;
    int64_t fresh_until_us = 0;
  };
  SimulatedWorld& world;
  double reads_per_s;
  std::vector<Key> keys;
  std::vector<uint64_t> requests_per_second, served_per_second;
};

/// 100 calls of 100 ms at a time are 1,000 a second; 8,000 keys of ten seconds ask for 800: 80 %.
SimulatedOptions collapsing() {
  SimulatedOptions origin;
  origin.service_us = 100'000;
  origin.varies = false;
  origin.collapses_above = 100;
  return origin;
}

TEST(OutageSimulation, ColdStartAgainstAnOriginThatCollapsesIsServedWithinThirtySeconds) {
  for (const uint64_t seed : seeds()) {
    SimulatedWorld world({}, collapsing(), seed);
    ColdCache cache(world, 5'000);
    world.end_of_time = 31 * kSecond;
    world.run_until(31 * kSecond);
    EXPECT_GE(cache.share_served(30, 31), 0.97) << seen(world, seed);
    EXPECT_GE(SimulatedWorld::sum(world.served_per_second, 26, 31), 5 * 700u)
        << "refreshes, too: 800 a second are due";
    std::printf("protected, seed %llu: %.4f served in second 30\n", static_cast<unsigned long long>(seed),
                cache.share_served(30, 31));
  }
}

TEST(OutageSimulation, ColdStartWithoutProtectionsFails) {
  for (const uint64_t seed : seeds()) {
    SimulatedWorld world(unprotected(), collapsing(), seed);
    ColdCache cache(world, 5'000);
    world.end_of_time = 31 * kSecond;
    world.run_until(31 * kSecond);
    EXPECT_LT(cache.share_served(30, 31), 0.97) << seen(world, seed);
    std::printf("unprotected, seed %llu: %.4f served in second 30\n", static_cast<unsigned long long>(seed),
                cache.share_served(30, 31));
  }
}

/// Warm, then at once an empty cache and an origin that hangs for ten seconds; the share served 30 s after that.
double served_after_stall(const PipelineOptions& options, uint64_t seed) {
  SimulatedWorld world(options, collapsing(), seed);
  ColdCache cache(world, 2'000);
  cache.warm();
  world.end_of_time = 101 * kSecond;
  world.run_until(60 * kSecond);
  EXPECT_GE(cache.share_served(0, 60), 0.99);
  cache.flush();
  world.mood = Mood::kHangs;
  world.run_until(70 * kSecond);
  world.mood = Mood::kWell;
  world.run_until(101 * kSecond);
  std::printf("%s\n", seen(world, seed).c_str());
  return cache.share_served(100, 101);
}

// The metastable loop: the trigger goes, and the overload must go with it.
TEST(OutageSimulation, EmptyCacheAndAStallOfTenSecondsAreOverThirtySecondsLater) {
  for (const uint64_t seed : seeds()) EXPECT_GE(served_after_stall({}, seed), 0.97) << "seed " << seed;
}

TEST(OutageSimulation, WithoutProtectionsTheStallNeverEnds) {
  PipelineOptions options = unprotected();
  EXPECT_LT(served_after_stall(options, 1), 0.97);
}

// Write-behind may use half of the limit only: it must grow all the same.
TEST(OutageSimulation, WriteBehindAloneGetsWhatTheOriginCan) {
  SimulatedOptions origin;
  origin.servers = 32;
  SimulatedWorld world({}, origin, 5);
  uint64_t owner = 0;
  std::function<void()> more = [&] {  // a backlog with up to 100 deliveries at a time
    for (uint32_t n = world.pipeline.view(world.now).calls; n < 100; ++n) {
      world.begin(++owner, CallClass::kWriteBehind);
    }
    world.at(world.now + 20'000, more);
  };
  more();
  world.run_until(30 * kSecond);
  EXPECT_GE(SimulatedWorld::sum(world.served_per_second, 20, 30), 10 * 1'400u) << seen(world, 5);
}

// Open loop to five times the capacity: goodput is a plateau, not a cliff.
TEST(OutageSimulation, GoodputIsAPlateauUpToFiveTimesTheCapacity) {
  double at_capacity = 0;
  for (const double load : {0.5, 0.8, 1.0, 2.0, 3.0, 5.0}) {
    SimulatedWorld world({}, collapsing(), 3);
    world.rate_per_s = load * 1'000;
    world.arrivals();
    world.run_until(60 * kSecond);
    const double goodput = static_cast<double>(SimulatedWorld::sum(world.served_per_second, 40, 60)) / 20;
    std::printf("load %.1f of capacity: %.0f served a second, limit %u\n", load, goodput,
                world.pipeline.view(world.now).limit);
    EXPECT_GE(goodput, 0.7 * std::min(load, 1.0) * 1'000) << load;
    if (load == 1.0) at_capacity = goodput;
    if (load > 1.0) {
      EXPECT_GE(goodput, 0.85 * at_capacity) << load;
    }
  }
}

// A part of the calls fails, fast: between healthy and down.
TEST(OutageSimulation, GrayFailureOfAThirdLosesLittleMoreThanAThird) {
  for (const uint64_t seed : seeds()) {
    SimulatedWorld world({}, {}, seed);
    world.rate_per_s = 400;
    world.arrivals();
    std::function<void()> flap = [&] {
      world.mood = world.random.below(10) < 3 ? Mood::kErrors : Mood::kWell;
      world.at(world.now + 2'000, flap);
    };
    flap();
    world.run_until(60 * kSecond);
    const auto served = static_cast<double>(SimulatedWorld::sum(world.served_per_second, 20, 60));
    EXPECT_GE(served, 0.65 * static_cast<double>(SimulatedWorld::sum(world.calls_per_second, 20, 60)))
        << seen(world, seed);
    EXPECT_LE(static_cast<double>(world.attempts), 1.1 * static_cast<double>(world.calls))
        << seen(world, seed);
  }
}

TEST(OutageSimulation, SameSeedSameRun) {
  uint64_t attempts[2];
  for (uint64_t& count : attempts) {
    SimulatedWorld world({}, collapsing(), 99);
    world.rate_per_s = 1'500;
    world.arrivals();
    world.run_until(10 * kSecond);
    count = world.attempts * 1'000'003 + world.reasons[0];
  }
  EXPECT_EQ(attempts[0], attempts[1]);
}

}  // namespace
}  // namespace corral::resilience

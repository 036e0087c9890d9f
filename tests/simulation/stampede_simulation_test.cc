// Seeded interleavings of readers, fillers, deaths, removals and time against the rules of the lease engine.
// Threading: one thread.
// See: README.md of this folder.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/simulation/world.h"

namespace corral::simulation {
namespace {

constexpr uint64_t kFirstSeed = 20'261'122;
constexpr int kSteps = 150;

uint64_t runs() {
  return std::getenv("CORRAL_LONG") != nullptr ? 100'000 : 5'000;
}

// What happened in all runs together: a simulation that never gets to a rule proves nothing about it.
struct Seen {
  uint64_t elections = 0;
  uint64_t fills = 0;
  uint64_t duplicates = 0;
  uint64_t waits = 0;
  uint64_t timeouts = 0;
  uint64_t promotions = 0;
  uint64_t hedges = 0;
  uint64_t unfillable = 0;
  uint64_t refusals = 0;
  uint64_t stale = 0;
  uint64_t probes = 0;
  uint64_t holder_waits = 0;
  uint64_t holder_timeouts = 0;

  void add(const stampede::PolicyStats& stats) {
    elections += stats.elections;
    fills += stats.fills;
    duplicates += stats.duplicate_fills;
    waits += stats.waits;
    timeouts += stats.wait_timeouts;
    promotions += stats.promotions;
    hedges += stats.hedges;
    unfillable += stats.hit_for_miss;
    refusals += stats.bound_refusals;
    stale += stats.stale_hits;
    probes += stats.probes;
    holder_waits += stats.holder_waits;
    holder_timeouts += stats.holder_timeouts;
  }
};

TEST(StampedeSimulation, EveryRuleHoldsInEveryInterleaving) {
  Seen seen;
  std::printf("seeds %llu to %llu\n", static_cast<unsigned long long>(kFirstSeed),
              static_cast<unsigned long long>(kFirstSeed + runs() - 1));
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + runs(); ++seed) {
    World world(seed, false);
    world.run(kSteps);
    seen.add(world.stats());
    if (world.problem().empty()) continue;
    World again(seed, true);
    again.run(kSteps);
    FAIL() << "seed " << seed << ": " << world.problem() << "\n" << again.trace();
  }
  for (const uint64_t count :
       {seen.elections, seen.fills, seen.duplicates, seen.waits, seen.timeouts, seen.promotions, seen.hedges,
        seen.unfillable, seen.refusals, seen.stale, seen.probes, seen.holder_waits, seen.holder_timeouts}) {
    EXPECT_GT(count, runs() / 20);
  }
  std::printf("elections %llu, fills %llu, waits %llu, promotions %llu, hedges %llu, hit-for-miss %llu\n",
              static_cast<unsigned long long>(seen.elections), static_cast<unsigned long long>(seen.fills),
              static_cast<unsigned long long>(seen.waits), static_cast<unsigned long long>(seen.promotions),
              static_cast<unsigned long long>(seen.hedges), static_cast<unsigned long long>(seen.unfillable));
}

}  // namespace
}  // namespace corral::simulation

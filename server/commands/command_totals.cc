// Sums command statistics and reads latencies out of them.
// Threading: see command_totals.h.
// See: command_totals.h.
#include "server/commands/command_totals.h"

#include <algorithm>
#include <cmath>

namespace corral::commands {
namespace {

// Durations a bucket spans, in cycles.
double bucket_begin(size_t bucket) { return bucket == 0 ? 0 : std::ldexp(1.0, static_cast<int>(bucket) - 1); }
double bucket_end(size_t bucket) { return std::ldexp(1.0, static_cast<int>(bucket)); }

}  // namespace

CommandTotals command_totals(const dispatch::Services& services, uint32_t id) {
  CommandTotals totals;
  for (const metrics::WorkerStats* worker : services.stats) {
    const metrics::CommandStats& stats = worker->by_command[id];
    totals.cycles += stats.cycles.value();
    totals.rejected += stats.rejected.value();
    totals.failed += stats.failed.value();
    static_assert(decltype(stats.calls)::size() == std::tuple_size_v<decltype(totals.by_duration)>);
    for (size_t i = 0; i < totals.by_duration.size(); ++i) {
      totals.by_duration[i] += stats.calls.count(i);
      totals.calls += stats.calls.count(i);
    }
  }
  return totals;
}

double percentile_us(const CommandTotals& totals, double percentile, double cycles_per_us) {
  uint64_t all = 0;
  for (const uint64_t calls : totals.by_duration) all += calls;
  if (all == 0) return 0;
  // The call that has this share of all calls at or below it, counted from 1.
  const double rank = std::max(1.0, std::ceil(percentile / 100 * static_cast<double>(all)));
  double before = 0;
  for (size_t i = 0; i < totals.by_duration.size(); ++i) {
    const auto here = static_cast<double>(totals.by_duration[i]);
    if (here > 0 && before + here >= rank) {
      const double share = (rank - before) / here;
      return (bucket_begin(i) + share * (bucket_end(i) - bucket_begin(i))) / cycles_per_us;
    }
    before += here;
  }
  return bucket_end(totals.by_duration.size() - 1) / cycles_per_us;
}

std::vector<HistogramStep> histogram_steps(const CommandTotals& totals, double cycles_per_us) {
  constexpr int kBounds = 21;
  // Redis counts in nanoseconds, doubling from 1,024, each bound widened by the resolution of its histogram.
  const auto bound_us = [](int i) { return ((int64_t{1024} << i) * 129 / 128 - 1) / 1000; };
  std::vector<HistogramStep> steps;
  uint64_t sum = 0;
  int bound = 0;
  for (size_t i = 0; i < totals.by_duration.size(); ++i) {
    if (totals.by_duration[i] == 0) continue;
    sum += totals.by_duration[i];
    while (bound + 1 < kBounds && bucket_end(i) / cycles_per_us > static_cast<double>(bound_us(bound))) ++bound;
    if (!steps.empty() && steps.back().up_to_us == bound_us(bound)) {
      steps.back().calls = sum;
    } else {
      steps.push_back({bound_us(bound), sum});
    }
  }
  return steps;
}

}  // namespace corral::commands

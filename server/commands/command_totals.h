// The figures of one command summed over the workers, and its latencies as percentiles and as Redis' histogram.
// Threading: reads relaxed atomics; sums may be a moment old.
// See: server/metrics/command_stats.h.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "server/dispatch/services.h"

namespace corral::commands {

struct CommandTotals {
  uint64_t calls = 0;
  uint64_t cycles = 0;
  uint64_t rejected = 0;
  uint64_t failed = 0;
  std::array<uint64_t, 40> by_duration{};  // bucket i: calls of [2^(i-1), 2^i) cycles

  bool any() const { return calls > 0 || rejected > 0 || failed > 0; }
};

CommandTotals command_totals(const dispatch::Services& services, uint32_t id);

/// Duration in microseconds that `percentile` (0 to 100) percent of the calls did not pass; 0 without calls. Inside a
/// bucket the calls count as spread evenly.
double percentile_us(const CommandTotals& totals, double percentile, double cycles_per_us);

struct HistogramStep {
  int64_t up_to_us;
  uint64_t calls;  // of this duration or less
};
/// The steps at which the number of calls grows, at Redis' bounds (1 2 4 8 16 33 66 … 1,082,130 µs, which also stands for
/// everything above).
std::vector<HistogramStep> histogram_steps(const CommandTotals& totals, double cycles_per_us);

}  // namespace corral::commands

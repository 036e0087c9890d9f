// What people read about latency spikes: a picture of their course, and advice.
// Threading: pure functions.
// See: server/metrics/slow_log.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/metrics/slow_log.h"

namespace corral::commands {

/// All that is known of one event.
struct LatencyEvent {
  std::string name;
  std::vector<metrics::LatencyMonitor::Sample> samples;  // oldest first, not empty
  int64_t max_ms = 0;                                    // since the start, or the last reset
};

/// LATENCY GRAPH: highest and lowest value, a picture of bars, and below each bar how long ago it was. Shape and
/// characters as Redis'.
std::string latency_graph(const LatencyEvent& event, int64_t now_seconds);

struct DoctorFacts {
  int64_t threshold_ms = 0;            // latency-monitor-threshold
  int64_t slower_than_us = 0;          // slowlog-log-slower-than
  uint64_t longest_turn_us = 0;        // of any worker's loop
  uint64_t longest_lock_hold_us = 0;
  std::vector<LatencyEvent> events;
};

/// LATENCY DOCTOR.
std::string latency_advice(const DoctorFacts& facts);

}  // namespace corral::commands

// Why calls end, and every figure that the pipeline counts.
// Threading: one thread; a copy may go anywhere.
// See: call_pipeline.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/resilience/call_class.h"
#include "server/resilience/circuit_breaker.h"
#include "server/resilience/duration_histogram.h"

namespace corral::resilience {

enum class Reason : uint8_t {
  kOk,
  kPermanent,  ///< the origin refused for good
  kAttempts,   ///< as many attempts as allowed have failed
  kDeadline,   ///< the total deadline passed, or what is left of it is too short for the next step
  kBudget,     ///< a retry was due, but the origin's retry budget is spent
  kBreaker,    ///< no endpoint whose breaker lets calls through
  kShed,       ///< dropped by chance, since the origin accepts too few
  kQueue,      ///< no concurrency permit in time: places taken, standing queue, or queue deadline
  kRate,       ///< no leave from the rate in time
  kPushback,   ///< the origin asked to come back after the deadline
  kUnsafe,     ///< it may have been done, and doing it twice is not safe
  kCancelled,  ///< the attempt was given up by the protocol (kIgnored)
};
constexpr size_t kReasons = 12;
const char* word_of(Reason reason);

using ByClass = std::array<uint64_t, kCallClasses>;

struct CallCounters {
  // Calls
  ByClass calls{};
  std::array<ByClass, kReasons> ended{};  ///< [reason][class]
  ByClass withdrawn{};
  DurationHistogram call_duration;  ///< begin to end, of calls that made an attempt
  // Attempts
  uint64_t first_attempts = 0;
  uint64_t retries = 0;
  std::array<uint64_t, 4> attempt_outcomes{};  ///< by Outcome
  uint64_t timed_out = 0;
  uint64_t pushed_back = 0;
  uint64_t late_results = 0;  ///< of attempts that were over: ignored
  DurationHistogram attempt_duration;
  std::array<uint64_t, kReasons>
      retries_suppressed{};  ///< budget, deadline, breaker, pushback, unsafe, attempts
  // Breakers
  std::array<std::array<uint64_t, kBreakerReasons>, kBreakerStates> breaker_transitions{};  ///< [to][reason]
  // Limiter
  DurationHistogram queue_wait;                       ///< of calls that got a permit
  std::array<uint64_t, kReasons> limiter_rejected{};  ///< queue, rate
  uint64_t shed = 0;
};

/// Gauges, taken when asked.
struct PipelineView {
  uint32_t limit = 0;         ///< what holds
  double computed_limit = 0;  ///< what the latencies say
  int64_t baseline_us = 0;
  uint32_t in_flight = 0;
  std::array<uint32_t, kCallClasses> in_flight_by_class{};
  uint32_t waiting = 0;
  std::array<uint32_t, kCallClasses> waiting_by_class{};
  bool newest_first = false;
  double retry_tokens = 0;
  double shed_probability = 0;
  double cold_start_share = 1;
  uint32_t calls = 0;  ///< waiting, attempting, backing off
};

}  // namespace corral::resilience

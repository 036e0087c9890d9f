// Stops calls to an endpoint that is down, and finds out with one call at a time when it is back.
// Threading: one thread.
// See: README.md of this folder, "Breaker".
#pragma once

#include <cstdint>
#include <optional>

#include "server/base/random.h"
#include "server/resilience/attempt_result.h"
#include "server/resilience/sliding_counts.h"

namespace corral::resilience {

struct BreakerOptions {
  uint32_t consecutive_hard = 5;
  double failure_ratio = 0.5;
  double slow_ratio = 0.9;
  uint32_t min_samples = 20;  ///< for both ratios
  int64_t min_window_us =
      1'000'000;  ///< nor are ratios judged sooner after closing: a few early calls are no sample
  int64_t window_us = 10'000'000;
  int64_t slow_call_us =
      400'000;  ///< an answer after this is a slow one; 0: none is (4/5 of the attempt's 500 ms)
  int64_t open_us = 1'000'000;  ///< doubled with each failed probe
  int64_t open_cap_us = 30'000'000;
  uint32_t successes_to_close = 3;
};

enum class BreakerState : uint8_t { kClosed, kHalfOpen, kOpen };
constexpr size_t kBreakerStates = 3;

enum class BreakerMode : uint8_t {
  kAuto,
  kShadow,        ///< judges and reports as kAuto, but refuses nobody
  kForcedOpen,    ///< refuses everybody until told otherwise
  kForcedClosed,  ///< counts, but never opens
};

enum class BreakerReason : uint8_t {
  kNone,
  kConsecutive,  ///< hard failures in a row
  kFailureRatio,
  kSlowRatio,
  kProbeDue,
  kProbeFailed,
  kProbeSlow,
  kProbesSucceeded,
  kForced,  ///< the mode was changed
  kReset,
};
constexpr size_t kBreakerReasons = 10;

const char* word_of(BreakerState state);
const char* word_of(BreakerMode mode);
const char* word_of(BreakerReason reason);

/// One change, for one line of the log. Forced modes count as a change even where the state stays.
struct BreakerTransition {
  BreakerState from = BreakerState::kClosed;
  BreakerState to = BreakerState::kClosed;
  BreakerMode mode = BreakerMode::kAuto;
  BreakerReason reason = BreakerReason::kNone;
  int64_t at_us = 0;
  int64_t next_probe_us = 0;  ///< when `to` is kOpen and the mode lets it come to that
};

class BreakerEvents {
 public:
  virtual ~BreakerEvents() = default;
  /// Called in the middle of the breaker's work: it must not be called back from here.
  virtual void breaker_changed(uint32_t endpoint, const BreakerTransition& transition) = 0;
};

/// Goes with the call and comes back with its result.
struct BreakerPermit {
  uint64_t generation = 0;  ///< of the state that gave it; 0: its result does not count
  uint64_t probe = 0;       ///< not 0: the lease of a half-open breaker
};

struct BreakerView {
  BreakerState state = BreakerState::kClosed;
  BreakerMode mode = BreakerMode::kAuto;
  BreakerReason reason = BreakerReason::kNone;  ///< of the last transition
  int64_t since_us = 0;
  int64_t next_probe_us = 0;  ///< 0 unless open
  bool probe_out = false;
  uint32_t probe_successes = 0;
  uint32_t consecutive_hard = 0;
  uint64_t samples = 0, failures = 0, slow = 0;  ///< within the window
  uint64_t refused = 0;        ///< by this breaker since it was made; in shadow mode: would have been
  uint64_t stale_results = 0;  ///< of calls from before the last transition, ignored
  uint64_t expired_probes = 0;
};

class CircuitBreaker {
 public:
  /// `random` and `events` (may be null) outlive the breaker; `endpoint` is what events are told.
  CircuitBreaker(const BreakerOptions& options, uint32_t endpoint, base::Random& random,
                 BreakerEvents* events, int64_t now_us);

  /// Whether acquire() would give a permit now. Changes nothing.
  bool would_permit(int64_t now_us) const;
  /// Leave for one call. When half-open it is a lease: not reported within `lease_us` (the attempt's timeout), it is
  /// given to the next who asks, and its late result is ignored.
  std::optional<BreakerPermit> acquire(int64_t now_us, int64_t lease_us);
  /// To be called once with every permit, whatever became of the call; kIgnored for one that was cancelled.
  void report(const BreakerPermit& permit, const AttemptResult& result, int64_t duration_us, int64_t now_us);

  /// Leaving a forced mode starts closed and clean; between kAuto and kShadow the state is kept.
  void set_mode(BreakerMode mode, int64_t now_us);
  /// Closed, everything forgotten; a forced mode becomes kAuto.
  void reset(int64_t now_us);

  BreakerState state() const { return state_; }
  BreakerMode mode() const { return mode_; }
  /// When an open breaker will let a probe through; 0 when it is not open, INT64_MAX when it is forced open.
  int64_t next_probe_us() const;
  BreakerView view(int64_t now_us) const;

 private:
  enum Field : size_t { kSamples, kFailures, kSlow, kFields };

  void change(BreakerState to, BreakerReason reason, int64_t now_us);
  void open(BreakerReason reason, int64_t now_us);
  void judge_probe(const AttemptResult& result, bool slow, int64_t now_us);
  void judge_call(const AttemptResult& result, bool slow, int64_t now_us);
  BreakerReason reason_to_open(int64_t now_us) const;
  void forget();
  std::optional<BreakerPermit> refuse();

  BreakerOptions options_;
  uint32_t endpoint_;
  base::Random& random_;
  BreakerEvents* events_;

  BreakerState state_ = BreakerState::kClosed;
  BreakerMode mode_ = BreakerMode::kAuto;
  BreakerReason reason_ = BreakerReason::kNone;
  uint64_t generation_ = 1;
  int64_t since_us_;
  int64_t next_probe_us_ = 0;
  int64_t last_open_us_ = 0;  // how long it was last open, before jitter
  uint32_t streak_ = 0;       // openings without a long enough rest
  uint32_t consecutive_hard_ = 0;
  uint32_t probe_successes_ = 0;
  uint64_t probe_ = 0;  // the lease that is out
  uint64_t last_probe_ = 0;
  int64_t probe_expires_us_ = 0;
  uint64_t refused_ = 0;
  uint64_t stale_results_ = 0;
  uint64_t expired_probes_ = 0;
  SlidingCounts<kFields, 10> window_;
};

}  // namespace corral::resilience

// The states of a breaker and what leads from one to the next.
// Threading: one thread.
// See: circuit_breaker.h.
#include "server/resilience/circuit_breaker.h"

#include <algorithm>

namespace corral::resilience {

const char* word_of(BreakerState state) {
  constexpr const char* kWords[kBreakerStates] = {"closed", "half-open", "open"};
  return kWords[static_cast<size_t>(state)];
}

const char* word_of(BreakerMode mode) {
  constexpr const char* kWords[] = {"auto", "metrics-only", "forced-open", "forced-closed"};
  return kWords[static_cast<size_t>(mode)];
}

const char* word_of(BreakerReason reason) {
  constexpr const char* kWords[kBreakerReasons] = {
      "none",         "consecutive", "failure-ratio",    "slow-ratio", "probe-due",
      "probe-failed", "probe-slow",  "probes-succeeded", "forced",     "reset"};
  return kWords[static_cast<size_t>(reason)];
}

CircuitBreaker::CircuitBreaker(const BreakerOptions& options, uint32_t endpoint, base::Random& random,
                               BreakerEvents* events, int64_t now_us)
    : options_(options),
      endpoint_(endpoint),
      random_(random),
      events_(events),
      since_us_(now_us),
      window_(options.window_us) {}

bool CircuitBreaker::would_permit(int64_t now_us) const {
  if (mode_ == BreakerMode::kForcedOpen) return false;
  if (mode_ != BreakerMode::kAuto || state_ == BreakerState::kClosed) return true;
  if (state_ == BreakerState::kOpen) return now_us >= next_probe_us_;
  return probe_ == 0 || now_us >= probe_expires_us_;
}

std::optional<BreakerPermit> CircuitBreaker::refuse() {
  ++refused_;
  if (mode_ == BreakerMode::kShadow) return BreakerPermit{};
  return std::nullopt;
}

std::optional<BreakerPermit> CircuitBreaker::acquire(int64_t now_us, int64_t lease_us) {
  if (mode_ == BreakerMode::kForcedOpen) return refuse();
  if (mode_ == BreakerMode::kForcedClosed || state_ == BreakerState::kClosed)
    return BreakerPermit{generation_, 0};
  if (state_ == BreakerState::kOpen) {
    if (now_us < next_probe_us_) return refuse();
    change(BreakerState::kHalfOpen, BreakerReason::kProbeDue, now_us);
  }
  if (probe_ != 0) {
    if (now_us < probe_expires_us_) return refuse();
    ++expired_probes_;
  }
  probe_ = ++last_probe_;
  probe_expires_us_ = now_us + std::max<int64_t>(lease_us, 1);
  return BreakerPermit{generation_, probe_};
}

void CircuitBreaker::report(const BreakerPermit& permit, const AttemptResult& result, int64_t duration_us,
                            int64_t now_us) {
  if (permit.generation == 0) return;
  if (permit.generation != generation_ || permit.probe != probe_) {
    ++stale_results_;
    return;
  }
  const bool slow = options_.slow_call_us > 0 && duration_us >= options_.slow_call_us;
  probe_ = 0;
  if (result.outcome == Outcome::kIgnored) return;
  if (state_ == BreakerState::kHalfOpen) {
    judge_probe(result, slow, now_us);
  } else {
    judge_call(result, slow, now_us);
  }
}

void CircuitBreaker::judge_probe(const AttemptResult& result, bool slow, int64_t now_us) {
  if (result.outcome == Outcome::kTransient) return open(BreakerReason::kProbeFailed, now_us);
  if (slow) return open(BreakerReason::kProbeSlow, now_us);
  // A permanent refusal is an answer too: the endpoint is back.
  if (++probe_successes_ >= options_.successes_to_close) {
    change(BreakerState::kClosed, BreakerReason::kProbesSucceeded, now_us);
  }
}

void CircuitBreaker::judge_call(const AttemptResult& result, bool slow, int64_t now_us) {
  // One that only asks for less is alive: it counts for the ratio alone.
  const bool failed = result.outcome == Outcome::kTransient;
  consecutive_hard_ = failed && result.hard && !result.pushed_back ? consecutive_hard_ + 1 : 0;
  if (result.outcome == Outcome::kPermanent) return;
  window_.add(kSamples, now_us);
  if (failed) window_.add(kFailures, now_us);
  if (slow) window_.add(kSlow, now_us);
  if (!failed && !slow) return;
  const BreakerReason reason = reason_to_open(now_us);
  if (reason != BreakerReason::kNone && mode_ != BreakerMode::kForcedClosed) open(reason, now_us);
}

BreakerReason CircuitBreaker::reason_to_open(int64_t now_us) const {
  if (consecutive_hard_ >= options_.consecutive_hard) return BreakerReason::kConsecutive;
  const auto samples = static_cast<double>(window_.sum(kSamples, now_us));
  if (samples < options_.min_samples || now_us - since_us_ < options_.min_window_us)
    return BreakerReason::kNone;
  if (static_cast<double>(window_.sum(kFailures, now_us)) >= options_.failure_ratio * samples) {
    return BreakerReason::kFailureRatio;
  }
  if (static_cast<double>(window_.sum(kSlow, now_us)) >= options_.slow_ratio * samples) {
    return BreakerReason::kSlowRatio;
  }
  return BreakerReason::kNone;
}

void CircuitBreaker::open(BreakerReason reason, int64_t now_us) {
  // One that was closed for as long as it had been open before starts again with the short wait.
  if (state_ == BreakerState::kClosed && now_us - since_us_ >= last_open_us_) streak_ = 0;
  last_open_us_ = options_.open_us;
  for (uint32_t i = 0; i < streak_ && last_open_us_ < options_.open_cap_us; ++i) last_open_us_ *= 2;
  last_open_us_ = std::min(last_open_us_, options_.open_cap_us);
  ++streak_;
  const auto half = static_cast<uint64_t>(std::max<int64_t>(last_open_us_, 0)) / 2;
  next_probe_us_ = now_us + static_cast<int64_t>(half + random_.below(half + 1));  // equal jitter
  change(BreakerState::kOpen, reason, now_us);
}

void CircuitBreaker::change(BreakerState to, BreakerReason reason, int64_t now_us) {
  const BreakerTransition transition{state_, to,     mode_,
                                     reason, now_us, to == BreakerState::kOpen ? next_probe_us_ : 0};
  state_ = to;
  reason_ = reason;
  since_us_ = now_us;
  ++generation_;
  forget();
  if (events_ != nullptr) events_->breaker_changed(endpoint_, transition);
}

void CircuitBreaker::forget() {
  consecutive_hard_ = 0;
  probe_successes_ = 0;
  probe_ = 0;
  window_.clear();
}

void CircuitBreaker::set_mode(BreakerMode mode, int64_t now_us) {
  if (mode == mode_) return;
  const auto judges = [](BreakerMode m) { return m == BreakerMode::kAuto || m == BreakerMode::kShadow; };
  const bool keeps = judges(mode) && judges(mode_);
  mode_ = mode;
  if (!keeps) streak_ = 0;
  const BreakerState forced = mode == BreakerMode::kForcedOpen ? BreakerState::kOpen : BreakerState::kClosed;
  if (!keeps) next_probe_us_ = mode == BreakerMode::kForcedOpen ? INT64_MAX : 0;
  change(keeps ? state_ : forced, BreakerReason::kForced, now_us);
}

void CircuitBreaker::reset(int64_t now_us) {
  if (mode_ != BreakerMode::kShadow) mode_ = BreakerMode::kAuto;
  streak_ = 0;
  last_open_us_ = 0;
  change(BreakerState::kClosed, BreakerReason::kReset, now_us);
}

int64_t CircuitBreaker::next_probe_us() const {
  return state_ == BreakerState::kOpen ? next_probe_us_ : 0;
}

BreakerView CircuitBreaker::view(int64_t now_us) const {
  BreakerView view;
  view.state = state_;
  view.mode = mode_;
  view.reason = reason_;
  view.since_us = since_us_;
  view.next_probe_us = next_probe_us();
  view.probe_out = probe_ != 0 && now_us < probe_expires_us_;
  view.probe_successes = probe_successes_;
  view.consecutive_hard = consecutive_hard_;
  view.samples = window_.sum(kSamples, now_us);
  view.failures = window_.sum(kFailures, now_us);
  view.slow = window_.sum(kSlow, now_us);
  view.refused = refused_;
  view.stale_results = stale_results_;
  view.expired_probes = expired_probes_;
  return view;
}

}  // namespace corral::resilience

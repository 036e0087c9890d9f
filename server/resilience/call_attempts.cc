// Attempts: who gets a permit, what a result means to each mechanism, and whether there is another.
// Threading: one thread.
// See: call_pipeline.h.
#include <algorithm>
#include <array>

#include "server/resilience/call_pipeline.h"

namespace corral::resilience {

InFlight CallPipeline::in_flight(int64_t now_us) {
  InFlight now;
  now.limit = limit_.limit();
  now.by_class = in_flight_;
  const double share = cold_start_.share(now_us);
  if (share < 1) {
    now.most_loads = std::max(options_.concurrency.least, static_cast<uint32_t>(share * now.limit));
  }
  return now;
}

bool CallPipeline::any_usable(int64_t now_us) const {
  return std::any_of(endpoints_.begin(), endpoints_.end(),
                     [&](const Endpoint& endpoint) { return endpoint.breaker.would_permit(now_us); });
}

std::optional<uint32_t> CallPipeline::choose(const Call& call, int64_t now_us) {
  if (endpoints_.size() == 1) {
    return endpoints_[0].breaker.would_permit(now_us) ? std::optional<uint32_t>(0) : std::nullopt;
  }
  std::array<EndpointLoad, kMaxEndpoints> loads;
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    Endpoint& endpoint = endpoints_[i];
    loads[i] = {endpoint.breaker.would_permit(now_us), endpoint.in_flight, endpoint.ramp.share(now_us)};
  }
  return choose_endpoint(loads.data(), static_cast<uint32_t>(endpoints_.size()), call.endpoint, random_);
}

/// Gives permits to those who wait, while there are permits.
void CallPipeline::dispatch(int64_t now_us) {
  const Reason late = rate_blocks_ ? Reason::kRate : Reason::kQueue;
  rate_blocks_ = false;
  while (!waiting_.empty()) {
    rate_blocks_ = !rate_.ready(now_us);
    if (rate_blocks_) return;
    dropped_.clear();
    const auto slot = waiting_.take(in_flight(now_us), now_us, dropped_);
    for (const uint32_t dropped : dropped_) end(dropped, late, now_us);
    if (!slot) return;
    start(*slot, now_us);
  }
}

void CallPipeline::start(uint32_t slot, int64_t now_us) {
  Call& call = calls_[slot];
  const int64_t left_us = call.deadline_us - now_us;
  if (left_us < options_.least_attempt_us) return end(slot, Reason::kDeadline, now_us);
  const auto endpoint = choose(call, now_us);
  if (!endpoint) return end(slot, Reason::kBreaker, now_us, first_probe_us());
  call.timeout_us = std::min(options_.attempt_timeout_us, left_us);
  const int64_t lease_us = call.timeout_us + options_.timeout_grace_us;
  const auto permit = endpoints_[*endpoint].breaker.acquire(now_us, lease_us);
  if (!permit) return end(slot, Reason::kBreaker, now_us, first_probe_us());
  call.permit = *permit;
  call.endpoint = *endpoint;
  call.state = State::kAttempting;
  call.started_us = now_us;
  ++(call.attempts == 0 ? counters_.first_attempts : counters_.retries);
  ++call.attempts;
  if (++last_serial_ == 0) ++last_serial_;
  call.attempt_serial = last_serial_;
  counters_.queue_wait.add(now_us - call.waits_since_us);
  rate_.take(now_us);
  shedder_.attempted(now_us);
  ++in_flight_[index_of(call.request.cls)];
  ++endpoints_[*endpoint].in_flight;
  due_.set(slot, now_us + lease_us);
  Attempt attempt;
  attempt.token = (static_cast<uint64_t>(call.attempt_serial) << 32) | (slot + 1);
  attempt.owner = call.request.owner;
  attempt.endpoint = *endpoint;
  attempt.number = call.attempts;
  attempt.timeout_us = call.timeout_us;
  attempts_.start(attempt);
}

void CallPipeline::attempt_ended(AttemptToken token, const AttemptResult& result, int64_t now_us) {
  const auto slot = static_cast<uint32_t>(token) - 1;
  if (slot >= calls_.size() || calls_[slot].state != State::kAttempting ||
      calls_[slot].attempt_serial != token >> 32) {
    ++counters_.late_results;
    return;
  }
  finish_attempt(slot, result, now_us);
  dispatch(now_us);
  settle();
}

void CallPipeline::finish_attempt(uint32_t slot, const AttemptResult& result, int64_t now_us) {
  Call& call = calls_[slot];
  due_.erase(slot);
  call.last = result;
  call.maybe_done |= result.maybe_done;
  judge(call, result, now_us);
  after_attempt(slot, result, now_us);
}

/// Gives the permits back, and tells every mechanism what it is to learn.
void CallPipeline::judge(const Call& call, const AttemptResult& result, int64_t now_us) {
  Endpoint& endpoint = endpoints_[call.endpoint];
  const int64_t duration_us = now_us - call.started_us;
  const uint32_t in_flight_with = in_flight(now_us).total();
  --in_flight_[index_of(call.request.cls)];
  --endpoint.in_flight;
  ++counters_.attempt_outcomes[static_cast<size_t>(result.outcome)];
  counters_.timed_out += result.timed_out ? 1 : 0;
  counters_.pushed_back += result.pushed_back ? 1 : 0;
  counters_.attempt_duration.add(duration_us);

  // An attempt that had only the rest of a deadline to live says little about the endpoint when it runs out.
  AttemptResult evidence = result;
  if (result.timed_out && call.timeout_us < options_.attempt_timeout_us / 2)
    evidence.outcome = Outcome::kIgnored;
  endpoint.breaker.report(call.permit, evidence, duration_us, now_us);
  switch (evidence.outcome) {
    case Outcome::kOk:
      budget_.succeeded();
      shedder_.accepted(now_us);
      limit_.succeeded(duration_us, in_flight_with, waiting_.size(CallClass::kWriteBehind) > 0, now_us);
      break;
    case Outcome::kPermanent:
      shedder_.accepted(now_us);
      break;
    case Outcome::kTransient:
      if (result.timed_out || result.pushed_back) limit_.overloaded(call.started_us, now_us);
      break;
    case Outcome::kIgnored:
      shedder_.cancelled(now_us);
      break;
  }
}

void CallPipeline::after_attempt(uint32_t slot, const AttemptResult& result, int64_t now_us) {
  switch (result.outcome) {
    case Outcome::kOk:
      return end(slot, Reason::kOk, now_us);
    case Outcome::kPermanent:
      return end(slot, Reason::kPermanent, now_us);
    case Outcome::kIgnored:
      return end(slot, Reason::kCancelled, now_us);
    case Outcome::kTransient:
      break;
  }
  Call& call = calls_[slot];
  const int64_t wait_us = backoff_us(options_.backoff, call.attempts, result.retry_after_us, random_);
  const Reason refused = retry_gate(slot, wait_us, now_us);
  if (refused == Reason::kOk) {
    call.state = State::kBackingOff;
    due_.set(slot, now_us + wait_us);
    return;
  }
  ++counters_.retries_suppressed[static_cast<size_t>(refused)];
  int64_t retry_at_us = result.retry_after_us ? now_us + wait_us : 0;
  if (refused == Reason::kBreaker) retry_at_us = std::max(retry_at_us, first_probe_us());
  end(slot, refused, now_us, retry_at_us);
}

/// kOk: there is to be another attempt, and it is paid for.
Reason CallPipeline::retry_gate(uint32_t slot, int64_t wait_us, int64_t now_us) {
  const Call& call = calls_[slot];
  const uint32_t most = call.request.attempts != 0 ? call.request.attempts : options_.attempts;
  if (call.last.maybe_done && !call.request.idempotent) return Reason::kUnsafe;
  if (call.attempts >= most) return Reason::kAttempts;
  if (!any_usable(now_us)) return Reason::kBreaker;
  if (call.deadline_us - now_us - wait_us < options_.least_attempt_us) {
    return call.last.retry_after_us.value_or(0) > 0 ? Reason::kPushback : Reason::kDeadline;
  }
  // Not given back when the retry comes to nothing: too few retries do no harm.
  if (options_.retry_budget_on && !budget_.try_take(now_us)) return Reason::kBudget;
  return Reason::kOk;
}

void CallPipeline::breaker_changed(uint32_t endpoint, const BreakerTransition& transition) {
  ++counters_.breaker_transitions[static_cast<size_t>(transition.to)][static_cast<size_t>(transition.reason)];
  const bool was_away = transition.from != BreakerState::kClosed && transition.mode == BreakerMode::kAuto;
  if (was_away && transition.to == BreakerState::kClosed) {
    endpoints_[endpoint].ramp.start(transition.at_us);
    bool others = false;
    for (uint32_t i = 0; i < endpoints_.size(); ++i) {
      others |= i != endpoint && endpoints_[i].breaker.state() == BreakerState::kClosed;
    }
    if (!others) limit_.restart();
  }
  events_.breaker_changed(endpoint, transition);
}

}  // namespace corral::resilience

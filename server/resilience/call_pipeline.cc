// The life of a call: beginning, waiting, deadlines, end.
// Threading: one thread.
// See: call_pipeline.h; attempts are in call_attempts.cc.
#include "server/resilience/call_pipeline.h"

#include <algorithm>

#include "server/base/check.h"

namespace corral::resilience {

const char* word_of(Reason reason) {
  constexpr const char* kWords[kReasons] = {"ok",     "permanent", "attempts", "deadline",
                                            "budget", "breaker",   "shed",     "queue",
                                            "rate",   "pushback",  "unsafe",   "cancelled"};
  return kWords[static_cast<size_t>(reason)];
}

PipelineOptions PipelineOptions::for_timeouts(int64_t attempt_us, int64_t total_us) {
  PipelineOptions options;
  options.attempt_timeout_us = attempt_us;
  options.total_timeout_us = total_us;
  options.queue_deadline_us = attempt_us / 2;
  options.breaker.slow_call_us = attempt_us / 5 * 4;
  options.waiting.target_us = std::max<int64_t>(attempt_us / 100, 1);
  options.waiting.interval_us = std::max<int64_t>(attempt_us / 5, 1);
  return options;
}

CallPipeline::CallPipeline(const PipelineOptions& options, uint32_t endpoints, uint64_t seed,
                           Attempts& attempts, CallEvents& events, int64_t now_us)
    : options_(options),
      random_(seed),
      attempts_(attempts),
      events_(events),
      budget_(options.budget, now_us),
      limit_(options.concurrency),
      waiting_(options.waiting),
      rate_(options.rate),
      shedder_(options.shedder, options.total_timeout_us),
      cold_start_(options.cold_start) {
  CHECK(endpoints > 0 && endpoints <= kMaxEndpoints);
  endpoints_.reserve(endpoints);
  for (uint32_t i = 0; i < endpoints; ++i) {
    endpoints_.push_back(
        {CircuitBreaker(options.breaker, i, random_, this, now_us), ColdStartRamp(options.cold_start), 0});
    if (!options.breaker_on) endpoints_.back().breaker.set_mode(BreakerMode::kForcedClosed, now_us);
  }
  cold_start_.start(now_us);
}

uint32_t CallPipeline::claim_slot() {
  if (free_.empty()) {
    calls_.emplace_back();
    return static_cast<uint32_t>(calls_.size() - 1);
  }
  const uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

CallId CallPipeline::id_of(uint32_t slot) const {
  return (static_cast<uint64_t>(calls_[slot].generation) << 32) | (slot + 1);
}

CallPipeline::Begun CallPipeline::begin(const CallRequest& request, int64_t now_us) {
  ++counters_.calls[index_of(request.cls)];
  if (calls_.size() - free_.size() >= options_.most_calls) {
    ++counters_.ended[static_cast<size_t>(Reason::kQueue)][index_of(request.cls)];
    ++counters_.limiter_rejected[static_cast<size_t>(Reason::kQueue)];
    CallOutcome outcome;
    outcome.reason = Reason::kQueue;
    return {0, outcome};
  }
  const uint32_t slot = claim_slot();
  const uint32_t generation = calls_[slot].generation + 1;
  calls_[slot] = Call{};
  calls_[slot].generation = generation;
  calls_[slot].request = request;
  calls_[slot].began_us = now_us;
  calls_[slot].deadline_us =
      request.deadline_us != 0 ? request.deadline_us : now_us + options_.total_timeout_us;
  Begun begun{id_of(slot), std::nullopt};
  beginning_ = begun.id;
  refused_.reset();
  gate(slot, now_us);
  dispatch(now_us);
  beginning_ = 0;
  begun.refused = std::move(refused_);
  refused_.reset();
  if (begun.refused) begun.id = 0;
  settle();
  return begun;
}

/// Before an attempt may wait for its permit: what can be known now is decided now.
void CallPipeline::gate(uint32_t slot, int64_t now_us) {
  const Call& call = calls_[slot];
  if (call.deadline_us - now_us < options_.least_attempt_us) return end(slot, Reason::kDeadline, now_us);
  if (!any_usable(now_us)) return end(slot, Reason::kBreaker, now_us, first_probe_us());
  const bool sheddable = is_load(call.request.cls) && call.attempts == 0;
  if (options_.shedder_on && sheddable && shedder_.shed(now_us, random_)) {
    ++counters_.shed;
    return end(slot, Reason::kShed, now_us);
  }
  enqueue(slot, now_us);
}

void CallPipeline::enqueue(uint32_t slot, int64_t now_us) {
  Call& call = calls_[slot];
  const CallClass cls = call.request.cls;
  call.state = State::kWaiting;
  call.waits_since_us = now_us;
  const bool patient = cls == CallClass::kWriteBehind || cls == CallClass::kRedrive;
  due_.set(slot,
           patient ? call.deadline_us : std::min(call.deadline_us, now_us + options_.queue_deadline_us));
  const auto pushed = waiting_.push(slot, cls, limit_.limit(), now_us);
  if (pushed.displaced) end(*pushed.displaced, Reason::kQueue, now_us);
  if (!pushed.accepted) end(slot, Reason::kQueue, now_us);
}

void CallPipeline::advance(int64_t now_us) {
  while (!due_.empty() && due_.earliest_us() <= now_us) {
    const uint32_t slot = due_.earliest_slot();
    due_.erase(slot);
    due(slot, now_us);
  }
  dispatch(now_us);
  settle();
}

void CallPipeline::due(uint32_t slot, int64_t now_us) {
  const Call& call = calls_[slot];
  if (call.state == State::kAttempting) {
    attempts_.cancel((static_cast<uint64_t>(call.attempt_serial) << 32) | (slot + 1));
    AttemptResult result;
    result.outcome = Outcome::kTransient;
    result.hard = result.timed_out = result.maybe_done = true;
    finish_attempt(slot, result, now_us);
  } else if (call.state == State::kBackingOff) {
    gate(slot, now_us);
  } else {
    const bool total = now_us >= call.deadline_us;
    end(slot, total ? Reason::kDeadline : rate_blocks_ ? Reason::kRate : Reason::kQueue, now_us);
  }
}

int64_t CallPipeline::next_due_us() const {
  int64_t next_us = due_.empty() ? INT64_MAX : due_.earliest_us();
  if (rate_blocks_ && !waiting_.empty()) next_us = std::min(next_us, rate_.next_us());
  return next_us;
}

bool CallPipeline::withdraw(CallId id, int64_t now_us) {
  const auto slot = static_cast<uint32_t>(id) - 1;
  if (slot >= calls_.size() || calls_[slot].state == State::kFree || id_of(slot) != id) return false;
  Call& call = calls_[slot];
  ++counters_.withdrawn[index_of(call.request.cls)];
  if (call.state == State::kAttempting) {
    attempts_.cancel((static_cast<uint64_t>(call.attempt_serial) << 32) | (slot + 1));
    judge(call, AttemptResult{}, now_us);
  }
  free_slot(slot);
  dispatch(now_us);
  settle();
  return true;
}

void CallPipeline::end(uint32_t slot, Reason reason, int64_t now_us, int64_t retry_at_us) {
  const Call& call = calls_[slot];
  CallOutcome outcome;
  outcome.reason = reason;
  outcome.attempts = call.attempts;
  outcome.last = call.last;
  outcome.maybe_done = call.maybe_done;
  outcome.duration_us = now_us - call.began_us;
  outcome.retry_at_us = retry_at_us;
  ++counters_.ended[static_cast<size_t>(reason)][index_of(call.request.cls)];
  if (call.attempts > 0) counters_.call_duration.add(outcome.duration_us);
  if (reason == Reason::kQueue || reason == Reason::kRate) {
    ++counters_.limiter_rejected[static_cast<size_t>(reason)];
  }
  if (id_of(slot) == beginning_) {
    refused_ = outcome;
  } else {
    ended_.push_back({call.request.owner, outcome});
  }
  free_slot(slot);
}

void CallPipeline::free_slot(uint32_t slot) {
  Call& call = calls_[slot];
  if (call.state == State::kWaiting) waiting_.withdraw(slot);
  call.state = State::kFree;
  due_.erase(slot);
  free_.push_back(slot);
}

/// Tells the owner what ended. What the owner begins or ends meanwhile is told by the outermost entry.
void CallPipeline::settle() {
  if (telling_) return;
  telling_ = true;
  for (size_t i = 0; i < ended_.size(); ++i) {
    const Ended ended = ended_[i];
    events_.call_ended(ended.owner, ended.outcome);
  }
  ended_.clear();
  telling_ = false;
}

int64_t CallPipeline::first_probe_us() const {
  int64_t first_us = INT64_MAX;
  for (const Endpoint& endpoint : endpoints_) {
    const int64_t probe_us = endpoint.breaker.next_probe_us();
    if (probe_us != 0) first_us = std::min(first_us, probe_us);
  }
  return first_us == INT64_MAX ? 0 : first_us;
}

void CallPipeline::set_breaker_mode(uint32_t endpoint, BreakerMode mode, int64_t now_us) {
  endpoints_[endpoint].breaker.set_mode(mode, now_us);
  dispatch(now_us);
  settle();
}

void CallPipeline::reset_breaker(uint32_t endpoint, int64_t now_us) {
  endpoints_[endpoint].breaker.reset(now_us);
  dispatch(now_us);
  settle();
}

BreakerView CallPipeline::breaker(uint32_t endpoint, int64_t now_us) const {
  return endpoints_[endpoint].breaker.view(now_us);
}

PipelineView CallPipeline::view(int64_t now_us) {
  PipelineView view;
  view.limit = limit_.limit();
  view.computed_limit = limit_.computed();
  view.baseline_us = limit_.baseline_us();
  view.in_flight_by_class = in_flight_;
  view.in_flight = in_flight(now_us).total();
  view.waiting = waiting_.size();
  for (size_t i = 0; i < kCallClasses; ++i)
    view.waiting_by_class[i] = waiting_.size(static_cast<CallClass>(i));
  view.newest_first = waiting_.under_pressure();
  view.retry_tokens = budget_.tokens(now_us);
  view.shed_probability = shedder_.probability(now_us);
  view.cold_start_share = cold_start_.share(now_us);
  view.calls = static_cast<uint32_t>(calls_.size() - free_.size());
  return view;
}

}  // namespace corral::resilience

// An origin whose answers the test gives by hand, and the pipeline in front of it.
// Threading: one thread.
// See: server/resilience/call_pipeline.h.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "server/resilience/call_pipeline.h"

namespace corral::resilience {

constexpr int64_t kMs = 1'000;
constexpr int64_t kSecond = 1'000'000;

inline AttemptResult result_ok() {
  AttemptResult result;
  result.outcome = Outcome::kOk;
  return result;
}
inline AttemptResult result_soft() {
  AttemptResult result;
  result.outcome = Outcome::kTransient;
  return result;
}
inline AttemptResult result_refused() {  // connecting failed: nothing was sent
  AttemptResult result = result_soft();
  result.hard = true;
  return result;
}
inline AttemptResult result_timed_out() {
  AttemptResult result = result_refused();
  result.timed_out = result.maybe_done = true;
  return result;
}
inline AttemptResult result_permanent() {
  AttemptResult result;
  result.outcome = Outcome::kPermanent;
  return result;
}

/// Options without what would get in the way of a test about something else.
inline PipelineOptions plain_options() {
  PipelineOptions options;
  options.cold_start.duration_us = 0;
  return options;
}

class ScriptedOrigin : public Attempts, public CallEvents {
 public:
  explicit ScriptedOrigin(const PipelineOptions& options = plain_options(), uint32_t endpoints = 1)
      : pipeline(options, endpoints, 42, *this, *this, now) {}

  void start(const Attempt& attempt) override {
    started.push_back(attempt);
    running[attempt.owner] = attempt;
  }
  void cancel(AttemptToken token) override {
    cancelled.push_back(token);
    for (auto at = running.begin(); at != running.end(); ++at) {
      if (at->second.token == token) {
        running.erase(at);
        return;
      }
    }
  }
  void call_ended(uint64_t owner, const CallOutcome& outcome) override {
    EXPECT_EQ(ended.count(owner), 0u) << "ended twice";
    ended[owner] = outcome;
    if (on_end) on_end(owner);
  }
  void breaker_changed(uint32_t, const BreakerTransition& transition) override {
    transitions.push_back(transition);
  }

  /// Begins a call; its outcome is in `ended` however it came.
  CallId begin(uint64_t owner, CallClass cls = CallClass::kForegroundLoad) {
    CallRequest request;
    request.owner = owner;
    request.cls = cls;
    return begin(request);
  }
  CallId begin(const CallRequest& request) {
    const auto begun = pipeline.begin(request, now);
    EXPECT_EQ(begun.id == 0, begun.refused.has_value());
    if (begun.refused) call_ended(request.owner, *begun.refused);
    return begun.id;
  }
  void answer(uint64_t owner, const AttemptResult& result) {
    ASSERT_EQ(running.count(owner), 1u) << owner;
    const AttemptToken token = running[owner].token;
    running.erase(owner);
    pipeline.attempt_ended(token, result, now);
  }
  /// Time passes, timers included.
  void pass(int64_t us) {
    const int64_t until = now + us;
    while (pipeline.next_due_us() <= until) {
      now = std::max(now, pipeline.next_due_us());
      pipeline.advance(now);
    }
    now = until;
    pipeline.advance(now);
  }
  Reason reason(uint64_t owner) const { return ended.at(owner).reason; }
  /// Opens the breaker of a single endpoint.
  void trip() {
    for (uint64_t owner = 1'000'000; pipeline.breaker(0, now).state == BreakerState::kClosed; ++owner) {
      CallRequest request;
      request.owner = owner;
      request.attempts = 1;
      begin(request);
      answer(owner, result_refused());
    }
  }

  int64_t now = kSecond;
  std::vector<Attempt> started;
  std::map<uint64_t, Attempt> running;
  std::vector<AttemptToken> cancelled;
  std::map<uint64_t, CallOutcome> ended;
  std::vector<BreakerTransition> transitions;
  std::function<void(uint64_t)> on_end;
  CallPipeline pipeline;
};

}  // namespace corral::resilience

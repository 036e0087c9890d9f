// A discrete-event world: an origin with a capacity and moods, and the pipeline in front of it, under virtual time.
// Threading: one thread.
// See: outage_simulation_test.cc.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <queue>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/base/random.h"
#include "server/resilience/call_pipeline.h"

namespace corral::resilience {

enum class Mood { kWell, kRefuses, kHangs, kErrors };

struct SimulatedOptions {
  int64_t service_us = 20'000;
  bool varies = true;            ///< exponential service times, else constant
  uint32_t servers = 0;          ///< calls served at a time, the others queue inside; 0: no bound
  uint32_t collapses_above = 0;  ///< beyond this many at a time each takes longer by the cube; 0: never
};

class SimulatedWorld : public Attempts, public CallEvents {
 public:
  SimulatedWorld(const PipelineOptions& options, const SimulatedOptions& origin, uint64_t seed)
      : origin_(origin),
        random(seed),
        free_at_(origin.servers, 0),
        pipeline(options, 1, seed + 1, *this, *this, now) {}

  // --- Attempts ---
  void start(const Attempt& attempt) override {
    ++attempts;
    ++per_second(attempts_per_second);
    live_.insert(attempt.token);
    AttemptResult result;
    result.outcome = Outcome::kOk;
    int64_t takes_us = 1'000;
    if (mood == Mood::kWell) {
      takes_us = service_us();
    } else {
      result.outcome = Outcome::kTransient;
      result.hard = mood != Mood::kErrors;
      if (mood == Mood::kHangs) takes_us = INT64_MAX / 4;
    }
    // Work that nobody waits for any more still occupies the origin until it is done.
    ++inside_;
    at(now + takes_us, [this] { --inside_; });
    if (takes_us > attempt.timeout_us) {
      takes_us = attempt.timeout_us;
      result.outcome = Outcome::kTransient;
      result.hard = result.timed_out = result.maybe_done = true;
      if (mood == Mood::kHangs) --inside_;
    }
    at(now + takes_us, [this, token = attempt.token, result] {
      if (live_.erase(token) == 1) pipeline.attempt_ended(token, result, now);
    });
  }
  void cancel(AttemptToken token) override { live_.erase(token); }

  // --- CallEvents ---
  void call_ended(uint64_t owner, const CallOutcome& outcome) override {
    ++reasons[static_cast<size_t>(outcome.reason)];
    if (outcome.ok()) ++per_second(served_per_second);
    if (on_end) on_end(owner, outcome);
  }
  void breaker_changed(uint32_t, const BreakerTransition& transition) override {
    transitions.push_back(transition);
  }

  // --- the world ---
  void at(int64_t when_us, std::function<void()> what) {
    if (when_us < end_of_time) events_.push({when_us, ++order_, std::move(what)});
  }
  void begin(uint64_t owner, CallClass cls = CallClass::kForegroundLoad) {
    CallRequest request;
    request.owner = owner;
    request.cls = cls;
    ++calls;
    ++per_second(calls_per_second);
    const auto begun = pipeline.begin(request, now);
    if (begun.refused) call_ended(owner, *begun.refused);
  }
  /// Calls at `per_s` by a Poisson process while `rate_per_s` says so; change it whenever you like.
  void arrivals() {
    const double gap_s = -std::log(1.0 - random.unit()) / rate_per_s;
    at(now + std::max<int64_t>(1, static_cast<int64_t>(gap_s * 1e6)), [this] {
      begin(++last_owner_);
      arrivals();
    });
  }
  void run_until(int64_t until_us) {
    for (;;) {
      const int64_t event_us = events_.empty() ? INT64_MAX : events_.top().when_us;
      const int64_t next_us = std::min(event_us, pipeline.next_due_us());
      if (next_us > until_us) break;
      now = std::max(now, next_us);
      if (event_us <= now) {
        const auto what = std::move(const_cast<Event&>(events_.top()).what);
        events_.pop();
        what();
      } else {
        pipeline.advance(now);
      }
    }
    now = until_us;
  }
  uint64_t& per_second(std::vector<uint64_t>& counts) {
    const auto second = static_cast<size_t>(now / 1'000'000);
    if (counts.size() <= second) counts.resize(second + 1);
    return counts[second];
  }
  /// Of the calls begun in these seconds, roughly.
  double share_served(size_t from, size_t to) const {
    return static_cast<double>(sum(served_per_second, from, to)) /
           static_cast<double>(sum(calls_per_second, from, to));
  }
  static uint64_t most(const std::vector<uint64_t>& counts, size_t from, size_t to) {
    uint64_t most = 0;
    for (size_t i = from; i < std::min(to, counts.size()); ++i) most = std::max(most, counts[i]);
    return most;
  }
  static uint64_t sum(const std::vector<uint64_t>& counts, size_t from, size_t to) {
    uint64_t sum = 0;
    for (size_t i = from; i < std::min(to, counts.size()); ++i) sum += counts[i];
    return sum;
  }

 private:
  struct Event {
    int64_t when_us;
    uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& other) const {
      return std::pair(when_us, order) > std::pair(other.when_us, other.order);
    }
  };

  int64_t service_us() {
    double takes = static_cast<double>(origin_.service_us);
    if (origin_.varies) takes *= -std::log(1.0 - random.unit());
    if (origin_.collapses_above != 0 && inside_ >= origin_.collapses_above) {
      takes *= std::pow(static_cast<double>(inside_ + 1) / origin_.collapses_above, 3);
    }
    const int64_t service = std::max<int64_t>(1, static_cast<int64_t>(takes));
    if (free_at_.empty()) return service;
    const auto server = std::min_element(free_at_.begin(), free_at_.end());
    *server = std::max(*server, now) + service;
    return *server - now;
  }

  SimulatedOptions origin_;

 public:
  int64_t now = 0;
  int64_t end_of_time = INT64_MAX / 8;
  base::Random random;
  Mood mood = Mood::kWell;
  double rate_per_s = 100;
  uint64_t calls = 0, attempts = 0;
  std::vector<uint64_t> calls_per_second, attempts_per_second, served_per_second;
  std::array<uint64_t, kReasons> reasons{};
  std::vector<BreakerTransition> transitions;
  std::function<void(uint64_t, const CallOutcome&)> on_end;

 private:
  std::vector<int64_t> free_at_;
  std::unordered_set<AttemptToken> live_;
  std::priority_queue<Event> events_;
  uint64_t order_ = 0;
  uint64_t last_owner_ = 0;
  uint32_t inside_ = 0;

 public:
  CallPipeline pipeline;
};

}  // namespace corral::resilience

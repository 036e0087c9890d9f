// What stands between a call and its origin: deadline, then per attempt retry gate, breaker, concurrency, rate, timeout.
// Threading: one thread.
// See: README.md of this folder, "Pipeline".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/base/random.h"
#include "server/resilience/attempt_result.h"
#include "server/resilience/backoff.h"
#include "server/resilience/call_class.h"
#include "server/resilience/call_counters.h"
#include "server/resilience/circuit_breaker.h"
#include "server/resilience/cold_start_ramp.h"
#include "server/resilience/concurrency_limit.h"
#include "server/resilience/due_times.h"
#include "server/resilience/endpoint_choice.h"
#include "server/resilience/load_shedder.h"
#include "server/resilience/origin_rate.h"
#include "server/resilience/retry_budget.h"
#include "server/resilience/waiting_calls.h"

namespace corral::resilience {

constexpr uint32_t kMaxEndpoints = 32;

struct PipelineOptions {
  int64_t attempt_timeout_us = 500'000;
  int64_t total_timeout_us = 1'500'000;
  int64_t queue_deadline_us =
      250'000;  ///< for those somebody waits for; write-behind and redrive have only the total one
  int64_t least_attempt_us = 1'000;  ///< with less than this left no attempt is begun
  int64_t timeout_grace_us = 5'000;  ///< the endpoint times out by itself; past this it is done here
  uint32_t attempts = 3;
  uint32_t most_calls = 65'536;  ///< waiting, attempting and backing off together
  bool retry_budget_on = true;   ///< the three switches are for tests that show what each one is for
  bool shedder_on = true;
  bool breaker_on = true;
  BackoffOptions backoff;
  RetryBudgetOptions budget;
  BreakerOptions breaker;
  ConcurrencyOptions concurrency;
  WaitingOptions waiting;
  OriginRateOptions rate;
  LoadShedderOptions shedder;
  ColdStartOptions cold_start;

  /// The same with the times that go by the attempt's: slow calls (4/5), CoDel's target (1/100) and interval (1/5),
  /// queue deadline (1/2).
  static PipelineOptions for_timeouts(int64_t attempt_us, int64_t total_us);
};

struct CallRequest {
  uint64_t owner = 0;  ///< what the ports are told
  CallClass cls = CallClass::kForegroundLoad;
  bool idempotent =
      true;  ///< may be repeated although it may have been done: loads, and stores with a version
  uint32_t attempts = 0;    ///< at most; 0: as the options say
  int64_t deadline_us = 0;  ///< absolute; 0: now + total timeout
};

using CallId = uint64_t;        ///< never 0; not used again for a long time
using AttemptToken = uint64_t;  ///< likewise

struct Attempt {
  AttemptToken token = 0;
  uint64_t owner = 0;
  uint32_t endpoint = 0;
  uint32_t number = 1;     ///< 1 for the first
  int64_t timeout_us = 0;  ///< connecting included
};

struct CallOutcome {
  Reason reason = Reason::kOk;
  uint32_t attempts = 0;    ///< that reached for the origin
  AttemptResult last;       ///< of the last of them, if there was one
  bool maybe_done = false;  ///< any of them may have done it
  int64_t duration_us = 0;
  int64_t retry_at_us = 0;  ///< absolute: sooner it is in vain (open breakers, Retry-After); 0: not known

  bool ok() const { return reason == Reason::kOk; }
  /// Held back without an attempt: nobody learnt anything about this call, so it is no failure of it.
  bool paused() const { return attempts == 0 && !ok(); }
};

/// The way to the endpoints.
class Attempts {
 public:
  virtual ~Attempts() = default;
  /// Starts one; attempt_ended() follows once, from outside this call, unless it is cancelled.
  virtual void start(const Attempt& attempt) = 0;
  /// No attempt_ended() is wanted any more; one that comes is ignored.
  virtual void cancel(AttemptToken token) = 0;
};

class CallEvents {
 public:
  virtual ~CallEvents() = default;
  /// The call is over. May call the pipeline. Comes from any entry, but never for the call that begin() is beginning.
  virtual void call_ended(uint64_t owner, const CallOutcome& outcome) = 0;
  /// For the log; must not call the pipeline.
  virtual void breaker_changed(uint32_t endpoint, const BreakerTransition& transition) = 0;
};

class CallPipeline final : private BreakerEvents {
 public:
  /// One origin with 1 to kMaxEndpoints endpoints. The ports outlive it. Starts with the cold-start ramp.
  CallPipeline(const PipelineOptions& options, uint32_t endpoints, uint64_t seed, Attempts& attempts,
               CallEvents& events, int64_t now_us);

  CallPipeline(const CallPipeline&) = delete;
  CallPipeline& operator=(const CallPipeline&) = delete;

  struct Begun {
    CallId id = 0;                       ///< for withdraw(); 0 when it is over
    std::optional<CallOutcome> refused;  ///< over at once; call_ended() will not come
  };
  Begun begin(const CallRequest& request, int64_t now_us);
  /// Unknown tokens, and those of attempts that are over, are counted and ignored.
  void attempt_ended(AttemptToken token, const AttemptResult& result, int64_t now_us);
  /// Nobody wants the call any more: no call_ended() will come. False: it was over.
  bool withdraw(CallId id, int64_t now_us);
  /// Does what is due: timeouts, deadlines, retries. To be called at next_due_us() or later.
  void advance(int64_t now_us);
  /// INT64_MAX: nothing to wait for.
  int64_t next_due_us() const;

  /// For an operator.
  void set_breaker_mode(uint32_t endpoint, BreakerMode mode, int64_t now_us);
  void reset_breaker(uint32_t endpoint, int64_t now_us);
  /// An empty cache: loads get the origin step by step again.
  void cold_start(int64_t now_us) { cold_start_.start(now_us); }

  uint32_t endpoints() const { return static_cast<uint32_t>(endpoints_.size()); }
  BreakerView breaker(uint32_t endpoint, int64_t now_us) const;
  uint32_t endpoint_in_flight(uint32_t endpoint) const { return endpoints_[endpoint].in_flight; }
  PipelineView view(int64_t now_us);
  const CallCounters& counters() const { return counters_; }

 private:
  enum class State : uint8_t { kFree, kWaiting, kAttempting, kBackingOff };
  struct Call {
    CallRequest request;
    State state = State::kFree;
    uint32_t generation = 0;
    uint32_t attempts = 0;
    uint32_t endpoint = UINT32_MAX;  // of the last attempt
    uint32_t attempt_serial = 0;
    bool maybe_done = false;
    int64_t began_us = 0, deadline_us = 0;
    int64_t waits_since_us = 0;
    int64_t started_us = 0, timeout_us = 0;
    BreakerPermit permit;
    AttemptResult last;
  };
  struct Endpoint {
    CircuitBreaker breaker;
    ColdStartRamp ramp;
    uint32_t in_flight = 0;
  };
  struct Ended {
    uint64_t owner;
    CallOutcome outcome;
  };

  // call_pipeline.cc: the life of a call
  uint32_t claim_slot();
  CallId id_of(uint32_t slot) const;
  void gate(uint32_t slot, int64_t now_us);
  void enqueue(uint32_t slot, int64_t now_us);
  void due(uint32_t slot, int64_t now_us);
  void end(uint32_t slot, Reason reason, int64_t now_us, int64_t retry_at_us = 0);
  void free_slot(uint32_t slot);
  void settle();
  int64_t first_probe_us() const;

  // call_attempts.cc: permits and results
  void dispatch(int64_t now_us);
  InFlight in_flight(int64_t now_us);
  bool any_usable(int64_t now_us) const;
  std::optional<uint32_t> choose(const Call& call, int64_t now_us);
  void start(uint32_t slot, int64_t now_us);
  void finish_attempt(uint32_t slot, const AttemptResult& result, int64_t now_us);
  void judge(const Call& call, const AttemptResult& result, int64_t now_us);
  void after_attempt(uint32_t slot, const AttemptResult& result, int64_t now_us);
  Reason retry_gate(uint32_t slot, int64_t wait_us, int64_t now_us);
  void breaker_changed(uint32_t endpoint, const BreakerTransition& transition) override;

  PipelineOptions options_;
  base::Random random_;
  Attempts& attempts_;
  CallEvents& events_;
  std::vector<Endpoint> endpoints_;
  RetryBudget budget_;
  ConcurrencyLimit limit_;
  WaitingCalls waiting_;
  OriginRate rate_;
  LoadShedder shedder_;
  ColdStartRamp cold_start_;
  DueTimes due_;
  std::vector<Call> calls_;
  std::vector<uint32_t> free_;
  std::array<uint32_t, kCallClasses> in_flight_{};
  uint32_t last_serial_ = 0;
  bool rate_blocks_ = false;
  std::vector<Ended> ended_;  // to be told when the entry is done
  bool telling_ = false;
  CallId beginning_ = 0;
  std::optional<CallOutcome> refused_;
  std::vector<uint32_t> dropped_;
  CallCounters counters_;
};

}  // namespace corral::resilience

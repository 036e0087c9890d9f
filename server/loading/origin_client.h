// One origin: its endpoints, and the pipeline that every call to them goes through.
// Threading: the origin thread only.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/result.h"
#include "server/origin/attempt.h"
#include "server/origin/definition.h"
#include "server/origin/origin_loop.h"
#include "server/resilience/call_pipeline.h"

namespace corral::loading {

/// What a call came to: the origin's last answer, and why there is no better one.
struct CallEnd {
  resilience::CallOutcome outcome;
  origin::Answer answer;  // of the last attempt; as made when there was none
};

class OriginClient final : private resilience::Attempts, private resilience::CallEvents {
  struct Private {};

 public:
  using Done = std::function<void(CallEnd)>;

  /// Opens no connection. Errors begin with the origin's name. Loop, clock and log outlive the client.
  static base::Result<std::unique_ptr<OriginClient>> make(origin::OriginLoop& loop, const base::Clock& clock,
                                                          const base::Log& log, const origin::Definition& definition,
                                                          uint64_t seed);
  OriginClient(Private, origin::OriginLoop& loop, const base::Clock& clock, const base::Log& log,
               const origin::Definition& definition, uint64_t seed,
               std::vector<std::unique_ptr<origin::Endpoint>> endpoints);
  ~OriginClient() override;

  const origin::Definition& definition() const { return definition_; }
  /// Connects, and logs what will not work: an address nobody listens at, a statement that does not prepare.
  void check();
  /// `done` comes exactly once, never before this has returned, and not at all if the client goes first.
  void call(origin::Request request, resilience::CallClass cls, Done done);

  /// For people: state, limits and counters, a `name:value` line each.
  std::string describe();
  void set_breaker_mode(resilience::BreakerMode mode);
  void reset_breakers();

 private:
  struct Call {
    origin::Request request;
    origin::Answer answer;
    Done done;
  };
  struct UnderWay {
    uint32_t endpoint = 0;
    uint64_t id = 0;  // of the endpoint
  };

  void start(const resilience::Attempt& attempt) override;
  void cancel(resilience::AttemptToken token) override;
  void call_ended(uint64_t owner, const resilience::CallOutcome& outcome) override;
  void breaker_changed(uint32_t endpoint, const resilience::BreakerTransition& transition) override;
  void answered(resilience::AttemptToken token, uint64_t owner, origin::Answer answer);
  void end(uint64_t owner, const resilience::CallOutcome& outcome);
  void set_timer();

  origin::OriginLoop& loop_;
  const base::Clock& clock_;
  const base::Log& log_;
  const origin::Definition definition_;
  std::vector<std::unique_ptr<origin::Endpoint>> endpoints_;
  resilience::CallPipeline pipeline_;
  std::unordered_map<uint64_t, Call> calls_;  // by owner
  std::unordered_map<resilience::AttemptToken, UnderWay> attempts_;
  uint64_t last_owner_ = 0;
  origin::Timer timer_;
};

}  // namespace corral::loading

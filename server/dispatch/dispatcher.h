// The request pipeline of one worker: resolve, gates, locks, handler, what follows from it.
// Threading: one per worker, used by that worker only.
// See: README.md of this folder, "Pipeline".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/dispatch/command_context.h"

namespace corral::dispatch {

/// What the connection does after a request.
enum class After : uint8_t {
  kContinue,
  kClose,     ///< send what is queued, then close
  kBlock,     ///< a blocking command waits: execute nothing of this connection until the worker lists it in `resumed`
  kHoldBack,  ///< not executed (CLIENT PAUSE): keep the request's bytes and stop executing this connection
};

class Dispatcher {
 public:
  Dispatcher(Services& services, WorkerState& worker);

  /// Once per loop turn, before the first request: time, policies in force, which features are on.
  void begin_turn(int64_t now_us);

  /// Parse-time work: command and first key of a request whose session and arguments are set. Hints the key's bucket.
  void resolve(Request& request);
  /// Second pass over a group: hints the entries.
  void prefetch(const Request& request);
  After execute(const Request& request);

  /// Between commands and at the end of a turn, without locks: hands out answers of fills and fires timers.
  void deliver_answers();
  /// A blocked request of this worker's that could not be served elsewhere.
  void retry_blocked(const RetryMessage& message);

  WorkerState& worker() { return worker_; }
  Services& services() { return services_; }

 private:
  After execute_slow(const Request& request);
  After run(const Request& request, protocol::ReplyBuffer& out);
  Outcome run_locked(const Request& request, protocol::ReplyBuffer& out, bool& failed);
  /// Null when the request may run, else the error text.
  const std::string* refusal(const Request& request);
  const std::string* refuse(std::string text);
  const std::string* refuse_unknown(const Request& request);
  bool must_hold_back(const Request& request) const;
  bool out_of_memory(const Request& request);
  void queue(const Request& request, protocol::ReplyBuffer& out);
  void reject(const Request& request, protocol::ReplyBuffer& out, const std::string& text);
  void collect_stripes(const Request& request);
  void account(const Request& request, uint64_t begin_cycles, bool failed);
  void note_lock(uint64_t locked_at);
  void note_slow(const Request& request, int64_t duration_us);
  void keep_held_bounds(session::Session& session);
  void show_monitors(const Request& request);

  Services& services_;
  WorkerState& worker_;
  std::shared_ptr<const stampede::PolicyTable> policies_;
  uint64_t policies_version_ = 0;
  uint32_t features_ = 0;       // non-zero: every request takes the slow path this turn
  bool limited_memory_ = false;
  uint64_t slow_cycles_ = UINT64_MAX;
  uint64_t latency_cycles_ = UINT64_MAX;
  uint64_t cycle_mark_ = 0;     // end of the last command = begin of the next one
  uint32_t executed_ = 0;
  bool sampled_ = false;           // the current request's lock is measured
  uint64_t lock_asked_at_ = 0;
  std::string refusal_;
  std::vector<int> positions_;
  std::vector<uint32_t> stripes_;
  bool all_stripes_ = false;
  protocol::ReplyBuffer muted_;  // replies of CLIENT REPLY OFF and SKIP
};

/// All of a queued transaction, as the locks of EXEC need it: the stripes of queued commands and watched keys.
/// Returns false when every stripe is needed.
bool transaction_stripes(Services& services, const session::Session& session, std::vector<uint32_t>& stripes);

/// The arguments of a queued command as views into its own copy.
void queued_arguments(const session::QueuedCommand& queued, std::vector<protocol::Bytes>& arguments);

}  // namespace corral::dispatch

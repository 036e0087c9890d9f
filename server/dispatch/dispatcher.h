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
  kClose,  ///< send what is queued, then close
  kBlock,  ///< a blocking command waits: execute nothing of this connection until the worker lists it in `resumed`
  kHoldBack,  ///< not executed (CLIENT PAUSE): keep the request's bytes and stop executing this connection
};

class Dispatcher {
 public:
  Dispatcher(Services& services, WorkerState& worker);

  /// Once per loop turn, before the first request: time, policies in force, which features are on.
  void begin_turn(int64_t now_us);
  /// Before the first request of a group that was read after others: a pause or MONITOR may have begun on another worker,
  /// and whoever saw its reply expects it to hold.
  void begin_batch();
  /// A turn for the script that was left: once per loop turn, without locks. Hands its reply over when it ends.
  void resume_script();

  /// So many bytes are about to be parsed: no request in them can be larger.
  void note_input(size_t bytes) {
    if (__builtin_expect(static_cast<int64_t>(bytes) >= large_request_, 0)) large_input_ = true;
  }
  /// Parse-time work: command and first key of a request whose session and arguments are set. Hints the key's table.
  void resolve(Request& request) {
    const Command* command = services_.commands.find(request.arguments[0]);
    if (command != nullptr && command->plain.has_subcommands) command = subcommand_of(*command, request);
    request.command = command;
    const uint32_t at = command != nullptr ? command->plain.first_key : 0;
    if (at == 0 || at >= request.arguments.size()) {
      request.first_key = {};
      request.table = nullptr;
      return;
    }
    const KeyRef located = services_.keyspace.placement().locate(request.arguments[at]);
    request.table = services_.keyspace.table_for_hints(located, request.session->database);
    if (request.table != nullptr) request.table->prefetch_root();
    // By parts: as a whole it would go by way of the stack, half of it read before it is written.
    request.first_key.bytes = request.arguments[at];
    request.first_key.hash = located.hash;
    request.first_key.stripe = located.stripe;
  }
  /// Second pass over a group: hints the buckets. Apart from the first, so that the waits of a group overlap.
  void prefetch_bucket(Request& request) {
    if (request.table != nullptr) request.home = request.table->prefetch(request.first_key.hash);
  }
  /// Third pass: hints the entries. Between this and the second nothing may be executed.
  void prefetch_entries(const Request& request) {
    if (request.table == nullptr) return;
    // Nobody else can have changed the table since.
    if (alone_) return request.table->prefetch_entries(request.first_key.hash, request.home);
    services_.keyspace.prefetch_entries(request.first_key, *request.table);
  }
  After execute(const Request& request) {
    const Command* command = request.command;
    session::Session& session = *request.session;
    if (__builtin_expect((session.flags | features_) == 0 && command != nullptr, 1)) {
      const Command::Plain& plain = command->plain;
      const size_t argc = request.arguments.size();
      if (argc >= plain.least && argc <= plain.most && !(limited_memory_ && plain.memory_matters)) {
        return run(request, session.output.tail());
      }
    }
    return execute_slow(request);
  }

  /// Between commands and at the end of a turn, without locks: hands out answers of fills and fires timers.
  void deliver_answers() {
    if (!worker_.answers.empty() || !worker_.served.empty()) deliver_queued_answers();
  }
  /// A blocked request of this worker's that could not be served elsewhere.
  void retry_blocked(const RetryMessage& message);

  WorkerState& worker() { return worker_; }
  Services& services() { return services_; }

 private:
  void look_up_state();
  After execute_slow(const Request& request);
  static const Command* subcommand_of(const Command& container, const Request& request);
  After run(const Request& request, protocol::ReplyBuffer& out);
  After run_watched(const Request& request, protocol::ReplyBuffer& out);
  After run_other(const Request& request, protocol::ReplyBuffer& out);
  Outcome run_locked(const Request& request, protocol::ReplyBuffer& out, bool& failed);
  Outcome run_script(const Request& request, protocol::ReplyBuffer& out, bool& failed);
  static bool runs_script(const Request& request);
  // The stripes are held by a script that runs for too long.
  Outcome answer_busy(protocol::ReplyBuffer& out, int resp_version, bool& failed);
  bool needs_locks(const Request& request);
  After finish(const Request& request, Outcome outcome, bool failed);
  void serve_ready_keys(store::LockSet& locks);
  void deliver_queued_answers();
  /// Null when the request may run, else the error text.
  const std::string* refusal(const Request& request);
  const std::string* refuse(std::string text);
  const std::string* refuse_unknown(const Request& request);
  bool must_hold_back(const Request& request) const;
  bool out_of_memory(const Request& request);
  void queue(const Request& request, protocol::ReplyBuffer& out);
  // Program order of one connection: its reads parked on keys that the request, or what EXEC runs, will write are ended.
  void end_own_reads(const Request& request);
  void reject(const Request& request, protocol::ReplyBuffer& out, const std::string& text);
  void collect_stripes(const Request& request);
  void set_thresholds(int64_t slow_us, int64_t latency_ms);
  void note_lock(uint64_t locked_at);
  bool wants_accesses();
  // command_log.cc
  void note_accesses(const Request& request, int64_t reply_bytes);
  void note_slow(const Request& request, int64_t duration_us);
  void note_large_request(const Request& request);
  void note_large_reply(const Request& request, int64_t bytes);
  void keep(metrics::CommandLog& log, const Request& request, int64_t amount, const config::Setting& most);
  void keep_held_bounds(session::Session& session);
  void show_monitors(const Request& request);

  Services& services_;
  WorkerState& worker_;
  std::shared_ptr<const stampede::PolicyTable> policies_;
  uint64_t policies_version_ = 0;
  uint32_t features_ = 0;  // non-zero: every request takes the slow path this turn
  int64_t large_reply_ = INT64_MAX;    // bytes from which COMMANDLOG keeps a command; measured off the fast path
  int64_t large_request_ = INT64_MAX;
  bool large_input_ = false;           // a request of this turn may be as large as that
  bool limited_memory_ = false;
  bool alone_ = false;                 // no other worker uses the keyspace
  uint64_t slow_cycles_ = UINT64_MAX;  // a command that takes longer is looked at: SLOWLOG, LATENCY
  int64_t slow_us_ = -1;               // the settings that slow_cycles_ was made from
  int64_t latency_ms_ = 0;
  uint64_t cycle_mark_ = 0;  // end of the last command = begin of the next one
  uint32_t until_sample_ = kSampleLocks;  // requests to the next one that is sampled
  base::Random sampling_;
  uint32_t hot_key_ratio_ = 0;  // of HOTKEYS: one access in so many is recorded
  bool sampled_ = false;        // the current request's lock is measured
  uint64_t lock_asked_at_ = 0;
  std::string refusal_;
  std::vector<int> positions_;
  std::vector<uint32_t> stripes_;
  bool all_stripes_ = false;
  protocol::ReplyBuffer muted_;  // replies of CLIENT REPLY OFF and SKIP

  static constexpr uint32_t kSampleLocks = 64;  // one request in about so many has its lock's wait and hold measured
};

// The path of nearly every request is inline, from here to the handler: a call costs about as much as what it does.

[[gnu::always_inline]] inline After Dispatcher::run(const Request& request, protocol::ReplyBuffer& out) {
  const Command::Plain& plain = request.command->plain;
  if (__builtin_expect(--until_sample_ == 0 || !plain.one_key, 0)) return run_other(request, out);
  Outcome outcome;
  bool failed;
  {
    store::LockSet lock(services_.keyspace, request.first_key.stripe, store::LockSet::UnlessLong{});
    if (__builtin_expect(lock.complete(), 1)) {
      CommandContext context(services_, worker_, policies_.get(), request, out, &lock, false);
      outcome = plain.run(context);
      failed = context.failed();
      if (__builtin_expect(!worker_.ready_keys.empty(), 0)) serve_ready_keys(lock);
    } else {
      outcome = answer_busy(out, request.session->resp_version, failed);
    }
  }
  return finish(request, outcome, failed);
}

inline After Dispatcher::finish(const Request& request, Outcome outcome, bool failed) {
  const uint64_t now = base::cycles();
  const uint64_t spent = now - cycle_mark_;
  cycle_mark_ = now;
  metrics::CommandStats& stats = worker_.stats.by_command[request.command->plain.id];
  stats.record(spent);
  worker_.stats.commands.add();
  if (__builtin_expect(failed, 0)) stats.failed.add();
  if (__builtin_expect(spent >= slow_cycles_, 0)) {
    note_slow(request, static_cast<int64_t>(static_cast<double>(spent) / services_.state.cycles_per_us));
  }
  deliver_answers();
  if (__builtin_expect(outcome == Outcome::kBlocked, 0)) return After::kBlock;
  return outcome == Outcome::kClose ? After::kClose : After::kContinue;
}

/// All of a queued transaction, as the locks of EXEC need it: the stripes of queued commands and watched keys.
/// Returns false when every stripe is needed.
bool transaction_stripes(Services& services, const session::Session& session, std::vector<uint32_t>& stripes);

/// The arguments of a queued command as views into its own copy.
void queued_arguments(const session::QueuedCommand& queued, std::vector<protocol::Bytes>& arguments);

}  // namespace corral::dispatch

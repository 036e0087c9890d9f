// From a parsed request to its reply.
// Threading: see dispatcher.h.
// See: README.md of this folder, "Pipeline".
#include "server/dispatch/dispatcher.h"

#include <algorithm>

#include "server/dispatch/blocking.h"
#include "server/dispatch/housekeeping.h"
#include "server/dispatch/key_accesses.h"
#include "server/dispatch/monitor_line.h"
#include "server/dispatch/parking.h"
#include "server/dispatch/permissions.h"
#include "server/dispatch/script_task.h"
#include "server/dispatch/tracking.h"
#include "server/dispatch/transaction.h"

namespace corral::dispatch {

using protocol::ReplyBuffer;
using session::Session;

namespace {

enum Feature : uint32_t { kFeatureMonitor = 1, kFeaturePause = 2, kFeatureBusy = 4, kFeatureLarge = 8, kFeatureHotKeys = 16 };

// EXEC answers for what it runs. DISCARD, UNWATCH and RESET lock the same keys but run nothing.
bool is_exec(const Request& request) { return request.command != nullptr && request.command->spec->name == "exec"; }

// A web page that was tricked into talking to us gets neither a word nor a second request.
bool is_web_page(const Request& request) {
  return request.command == nullptr && (protocol::equals_ignore_case(request.arguments[0], "post") ||
                                        protocol::equals_ignore_case(request.arguments[0], "host:"));
}

constexpr size_t kMost = 128;  // bytes of foreign text that an error repeats

// What Redis repeats of a name in an error: up to a length, and only to the first NUL.
Bytes as_text(Bytes bytes, size_t most) {
  return protocol::c_text(bytes.substr(0, most));
}

}  // namespace

Dispatcher::Dispatcher(Services& services, WorkerState& worker)
    : services_(services), worker_(worker), policies_(services.cache.policies()), sampling_(worker.index) {}

void Dispatcher::begin_turn(int64_t now_us) {
  worker_.now_us = now_us;
  worker_.now_ms = now_us / 1000;
  begin_answering(worker_);
  look_up_state();
  large_input_ = false;
  cycle_mark_ = base::cycles();
}

void Dispatcher::look_up_state() {
  if (const uint64_t version = services_.cache.version(); version != policies_version_) {
    worker_.policy_hits.flush();  // it points into the policies that go
    policies_ = services_.cache.policies();
    policies_version_ = version;
  }
  const auto threshold = [](const config::Setting& setting) { return setting < 0 ? INT64_MAX : int64_t{setting}; };
  large_request_ = threshold(services_.settings.commandlog_request_larger_than);
  large_reply_ = threshold(services_.settings.commandlog_reply_larger_than);
  if (services_.hot_keys.is_over(worker_.now_ms)) {
    services_.hot_keys.stop_if_over(worker_.now_ms, hot_key_totals(services_));
  }
  hot_key_ratio_ = services_.hot_keys.ratio();
  begin_batch();
  limited_memory_ = services_.budget.limit() > 0;
  alone_ = services_.state.workers == 1;
  const int64_t slow_us = services_.settings.slowlog_log_slower_than_us;
  const int64_t latency_ms = services_.settings.latency_monitor_threshold_ms;
  if (slow_us != slow_us_ || latency_ms != latency_ms_) set_thresholds(slow_us, latency_ms);
}

void Dispatcher::begin_batch() {
  const ServerState& state = services_.state;
  if (services_.users.version() != worker_.users_version) follow_users(services_, worker_);
  worker_.monitored = state.monitors.load(std::memory_order_relaxed) > 0;
  features_ = worker_.monitored ? uint32_t{kFeatureMonitor} : 0u;
  if (state.paused_until_ms.load(std::memory_order_relaxed) > worker_.now_ms) features_ |= kFeaturePause;
  if (busy_text(state) != nullptr) features_ |= kFeatureBusy;
  if (large_input_ || large_reply_ != INT64_MAX) features_ |= kFeatureLarge;
  // Rarer samples are among those that are taken anyway.
  if (hot_key_ratio_ > 0 && hot_key_ratio_ < kSampleLocks) features_ |= kFeatureHotKeys;
}

void Dispatcher::set_thresholds(int64_t slow_us, int64_t latency_ms) {
  slow_us_ = slow_us;
  latency_ms_ = latency_ms;
  const auto cycles = [this](double us) { return static_cast<uint64_t>(us * services_.state.cycles_per_us); };
  slow_cycles_ = slow_us < 0 ? UINT64_MAX : cycles(static_cast<double>(slow_us));
  if (latency_ms > 0) slow_cycles_ = std::min(slow_cycles_, cycles(static_cast<double>(latency_ms) * 1000));
}

const Command* Dispatcher::subcommand_of(const Command& container, const Request& request) {
  const Command* sub =
      request.arguments.size() > 1 ? CommandTable::find_subcommand(container, request.arguments[1]) : nullptr;
  return sub != nullptr ? sub : &container;
}

const std::string* Dispatcher::refuse(std::string text) {
  refusal_ = std::move(text);
  return &refusal_;
}

const std::string* Dispatcher::refuse_unknown(const Request& request) {
  // As Redis: the name and the beginning of the arguments, shortened to 128 bytes.
  std::string arguments;
  for (size_t i = 1; i < request.arguments.size() && arguments.size() < kMost; ++i) {
    const Bytes shown = as_text(request.arguments[i], kMost - arguments.size());
    arguments.append(1, '\'').append(shown).append("' ");
  }
  std::string text("ERR unknown command '");
  text.append(as_text(request.arguments[0], kMost)).append("', with args beginning with: ").append(arguments);
  return refuse(std::move(text));
}

const std::string* Dispatcher::refusal(const Request& request) {
  const Command* command = request.command;
  const Session& session = *request.session;
  if (command == nullptr) return refuse_unknown(request);
  const auto argc = static_cast<int>(request.arguments.size());
  if (!command->subcommands.empty() && argc > 1) {
    std::string upper(command->spec->name);
    for (char& c : upper) c = protocol::to_upper(c);
    std::string text("ERR unknown subcommand '");
    text.append(as_text(request.arguments[1], kMost)).append("'. Try ").append(upper).append(" HELP.");
    return refuse(std::move(text));
  }
  const int arity = command->spec->arity;
  if ((arity > 0 && argc != arity) || argc < -arity || command->spec->run == nullptr) {
    return refuse("ERR wrong number of arguments for '" + command->full_name + "' command");
  }
  if (session.has(session::kNotAuthenticated) && (command->spec->flags & kNoAuth) == 0 &&
      services_.users.login_required()) {
    return refuse(std::string(protocol::error_text::kNoAuth));
  }
  if (session.has(session::kInMulti) && (command->spec->flags & kNoMulti) != 0) {
    return refuse("ERR Command not allowed inside a transaction");
  }
  if (session.has(session::kRestricted)) {
    const AskedFrom from = session.has(session::kInMulti) ? AskedFrom::kTransaction : AskedFrom::kTopLevel;
    const Permission granted = checked_permission(services_, worker_, session, *command, request.arguments, from);
    if (!granted.granted()) return refuse(refusal_text(granted, *command));
  }
  if (session.has(session::kSubscribed) && session.resp_version == 2 && (command->spec->flags & kWhileSubscribed) == 0) {
    return refuse("ERR Can't execute '" + command->full_name +
                  "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context");
  }
  if ((features_ & kFeatureBusy) != 0) {
    const char* text = busy_text(services_.state);
    if (text != nullptr && ((command->spec->flags & kAllowBusy) == 0 || needs_locks(request))) return refuse(text);
  }
  if (limited_memory_ && out_of_memory(request)) return refuse(std::string(protocol::error_text::kOutOfMemory));
  return nullptr;
}

bool Dispatcher::out_of_memory(const Request& request) {
  const uint32_t home = request.first_key.bytes.data() != nullptr
                            ? request.first_key.stripe
                            : static_cast<uint32_t>(worker_.random.below(services_.keyspace.stripe_count()));
  if (make_room(services_, worker_, home)) return false;
  uint32_t flags = request.command->spec->flags;
  const Session& session = *request.session;
  if (is_exec(request) && session.multi) {
    for (const auto& queued : session.multi->queue) flags |= static_cast<const Command*>(queued.command)->spec->flags;
  }
  return (flags & kDenyOom) != 0;
}

bool Dispatcher::must_hold_back(const Request& request) const {
  if ((features_ & kFeaturePause) == 0) return false;
  if (!services_.state.pause_writes_only.load(std::memory_order_relaxed)) return true;
  uint32_t flags = request.command->spec->flags;
  if (is_exec(request) && request.session->multi) {
    for (const auto& queued : request.session->multi->queue) {
      flags |= static_cast<const Command*>(queued.command)->spec->flags;
    }
  } else if (request.session->has(session::kInMulti)) {
    return false;  // only queued now; EXEC will be held back
  }
  return (flags & (kWrite | kMayReplicate)) != 0 || (flags & (kRunsScript | kReadOnly)) == kRunsScript;
}

After Dispatcher::execute_slow(const Request& request) {
  Session& session = *request.session;
  if (session.has(session::kReplySkipNext)) {
    session.unset(session::kReplySkipNext);
    session.set(session::kReplySkipThis);
  }
  const bool muted = session.has(session::kReplyOff) || session.has(session::kReplySkipThis);
  ReplyBuffer& out = muted ? muted_ : session.output.tail();
  After after = After::kContinue;
  if (is_web_page(request)) {
    after = After::kClose;
  } else if (const std::string* text = refusal(request)) {
    reject(request, out, *text);
  } else if (must_hold_back(request)) {
    return After::kHoldBack;
  } else if (session.has(session::kInMulti) && (request.command->spec->flags & kNotQueued) == 0) {
    queue(request, out);
  } else {
    if (worker_.monitored) show_monitors(request);
    if (session.has(session::kHasParked)) end_own_reads(request);
    // The gap that was open may be closed now.
    ReplyBuffer& now = muted ? muted_ : session.output.tail();
    const bool watched =
        session.has(session::kTracking) || large_reply_ != INT64_MAX || (features_ & kFeatureHotKeys) != 0;
    after = watched ? run_watched(request, now) : run(request, now);
    if (large_input_) note_large_request(request);
  }
  if (session.has(session::kTracking)) end_caching(request);
  if (muted) {
    // CLIENT REPLY ON speaks again at once, with its own reply.
    if (!session.has(session::kReplyOff) && !session.has(session::kReplySkipThis)) {
      session.output.tail().append_buffer(std::move(muted_));
    }
    muted_.clear();
    session.unset(session::kReplySkipThis);
  }
  if (session.has(session::kHasParked)) keep_held_bounds(session);
  return after;
}

void Dispatcher::end_own_reads(const Request& request) {
  const auto look_at = [&](const CommandSpec& spec, std::span<const Bytes> arguments) {
    if ((spec.flags & (kWrite | kRunsScript)) == 0) return;
    std::vector<int> positions;
    find_keys(spec, arguments, positions);
    for (const int at : positions) {
      before_own_write(services_, worker_, *request.session,
                       services_.keyspace.placement().locate(arguments[static_cast<size_t>(at)]));
    }
  };
  look_at(*request.command->spec, request.arguments);
  if (is_exec(request) && request.session->multi) {
    std::vector<Bytes> arguments;
    for (const auto& queued : request.session->multi->queue) {
      queued_arguments(queued, arguments);
      look_at(*static_cast<const Command*>(queued.command)->spec, arguments);
    }
  }
  deliver_answers();
}

void Dispatcher::reject(const Request& request, ReplyBuffer& out, const std::string& text) {
  Session& session = *request.session;
  protocol::ReplyWriter reply(out, session.resp_version);
  if (is_exec(request)) {
    // EXEC itself refused: the transaction, if there is one, is over.
    std::string why = text;
    if (why.starts_with("ERR ")) why.erase(0, 4);
    const std::string aborted = "EXECABORT Transaction discarded because of: " + why;
    worker_.stats.count_error(aborted);
    reply.error(aborted);
    end_transaction(services_, session);
  } else {
    worker_.stats.count_error(text);
    reply.error(text);
    if (session.multi) session.multi->failed = true;
  }
  if (request.command != nullptr) worker_.stats.by_command[request.command->id].rejected.add();
}

void Dispatcher::queue(const Request& request, ReplyBuffer& out) {
  session::MultiState& multi = *request.session->multi;
  out.append("+QUEUED\r\n");
  // A transaction that will fail anyway is not kept, as in Redis.
  const auto& mark = request.session->watch_mark;
  if (multi.failed || (mark && mark->dirty.load(std::memory_order_relaxed))) return;
  session::QueuedCommand& queued = multi.queue.emplace_back();
  queued.command = request.command;
  for (const Bytes argument : request.arguments) {
    queued.bytes.append(argument);
    queued.ends.push_back(static_cast<uint32_t>(queued.bytes.size()));
  }
  multi.bytes += queued.bytes.size() + queued.ends.size() * sizeof(uint32_t) + sizeof queued;
  request.session->record->queued_commands.store(static_cast<int>(multi.queue.size()), std::memory_order_relaxed);
  request.session->record->argument_bytes.store(multi.bytes, std::memory_order_relaxed);
}

void Dispatcher::collect_stripes(const Request& request) {
  stripes_.clear();
  all_stripes_ = false;
  const CommandSpec& spec = *request.command->spec;
  if (spec.keys.shape == KeyShape::kAll) {
    all_stripes_ = true;
    return;
  }
  if (spec.keys.shape == KeyShape::kQueued) {
    all_stripes_ = !transaction_stripes(services_, *request.session, stripes_);
    return;
  }
  positions_.clear();
  if (touches_others(spec, request.arguments)) {
    all_stripes_ = true;
    return;
  }
  if (!find_keys(spec, request.arguments, positions_)) {
    if ((spec.flags & kRunsScript) != 0) return;  // no keys declared, or a number that is none
    // The handler will answer a syntax error; should it touch a key all the same, its stripe is held.
    all_stripes_ = true;
    return;
  }
  for (const int at : positions_) {
    stripes_.push_back(services_.keyspace.placement().locate(request.arguments[static_cast<size_t>(at)]).stripe);
  }
}

Outcome Dispatcher::run_locked(const Request& request, ReplyBuffer& out, bool& failed) {
  const auto call = [&](store::LockSet* locks) {
    const uint64_t locked = sampled_ && locks != nullptr ? base::cycles() : 0;
    CommandContext context(services_, worker_, policies_.get(), request, out, locks, false);
    const Outcome outcome = request.command->spec->run(context);
    failed = context.failed();
    if (__builtin_expect(!worker_.filled_keys.empty(), 0)) context.tell_filled_keys();
    if (request.session->has(session::kTracking) && locks != nullptr) remember_read(services_, worker_, request);
    if (__builtin_expect(!worker_.ready_keys.empty() && locks != nullptr, 0)) {
      serve_ready(services_, worker_, policies_.get(), *locks);
    }
    if (__builtin_expect(locked != 0, 0)) note_lock(locked);
    return outcome;
  };
  const KeySpec& keys = request.command->spec->keys;
  const auto call_with = [&](store::LockSet& lock) {
    return lock.complete() ? call(&lock) : answer_busy(out, request.session->resp_version, failed);
  };
  constexpr store::LockSet::UnlessLong kUnlessLong;
  if (keys.shape == KeyShape::kRange && keys.first == keys.last) {
    store::LockSet lock(services_.keyspace, request.first_key.stripe, kUnlessLong);
    return call_with(lock);
  }
  if (keys.shape == KeyShape::kNone || keys.shape == KeyShape::kWalk) {
    try {
      return call(nullptr);
    } catch (const store::TakesLong&) {
      return answer_busy(out, request.session->resp_version, failed);  // such handlers reply when they have walked
    }
  }
  collect_stripes(request);
  const bool script = (request.command->spec->flags & kRunsScript) != 0;
  if (!all_stripes_) {
    if (stripes_.empty() && !script) return call(nullptr);
    // A script may be left, and its locks with it, while other requests use our list.
    std::vector<uint32_t> own;
    if (script || keys.shape == KeyShape::kQueued) own.swap(stripes_);
    store::LockSet lock(services_.keyspace, std::span(own.empty() ? stripes_ : own), kUnlessLong);
    const Outcome outcome = call_with(lock);
    if (outcome != Outcome::kAllStripes) return outcome;
  }
  store::LockSet lock(services_.keyspace, store::LockSet::All{}, kUnlessLong);
  return call_with(lock);
}

Outcome Dispatcher::answer_busy(ReplyBuffer& out, int resp_version, bool& failed) {
  const char* text = busy_text(services_.state);
  if (text == nullptr) text = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
  worker_.stats.count_error(text);
  protocol::ReplyWriter(out, resp_version).error(text);
  failed = true;
  return Outcome::kDone;
}

bool Dispatcher::needs_locks(const Request& request) {
  collect_stripes(request);
  return all_stripes_ || !stripes_.empty();
}

// --- scripts ------------------------------------------------------------------------------------------------------

bool Dispatcher::runs_script(const Request& request) {
  if ((request.command->spec->flags & kRunsScript) != 0) return true;
  if (!is_exec(request) || !request.session->multi) return false;
  const auto& queue = request.session->multi->queue;
  return std::any_of(queue.begin(), queue.end(), [](const auto& queued) {
    return (static_cast<const Command*>(queued.command)->spec->flags & kRunsScript) != 0;
  });
}

Outcome Dispatcher::run_script(const Request& request, ReplyBuffer& out, bool& failed) {
  if (worker_.script_task == nullptr) worker_.script_task = std::make_shared<ScriptTask>();
  ScriptTask& task = *worker_.script_task;
  task.keep(request);
  task.muted = &out == &muted_;
  task.began = base::cycles();
  task.reply.lend(task.room.get(), task.room.get() + ScriptTask::kRoomBytes);
  const bool ended = task.fiber.run([this, &task, policies = policies_] { task.outcome = run_locked(task.request, task.reply, task.failed); });
  if (ended) {
    failed = task.failed;
    task.reply.take_back();
    out.append_buffer(std::move(task.reply));
    return task.outcome;
  }
  worker_.script_suspended = true;
  request.session->set(session::kBlocked);
  request.session->record->flags.fetch_or(session::kClientBlocked, std::memory_order_relaxed);
  return Outcome::kBlocked;
}

void Dispatcher::resume_script() {
  if (!worker_.script_suspended) return;
  ScriptTask& task = *worker_.script_task;
  const bool ended = task.fiber.resume();
  worker_.policy_hits.flush();  // its policies may be older than those of the turn
  if (!ended) return;
  worker_.script_suspended = false;
  Session& session = *task.request.session;
  task.reply.take_back();
  const auto reply_bytes = static_cast<int64_t>(task.reply.size());
  if (!task.muted) session.output.tail().append_buffer(std::move(task.reply));
  task.reply.clear();
  session.unset(session::kBlocked);
  session.record->flags.fetch_and(~uint32_t{session::kClientBlocked}, std::memory_order_relaxed);
  worker_.resumed.push_back(session.id);
  worker_.dirty_sessions.push_back(session.id);
  if (task.outcome == Outcome::kGates) look_up_state();
  cycle_mark_ = task.began;
  if (reply_bytes >= large_reply_) note_large_reply(task.request, reply_bytes);
  finish(task.request, task.outcome, task.failed);
}

// Whether the request just run is one of those that HOTKEYS records.
bool Dispatcher::wants_accesses() {
  if (hot_key_ratio_ < kSampleLocks) return sampling_.below(hot_key_ratio_) == 0;
  return sampled_ && sampling_.below(hot_key_ratio_) < kSampleLocks;
}

void Dispatcher::note_lock(uint64_t locked_at) {
  const double cycles_per_us = services_.state.cycles_per_us;
  const auto held_us = static_cast<uint64_t>(static_cast<double>(base::cycles() - locked_at) / cycles_per_us);
  worker_.stats.lock_wait_ns.record(
      static_cast<uint64_t>(static_cast<double>(locked_at - lock_asked_at_) * 1000 / cycles_per_us));
  if (held_us > worker_.stats.longest_lock_hold_us.load(std::memory_order_relaxed)) {
    worker_.stats.longest_lock_hold_us.store(held_us, std::memory_order_relaxed);
  }
}

void Dispatcher::serve_ready_keys(store::LockSet& locks) { serve_ready(services_, worker_, policies_.get(), locks); }

// Its reads are remembered under the locks they had, or its reply is measured, which the plain path need not know of.
After Dispatcher::run_watched(const Request& request, ReplyBuffer& out) {
  --until_sample_;
  return run_other(request, out);
}

// Other shapes of locks than the plain one, and the plain one when it is measured.
After Dispatcher::run_other(const Request& request, ReplyBuffer& out) {
  bool failed = false;
  sampled_ = until_sample_ == 0;
  // At random distances, so that no rhythm of requests escapes.
  if (sampled_) until_sample_ = 1 + static_cast<uint32_t>(sampling_.below(2 * kSampleLocks - 1));
  if (sampled_) lock_asked_at_ = base::cycles();
  const size_t size_before = out.size();
  const Outcome outcome =
      __builtin_expect(runs_script(request), 0) ? run_script(request, out, failed) : run_locked(request, out, failed);
  if (worker_.script_suspended && outcome == Outcome::kBlocked) return After::kBlock;  // accounted for when it ends
  // Before the account: the slow log judges CONFIG SET by what it has set, as in Redis.
  if (__builtin_expect(outcome == Outcome::kGates, 0)) look_up_state();
  // Fewer bytes than before: what was there has been sent or moved meanwhile.
  const auto reply_bytes = static_cast<int64_t>(out.size() - size_before);
  if (reply_bytes >= large_reply_) note_large_reply(request, reply_bytes);
  if (hot_key_ratio_ != 0 && outcome != Outcome::kBlocked && wants_accesses()) note_accesses(request, reply_bytes);
  return finish(request, outcome, failed);
}

void Dispatcher::keep_held_bounds(Session& session) {
  session.output.count_held_reply();
  const config::Settings& settings = services_.settings;
  if (static_cast<int64_t>(session.output.held_replies()) <= settings.cache_max_held_replies &&
      static_cast<int64_t>(session.output.held_bytes()) <= settings.cache_max_held_bytes) {
    return;
  }
  worker_.stats.held_reply_overflows.add();
  give_up_all(services_, worker_, session, GiveUp::kBound);
}

void Dispatcher::show_monitors(const Request& request) {
  if ((request.command->spec->flags & (kSkipMonitor | kAdmin)) != 0) return;
  const auto line = std::make_shared<const std::string>(monitor_line(
      worker_.now_us, request.session->database, request.session->record->address, request.arguments));
  for (uint32_t i = 0; i < services_.state.workers; ++i) worker_.port.post(i, MonitorMessage{line});
}

void Dispatcher::retry_blocked(const RetryMessage& message) {
  dispatch::retry_blocked(services_, worker_, policies_.get(), message);
  deliver_answers();
}

void Dispatcher::deliver_queued_answers() {
  dispatch::deliver_answers(services_, worker_);
  std::vector<ServedMessage> served;
  served.swap(worker_.served);
  for (ServedMessage& message : served) deliver_served(services_, worker_, message);
}

}  // namespace corral::dispatch

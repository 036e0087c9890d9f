// Transactions: one lock set for all queued commands, watch marks checked under it.
// Threading: see transaction.h.
// See: README.md of this folder, "Transactions".
#include "server/dispatch/transaction.h"

#include <algorithm>

#include "server/dispatch/dispatcher.h"
#include "server/dispatch/monitor_line.h"
#include "server/dispatch/permissions.h"
#include "server/dispatch/tracking.h"
#include "server/dispatch/watches.h"

namespace corral::dispatch {
namespace {

using session::Session;

// What CLIENT LIST shows of the watched keys and of the queue; the queue outlives its move into exec() there.
void show_watches(const Session& session) {
  session.record->watched_keys.store(static_cast<int>(session.watched.size()), std::memory_order_relaxed);
}

void show_queue(const Session& session) {
  session.record->queued_commands.store(session.multi ? static_cast<int>(session.multi->queue.size()) : -1,
                                        std::memory_order_relaxed);
  session.record->argument_bytes.store(session.multi ? session.multi->bytes : 0, std::memory_order_relaxed);
}

// A watched key that has run out since counts as changed, even if nobody removed it yet.
bool watched_key_expired(CommandContext& ctx, const session::WatchedKey& watched) {
  if (watched.was_expired) return false;
  store::Stripe& stripe = ctx.services().keyspace.stripe(watched.stripe);
  store::Table* table = ctx.services().keyspace.table_if_any(stripe, watched.database);
  if (table == nullptr) return false;
  const KeyRef key = ctx.services().keyspace.placement().locate(watched.key);
  const store::Entry* entry = table->peek(key.bytes, key.hash);
  return entry != nullptr && entry->has_expiry() && entry->expiry_ms() <= ctx.now_ms();
}

bool watch_failed(CommandContext& ctx) {
  const Session& session = ctx.session();
  if (!session.watch_mark) return false;
  if (session.watch_mark->dirty.load(std::memory_order_relaxed)) return true;
  return std::any_of(session.watched.begin(), session.watched.end(),
                     [&](const auto& watched) { return watched_key_expired(ctx, watched); });
}

void show_monitors(CommandContext& ctx, const Request& request) {
  if ((request.command->spec->flags & (kSkipMonitor | kAdmin)) != 0) return;
  const auto line = std::make_shared<const std::string>(monitor_line(
      ctx.now_us(), request.session->database, request.session->record->address, request.arguments));
  for (uint32_t i = 0; i < ctx.services().state.workers; ++i) ctx.worker().port.post(i, MonitorMessage{line});
}

// Rights may have changed since the command was queued.
bool still_permitted(CommandContext& ctx, const Request& request) {
  const Permission granted = checked_permission(ctx.services(), ctx.worker(), ctx.session(), *request.command,
                                                request.arguments, AskedFrom::kTransaction);
  const char* reason = nullptr;
  switch (granted.denial) {
    case acl::Denial::kNone:
      return true;
    case acl::Denial::kCommand:
      reason = "no permission to execute the command or subcommand";
      break;
    case acl::Denial::kKey:
      reason = "no permission to touch the specified keys";
      break;
    case acl::Denial::kChannel:
      reason = "no permission to access one of the channels used as arguments";
      break;
  }
  ctx.fail(
      "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command "
      "is no longer allowed for the following reason: " +
      std::string(reason));
  return false;
}

Outcome run_queued(CommandContext& ctx, const session::QueuedCommand& queued, std::vector<Bytes>& arguments) {
  queued_arguments(queued, arguments);
  Request request;
  request.session = &ctx.session();
  request.command = static_cast<const Command*>(queued.command);
  request.arguments = arguments;
  if (ctx.session().has(session::kRestricted) && !still_permitted(ctx, request)) return Outcome::kDone;
  if (ctx.worker().monitored) show_monitors(ctx, request);
  const uint64_t begin = base::cycles();
  CommandContext inner(ctx.services(), ctx.worker(), ctx.policies(), request, ctx.reply().buffer(),
                       ctx.locks(), true);
  const Outcome outcome = request.command->spec->run(inner);
  if (ctx.session().has(session::kTracking)) remember_read(ctx.services(), ctx.worker(), request);
  const uint64_t spent = base::cycles() - begin;
  metrics::CommandStats& stats = ctx.worker().stats.by_command[request.command->id];
  stats.record(spent);
  ctx.worker().stats.commands.add();
  if (inner.failed()) stats.failed.add();
  return outcome;
}

}  // namespace

void queued_arguments(const session::QueuedCommand& queued, std::vector<Bytes>& arguments) {
  arguments.clear();
  uint32_t begin = 0;
  for (const uint32_t end : queued.ends) {
    arguments.emplace_back(queued.bytes.data() + begin, end - begin);
    begin = end;
  }
}

bool transaction_stripes(Services& services, const Session& session, std::vector<uint32_t>& stripes) {
  for (const session::WatchedKey& watched : session.watched) stripes.push_back(watched.stripe);
  if (!session.multi || session.multi->failed) return true;
  std::vector<Bytes> arguments;
  std::vector<int> positions;
  for (const session::QueuedCommand& queued : session.multi->queue) {
    const auto* command = static_cast<const Command*>(queued.command);
    const KeyShape shape = command->spec->keys.shape;
    if (shape == KeyShape::kAll || shape == KeyShape::kWalk) return false;
    const bool script = (command->spec->flags & kRunsScript) != 0;
    if (script && services.settings.allow_undeclared_keys != 0) return false;
    queued_arguments(queued, arguments);
    positions.clear();
    if (touches_others(*command->spec, arguments)) return false;
    if (!find_keys(*command->spec, arguments, positions) && !script) return false;
    for (const int at : positions) {
      stripes.push_back(services.keyspace.placement().locate(arguments[static_cast<size_t>(at)]).stripe);
    }
  }
  return true;
}

Outcome exec(CommandContext& ctx) {
  Session& session = ctx.session();
  if (!session.has(session::kInMulti)) return ctx.fail("ERR EXEC without MULTI");
  if (session.multi->failed) {
    drop_queue(session);
    unwatch(ctx.services(), session);
    return ctx.fail(protocol::error_text::kExecAbort);
  }
  if (watch_failed(ctx)) {
    drop_queue(session);
    unwatch(ctx.services(), session);
    ctx.reply().null_array();
    return Outcome::kDone;
  }
  // The transaction is over before its commands run: what they see of the session is outside MULTI.
  const std::unique_ptr<session::MultiState> multi = std::move(session.multi);
  session.unset(session::kInMulti);
  unwatch(ctx.services(), session);
  // CLIENT LIST shows the transaction until all of it is done, as in Redis.
  session.record->queued_commands.store(static_cast<int>(multi->queue.size()), std::memory_order_relaxed);
  session.record->argument_bytes.store(multi->bytes, std::memory_order_relaxed);
  ctx.reply().array(static_cast<int64_t>(multi->queue.size()));
  std::vector<Bytes> arguments;
  Outcome outcome = Outcome::kDone;
  for (const session::QueuedCommand& queued : multi->queue) {
    if (run_queued(ctx, queued, arguments) == Outcome::kGates) outcome = Outcome::kGates;
  }
  show_queue(session);
  return outcome;
}

void watch(CommandContext& ctx, const KeyRef& key) {
  Session& session = ctx.session();
  for (const session::WatchedKey& watched : session.watched) {
    if (watched.database == session.database && watched.key == key.bytes) return;
  }
  if (!session.watch_mark) session.watch_mark = std::make_shared<session::WatchMark>(session.record);
  store::Stripe& stripe = ctx.stripe(key);
  const store::Table* table = ctx.table_if_any(key);
  const store::Entry* entry = table == nullptr ? nullptr : table->peek(key.bytes, key.hash);
  const bool was_expired = entry != nullptr && entry->has_expiry() && entry->expiry_ms() <= ctx.now_ms();
  ctx.services().watches.add(stripe, session.database, key.bytes, session.watch_mark);
  session.watched.push_back({session.database, std::string(key.bytes), key.stripe, was_expired});
  show_watches(session);
}

void unwatch(Services& services, Session& session) {
  for (const session::WatchedKey& watched : session.watched) {
    services.watches.remove(services.keyspace.stripe(watched.stripe), watched.database, watched.key,
                            session.watch_mark.get());
  }
  session.watched.clear();
  session.watch_mark.reset();
  session.record->flags.fetch_and(~uint32_t{session::kClientDirtyCas}, std::memory_order_relaxed);
  show_watches(session);
}

void drop_queue(Session& session) {
  session.multi.reset();
  session.unset(session::kInMulti);
  show_queue(session);
}

void end_transaction(Services& services, Session& session) {
  drop_queue(session);
  std::vector<uint32_t> stripes;
  for (const session::WatchedKey& watched : session.watched) stripes.push_back(watched.stripe);
  if (stripes.empty()) return unwatch(services, session);
  const store::LockSet lock(services.keyspace, std::span(stripes));
  unwatch(services, session);
}

}  // namespace corral::dispatch

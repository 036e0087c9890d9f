// MULTI, EXEC, DISCARD, WATCH, UNWATCH.
// Threading: EXEC, DISCARD and UNWATCH hold the stripes of the queued commands and of the watched keys.
// See: server/dispatch/transaction.h, which has the inner parts.
#include "server/dispatch/transaction.h"

#include <memory>

#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;

// MULTI
Outcome multi(CommandContext& ctx) {
  session::Session& session = ctx.session();
  if (session.has(session::kInMulti)) return ctx.fail("ERR MULTI calls can not be nested");
  session.multi = std::make_unique<session::MultiState>();
  session.set(session::kInMulti);
  session.record->queued_commands.store(0, std::memory_order_relaxed);
  ctx.reply().ok();
  return Outcome::kDone;
}

// EXEC
Outcome execute(CommandContext& ctx) {
  return exec(ctx);
}

// DISCARD
Outcome discard(CommandContext& ctx) {
  session::Session& session = ctx.session();
  if (!session.has(session::kInMulti)) return ctx.fail("ERR DISCARD without MULTI");
  drop_queue(session);
  unwatch(ctx.services(), session);
  ctx.reply().ok();
  return Outcome::kDone;
}

// WATCH key [key ...]
Outcome watch_keys(CommandContext& ctx) {
  if (ctx.session().has(session::kInMulti)) return ctx.fail("ERR WATCH inside MULTI is not allowed");
  for (size_t i = 1; i < ctx.argc(); ++i) watch(ctx, ctx.key(i));
  ctx.reply().ok();
  return Outcome::kDone;
}

// UNWATCH: inside a transaction nothing is watched any more, and what is shown of it stays.
Outcome unwatch_keys(CommandContext& ctx) {
  if (!ctx.in_transaction()) unwatch(ctx.services(), ctx.session());
  ctx.reply().ok();
  return Outcome::kDone;
}

constexpr uint32_t kFlags = kNoScript | kLoading | kStale | kFast | kAllowBusy;

constexpr CommandSpec kTable[] = {
    {.name = "multi", .arity = 1, .flags = kFlags | kNotQueued, .acl = acl::kTransaction, .run = multi},
    {.name = "exec",
     .arity = 1,
     .keys = keys::queued(),
     .flags = kNoScript | kLoading | kStale | kSkipSlowlog | kNotQueued,
     .acl = acl::kTransaction,
     .run = execute},
    {.name = "discard",
     .arity = 1,
     .keys = keys::queued(),
     .flags = kFlags | kNotQueued,
     .acl = acl::kTransaction,
     .run = discard},
    {.name = "watch",
     .arity = -2,
     .keys = keys::range(1, -1, 1),
     .flags = kFlags | kNotQueued,
     .acl = acl::kTransaction,
     .run = watch_keys},
    {.name = "unwatch",
     .arity = 1,
     .keys = keys::queued(),
     .flags = kFlags,
     .acl = acl::kTransaction,
     .run = unwatch_keys},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> transaction_commands() {
  return kTable;
}

}  // namespace corral::commands

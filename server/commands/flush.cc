// Databases as a whole: FLUSHDB, FLUSHALL, SWAPDB, SELECT.
// Threading: all stripes are held, but for SELECT, which needs none.
// See: README.md of this folder, "Whole databases".
#include "server/commands/database_argument.h"
#include "server/commands/tables.h"
#include "server/dispatch/blocked_queues.h"
#include "server/dispatch/parking.h"
#include "server/dispatch/tracking.h"
#include "server/dispatch/watches.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;

constexpr int kAllDatabases = -1;

// An entry that has run out counts: who watched it alive must not go on as if nothing had happened.
bool has_key(const store::Keyspace& keyspace, store::Stripe& stripe, int database, std::string_view key) {
  const store::Table* table = keyspace.table_if_any(stripe, database);
  return table != nullptr && table->peek(key, keyspace.placement().hash(key)) != nullptr;
}

// Reads that wait for a fill are answered nil: what they waited for belongs to a database that is no more.
void clear_flights(CommandContext& ctx, store::Stripe& stripe, int database) {
  stampede::Flights* flights = ctx.services().cache.flights_if_any(stripe);
  if (flights == nullptr) return;
  const KeyRef no_key{{}, 0, stripe.index};
  WorkerFlightEvents events(ctx.worker(), no_key, database);
  flights->clear(database, events);
  ctx.services().cache.settle(stripe);
}

// Tells watchers and waiting readers of the database that it goes, as far as they watch a key that `had` says was there.
template <typename Had>
void announce(CommandContext& ctx, int database, Had had) {
  store::Keyspace& keyspace = ctx.services().keyspace;
  for (uint32_t i = 0; i < keyspace.stripe_count(); ++i) {
    store::Stripe& stripe = keyspace.stripe(i);
    ++stripe.epoch;
    if ((stripe.side_flags & store::kSideWatches) != 0) {
      ctx.services().watches.touch_all(stripe, database, [&](int key_database, std::string_view key) {
        return had(stripe, key_database, key);
      });
    }
    if ((stripe.side_flags & store::kSideFlights) != 0) clear_flights(ctx, stripe, database);
    if ((stripe.side_flags & store::kSideTracked) == 0) continue;
    // Of all databases: a client knows keys by their names only.
    ctx.services().tracking.clear(i);
    stripe.side_flags &= ~static_cast<uint32_t>(store::kSideTracked);
  }
}

// Whoever waits for a key of the database may find it now.
void signal_waiters(CommandContext& ctx, int database) {
  store::Keyspace& keyspace = ctx.services().keyspace;
  for (uint32_t i = 0; i < keyspace.stripe_count(); ++i) {
    store::Stripe& stripe = keyspace.stripe(i);
    if ((stripe.side_flags & store::kSideBlocked) == 0) continue;
    for (std::string& key : ctx.services().blocked.keys(stripe, database)) {
      ctx.worker().ready_keys.push_back({database, i, std::move(key), true});
    }
  }
}

void flush(CommandContext& ctx, int database) {
  store::Keyspace& keyspace = ctx.services().keyspace;
  announce(ctx, database, [&](store::Stripe& stripe, int key_database, std::string_view key) {
    return has_key(keyspace, stripe, key_database, key);
  });
  invalidate_everything(ctx.services(), ctx.worker(), ctx.session().id);
  const int begin = database == kAllDatabases ? 0 : database;
  const int end = database == kAllDatabases ? keyspace.databases() : database + 1;
  for (int i = begin; i < end; ++i) {
    auto tables = keyspace.detach(i);
    for (const auto& table : tables) ctx.worker().stats.dirty.add(table->size());
    ctx.worker().graveyard.add(std::move(tables));
    signal_waiters(ctx, i);
  }
  for (uint32_t i = 0; i < keyspace.stripe_count(); ++i) ctx.services().budget.flush(keyspace.stripe(i).unreported_bytes);
}

// ASYNC and SYNC are the same here: the keys are gone when the reply comes, and the memory follows in small steps.
bool read_flush_options(CommandContext& ctx) {
  if (ctx.argc() == 1) return true;
  if (ctx.argc() == 2 && (protocol::equals_ignore_case(ctx.arg(1), "async") ||
                          protocol::equals_ignore_case(ctx.arg(1), "sync"))) {
    return true;
  }
  ctx.fail(error_text::kSyntax);
  return false;
}

// FLUSHDB [ASYNC | SYNC]
Outcome flushdb(CommandContext& ctx) {
  if (!read_flush_options(ctx)) return Outcome::kDone;
  flush(ctx, ctx.session().database);
  ctx.reply().ok();
  return Outcome::kDone;
}

// FLUSHALL [ASYNC | SYNC]
Outcome flushall(CommandContext& ctx) {
  if (!read_flush_options(ctx)) return Outcome::kDone;
  flush(ctx, kAllDatabases);
  ctx.reply().ok();
  return Outcome::kDone;
}

// SWAPDB index1 index2
Outcome swapdb(CommandContext& ctx) {
  int one = 0;
  int other = 0;
  if (!read_database(ctx, 1, one, "ERR invalid first DB index") ||
      !read_database(ctx, 2, other, "ERR invalid second DB index")) {
    return Outcome::kDone;
  }
  if (!has_database(ctx, one) || !has_database(ctx, other)) return ctx.fail(error_text::kDbIndexOutOfRange);
  if (one != other) {
    store::Keyspace& keyspace = ctx.services().keyspace;
    const auto had = [&](store::Stripe& stripe, int, std::string_view key) {
      return has_key(keyspace, stripe, one, key) || has_key(keyspace, stripe, other, key);
    };
    announce(ctx, one, had);
    announce(ctx, other, had);
    invalidate_everything(ctx.services(), ctx.worker(), ctx.session().id);
    keyspace.swap_databases(one, other);
    signal_waiters(ctx, one);
    signal_waiters(ctx, other);
    ctx.worker().stats.dirty.add();
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

// SELECT index
Outcome select(CommandContext& ctx) {
  int database = 0;
  if (!read_database(ctx, 1, database)) return Outcome::kDone;
  if (!has_database(ctx, database)) return ctx.fail(error_text::kDbIndexOutOfRange);
  ctx.session().database = database;
  ctx.session().record->database.store(database, std::memory_order_relaxed);
  ctx.reply().ok();
  return Outcome::kDone;
}

constexpr uint32_t kFlushAcl = acl::kKeyspace | acl::kDangerous;
constexpr CommandSpec kTable[] = {
    {.name = "flushdb", .arity = -1, .keys = keys::all(), .flags = kWrite, .acl = kFlushAcl, .run = flushdb},
    {.name = "flushall", .arity = -1, .keys = keys::all(), .flags = kWrite, .acl = kFlushAcl, .run = flushall},
    {.name = "swapdb", .arity = 3, .keys = keys::all(), .flags = kWrite | kFast, .acl = kFlushAcl, .run = swapdb},
    {.name = "select", .arity = 2, .keys = keys::none(), .flags = kLoading | kStale | kFast,
     .acl = acl::kConnection, .run = select},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> flush_commands() { return kTable; }

}  // namespace corral::commands

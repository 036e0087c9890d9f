// Whole keys whatever they hold: DEL, UNLINK, EXISTS, TYPE, TOUCH, RENAME, RENAMENX, COPY, MOVE.
// Threading: the stripes of the command's keys are held; a key has the same stripe in every database.
// See: README.md of this folder.
#include "server/commands/database_argument.h"
#include "server/commands/tables.h"
#include "server/commands/type_names.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;

template <typename Each>
Outcome count_keys(CommandContext& ctx, Each each) {
  int64_t count = 0;
  for (size_t i = 1; i < ctx.argc(); ++i) count += each(ctx.key(i)) ? 1 : 0;
  ctx.reply().integer(count);
  return Outcome::kDone;
}

// DEL key [key ...] and UNLINK: large values are always freed after the locks are gone.
Outcome del(CommandContext& ctx) {
  return count_keys(ctx, [&ctx](const KeyRef& key) {
    const bool removed = ctx.remove(key);
    if (removed) ctx.notify(config::kGenericEvent, "del", key);
    return removed;
  });
}

// EXISTS key [key ...]
Outcome exists(CommandContext& ctx) {
  return count_keys(ctx, [&ctx](const KeyRef& key) { return ctx.peek(key, true) != nullptr; });
}

// TOUCH key [key ...]: counts as an access even on a connection with CLIENT NO-TOUCH.
Outcome touch(CommandContext& ctx) {
  return count_keys(ctx, [&ctx](const KeyRef& key) {
    const bool found = ctx.find_in(ctx.session().database, key) != nullptr;
    metrics::WorkerStats& stats = ctx.worker().stats;
    (found ? stats.keyspace_hits : stats.keyspace_misses).add();
    if (!found) ctx.notify(config::kKeyMissEvent, "keymiss", key);
    return found;
  });
}

// TYPE key
Outcome type(CommandContext& ctx) {
  const Entry* entry = ctx.peek(ctx.key(1), true);
  ctx.reply().simple(entry == nullptr ? "none" : type_name(entry->type()));
  return Outcome::kDone;
}

Outcome rename_key(CommandContext& ctx, bool only_new) {
  const KeyRef from = ctx.key(1);
  const KeyRef to = ctx.key(2);
  Entry* entry = ctx.find(from);
  if (entry == nullptr) return ctx.fail(error_text::kNoSuchKey);
  const bool same = from.bytes == to.bytes;
  if (only_new && (same || ctx.find(to) != nullptr)) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  if (!same) {
    ctx.move_entry(ctx.session().database, to, from, entry);
    ctx.notify(config::kGenericEvent, "rename_from", from);
    ctx.notify(config::kGenericEvent, "rename_to", to);
  }
  if (only_new) {
    ctx.reply().integer(1);
  } else {
    ctx.reply().ok();
  }
  return Outcome::kDone;
}

// RENAME key newkey
Outcome rename(CommandContext& ctx) { return rename_key(ctx, false); }

// RENAMENX key newkey
Outcome renamenx(CommandContext& ctx) { return rename_key(ctx, true); }

// COPY source destination [DB destination-db] [REPLACE]
Outcome copy(CommandContext& ctx) {
  int database = ctx.session().database;
  bool replace = false;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    if (protocol::equals_ignore_case(ctx.arg(i), "replace")) {
      replace = true;
    } else if (protocol::equals_ignore_case(ctx.arg(i), "db") && i + 1 < ctx.argc()) {
      if (!read_database(ctx, ++i, database)) return Outcome::kDone;
      if (!has_database(ctx, database)) return ctx.fail(error_text::kDbIndexOutOfRange);
    } else {
      return ctx.fail(error_text::kSyntax);
    }
  }
  const KeyRef from = ctx.key(1);
  const KeyRef to = ctx.key(2);
  if (database == ctx.session().database && from.bytes == to.bytes) return ctx.fail(error_text::kSameObject);
  const Entry* entry = ctx.find(from, true);
  const bool copies = entry != nullptr && (ctx.find_in(database, to) == nullptr || replace);
  if (copies) {
    ctx.put_copy(database, to, *entry);
    ctx.notify_in(database, config::kGenericEvent, "copy_to", to.bytes);
  }
  ctx.reply().integer(copies ? 1 : 0);
  return Outcome::kDone;
}

// MOVE key db
Outcome move(CommandContext& ctx) {
  int database = 0;
  if (!read_database(ctx, 2, database)) return Outcome::kDone;
  if (!has_database(ctx, database)) return ctx.fail(error_text::kDbIndexOutOfRange);
  if (database == ctx.session().database) return ctx.fail(error_text::kSameObject);
  const KeyRef key = ctx.key(1);
  Entry* entry = ctx.find(key);
  const bool moves = entry != nullptr && ctx.find_in(database, key) == nullptr;
  if (moves) {
    ctx.move_entry(database, key, key, entry);
    ctx.notify(config::kGenericEvent, "move_from", key);
    ctx.notify_in(database, config::kGenericEvent, "move_to", key.bytes);
  }
  ctx.reply().integer(moves ? 1 : 0);
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "del", .arity = -2, .keys = keys::range(1, -1, 1), .flags = kWrite, .acl = acl::kKeyspace, .run = del},
    {.name = "unlink", .arity = -2, .keys = keys::range(1, -1, 1), .flags = kWrite | kFast, .acl = acl::kKeyspace,
     .run = del},
    {.name = "exists", .arity = -2, .keys = keys::range(1, -1, 1), .flags = kReadOnly | kFast,
     .acl = acl::kKeyspace, .run = exists},
    {.name = "type", .arity = 2, .keys = keys::one(1), .flags = kReadOnly | kFast, .acl = acl::kKeyspace, .run = type},
    {.name = "touch", .arity = -2, .keys = keys::range(1, -1, 1), .flags = kReadOnly | kFast, .acl = acl::kKeyspace,
     .run = touch},
    {.name = "rename", .arity = 3, .keys = keys::range(1, 2, 1), .flags = kWrite, .acl = acl::kKeyspace,
     .run = rename},
    {.name = "renamenx", .arity = 3, .keys = keys::range(1, 2, 1), .flags = kWrite | kFast, .acl = acl::kKeyspace,
     .run = renamenx},
    {.name = "copy", .arity = -3, .keys = keys::range(1, 2, 1), .flags = kWrite | kDenyOom, .acl = acl::kKeyspace,
     .run = copy},
    {.name = "move", .arity = 3, .keys = keys::one(1), .flags = kWrite | kFast, .acl = acl::kKeyspace, .run = move},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> keys_commands() { return kTable; }

}  // namespace corral::commands

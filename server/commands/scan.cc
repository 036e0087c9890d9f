// Walks over all keys of a database: SCAN, KEYS, RANDOMKEY, DBSIZE.
// Threading: no stripe is held between steps; a step holds one, for a bounded number of entries.
// See: README.md of this folder, "Walks".
#include <algorithm>
#include <optional>

#include "server/commands/scan_arguments.h"
#include "server/commands/tables.h"
#include "server/commands/type_names.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using store::Entry;
using store::Table;

Table* table_of(CommandContext& ctx, store::Stripe& stripe) {
  return ctx.services().keyspace.table_if_any(stripe, ctx.session().database);
}

struct Cursor {
  uint32_t stripe = 0;
  uint32_t position = 0;  // in the stripe's table

  static Cursor of(uint64_t number) { return {static_cast<uint32_t>(number >> 32), static_cast<uint32_t>(number)}; }
  uint64_t number() const { return uint64_t{stripe} << 32 | position; }
};

// Shows the live entries of the session's database to `each` (false: no more) until about `limit` entries were looked
// at. At the end of the database the cursor is back at 0.
template <typename Each>
void walk_entries(CommandContext& ctx, Cursor& cursor, uint64_t limit, Each each) {
  constexpr uint64_t kEntriesPerHold = 1024;
  struct Visit {
    CommandContext& ctx;
    Each& each;
    uint64_t seen = 0;
    bool wanted = true;
    static bool entry(void* context, const Entry& entry, uint64_t) {
      auto* self = static_cast<Visit*>(context);
      ++self->seen;
      if (self->ctx.is_live(entry)) self->wanted = self->each(entry);
      return self->wanted;
    }
  } visit{ctx, each};
  const auto visit_stripe = [&](store::Stripe& stripe) {
    const Table* table = table_of(ctx, stripe);
    const uint64_t release_at = visit.seen + kEntriesPerHold;
    Table::ScanStep step{cursor.position, table == nullptr};
    while (!step.done) {
      step = table->scan(cursor.position, Visit::entry, &visit);
      cursor.position = step.next;
      if (!step.done && (!visit.wanted || visit.seen >= std::min(limit, release_at))) return false;
    }
    cursor = {cursor.stripe + 1, 0};
    return visit.wanted && visit.seen < limit;
  };
  const uint32_t end = ctx.services().keyspace.stripe_count();
  while (cursor.stripe < end && visit.wanted && visit.seen < limit) ctx.walk(cursor.stripe, end, visit_stripe);
  if (cursor.stripe >= end) cursor = {};
}

// --- SCAN ----------------------------------------------------------------------------------------------------------

bool wants_entry(const ScanOptions& options, const Entry& entry) {
  if (!options.wants(entry.key())) return false;
  return !options.type || protocol::equals_ignore_case(*options.type, type_name(entry.type()));
}

// SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
Outcome scan(CommandContext& ctx) {
  const auto number = parse_cursor(ctx.arg(1));
  if (!number) return ctx.fail(kInvalidCursor);
  ScanOptions options;
  if (!read_scan_options(ctx, 2, true, options)) return Outcome::kDone;
  Cursor cursor = Cursor::of(*number);
  GatheredTexts keys(ctx);
  walk_entries(ctx, cursor, std::min(options.count, kMaxScannedPerCall), [&](const Entry& entry) {
    if (wants_entry(options, entry)) keys.add(entry.key());
    return true;
  });
  keys.answer_scan(cursor.number());
  return Outcome::kDone;
}

// --- KEYS, RANDOMKEY, DBSIZE -----------------------------------------------------------------------------------------

// KEYS pattern
Outcome keys_matching(CommandContext& ctx) {
  const Bytes pattern = ctx.arg(1);
  const bool all = pattern == "*";
  Cursor cursor;
  GatheredTexts keys(ctx);
  walk_entries(ctx, cursor, UINT64_MAX, [&](const Entry& entry) {
    if (all || scan_matches(pattern, entry.key())) keys.add(entry.key());
    return true;
  });
  keys.answer();
  return Outcome::kDone;
}

// A stripe with keys, such that every key has about the same chance; nothing when there is none. In a large database
// any stripe will do; in a small or lopsided one all stripes are asked for their size.
std::optional<uint32_t> random_stripe(CommandContext& ctx) {
  constexpr size_t kEvenlyFilled = 8;
  base::Random& random = ctx.worker().random;
  const uint32_t stripes = ctx.services().keyspace.stripe_count();
  const auto any = static_cast<uint32_t>(random.below(stripes));
  std::optional<uint32_t> chosen;
  ctx.walk(any, any + 1, [&](store::Stripe& stripe) {
    const Table* table = table_of(ctx, stripe);
    if (table != nullptr && table->size() >= kEvenlyFilled) chosen = any;
    return true;
  });
  if (chosen) return chosen;
  uint64_t total = 0;
  ctx.walk(0, stripes, [&](store::Stripe& stripe) {
    const Table* table = table_of(ctx, stripe);
    const uint64_t size = table == nullptr ? 0 : table->size();
    total += size;
    if (size > 0 && random.below(total) < size) chosen = stripe.index;
    return true;
  });
  return chosen;
}

// RANDOMKEY
Outcome randomkey(CommandContext& ctx) {
  bool found = false;
  const auto answer = [&ctx, &found](const Entry& entry) {
    ctx.reply().bulk(entry.key());
    found = true;
    return false;
  };
  constexpr int kAttempts = 16;
  for (int attempt = 0; attempt < kAttempts && !found; ++attempt) {
    const auto chosen = random_stripe(ctx);
    if (!chosen) break;
    ctx.walk(*chosen, *chosen + 1, [&](store::Stripe& stripe) {
      const Table* table = table_of(ctx, stripe);
      const Entry* entry = table == nullptr ? nullptr : table->random_entry(ctx.worker().random);
      if (entry != nullptr && ctx.is_live(*entry)) answer(*entry);
      return false;
    });
  }
  if (!found) {
    // Nearly everything there has run out; the first live key, if there is one.
    Cursor cursor;
    walk_entries(ctx, cursor, UINT64_MAX, answer);
  }
  if (!found) ctx.reply().null();
  return Outcome::kDone;
}

// DBSIZE: with keys that have run out but were not yet reclaimed, as in Redis.
Outcome dbsize(CommandContext& ctx) {
  uint64_t keys = 0;
  ctx.walk(0, ctx.services().keyspace.stripe_count(), [&](store::Stripe& stripe) {
    const Table* table = table_of(ctx, stripe);
    if (table != nullptr) keys += table->size();
    return true;
  });
  ctx.reply().integer(static_cast<int64_t>(keys));
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "scan", .arity = -2, .keys = keys::walk(), .flags = kReadOnly, .acl = acl::kKeyspace, .run = scan},
    {.name = "keys", .arity = 2, .keys = keys::walk(), .flags = kReadOnly, .acl = acl::kKeyspace | acl::kDangerous,
     .run = keys_matching},
    {.name = "randomkey", .arity = 1, .keys = keys::walk(), .flags = kReadOnly, .acl = acl::kKeyspace,
     .run = randomkey},
    {.name = "dbsize", .arity = 1, .keys = keys::walk(), .flags = kReadOnly | kFast, .acl = acl::kKeyspace,
     .run = dbsize},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> scan_commands() { return kTable; }

}  // namespace corral::commands

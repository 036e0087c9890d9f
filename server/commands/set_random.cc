// Some members of a set: SPOP SRANDMEMBER SSCAN.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder, "Walks"; server/types/README.md, "Chance".
#include <algorithm>

#include "server/commands/scan_arguments.h"
#include "server/commands/set_members.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::PackedElement;
using types::SetValue;

// Answers a random member and takes it out.
void pop_member(CommandContext& ctx, SetValue& set) {
  PackedElement::Buffer digits;
  const Bytes member = set.random(ctx.worker().random).text(digits);
  ctx.reply().bulk(member);
  set.erase(member);
}

Outcome pop_members(CommandContext& ctx, const KeyRef& key, size_t count) {
  store::Entry* const entry = ctx.find(key);
  const auto* set = static_cast<const SetValue*>(ctx.typed(entry, SetValue::kType));
  if (ctx.failed()) return Outcome::kDone;
  if (set == nullptr || count == 0) {
    ctx.reply().set(0);
  } else if (count >= set->size()) {
    write_members(ctx.reply(), *set);
    ctx.notify(config::kSetEvent, "spop", key);
    ctx.erase(key, entry);
    ctx.notify(config::kGenericEvent, "del", key);
  } else {
    SetEdit edit(ctx, key);
    ctx.reply().set(static_cast<int64_t>(count));
    for (size_t i = 0; i < count; ++i) pop_member(ctx, *edit);
    edit.finish(static_cast<int64_t>(count));
    ctx.notify(config::kSetEvent, "spop", key);
  }
  return Outcome::kDone;
}

// SPOP key [count]
Outcome spop(CommandContext& ctx) {
  if (ctx.argc() > 3) return ctx.fail(error_text::kSyntax);
  const KeyRef key = ctx.key(1);
  if (ctx.argc() == 3) {
    const auto count = protocol::parse_int64(ctx.arg(2));
    if (!count || *count < 0) return ctx.fail("ERR value is out of range, must be positive");
    return pop_members(ctx, key, static_cast<size_t>(*count));
  }
  SetEdit set(ctx, key);
  if (set.refused()) return Outcome::kDone;
  if (set) {
    pop_member(ctx, *set);
    set.finish_removal(1, "spop");
  } else {
    ctx.reply().null();
  }
  return Outcome::kDone;
}

// Redis draws on until the reply is too much for its client; here it is made while the key is held.
constexpr int64_t kMostDraws = 1 << 20;
constexpr size_t kMostDrawnBytes = size_t{512} << 20;

// The same member may come more than once.
Outcome draw_members(CommandContext& ctx, const SetValue& set, int64_t count) {
  if (count > kMostDraws) return ctx.fail(error_text::kOutOfRange);
  GatheredTexts drawn(ctx);
  size_t bytes = 0;
  for (int64_t i = 0; i < count; ++i) {
    PackedElement::Buffer digits;
    const Bytes member = set.random(ctx.worker().random).text(digits);
    bytes += member.size();
    if (bytes > kMostDrawnBytes) return ctx.fail(error_text::kOutOfRange);
    drawn.add(member);
  }
  drawn.answer();
  return Outcome::kDone;
}

// SRANDMEMBER key [count]
Outcome srandmember(CommandContext& ctx) {
  if (ctx.argc() > 3) return ctx.fail(error_text::kSyntax);
  const bool counted = ctx.argc() == 3;
  int64_t count = 1;
  if (counted) {
    if (!ctx.integer(2, count)) return Outcome::kDone;
    if (count == INT64_MIN) {
      return ctx.fail(
          "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    }
  }
  const auto* set = ctx.container<SetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  if (set == nullptr || count == 0) {
    counted ? ctx.reply().array(0) : ctx.reply().null();
  } else if (!counted) {
    write_element(ctx.reply(), set->random(ctx.worker().random));
  } else if (count < 0) {
    return draw_members(ctx, *set, -count);
  } else {
    const auto chosen = set->sample(static_cast<size_t>(count), ctx.worker().random);
    ctx.reply().array(static_cast<int64_t>(chosen.size()));
    for (const PackedElement& member : chosen) write_element(ctx.reply(), member);
  }
  return Outcome::kDone;
}

// SSCAN key cursor [MATCH pattern] [COUNT count]
Outcome sscan(CommandContext& ctx) {
  const auto cursor = parse_cursor(ctx.arg(2));
  if (!cursor) return ctx.fail(kInvalidCursor);
  const auto* set = ctx.container<SetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  GatheredTexts members(ctx);
  uint64_t next = 0;
  if (set != nullptr) {
    ScanOptions options;
    if (!read_scan_options(ctx, 3, false, options)) return Outcome::kDone;
    next = set->scan(*cursor, std::min(options.count, kMaxScannedPerCall), [&](const PackedElement& member) {
      PackedElement::Buffer digits;
      const Bytes text = member.text(digits);
      if (options.wants(text)) members.add(text);
    });
  }
  members.answer_scan(next);
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "spop",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kSet,
     .run = spop},
    {.name = "srandmember",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kSet,
     .run = srandmember},
    {.name = "sscan", .arity = -3, .keys = keys::one(1), .flags = kReadOnly, .acl = acl::kSet, .run = sscan},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> set_random_commands() {
  return kTable;
}

}  // namespace corral::commands

// Members of one set: SADD SREM SISMEMBER SMISMEMBER SCARD SMEMBERS SMOVE.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/set_value.h.
#include "server/commands/set_members.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using types::SetValue;

// SADD key member [member ...]
Outcome sadd(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  SetEdit set(ctx, key);
  if (set.refused()) return Outcome::kDone;
  SetValue& value = set_of(ctx, set);
  int64_t added = 0;
  for (size_t i = 2; i < ctx.argc(); ++i) added += value.add(ctx.arg(i), ctx.thresholds()) ? 1 : 0;
  set.finish(added);
  if (added > 0) ctx.notify(config::kSetEvent, "sadd", key);
  ctx.reply().integer(added);
  return Outcome::kDone;
}

// SREM key member [member ...]
Outcome srem(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  SetEdit set(ctx, key);
  if (set.refused()) return Outcome::kDone;
  int64_t removed = 0;
  if (set) {
    for (size_t i = 2; i < ctx.argc() && set->size() > 0; ++i) removed += set->erase(ctx.arg(i)) ? 1 : 0;
    if (removed > 0) set.finish_removal(removed, "srem");
  }
  ctx.reply().integer(removed);
  return Outcome::kDone;
}

// SISMEMBER key member
Outcome sismember(CommandContext& ctx) {
  const auto* set = ctx.container<SetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().integer(set != nullptr && set->contains(ctx.arg(2)) ? 1 : 0);
  return Outcome::kDone;
}

// SMISMEMBER key member [member ...]
Outcome smismember(CommandContext& ctx) {
  const auto* set = ctx.container<SetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().array(static_cast<int64_t>(ctx.argc() - 2));
  for (size_t i = 2; i < ctx.argc(); ++i) {
    ctx.reply().integer(set != nullptr && set->contains(ctx.arg(i)) ? 1 : 0);
  }
  return Outcome::kDone;
}

// SCARD key
Outcome scard(CommandContext& ctx) {
  const auto* set = ctx.container<SetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().integer(set == nullptr ? 0 : static_cast<int64_t>(set->size()));
  return Outcome::kDone;
}

// SMEMBERS key
Outcome smembers(CommandContext& ctx) {
  const auto* set = ctx.container<SetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  set == nullptr ? ctx.reply().set(0) : write_members(ctx.reply(), *set);
  return Outcome::kDone;
}

// SMOVE source destination member. The types of both are looked at before anything else, unless the source is missing.
Outcome smove(CommandContext& ctx) {
  const KeyRef from = ctx.key(1);
  const KeyRef to = ctx.key(2);
  const protocol::Bytes member = ctx.arg(3);
  const auto answer = [&ctx](bool moved) {
    ctx.reply().integer(moved ? 1 : 0);
    return Outcome::kDone;
  };
  const store::Entry* const source = ctx.find(from);
  const store::Entry* const destination = ctx.find(to);
  if (source == nullptr) return answer(false);
  const auto is_other = [](const store::Entry* entry) {
    return entry != nullptr && entry->type() != SetValue::kType;
  };
  if (is_other(source) || is_other(destination)) return ctx.fail(protocol::error_text::kWrongType);
  const auto& set = static_cast<const SetValue&>(*source->container());
  const bool there = set.contains(member);
  if (!there || from.bytes == to.bytes) return answer(there);
  {
    SetEdit taken(ctx, from);
    taken->erase(member);
    taken.finish_removal(1, "srem");
  }
  SetEdit given(ctx, to);
  const bool added = set_of(ctx, given).add(member, ctx.thresholds());
  given.finish(added ? 1 : 0);
  if (added) ctx.notify(config::kSetEvent, "sadd", to);
  return answer(true);
}

constexpr CommandSpec kTable[] = {
    {.name = "sadd",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom | kFast,
     .acl = acl::kSet,
     .run = sadd},
    {.name = "srem",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kSet,
     .run = srem},
    {.name = "sismember",
     .arity = 3,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kSet,
     .run = sismember},
    {.name = "smismember",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kSet,
     .run = smismember},
    {.name = "scard",
     .arity = 2,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kSet,
     .run = scard},
    {.name = "smembers",
     .arity = 2,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kSet,
     .run = smembers},
    {.name = "smove",
     .arity = 4,
     .keys = keys::range(1, 2, 1),
     .flags = kWrite | kFast,
     .acl = acl::kSet,
     .run = smove},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> set_commands() {
  return kTable;
}

}  // namespace corral::commands

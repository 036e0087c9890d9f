// The ends of lists and single elements: LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LINDEX LSET LINSERT.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/list_value.h.
#include <algorithm>

#include "server/commands/list_ends.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::ListValue;
using types::PackedElement;

constexpr Bytes kNotPositive = "ERR value is out of range, must be positive";

Outcome push(CommandContext& ctx, ListEnd end, bool only_existing) {
  const KeyRef key = ctx.key(1);
  ListEdit list(ctx, key);
  if (list.refused()) return Outcome::kDone;
  if (only_existing && !list) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  ListValue& value = list.make();
  for (size_t i = 2; i < ctx.argc(); ++i) value.push(end, PackedElement::of(ctx.arg(i)), ctx.thresholds());
  const size_t size = value.size();
  list.finish(static_cast<int64_t>(ctx.argc() - 2));
  ctx.notify(config::kListEvent, push_event(end), key);
  ctx.reply().integer(static_cast<int64_t>(size));
  return Outcome::kDone;
}

// LPUSH key element [element ...], and so the other three
Outcome lpush(CommandContext& ctx) {
  return push(ctx, ListEnd::kHead, false);
}
Outcome rpush(CommandContext& ctx) {
  return push(ctx, ListEnd::kTail, false);
}
Outcome lpushx(CommandContext& ctx) {
  return push(ctx, ListEnd::kHead, true);
}
Outcome rpushx(CommandContext& ctx) {
  return push(ctx, ListEnd::kTail, true);
}

Outcome pop(CommandContext& ctx, ListEnd end) {
  if (ctx.argc() > 3) return ctx.fail_arity();
  const bool counted = ctx.argc() == 3;
  std::optional<int64_t> count;
  if (counted) {
    count = protocol::parse_int64(ctx.arg(2));
    if (!count || *count < 0) return ctx.fail(kNotPositive);
  }
  const KeyRef key = ctx.key(1);
  ListEdit list(ctx, key);
  if (list.refused()) return Outcome::kDone;
  if (!list) {
    counted ? ctx.reply().null_array() : ctx.reply().null();
  } else if (!counted) {
    pop_one(ctx, list, end);
  } else if (*count == 0) {
    ctx.reply().array(0);
  } else {
    pop_many(ctx, list, end, static_cast<size_t>(*count));
  }
  return Outcome::kDone;
}

// LPOP key [count]
Outcome lpop(CommandContext& ctx) {
  return pop(ctx, ListEnd::kHead);
}
// RPOP key [count]
Outcome rpop(CommandContext& ctx) {
  return pop(ctx, ListEnd::kTail);
}

// LLEN key
Outcome llen(CommandContext& ctx) {
  const auto* list = ctx.container<ListValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().integer(list == nullptr ? 0 : static_cast<int64_t>(list->size()));
  return Outcome::kDone;
}

// LINDEX key index
Outcome lindex(CommandContext& ctx) {
  const auto* list = ctx.container<ListValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  if (list == nullptr) {
    ctx.reply().null();
    return Outcome::kDone;
  }
  int64_t index = 0;
  if (!ctx.integer(2, index)) return Outcome::kDone;
  const ListValue::Place place = list->at(index);
  place ? write_element(ctx.reply(), list->get(place)) : ctx.reply().null();
  return Outcome::kDone;
}

// LSET key index element
Outcome lset(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  ListEdit list(ctx, key);
  if (list.refused()) return Outcome::kDone;
  if (!list) return ctx.fail(error_text::kNoSuchKey);
  int64_t index = 0;
  if (!ctx.integer(2, index)) return Outcome::kDone;
  const ListValue::Place place = list->at(index);
  if (!place) return ctx.fail(error_text::kIndexOutOfRange);
  list->replace(place, PackedElement::of(ctx.arg(3)), ctx.thresholds());
  list.finish(1);
  ctx.notify(config::kListEvent, "lset", key);
  ctx.reply().ok();
  return Outcome::kDone;
}

// LINSERT key BEFORE|AFTER pivot element
Outcome linsert(CommandContext& ctx) {
  const bool after = protocol::equals_ignore_case(ctx.arg(2), "after");
  if (!after && !protocol::equals_ignore_case(ctx.arg(2), "before")) return ctx.fail(error_text::kSyntax);
  const KeyRef key = ctx.key(1);
  ListEdit list(ctx, key);
  if (list.refused()) return Outcome::kDone;
  if (!list) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  const PackedElement pivot = PackedElement::of(ctx.arg(3));
  ListValue::Place place = list->at(0);
  while (place && !list->equals(place, pivot)) place = list->next(place);
  if (!place) {
    ctx.reply().integer(-1);
    return Outcome::kDone;
  }
  const PackedElement element = PackedElement::of(ctx.arg(4));
  after ? list->insert_after(place, element, ctx.thresholds())
        : list->insert_before(place, element, ctx.thresholds());
  const size_t size = list->size();
  list.finish(1);
  ctx.notify(config::kListEvent, "linsert", key);
  ctx.reply().integer(static_cast<int64_t>(size));
  return Outcome::kDone;
}

constexpr uint32_t kPushFlags = kWrite | kDenyOom | kFast;

constexpr CommandSpec kTable[] = {
    {.name = "lpush",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kPushFlags,
     .acl = acl::kList,
     .run = lpush},
    {.name = "rpush",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kPushFlags,
     .acl = acl::kList,
     .run = rpush},
    {.name = "lpushx",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kPushFlags,
     .acl = acl::kList,
     .run = lpushx},
    {.name = "rpushx",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kPushFlags,
     .acl = acl::kList,
     .run = rpushx},
    {.name = "lpop",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kList,
     .run = lpop},
    {.name = "rpop",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kList,
     .run = rpop},
    {.name = "llen",
     .arity = 2,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kList,
     .run = llen},
    {.name = "lindex",
     .arity = 3,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kList,
     .run = lindex},
    {.name = "lset",
     .arity = 4,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kList,
     .run = lset},
    {.name = "linsert",
     .arity = 5,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kList,
     .run = linsert},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> list_commands() {
  return kTable;
}

}  // namespace corral::commands

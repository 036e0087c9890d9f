// Moving between lists and popping from one of several, at once or when there is something:
// LMOVE RPOPLPUSH LMPOP, BLMOVE BRPOPLPUSH BLMPOP BLPOP BRPOP.
// Threading: the stripes of the command's keys are held; when serving, of those that CommandContext::serves() tells.
// See: README.md of this folder; server/dispatch/README.md, "Blocking commands".
#include <string>
#include <vector>

#include "server/commands/list_ends.h"
#include "server/commands/pop_from_several.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using session::BlockedRequest;
using types::ListValue;
using types::PackedElement;

// --- moving -------------------------------------------------------------------------------------------------------

void rotate(CommandContext& ctx, const KeyRef& key, ListEnd from, ListEnd to) {
  ListEdit list(ctx, key);
  ListValue::move(*list, from, *list, to, ctx.thresholds());
  write_element(ctx.reply(), list->peek(to));
  list.finish(1);
  ctx.notify(config::kListEvent, push_event(to), key);
  ctx.notify(config::kListEvent, pop_event(from), key);
}

// The source is a list. An entry is void after another key's change, so the element goes by way of a copy.
void move_between(CommandContext& ctx, const KeyRef& source, const KeyRef& destination, ListEnd from,
                  ListEnd to) {
  std::string element;
  bool gone = false;
  {
    ListEdit list(ctx, source);
    PackedElement::Buffer digits;
    element = list->peek(from).text(digits);
    list->drop(from);
    gone = list->size() == 0;
    list.finish(1);
  }
  {
    ListEdit list(ctx, destination);
    list.make().push(to, PackedElement::of(element), ctx.thresholds());
    list.finish(1);
  }
  ctx.notify(config::kListEvent, push_event(to), destination);
  ctx.notify(config::kListEvent, pop_event(from), source);
  if (gone) ctx.notify(config::kGenericEvent, "del", source);
  ctx.reply().bulk(element);
}

// False: the source is missing, and nothing was done; when serving also: not of this type, or not its turn.
bool move(CommandContext& ctx, ListEnd from, ListEnd to) {
  const KeyRef source = ctx.key(1);
  const KeyRef destination = ctx.key(2);
  if (!ctx.serves(source) || ctx.typed(ctx.find(source), ListValue::kType) == nullptr) return ctx.failed();
  const store::Entry* target = ctx.find(destination);
  if (target != nullptr && target->type() != ListValue::kType) {
    ctx.fail(error_text::kWrongType);
  } else if (source.bytes == destination.bytes) {
    rotate(ctx, source, from, to);
  } else {
    move_between(ctx, source, destination, from, to);
  }
  return true;
}

Outcome move_now(CommandContext& ctx, ListEnd from, ListEnd to) {
  if (!move(ctx, from, to)) ctx.reply().null();
  return Outcome::kDone;
}

Outcome move_blocking(CommandContext& ctx, ListEnd from, ListEnd to, size_t timeout_at) {
  int64_t until_ms = 0;
  if (!ctx.timeout_seconds(timeout_at, until_ms)) return Outcome::kDone;
  if (move(ctx, from, to)) return Outcome::kDone;
  // Redis answers one null inside a transaction and another one after the time.
  const auto nothing =
      ctx.in_transaction() ? BlockedRequest::Nothing::kNull : BlockedRequest::Nothing::kNullArray;
  const KeyRef source = ctx.key(1);
  return ctx.block({&source, 1}, until_ms, nothing);
}

// LMOVE source destination LEFT|RIGHT LEFT|RIGHT
Outcome lmove(CommandContext& ctx) {
  const auto from = parse_list_end(ctx.arg(3));
  const auto to = parse_list_end(ctx.arg(4));
  if (!from || !to) return ctx.fail(error_text::kSyntax);
  return move_now(ctx, *from, *to);
}

// RPOPLPUSH source destination
Outcome rpoplpush(CommandContext& ctx) {
  return move_now(ctx, ListEnd::kTail, ListEnd::kHead);
}

// BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout
Outcome blmove(CommandContext& ctx) {
  const auto from = parse_list_end(ctx.arg(3));
  const auto to = parse_list_end(ctx.arg(4));
  if (!from || !to) return ctx.fail(error_text::kSyntax);
  return move_blocking(ctx, *from, *to, 5);
}

// BRPOPLPUSH source destination timeout
Outcome brpoplpush(CommandContext& ctx) {
  return move_blocking(ctx, ListEnd::kTail, ListEnd::kHead, 3);
}

// --- popping from the first list that there is --------------------------------------------------------------------

// Takes from the first of the keys that holds a list: replies its key and what take(edit) replies.
template <typename Take>
bool take_with_key(CommandContext& ctx, KeyRange range, Take take) {
  return take_from_first<ListValue>(ctx, range, [&](ListEdit& list, const KeyRef& key) {
    ctx.reply().array(2);
    ctx.reply().bulk(key.bytes);
    take(list);
  });
}

Outcome pop_blocking(CommandContext& ctx, ListEnd end) {
  int64_t until_ms = 0;
  if (!ctx.timeout_seconds(ctx.argc() - 1, until_ms)) return Outcome::kDone;
  const KeyRange range{1, ctx.argc() - 2};
  const bool taken =
      take_with_key(ctx, range, [&](ListEdit& list) { pop_one(ctx, list, end); });
  return taken ? Outcome::kDone : wait_for(ctx, range, until_ms);
}

// BLPOP key [key ...] timeout
Outcome blpop(CommandContext& ctx) {
  return pop_blocking(ctx, ListEnd::kHead);
}
// BRPOP key [key ...] timeout
Outcome brpop(CommandContext& ctx) {
  return pop_blocking(ctx, ListEnd::kTail);
}

bool parse_list_pop(CommandContext& ctx, size_t at, MultiPop& pop) {
  return parse_multi_pop(ctx, at, "left", "right", pop);
}

bool take(CommandContext& ctx, const MultiPop& pop) {
  const ListEnd end = pop.second_end ? ListEnd::kTail : ListEnd::kHead;
  return take_with_key(ctx, pop.keys,
                       [&](ListEdit& list) { pop_many(ctx, list, end, pop.count); });
}

// LMPOP numkeys key [key ...] LEFT|RIGHT [COUNT count]
Outcome lmpop(CommandContext& ctx) {
  MultiPop pop;
  if (!parse_list_pop(ctx, 1, pop)) return Outcome::kDone;
  if (!take(ctx, pop)) ctx.reply().null_array();
  return Outcome::kDone;
}

// BLMPOP timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]
Outcome blmpop(CommandContext& ctx) {
  MultiPop pop;
  int64_t until_ms = 0;
  if (!parse_list_pop(ctx, 2, pop) || !ctx.timeout_seconds(1, until_ms)) return Outcome::kDone;
  return take(ctx, pop) ? Outcome::kDone : wait_for(ctx, pop.keys, until_ms);
}

constexpr CommandSpec kTable[] = {
    {.name = "lmove",
     .arity = 5,
     .keys = keys::range(1, 2, 1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kList,
     .run = lmove},
    {.name = "rpoplpush",
     .arity = 3,
     .keys = keys::range(1, 2, 1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kList,
     .run = rpoplpush},
    {.name = "lmpop",
     .arity = -4,
     .keys = keys::counted(1),
     .flags = kWrite | kMovableKeys,
     .acl = acl::kList,
     .run = lmpop},
    {.name = "blpop",
     .arity = -3,
     .keys = keys::range(1, -2, 1),
     .flags = kWrite | kNoScript | kBlocking,
     .acl = acl::kList,
     .run = blpop},
    {.name = "brpop",
     .arity = -3,
     .keys = keys::range(1, -2, 1),
     .flags = kWrite | kNoScript | kBlocking,
     .acl = acl::kList,
     .run = brpop},
    {.name = "blmove",
     .arity = 6,
     .keys = keys::range(1, 2, 1),
     .flags = kWrite | kDenyOom | kNoScript | kBlocking,
     .acl = acl::kList,
     .run = blmove},
    {.name = "brpoplpush",
     .arity = 4,
     .keys = keys::range(1, 2, 1),
     .flags = kWrite | kDenyOom | kNoScript | kBlocking,
     .acl = acl::kList,
     .run = brpoplpush},
    {.name = "blmpop",
     .arity = -5,
     .keys = keys::counted(2),
     .flags = kWrite | kBlocking | kMovableKeys,
     .acl = acl::kList,
     .run = blmpop},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> list_blocking_commands() {
  return kTable;
}

}  // namespace corral::commands

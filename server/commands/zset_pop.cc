// Taking the lowest or highest members, at once or when there are some: ZPOPMIN ZPOPMAX ZMPOP BZPOPMIN BZPOPMAX BZMPOP.
// Threading: the stripes of the command's keys are held; when serving, of those that CommandContext::serves() tells.
// See: README.md of this folder; server/dispatch/README.md, "Blocking commands".
#include <algorithm>

#include "server/commands/pop_from_several.h"
#include "server/commands/tables.h"
#include "server/commands/zset_result.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::PackedElement;
using types::ZsetValue;

enum class End : uint8_t { kLowest, kHighest };

// Shows up to `count` members from the end on and takes them out; the edit is finished.
template <typename Visit>
void take_members(ZsetEdit& zset, End end, uint64_t count, Visit visit) {
  const uint64_t size = zset->size();
  const uint64_t taken = std::min(count, size);
  PackedElement::Buffer digits;
  ZsetValue::Cursor cursor = zset->at(end == End::kLowest ? 0 : size - 1);
  for (uint64_t i = 0; i < taken; ++i) {
    visit(cursor.member(digits), cursor.score());
    end == End::kLowest ? cursor.next() : cursor.previous();
  }
  zset->erase(end == End::kLowest ? ZsetValue::Ranks{0, taken} : ZsetValue::Ranks{size - taken, size});
  zset.finish_removal(static_cast<int64_t>(taken), end == End::kLowest ? "zpopmin" : "zpopmax");
}

Outcome pop(CommandContext& ctx, End end) {
  if (ctx.argc() > 3) return ctx.fail(error_text::kSyntax);
  const bool counted = ctx.argc() == 3;
  int64_t count = 1;
  if (counted) {
    const auto number = protocol::parse_int64(ctx.arg(2));
    if (!number || *number < 0) return ctx.fail("ERR value is out of range, must be positive");
    count = *number;
  }
  const KeyRef key = ctx.key(1);
  ZsetEdit zset(ctx, key);
  if (zset.refused()) return Outcome::kDone;
  if (!zset || count == 0) {
    ctx.reply().array(0);
    return Outcome::kDone;
  }
  const uint64_t taken = std::min<uint64_t>(static_cast<uint64_t>(count), zset->size());
  const bool nested = counted && ctx.reply().resp3();
  ctx.reply().array(static_cast<int64_t>(nested ? taken : 2 * taken));
  take_members(zset, end, taken, [&](Bytes member, double score) {
    if (nested) ctx.reply().array(2);
    ctx.reply().bulk(member);
    ctx.reply().number(score);
  });
  return Outcome::kDone;
}

// ZPOPMIN key [count]
Outcome zpopmin(CommandContext& ctx) {
  return pop(ctx, End::kLowest);
}
// ZPOPMAX key [count]
Outcome zpopmax(CommandContext& ctx) {
  return pop(ctx, End::kHighest);
}

Outcome pop_blocking(CommandContext& ctx, End end) {
  int64_t until_ms = 0;
  if (!ctx.timeout_seconds(ctx.argc() - 1, until_ms)) return Outcome::kDone;
  const KeyRange range{1, ctx.argc() - 2};
  const bool taken = take_from_first<ZsetValue>(ctx, range, [&](ZsetEdit& zset, const KeyRef& key) {
    ctx.reply().array(3);
    ctx.reply().bulk(key.bytes);
    take_members(zset, end, 1, [&](Bytes member, double score) {
      ctx.reply().bulk(member);
      ctx.reply().number(score);
    });
  });
  return taken ? Outcome::kDone : wait_for(ctx, range, until_ms);
}

// BZPOPMIN key [key ...] timeout
Outcome bzpopmin(CommandContext& ctx) {
  return pop_blocking(ctx, End::kLowest);
}
// BZPOPMAX key [key ...] timeout
Outcome bzpopmax(CommandContext& ctx) {
  return pop_blocking(ctx, End::kHighest);
}

bool parse_zset_pop(CommandContext& ctx, size_t at, MultiPop& pop) {
  return parse_multi_pop(ctx, at, "min", "max", pop);
}

bool take(CommandContext& ctx, const MultiPop& pop) {
  return take_from_first<ZsetValue>(ctx, pop.keys, [&](ZsetEdit& zset, const KeyRef& key) {
    ctx.reply().array(2);
    ctx.reply().bulk(key.bytes);
    ctx.reply().array(static_cast<int64_t>(std::min(pop.count, zset->size())));
    take_members(zset, pop.second_end ? End::kHighest : End::kLowest, pop.count,
                 [&](Bytes member, double score) {
                   ctx.reply().array(2);
                   ctx.reply().bulk(member);
                   ctx.reply().number(score);
                 });
  });
}

// ZMPOP numkeys key [key ...] MIN | MAX [COUNT count]
Outcome zmpop(CommandContext& ctx) {
  MultiPop pop;
  if (!parse_zset_pop(ctx, 1, pop)) return Outcome::kDone;
  if (!take(ctx, pop)) ctx.reply().null_array();
  return Outcome::kDone;
}

// BZMPOP timeout numkeys key [key ...] MIN | MAX [COUNT count]
Outcome bzmpop(CommandContext& ctx) {
  MultiPop pop;
  int64_t until_ms = 0;
  if (!parse_zset_pop(ctx, 2, pop) || !ctx.timeout_seconds(1, until_ms)) return Outcome::kDone;
  return take(ctx, pop) ? Outcome::kDone : wait_for(ctx, pop.keys, until_ms);
}

constexpr CommandSpec kTable[] = {
    {.name = "zpopmin",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kSortedSet,
     .run = zpopmin},
    {.name = "zpopmax",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kSortedSet,
     .run = zpopmax},
    {.name = "zmpop",
     .arity = -4,
     .keys = keys::counted(1),
     .flags = kWrite | kMovableKeys,
     .acl = acl::kSortedSet,
     .run = zmpop},
    {.name = "bzpopmin",
     .arity = -3,
     .keys = keys::range(1, -2, 1),
     .flags = kWrite | kNoScript | kBlocking | kFast,
     .acl = acl::kSortedSet,
     .run = bzpopmin},
    {.name = "bzpopmax",
     .arity = -3,
     .keys = keys::range(1, -2, 1),
     .flags = kWrite | kNoScript | kBlocking | kFast,
     .acl = acl::kSortedSet,
     .run = bzpopmax},
    {.name = "bzmpop",
     .arity = -5,
     .keys = keys::counted(2),
     .flags = kWrite | kBlocking | kMovableKeys,
     .acl = acl::kSortedSet,
     .run = bzmpop},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> zset_pop_commands() {
  return kTable;
}

}  // namespace corral::commands

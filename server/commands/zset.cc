// Members and their scores: ZADD ZINCRBY ZREM ZSCORE ZMSCORE ZCARD ZRANK ZREVRANK.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/zset_value.h.
#include <vector>

#include "server/commands/tables.h"
#include "server/commands/zset_add.h"
#include "server/commands/zset_result.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::ZsetValue;

// Scores and members, behind the options. ZINCRBY takes them in front of its increment, too, as in Redis.
Outcome add_pairs(CommandContext& ctx, AddOptions options) {
  const size_t first = parse_add_options(ctx, options);
  const size_t words = ctx.argc() - first;
  if (words == 0 || words % 2 != 0) return ctx.fail(error_text::kSyntax);
  if (!check_add_options(ctx, options, words / 2)) return Outcome::kDone;
  std::vector<ScoredMember> pairs;
  pairs.reserve(words / 2);
  for (size_t i = first; i < ctx.argc(); i += 2) {
    const auto score = protocol::parse_double(ctx.arg(i));
    if (!score) return ctx.fail(error_text::kNotFloat);
    pairs.push_back({*score, ctx.arg(i + 1)});
  }
  return add_members(ctx, options, pairs);
}

// ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]
Outcome zadd(CommandContext& ctx) {
  return add_pairs(ctx, {});
}

// ZINCRBY key increment member
Outcome zincrby(CommandContext& ctx) {
  AddOptions options;
  options.increments = true;
  return add_pairs(ctx, options);
}

// ZREM key member [member ...]
Outcome zrem(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  ZsetEdit zset(ctx, key);
  if (zset.refused()) return Outcome::kDone;
  uint64_t removed = 0;
  if (zset) {
    for (size_t i = 2; i < ctx.argc() && zset->size() > 0; ++i) removed += zset->erase(ctx.arg(i)) ? 1 : 0;
    if (removed > 0) zset.finish_removal(removed, "zrem");
  }
  ctx.reply().integer(static_cast<int64_t>(removed));
  return Outcome::kDone;
}

// --- reading one member -------------------------------------------------------------------------------------------

void reply_score(CommandContext& ctx, const ZsetValue* zset, Bytes member) {
  const auto score = zset == nullptr ? std::nullopt : zset->score(member);
  score ? ctx.reply().number(*score) : ctx.reply().null();
}

// ZSCORE key member
Outcome zscore(CommandContext& ctx) {
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (!ctx.failed()) reply_score(ctx, zset, ctx.arg(2));
  return Outcome::kDone;
}

// ZMSCORE key member [member ...]
Outcome zmscore(CommandContext& ctx) {
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().array(static_cast<int64_t>(ctx.argc() - 2));
  for (size_t i = 2; i < ctx.argc(); ++i) reply_score(ctx, zset, ctx.arg(i));
  return Outcome::kDone;
}

// ZCARD key
Outcome zcard(CommandContext& ctx) {
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().integer(zset == nullptr ? 0 : static_cast<int64_t>(zset->size()));
  return Outcome::kDone;
}

Outcome reply_rank(CommandContext& ctx, bool from_the_end) {
  const bool with_score = ctx.argc() == 4 && protocol::equals_ignore_case(ctx.arg(3), "withscore");
  if (ctx.argc() > 3 && !with_score) return ctx.fail_arity();  // what 7.0, which has no WITHSCORE, answers
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  const auto rank = zset == nullptr ? std::nullopt : zset->rank(ctx.arg(2));
  if (!rank) {
    with_score ? ctx.reply().null_array() : ctx.reply().null();
    return Outcome::kDone;
  }
  if (with_score) ctx.reply().array(2);
  ctx.reply().integer(static_cast<int64_t>(from_the_end ? zset->size() - 1 - *rank : *rank));
  if (with_score) reply_score(ctx, zset, ctx.arg(2));
  return Outcome::kDone;
}

// ZRANK key member [WITHSCORE]
Outcome zrank(CommandContext& ctx) {
  return reply_rank(ctx, false);
}
// ZREVRANK key member [WITHSCORE]
Outcome zrevrank(CommandContext& ctx) {
  return reply_rank(ctx, true);
}

constexpr CommandSpec kTable[] = {
    {.name = "zadd",
     .arity = -4,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom | kFast,
     .acl = acl::kSortedSet,
     .run = zadd},
    {.name = "zincrby",
     .arity = 4,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom | kFast,
     .acl = acl::kSortedSet,
     .run = zincrby},
    {.name = "zrem",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kSortedSet,
     .run = zrem},
    {.name = "zscore",
     .arity = 3,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kSortedSet,
     .run = zscore},
    {.name = "zmscore",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kSortedSet,
     .run = zmscore},
    {.name = "zcard",
     .arity = 2,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kSortedSet,
     .run = zcard},
    {.name = "zrank",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kSortedSet,
     .run = zrank},
    {.name = "zrevrank",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kSortedSet,
     .run = zrevrank},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> zset_commands() {
  return kTable;
}

}  // namespace corral::commands

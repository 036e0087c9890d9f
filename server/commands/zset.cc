// Members and their scores: ZADD ZINCRBY ZREM ZSCORE ZMSCORE ZCARD ZRANK ZREVRANK.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/zset_value.h.
#include <cmath>
#include <vector>

#include "server/commands/tables.h"
#include "server/commands/zset_result.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::ZsetValue;

constexpr Bytes kScoreIsNan = "ERR resulting score is not a number (NaN)";

// --- ZADD, ZINCRBY ------------------------------------------------------------------------------------------------

struct AddOptions {
  bool only_new = false;
  bool only_existing = false;
  bool only_greater = false;
  bool only_less = false;
  bool counts_changes = false;
  bool increments = false;
};

// Returns where the scores begin.
size_t parse_add_options(CommandContext& ctx, AddOptions& options) {
  size_t at = 2;
  for (; at < ctx.argc(); ++at) {
    const auto is = [&](Bytes word) { return protocol::equals_ignore_case(ctx.arg(at), word); };
    if (is("nx")) {
      options.only_new = true;
    } else if (is("xx")) {
      options.only_existing = true;
    } else if (is("gt")) {
      options.only_greater = true;
    } else if (is("lt")) {
      options.only_less = true;
    } else if (is("ch")) {
      options.counts_changes = true;
    } else if (is("incr")) {
      options.increments = true;
    } else {
      break;
    }
  }
  return at;
}

// Reads scores[i] of argument first + 2 i. On failure writes the error.
bool parse_scores(CommandContext& ctx, const AddOptions& options, size_t first, std::vector<double>& scores) {
  const auto refuse = [&](Bytes text) {
    ctx.fail(text);
    return false;
  };
  const size_t words = ctx.argc() - first;
  if (words == 0 || words % 2 != 0) return refuse(error_text::kSyntax);
  if (options.only_new && options.only_existing) {
    return refuse("ERR XX and NX options at the same time are not compatible");
  }
  if ((options.only_new && (options.only_greater || options.only_less)) ||
      (options.only_greater && options.only_less)) {
    return refuse("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (options.increments && words > 2)
    return refuse("ERR INCR option supports a single increment-element pair");
  scores.reserve(words / 2);
  for (size_t i = first; i < ctx.argc(); i += 2) {
    const auto score = protocol::parse_double(ctx.arg(i));
    if (!score) return refuse(error_text::kNotFloat);
    scores.push_back(*score);
  }
  return true;
}

enum class Added : uint8_t { kNothing, kSame, kNew, kChanged, kNan };

// `score` is the increment before and the member's score after, unless nothing was done.
Added add(ZsetValue& zset, Bytes member, double& score, const AddOptions& options,
          const types::Thresholds& thresholds) {
  if (!options.increments && !options.only_new && !options.only_existing && !options.only_greater &&
      !options.only_less) {
    const auto old = zset.put(member, score, thresholds);
    if (!old) return Added::kNew;
    return *old == score ? Added::kSame : Added::kChanged;
  }
  const auto old = zset.score(member);
  if (!old) {
    if (options.only_existing) return Added::kNothing;
    zset.put(member, score, thresholds);
    return Added::kNew;
  }
  if (options.only_new) return Added::kNothing;
  if (options.increments) score += *old;
  if (std::isnan(score)) return Added::kNan;
  if ((options.only_less && score >= *old) || (options.only_greater && score <= *old)) return Added::kNothing;
  if (score == *old) return Added::kSame;
  zset.put(member, score, thresholds);
  return Added::kChanged;
}

Outcome zadd_with(CommandContext& ctx, AddOptions options) {
  const size_t first = parse_add_options(ctx, options);
  std::vector<double> scores;
  if (!parse_scores(ctx, options, first, scores)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  ZsetEdit zset(ctx, key);
  if (zset.refused()) return Outcome::kDone;
  int64_t added = 0;
  int64_t changed = 0;
  bool done = false;
  if (zset || !options.only_existing) {
    ZsetValue& value = zset.make(member_secret(ctx));
    for (size_t i = 0; i < scores.size(); ++i) {
      const Added what = add(value, ctx.arg(first + 2 * i + 1), scores[i], options, ctx.thresholds());
      if (what == Added::kNan)
        return ctx.fail(kScoreIsNan);  // INCR has one pair only, so nothing was changed
      added += what == Added::kNew ? 1 : 0;
      changed += what == Added::kChanged ? 1 : 0;
      done = done || what != Added::kNothing;
    }
    zset.finish(added + changed);
  }
  if (added + changed > 0) ctx.notify(config::kZsetEvent, options.increments ? "zincr" : "zadd", key);
  if (!options.increments) {
    ctx.reply().integer(options.counts_changes ? added + changed : added);
  } else if (done) {
    ctx.reply().number(scores[0]);
  } else {
    ctx.reply().null();
  }
  return Outcome::kDone;
}

// ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]
Outcome zadd(CommandContext& ctx) {
  return zadd_with(ctx, {});
}

// ZINCRBY key increment member
Outcome zincrby(CommandContext& ctx) {
  AddOptions options;
  options.increments = true;
  return zadd_with(ctx, options);
}

// ZREM key member [member ...]
Outcome zrem(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  ZsetEdit zset(ctx, key);
  if (zset.refused()) return Outcome::kDone;
  uint64_t removed = 0;
  if (zset) {
    for (size_t i = 2; i < ctx.argc() && zset->size() > 0; ++i) removed += zset->erase(ctx.arg(i)) ? 1 : 0;
    if (removed > 0) finish_removal(ctx, zset, key, removed, "zrem");
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

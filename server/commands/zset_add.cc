// Putting members into a sorted set.
// Threading: see zset_add.h.
// See: zset_add.h
#include "server/commands/zset_add.h"

#include <cmath>

#include "server/commands/zset_result.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using types::ZsetValue;

constexpr Bytes kScoreIsNan = "ERR resulting score is not a number (NaN)";

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

}  // namespace

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

bool check_add_options(CommandContext& ctx, const AddOptions& options, size_t pairs) {
  if (options.only_new && options.only_existing) {
    ctx.fail("ERR XX and NX options at the same time are not compatible");
  } else if ((options.only_new && (options.only_greater || options.only_less)) ||
             (options.only_greater && options.only_less)) {
    ctx.fail("ERR GT, LT, and/or NX options at the same time are not compatible");
  } else if (options.increments && pairs > 1) {
    ctx.fail("ERR INCR option supports a single increment-element pair");
  }
  return !ctx.failed();
}

Outcome add_members(CommandContext& ctx, const AddOptions& options, std::span<const ScoredMember> pairs) {
  const KeyRef key = ctx.key(1);
  ZsetEdit zset(ctx, key);
  if (zset.refused()) return Outcome::kDone;
  int64_t added = 0;
  int64_t changed = 0;
  bool done = false;
  double score = 0;
  if (zset || !options.only_existing) {
    ZsetValue& value = zset.make(member_secret(ctx));
    for (const ScoredMember& pair : pairs) {
      score = pair.score;
      const Added what = add(value, pair.member, score, options, ctx.thresholds());
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
    ctx.reply().number(score);
  } else {
    ctx.reply().null();
  }
  return Outcome::kDone;
}

}  // namespace corral::commands

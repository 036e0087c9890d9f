// Members in order: ZRANGE ZRANGESTORE ZREVRANGE Z(REV)RANGEBYSCORE Z(REV)RANGEBYLEX ZCOUNT ZLEXCOUNT ZREMRANGEBY…
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/zset_value.h.
#include <algorithm>
#include <variant>

#include "server/commands/tables.h"
#include "server/commands/zset_bounds.h"
#include "server/commands/zset_result.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::PackedElement;
using types::ZsetValue;
using Ranks = ZsetValue::Ranks;

enum class By : uint8_t { kAny, kRank, kScore, kLex };  // kAny: options choose

// One way of naming members, whatever it is.
using Range = std::variant<IndexRange, ScoreRange, LexRange>;

// Reads arguments `low` and `high`. On failure writes the error.
bool parse_range(CommandContext& ctx, By by, size_t low, size_t high, Range& out) {
  if (by == By::kScore) {
    const auto range = parse_score_range(ctx.arg(low), ctx.arg(high));
    if (!range) ctx.fail(kNoScoreRange);
    if (range) out = *range;
  } else if (by == By::kLex) {
    const auto range = parse_lex_range(ctx.arg(low), ctx.arg(high));
    if (!range) ctx.fail(kNoLexRange);
    if (range) out = *range;
  } else {
    IndexRange range;
    if (index_range(ctx, low, range)) out = range;
  }
  return !ctx.failed();
}

Ranks ranks_of(const ZsetValue& zset, const Range& range, bool reverse) {
  if (const auto* scores = std::get_if<ScoreRange>(&range)) return zset.by_score(scores->low, scores->high);
  if (const auto* members = std::get_if<LexRange>(&range))
    return zset.by_lex(members->low, members->high, reverse);
  const uint64_t size = zset.size();
  const Ranks ranks = std::get<IndexRange>(range).within(size);
  return reverse ? Ranks{size - ranks.end, size - ranks.first} : ranks;
}

// --- ZRANGE and its older forms -----------------------------------------------------------------------------------

struct Query {
  By by = By::kAny;
  bool may_turn = false;  // REV is an option
  bool reverse = false;
  bool with_scores = false;
  int64_t offset = 0;
  int64_t limit = -1;
  Range range;

  // What LIMIT leaves of it, counted from the end where one begins.
  Ranks cut(Ranks ranks) const {
    if (by == By::kRank) return ranks;
    if (offset < 0 || static_cast<uint64_t>(offset) >= ranks.count()) return {};
    uint64_t count = ranks.count() - static_cast<uint64_t>(offset);
    if (limit >= 0) count = std::min(count, static_cast<uint64_t>(limit));
    const uint64_t first = reverse ? ranks.end - static_cast<uint64_t>(offset) - count
                                   : ranks.first + static_cast<uint64_t>(offset);
    return {first, first + count};
  }
};

// What follows the two ends of the range.
bool parse_query_options(CommandContext& ctx, size_t at, bool stores, Query& query) {
  const auto refuse = [&](Bytes text) {
    ctx.fail(text);
    return false;
  };
  for (; at < ctx.argc(); ++at) {
    const auto is = [&](Bytes word) { return protocol::equals_ignore_case(ctx.arg(at), word); };
    if (!stores && is("withscores")) {
      query.with_scores = true;
    } else if (is("limit") && ctx.argc() - at > 2) {
      if (!ctx.integer(at + 1, query.offset) || !ctx.integer(at + 2, query.limit)) return false;
      at += 2;
    } else if (query.may_turn && is("rev")) {
      query.may_turn = false;
      query.reverse = true;
    } else if (query.by == By::kAny && is("bylex")) {
      query.by = By::kLex;
    } else if (query.by == By::kAny && is("byscore")) {
      query.by = By::kScore;
    } else {
      return refuse(error_text::kSyntax);
    }
  }
  if (query.by == By::kAny) query.by = By::kRank;
  if (query.limit != -1 && query.by == By::kRank) {
    return refuse("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  }
  if (query.with_scores && query.by == By::kLex) {
    return refuse("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
  return true;
}

bool parse_query(CommandContext& ctx, size_t key_at, bool stores, Query& query) {
  if (!parse_query_options(ctx, key_at + 3, stores, query)) return false;
  const bool high_first = query.reverse && query.by != By::kRank;
  return parse_range(ctx, query.by, key_at + (high_first ? 2 : 1), key_at + (high_first ? 1 : 2),
                     query.range);
}

// Shows the members of the ranks in the order that was asked for.
template <typename Visit>
void walk(const ZsetValue& zset, Ranks ranks, bool reverse, Visit visit) {
  if (ranks.count() == 0) return;
  PackedElement::Buffer digits;
  ZsetValue::Cursor cursor = zset.at(reverse ? ranks.end - 1 : ranks.first);
  for (uint64_t i = 0; i < ranks.count(); ++i) {
    visit(cursor.member(digits), cursor.score());
    reverse ? cursor.previous() : cursor.next();
  }
}

Outcome reply_range(CommandContext& ctx, By by, bool reverse) {
  Query query;
  query.by = by;
  query.reverse = reverse;
  query.may_turn = by == By::kAny;
  if (!parse_query(ctx, 1, false, query)) return Outcome::kDone;
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  if (zset == nullptr) {
    ctx.reply().array(0);
    return Outcome::kDone;
  }
  const Ranks ranks = query.cut(ranks_of(*zset, query.range, query.reverse));
  MemberReply reply(ctx, query.with_scores);
  reply.begin(ranks.count());
  walk(*zset, ranks, query.reverse, [&](Bytes member, double score) { reply.add(member, score); });
  return Outcome::kDone;
}

// ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]
Outcome zrange(CommandContext& ctx) {
  return reply_range(ctx, By::kAny, false);
}
// ZREVRANGE key start stop [WITHSCORES]
Outcome zrevrange(CommandContext& ctx) {
  return reply_range(ctx, By::kRank, true);
}
// ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]
Outcome zrangebyscore(CommandContext& ctx) {
  return reply_range(ctx, By::kScore, false);
}
// ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]
Outcome zrevrangebyscore(CommandContext& ctx) {
  return reply_range(ctx, By::kScore, true);
}
// ZRANGEBYLEX key min max [LIMIT offset count]
Outcome zrangebylex(CommandContext& ctx) {
  return reply_range(ctx, By::kLex, false);
}
// ZREVRANGEBYLEX key max min [LIMIT offset count]
Outcome zrevrangebylex(CommandContext& ctx) {
  return reply_range(ctx, By::kLex, true);
}

// ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]
Outcome zrangestore(CommandContext& ctx) {
  Query query;
  query.may_turn = true;
  if (!parse_query(ctx, 2, true, query)) return Outcome::kDone;
  const auto* zset = ctx.container<ZsetValue>(ctx.key(2));
  if (ctx.failed()) return Outcome::kDone;
  auto result = std::make_unique<ZsetValue>(member_secret(ctx));
  if (zset != nullptr) {
    const Ranks ranks = query.cut(ranks_of(*zset, query.range, query.reverse));
    // Only of these Redis knows beforehand how many there are.
    if (query.by == By::kRank) result->expect(ranks.count(), ctx.thresholds());
    walk(*zset, ranks, query.reverse,
         [&](Bytes member, double score) { result->put(member, score, ctx.thresholds()); });
  }
  store_result(ctx, ctx.key(1), std::move(result), "zrangestore");
  return Outcome::kDone;
}

// --- counting and removing ----------------------------------------------------------------------------------------

Outcome count(CommandContext& ctx, By by) {
  Range range;
  if (!parse_range(ctx, by, 2, 3, range)) return Outcome::kDone;
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().integer(zset == nullptr ? 0 : static_cast<int64_t>(ranks_of(*zset, range, false).count()));
  return Outcome::kDone;
}

// ZCOUNT key min max
Outcome zcount(CommandContext& ctx) {
  return count(ctx, By::kScore);
}
// ZLEXCOUNT key min max
Outcome zlexcount(CommandContext& ctx) {
  return count(ctx, By::kLex);
}

Outcome remove(CommandContext& ctx, By by, std::string_view event) {
  Range range;
  if (!parse_range(ctx, by, 2, 3, range)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  ZsetEdit zset(ctx, key);
  if (zset.refused()) return Outcome::kDone;
  uint64_t removed = 0;
  if (zset) {
    const Ranks ranks = ranks_of(*zset, range, false);
    removed = ranks.count();
    zset->erase(ranks);
    if (removed > 0) zset.finish_removal(static_cast<int64_t>(removed), event);
  }
  ctx.reply().integer(static_cast<int64_t>(removed));
  return Outcome::kDone;
}

// ZREMRANGEBYRANK key start stop
Outcome zremrangebyrank(CommandContext& ctx) {
  return remove(ctx, By::kRank, "zremrangebyrank");
}
// ZREMRANGEBYSCORE key min max
Outcome zremrangebyscore(CommandContext& ctx) {
  return remove(ctx, By::kScore, "zremrangebyscore");
}
// ZREMRANGEBYLEX key min max
Outcome zremrangebylex(CommandContext& ctx) {
  return remove(ctx, By::kLex, "zremrangebylex");
}

constexpr CommandSpec reads(std::string_view name, int arity, Handler run, uint32_t more_flags = 0) {
  return {.name = name,
          .arity = arity,
          .keys = keys::one(1),
          .flags = kReadOnly | more_flags,
          .acl = acl::kSortedSet,
          .run = run};
}
constexpr CommandSpec removes(std::string_view name, Handler run) {
  return {
      .name = name, .arity = 4, .keys = keys::one(1), .flags = kWrite, .acl = acl::kSortedSet, .run = run};
}

constexpr CommandSpec kTable[] = {
    reads("zrange", -4, zrange),
    reads("zrevrange", -4, zrevrange),
    reads("zrangebyscore", -4, zrangebyscore),
    reads("zrevrangebyscore", -4, zrevrangebyscore),
    reads("zrangebylex", -4, zrangebylex),
    reads("zrevrangebylex", -4, zrevrangebylex),
    {.name = "zrangestore",
     .arity = -5,
     .keys = keys::range(1, 2, 1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kSortedSet,
     .run = zrangestore},
    reads("zcount", 4, zcount, kFast),
    reads("zlexcount", 4, zlexcount, kFast),
    removes("zremrangebyrank", zremrangebyrank),
    removes("zremrangebyscore", zremrangebyscore),
    removes("zremrangebylex", zremrangebylex),
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> zset_range_commands() {
  return kTable;
}

}  // namespace corral::commands

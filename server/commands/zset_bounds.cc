// The ends of ranges of sorted sets.
// Threading: pure functions.
// See: zset_bounds.h
#include "server/commands/zset_bounds.h"

#include <algorithm>

#include "protocol/c_number.h"

namespace corral::commands {
namespace {

using protocol::Bytes;
using types::LexBound;
using types::ScoreBound;
using types::ZsetValue;

std::optional<ScoreBound> parse_score(Bytes text) {
  ScoreBound bound;
  bound.exclusive = text.starts_with('(');
  const auto score = protocol::parse_c_double(text.substr(bound.exclusive ? 1 : 0));
  if (!score) return std::nullopt;
  bound.score = *score;
  return bound;
}

std::optional<LexBound> parse_lex(Bytes text) {
  if (text.empty()) return std::nullopt;
  const bool alone = text.size() == 1 || text[1] == '\0';
  switch (text[0]) {
    case '-':
      if (!alone) return std::nullopt;
      return LexBound{LexBound::Kind::kLowest, {}};
    case '+':
      if (!alone) return std::nullopt;
      return LexBound{LexBound::Kind::kHighest, {}};
    case '[':
      return LexBound{LexBound::Kind::kInclusive, text.substr(1)};
    case '(':
      return LexBound{LexBound::Kind::kExclusive, text.substr(1)};
    default:
      return std::nullopt;
  }
}

}  // namespace

ZsetValue::Ranks IndexRange::within(uint64_t size) const {
  const auto length = static_cast<int64_t>(size);
  const int64_t first = std::max<int64_t>(start < 0 ? start + length : start, 0);
  const int64_t last = std::min(stop < 0 ? stop + length : stop, length - 1);
  if (first > last) return {};
  return {static_cast<uint64_t>(first), static_cast<uint64_t>(last) + 1};
}

std::optional<ScoreRange> parse_score_range(Bytes low, Bytes high) {
  const auto from = parse_score(low);
  const auto to = parse_score(high);
  if (!from || !to) return std::nullopt;
  return ScoreRange{*from, *to};
}

std::optional<LexRange> parse_lex_range(Bytes low, Bytes high) {
  const auto from = parse_lex(low);
  const auto to = parse_lex(high);
  if (!from || !to) return std::nullopt;
  return LexRange{*from, *to};
}

bool index_range(dispatch::CommandContext& ctx, size_t i, IndexRange& out) {
  return ctx.integer(i, out.start) && ctx.integer(i + 1, out.stop);
}

}  // namespace corral::commands

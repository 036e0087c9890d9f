// The ends of ranges of sorted sets, as clients write them.
// Threading: pure functions.
// See: README.md of this folder; server/types/zset_value.h.
#pragma once

#include <cstdint>
#include <optional>

#include "protocol/bytes.h"
#include "server/dispatch/command_context.h"
#include "server/types/zset_value.h"

namespace corral::commands {

inline constexpr protocol::Bytes kNoScoreRange = "ERR min or max is not a float";
inline constexpr protocol::Bytes kNoLexRange = "ERR min or max not valid string range item";

struct ScoreRange {
  types::ScoreBound low;
  types::ScoreBound high;
};
struct LexRange {
  types::LexBound low;
  types::LexBound high;
};
/// Positions, both counted in, negative from the end.
struct IndexRange {
  int64_t start = 0;
  int64_t stop = 0;

  /// The part that lies within a set of `size`.
  types::ZsetValue::Ranks within(uint64_t size) const;
};

/// "1.5", "(1.5", "-inf" …, both read as Redis reads them: by strtod(), so that spaces in front and nothing at all (0) are
/// taken; not NaN.
std::optional<ScoreRange> parse_score_range(protocol::Bytes low, protocol::Bytes high);
/// "-", "+", "[text", "(text". The bounds view the arguments.
std::optional<LexRange> parse_lex_range(protocol::Bytes low, protocol::Bytes high);
/// Arguments i and i + 1. On failure writes the error and returns false.
bool index_range(dispatch::CommandContext& ctx, size_t i, IndexRange& out);

}  // namespace corral::commands

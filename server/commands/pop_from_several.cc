// Popping from the first of several keys.
// Threading: see pop_from_several.h.
// See: pop_from_several.h
#include "server/commands/pop_from_several.h"

#include <vector>

namespace corral::commands {

using namespace dispatch;
namespace error_text = protocol::error_text;

bool parse_multi_pop(CommandContext& ctx, size_t at, std::string_view first_end, std::string_view second_end,
                     MultiPop& pop) {
  const auto refuse = [&](Bytes text) {
    ctx.fail(text);
    return false;
  };
  const auto keys = protocol::parse_int64(ctx.arg(at));
  if (!keys || *keys < 1) return refuse("ERR numkeys should be greater than 0");
  // Behind the keys there must be the end.
  if (static_cast<uint64_t>(*keys) >= ctx.argc() - at - 1) return refuse(error_text::kSyntax);
  pop.keys = {at + 1, static_cast<size_t>(*keys)};
  size_t next = pop.keys.first + pop.keys.count;
  const Bytes end = ctx.arg(next++);
  pop.second_end = protocol::equals_ignore_case(end, second_end);
  if (!pop.second_end && !protocol::equals_ignore_case(end, first_end)) return refuse(error_text::kSyntax);
  if (next == ctx.argc()) return true;
  if (next + 1 >= ctx.argc() || !protocol::equals_ignore_case(ctx.arg(next), "count")) {
    return refuse(error_text::kSyntax);
  }
  const auto count = protocol::parse_int64(ctx.arg(next + 1));
  if (!count || *count < 1) return refuse("ERR count should be greater than 0");
  if (next + 2 != ctx.argc()) return refuse(error_text::kSyntax);
  pop.count = static_cast<size_t>(*count);
  return true;
}

Outcome wait_for(CommandContext& ctx, KeyRange range, int64_t until_ms) {
  std::vector<KeyRef> keys;
  keys.reserve(range.count);
  for (size_t i = range.first; i < range.first + range.count; ++i) keys.push_back(ctx.key(i));
  return ctx.block(keys, until_ms, session::BlockedRequest::Nothing::kNullArray);
}

}  // namespace corral::commands

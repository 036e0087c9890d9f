// What popping from the first of several keys shares: LMPOP and ZMPOP, and what waits: BLPOP, BZPOPMIN, BLMPOP, BZMPOP …
// Threading: the stripes of the command's keys are held; when serving, of those that CommandContext::serves() tells.
// See: README.md of this folder; server/dispatch/README.md, "Blocking commands".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/dispatch/command_context.h"
#include "server/dispatch/container_edit.h"

namespace corral::commands {

/// Keys from argument `first` on, `count` of them.
struct KeyRange {
  size_t first = 0;
  size_t count = 0;
};

/// numkeys key [key ...] LEFT|RIGHT [COUNT count], or with MIN|MAX.
struct MultiPop {
  KeyRange keys;
  bool second_end = false;  // RIGHT, MAX
  size_t count = 1;
};
/// Reads it from argument `at` to the last. On failure writes the error and returns false.
bool parse_multi_pop(dispatch::CommandContext& ctx, size_t at, std::string_view first_end,
                     std::string_view second_end, MultiPop& pop);

/// Waits until one of the keys has something. `until_ms` as of CommandContext::block().
dispatch::Outcome wait_for(dispatch::CommandContext& ctx, KeyRange range, int64_t until_ms);

/// Takes from the first of the keys that holds a T, by take(edit, key), which replies. False: none does, and nothing is
/// replied.
template <typename T, typename Take>
bool take_from_first(dispatch::CommandContext& ctx, KeyRange range, Take take) {
  for (size_t i = range.first; i < range.first + range.count; ++i) {
    const dispatch::KeyRef key = ctx.key(i);
    if (!ctx.serves(key)) continue;
    dispatch::ContainerEdit<T> edit(ctx, key);
    if (edit.refused() && !ctx.serving()) return true;
    if (!edit) continue;
    take(edit, key);
    return true;
  }
  return false;
}

}  // namespace corral::commands

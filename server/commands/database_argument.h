// A database number among the arguments, with Redis' two errors: no number, and no int.
// Threading: as CommandContext.
// See: README.md of this folder.
#pragma once

#include <climits>

#include "server/dispatch/command_context.h"

namespace corral::commands {

/// Reads an int at argument `at`. On failure answers `text`, or Redis' own words when that is empty, and returns false.
/// Says nothing about whether there is such a database: see has_database().
inline bool read_database(dispatch::CommandContext& ctx, size_t at, int& database, protocol::Bytes text = {}) {
  const auto value = protocol::parse_int64(ctx.arg(at));
  if (value && *value >= INT_MIN && *value <= INT_MAX) {
    database = static_cast<int>(*value);
    return true;
  }
  if (!text.empty()) {
    ctx.fail(text);
  } else if (!value) {
    ctx.fail(protocol::error_text::kNotInteger);
  } else {
    ctx.fail("ERR value is out of range, value must between -2147483648 and 2147483647");
  }
  return false;
}

inline bool has_database(dispatch::CommandContext& ctx, int database) {
  return database >= 0 && database < ctx.services().keyspace.databases();
}

}  // namespace corral::commands

// What templates refer to: {n} in paths and commands, $n in SQL.
// Threading: pure functions.
// See: README.md of this folder, "Templates".
#pragma once

#include <cstddef>
#include <string_view>

namespace corral::origin {

/// The largest n of a {n} with one digit; 0 when there is none. O(n).
size_t most_placeholder(std::string_view text);

/// The largest n of a $n outside of quotes and comments of an SQL text; 0 when there is none. Saturates at 65,536. O(n).
size_t most_parameter(std::string_view sql);

}  // namespace corral::origin

// Redis pattern matching: * ? [set] [^set] [a-z] and \ escapes.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include <string_view>

namespace corral::base {

/// Whether the whole text matches, exactly as Redis 7.0 would say, in O(pattern × text) worst case without
/// recursion, so that nested stars from outside cannot burn the processor or the stack.
bool glob_matches(std::string_view pattern, std::string_view text, bool ignore_case = false);

}  // namespace corral::base

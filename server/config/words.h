// Lines of words as redis.conf writes them: splitting with quotes and escapes, and quoting so that it reads back.
// Threading: pure functions.
// See: README.md of this folder, "Words".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corral::config {

/// The words of a line. White space separates; "…" knows \n \r \t \a \b \xHH and \c for c; '…' knows \' only. A closing
/// quote must end its word. Nothing when a quote is left open or is followed by more. O(n).
std::optional<std::vector<std::string>> split_words(std::string_view line);

/// The bytes in double quotes with escapes, always printable; split_words() gives the same bytes back. As MONITOR
/// shows arguments.
std::string quoted(std::string_view bytes);

/// The word as it is if split_words() reads it back unchanged, else quoted().
std::string word_text(std::string_view word);

}  // namespace corral::config

// The valid word that somebody most likely meant, for error messages.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace corral::base {

/// The candidate with the fewest edits (insert, delete, change, swap two neighbours) from `word`, letter case
/// ignored; the first of equals. Empty when even the best needs more than a third of the word's letters, at
/// least 1, at most 3. O(candidates × length²); words above 64 bytes have no neighbour.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates);

/// ` (did you mean "stale"?)`, or nothing when no word is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace corral::base

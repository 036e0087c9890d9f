// Captures of a pattern's stars and the {1}..{9} placeholders of tag and prefix templates.
// Threading: pure functions.
// See: README.md of this folder, "Tags".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/stampede/policy.h"

namespace corral::stampede {

/// What stands before the first star, between two, or behind the last. All of its elements match one byte
/// each, so a piece always matches `bytes` bytes.
struct PatternPiece {
  std::string_view text;
  size_t bytes = 0;
};

/// One piece more than the pattern has stars.
std::vector<PatternPiece> split_pattern(std::string_view pattern);

/// What each star stands for, every one as short as can be but for the last. False when the key does not
/// match. O(key × longest piece) for each star.
bool capture_stars(std::string_view pattern, std::string_view key, std::vector<std::string_view>& captures);

/// The next {n} at or behind `at`; moves `at` to its brace. Other braces are plain text.
bool next_placeholder(std::string_view text, size_t& at, int& number);

}  // namespace corral::stampede

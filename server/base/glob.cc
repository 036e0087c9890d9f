// Iterative glob matcher: on a mismatch it goes back to the last star only, which is enough for globs.
// Threading: pure functions.
// See: glob.h.
#include "server/base/glob.h"

namespace corral::base {
namespace {

unsigned char fold(char c, bool ignore_case) {
  return static_cast<unsigned char>(ignore_case && c >= 'A' && c <= 'Z' ? c + 32 : c);
}

// Matches one character against the [set] that begins at p (just behind the bracket); moves p to the set's last
// character. Unterminated sets end where the pattern ends, as in Redis.
bool match_set(std::string_view pattern, size_t& p, char c, bool ignore_case) {
  const size_t end = pattern.size();
  const bool negated = p < end && pattern[p] == '^';
  if (negated) ++p;
  bool found = false;
  const unsigned char want = fold(c, ignore_case);
  while (true) {
    if (p + 1 < end && pattern[p] == '\\') {
      ++p;
      if (pattern[p] == c) found = true;
    } else if (p < end && pattern[p] == ']') {
      break;
    } else if (p >= end) {
      --p;
      break;
    } else if (p + 2 < end && pattern[p + 1] == '-') {
      unsigned char low = static_cast<unsigned char>(pattern[p]);
      unsigned char high = static_cast<unsigned char>(pattern[p + 2]);
      if (low > high) {
        const unsigned char swap = low;
        low = high;
        high = swap;
      }
      low = fold(static_cast<char>(low), ignore_case);
      high = fold(static_cast<char>(high), ignore_case);
      p += 2;
      if (want >= low && want <= high) found = true;
    } else if (fold(pattern[p], ignore_case) == want) {
      found = true;
    }
    ++p;
  }
  return found != negated;
}

// Matches the element of the pattern at p (not a star) with c; on success p is behind the element.
bool match_one(std::string_view pattern, size_t& p, char c, bool ignore_case) {
  switch (pattern[p]) {
    case '?':
      ++p;
      return true;
    case '[': {
      size_t at = p + 1;
      const bool matched = match_set(pattern, at, c, ignore_case);
      p = at + 1;
      return matched;
    }
    case '\\':
      if (p + 1 < pattern.size()) ++p;
      [[fallthrough]];
    default:
      return fold(pattern[p++], ignore_case) == fold(c, ignore_case);
  }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text, bool ignore_case) {
  size_t p = 0;
  size_t t = 0;
  size_t star_p = std::string_view::npos;  // pattern position behind the last star
  size_t star_t = 0;                       // text position where that star's match ends for now
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star_p = ++p;
      star_t = t;
      continue;
    }
    size_t next = p;
    if (p < pattern.size() && match_one(pattern, next, text[t], ignore_case)) {
      p = next;
      ++t;
      continue;
    }
    if (star_p == std::string_view::npos) return false;
    p = star_p;
    t = ++star_t;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace corral::base

// What the stars of a pattern stand for in a key, put into a tag or prefix template.
// Threading: pure functions.
// See: template.h.
#include "server/stampede/template.h"

#include <algorithm>
#include <cstddef>

#include "server/base/glob.h"

namespace corral::stampede {
namespace {

// The length in the pattern of the element at `at` (not a star); it matches exactly one byte.
size_t element_length(std::string_view pattern, size_t at) {
  if (pattern[at] == '\\') return at + 1 < pattern.size() ? 2 : 1;
  if (pattern[at] != '[') return 1;
  size_t p = at + 1;
  if (p < pattern.size() && pattern[p] == '^') ++p;
  while (p < pattern.size() && pattern[p] != ']') {
    if (pattern[p] == '\\' && p + 1 < pattern.size()) {
      p += 2;
    } else if (p + 2 < pattern.size() && pattern[p + 1] == '-') {
      p += 3;
    } else {
      ++p;
    }
  }
  return std::min(p + 1, pattern.size()) - at;
}

}  // namespace

std::vector<PatternPiece> split_pattern(std::string_view pattern) {
  std::vector<PatternPiece> pieces(1);
  size_t start = 0;
  size_t at = 0;
  while (at < pattern.size()) {
    if (pattern[at] == '*') {
      pieces.back().text = pattern.substr(start, at - start);
      pieces.emplace_back();
      start = ++at;
      continue;
    }
    at += element_length(pattern, at);
    ++pieces.back().bytes;
  }
  pieces.back().text = pattern.substr(start);
  return pieces;
}

bool capture_stars(std::string_view pattern, std::string_view key, std::vector<std::string_view>& captures) {
  captures.clear();
  const std::vector<PatternPiece> pieces = split_pattern(pattern);
  if (key.size() < pieces[0].bytes || !base::glob_matches(pieces[0].text, key.substr(0, pieces[0].bytes)))
    return false;
  size_t at = pieces[0].bytes;
  for (size_t i = 1; i < pieces.size(); ++i) {
    const PatternPiece& piece = pieces[i];
    if (key.size() < at + piece.bytes) return false;
    const size_t latest = key.size() - piece.bytes;
    // The first place that fits is always right, except that the last piece has to end the key.
    size_t found = i + 1 == pieces.size() ? latest : at;
    while (found <= latest && !base::glob_matches(piece.text, key.substr(found, piece.bytes))) ++found;
    if (found > latest) return false;
    captures.push_back(key.substr(at, found - at));
    at = found + piece.bytes;
  }
  return at == key.size();
}

bool next_placeholder(std::string_view text, size_t& at, int& number) {
  for (; at + 2 < text.size(); ++at) {
    if (text[at] == '{' && text[at + 1] >= '1' && text[at + 1] <= '9' && text[at + 2] == '}') {
      number = text[at + 1] - '0';
      return true;
    }
  }
  return false;
}

std::string expand_template(std::string_view pattern, std::string_view text, std::string_view key) {
  std::vector<std::string_view> captures;
  if (!capture_stars(pattern, key, captures)) return {};
  std::string out;
  size_t done = 0;
  size_t at = 0;
  int number = 0;
  while (next_placeholder(text, at, number)) {
    out += text.substr(done, at - done);
    if (static_cast<size_t>(number) <= captures.size()) out += captures[static_cast<size_t>(number) - 1];
    at += 3;
    done = at;
  }
  out += text.substr(done);
  return out;
}

}  // namespace corral::stampede

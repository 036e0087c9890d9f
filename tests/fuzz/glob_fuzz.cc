// Fuzz target of the glob matcher. Byte 0 of the input: ignore case or not; byte 1: length of the pattern, the rest is text.
// Threading: none.
// See: README.md of this folder.
#include <bitset>
#include <string_view>
#include <vector>

#include "server/base/glob.h"
#include "tests/fuzz/property.h"

namespace corral::fuzz {
namespace {

// One element of a pattern: a star, or the set of bytes it stands for.
struct Element {
  bool is_star = false;
  std::bitset<256> bytes;
};

uint8_t byte_of(char c) { return static_cast<uint8_t>(c); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

// A byte as the pattern writes it, and with `fold` all that are equal to it but for case.
void add(std::bitset<256>& bytes, char c, bool fold) {
  bytes.set(byte_of(c));
  if (!fold) return;
  bytes.set(byte_of(lower(c)));
  if (c >= 'a' && c <= 'z') bytes.set(byte_of(static_cast<char>(c - 32)));
}

void add_range(std::bitset<256>& bytes, char from, char to, bool fold) {
  if (byte_of(from) > byte_of(to)) std::swap(from, to);
  if (fold) {
    from = lower(from);
    to = lower(to);
  }
  for (int i = 0; i < 256; ++i) {
    const uint8_t c = fold ? byte_of(lower(static_cast<char>(i))) : static_cast<uint8_t>(i);
    if (c >= byte_of(from) && c <= byte_of(to)) bytes.set(static_cast<size_t>(i));
  }
}

// The [set] whose bracket is before `at`; moves `at` behind it.
std::bitset<256> read_set(std::string_view pattern, size_t& at, bool fold) {
  std::bitset<256> bytes;
  const bool is_negated = at < pattern.size() && pattern[at] == '^';
  if (is_negated) ++at;
  while (at < pattern.size()) {
    const std::string_view rest = pattern.substr(at);
    if (rest[0] == '\\' && rest.size() >= 2) {
      bytes.set(byte_of(rest[1]));  // an escaped byte is itself, whatever the case, as in Redis
      at += 2;
    } else if (rest[0] == ']') {
      break;
    } else if (rest.size() >= 3 && rest[1] == '-') {
      add_range(bytes, rest[0], rest[2], fold);
      at += 3;
    } else {
      add(bytes, rest[0], fold);
      at += 1;
    }
  }
  if (at < pattern.size()) ++at;
  return is_negated ? ~bytes : bytes;
}

std::vector<Element> read_pattern(std::string_view pattern, bool fold) {
  std::vector<Element> elements;
  for (size_t at = 0; at < pattern.size();) {
    Element& element = elements.emplace_back();
    const char c = pattern[at++];
    if (c == '*') {
      element.is_star = true;
    } else if (c == '?') {
      element.bytes.set();
    } else if (c == '[') {
      element.bytes = read_set(pattern, at, fold);
    } else {
      add(element.bytes, c == '\\' && at < pattern.size() ? pattern[at++] : c, fold);
    }
  }
  return elements;
}

// Which beginnings of the text the beginning of the pattern matches, element by element: slow and plain.
bool matches(const std::vector<Element>& pattern, std::string_view text) {
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const Element& element : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (size_t i = 0; i <= text.size(); ++i) {
      if (element.is_star) {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (i > 0) {
        next[i] = reached[i - 1] && element.bytes.test(byte_of(text[i - 1]));
      }
    }
    reached = std::move(next);
  }
  return reached[text.size()];
}

}  // namespace
}  // namespace corral::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral::fuzz;
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool fold = (data[0] & 1) != 0;
  const std::string_view pattern = input.substr(2, data[1]);
  const std::string_view text = input.substr(2 + pattern.size());
  require(corral::base::glob_matches(pattern, text, fold) == matches(read_pattern(pattern, fold), text),
          "matches as element by element", input);
  return 0;
}

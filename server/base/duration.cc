// A number and a unit, read digit by digit with overflow checks.
// Threading: pure functions.
// See: duration.h.
#include "server/base/duration.h"

#include <cstddef>

namespace corral::base {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

// Largest first: duration_text() takes the first that divides.
constexpr Unit kDurations[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
constexpr Unit kSizes[] = {{"", 1},
                           {"b", 1},
                           {"k", 1000},
                           {"kb", 1024},
                           {"m", 1'000'000},
                           {"mb", 1024 * 1024},
                           {"g", 1'000'000'000},
                           {"gb", 1024 * 1024 * 1024}};

enum class Digits { kNone, kFit, kTooMany };

// Takes the digits off the front of the text.
Digits take_number(std::string_view& text, int64_t& number) {
  size_t length = 0;
  bool fits = true;
  number = 0;
  for (; length < text.size() && text[length] >= '0' && text[length] <= '9'; ++length) {
    fits = fits && !__builtin_mul_overflow(number, 10, &number) &&
           !__builtin_add_overflow(number, text[length] - '0', &number);
  }
  text.remove_prefix(length);
  if (length == 0) return Digits::kNone;
  return fits ? Digits::kFit : Digits::kTooMany;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out(1, '"');
  out += text;
  out += '"';
  return out;
}

}  // namespace

Result<int64_t> parse_duration_ms(std::string_view text) {
  std::string_view unit = text;
  int64_t number = 0;
  const Digits digits = take_number(unit, number);
  if (digits == Digits::kTooMany) return Error{quoted(text) + " is too long"};
  if (digits == Digits::kNone) {
    return Error{quoted(text) +
                 " is not a duration; write a whole number and a unit, as in 500ms, 60s or 1h"};
  }
  if (unit.empty() && number == 0) return int64_t{0};
  if (unit.empty()) {
    return Error{quoted(text) + " has no unit; write " + std::string(text) + "s or " + std::string(text) +
                 "ms"};
  }
  for (const Unit& known : kDurations) {
    if (unit != known.name) continue;
    int64_t ms = 0;
    if (__builtin_mul_overflow(number, known.factor, &ms)) return Error{quoted(text) + " is too long"};
    return ms;
  }
  return Error{quoted(text) + " has an unknown unit; the units are ms, s, m, h and d"};
}

std::string duration_text(int64_t ms) {
  if (ms == 0) return "0s";
  for (const Unit& unit : kDurations) {
    if (ms % unit.factor == 0) return std::to_string(ms / unit.factor) + std::string(unit.name);
  }
  return std::to_string(ms) + "ms";
}

Result<int64_t> parse_size_bytes(std::string_view text) {
  std::string_view rest = text;
  int64_t number = 0;
  const Digits digits = take_number(rest, number);
  if (digits == Digits::kTooMany) return Error{quoted(text) + " is too large"};
  if (digits == Digits::kNone) {
    return Error{quoted(text) + " is not a size; write a whole number and a unit, as in 64mb"};
  }
  const std::string unit = lower(rest);
  for (const Unit& known : kSizes) {
    if (unit != known.name) continue;
    int64_t bytes = 0;
    if (__builtin_mul_overflow(number, known.factor, &bytes)) return Error{quoted(text) + " is too large"};
    return bytes;
  }
  return Error{quoted(text) + " has an unknown unit; the units are b, k, kb, m, mb, g and gb"};
}

}  // namespace corral::base

// Exact parsing and printing of integers and doubles, as Redis does it.
// Threading: pure functions.
// See: README.md of this folder, "Numbers".
#include "protocol/number.h"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace corral::protocol {
namespace {

constexpr size_t kMaxLongDoubleText = 5 * 1024;  // Redis copies the text into a buffer of this size, NUL included

// Digits without sign; no leading zero but in "0" itself.
std::optional<uint64_t> parse_digits(Bytes text) {
  if (text.empty() || text.size() > 20) return std::nullopt;
  if (text[0] == '0' && text.size() > 1) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    const unsigned digit = static_cast<unsigned char>(c) - static_cast<unsigned>('0');
    if (digit > 9) return std::nullopt;
    if (value > std::numeric_limits<uint64_t>::max() / 10) return std::nullopt;
    value *= 10;
    if (value > std::numeric_limits<uint64_t>::max() - digit) return std::nullopt;
    value += digit;
  }
  return value;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// What the C library reads and std::from_chars does not: "0x…" and "nan(…)". `text` ends in a NUL behind its last byte.
template <typename T, typename Read>
std::optional<T> parse_by_c_library(const std::string& text, Read read) {
  char* end = nullptr;
  errno = 0;
  const T value = read(text.c_str(), &end);
  if (end != text.c_str() + text.size() || std::isnan(value)) return std::nullopt;
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
  return value;
}

int digit_count(uint64_t value) {
  int count = 1;
  for (;; count += 4, value /= 10000) {
    if (value < 10) return count;
    if (value < 100) return count + 1;
    if (value < 1000) return count + 2;
    if (value < 10000) return count + 3;
  }
}

}  // namespace

std::optional<int64_t> parse_int64(Bytes text) {
  if (text.empty() || text[0] != '-') {
    const std::optional<uint64_t> value = parse_digits(text);
    if (!value || *value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(*value);
  }
  const std::optional<uint64_t> value = parse_digits(text.substr(1));
  if (!value || *value == 0 || *value > uint64_t{1} << 63) return std::nullopt;  // "-0" is no integer for Redis
  return static_cast<int64_t>(~*value + 1);
}

std::optional<uint64_t> parse_uint64(Bytes text) { return parse_digits(text); }

std::optional<double> parse_double(Bytes text) {
  if (text.empty() || is_space(text[0])) return std::nullopt;
  const Bytes unsigned_text = text.substr(text[0] == '-' || text[0] == '+' ? 1 : 0);
  if (unsigned_text.empty()) return std::nullopt;
  if (unsigned_text[0] == '-') return std::nullopt;  // from_chars would take the second sign
  if (unsigned_text.size() > 1 && unsigned_text[0] == '0' && to_lower(unsigned_text[1]) == 'x') {
    return parse_by_c_library<double>(std::string(text), [](const char* s, char** end) { return std::strtod(s, end); });
  }
  double value = 0;
  const char* const end = unsigned_text.data() + unsigned_text.size();
  const auto [stop, code] = std::from_chars(unsigned_text.data(), end, value);
  if (code != std::errc() || stop != end || std::isnan(value)) return std::nullopt;
  return text[0] == '-' ? -value : value;
}

std::optional<long double> parse_long_double(Bytes text) {
  if (text.empty() || is_space(text[0]) || text.size() >= kMaxLongDoubleText) return std::nullopt;
  return parse_by_c_library<long double>(std::string(text),
                                         [](const char* s, char** end) { return std::strtold(s, end); });
}

std::optional<double> parse_weight(Bytes text) {
  if (const std::optional<int64_t> whole = parse_int64(text)) return static_cast<double>(*whole);
  const std::string copy(c_text(text));
  char* end = nullptr;
  errno = 0;
  const double value = std::strtod(copy.c_str(), &end);
  if (*end != '\0' || errno == ERANGE || std::isnan(value)) return std::nullopt;
  return value;
}

char* write_int64(char* out, int64_t value) {
  auto rest = static_cast<uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    rest = ~rest + 1;
  }
  char* const end = out + digit_count(rest);
  char* at = end;
  while (rest >= 100) {
    at -= 2;
    std::memcpy(at, kTwoDigits + 2 * (rest % 100), 2);
    rest /= 100;
  }
  if (rest >= 10) {
    std::memcpy(at - 2, kTwoDigits + 2 * rest, 2);
  } else {
    at[-1] = static_cast<char>('0' + rest);
  }
  return end;
}

std::string int64_text(int64_t value) {
  char text[kMaxInt64Chars];
  return {text, write_int64(text, value)};
}

std::string double_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char text[32];
  const auto result = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 17);
  return {text, result.ptr};
}

std::string long_double_text(long double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char text[kMaxLongDoubleText];
  const int written = std::snprintf(text, sizeof text, "%.17Lf", value);
  if (written < 0 || static_cast<size_t>(written) >= sizeof text) return {};
  size_t size = static_cast<size_t>(written);
  while (text[size - 1] == '0') --size;  // the point stands before the zeros and stops this
  if (text[size - 1] == '.') --size;
  if (size == 2 && text[0] == '-' && text[1] == '0') return "0";
  return {text, size};
}

}  // namespace corral::protocol

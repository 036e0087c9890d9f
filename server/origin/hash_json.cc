// Strings with escapes, after their UTF-8 has been checked.
// Threading: pure functions.
// See: hash_json.h; The Unicode Standard, table 3-7.
#include "server/origin/hash_json.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace corral::origin {
namespace {

uint8_t byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : 0;
}

bool within(uint8_t byte, uint8_t least, uint8_t most) {
  return byte >= least && byte <= most;
}

// The length of the well-formed sequence at `at`; 0: none. Neither overlong forms nor halves of UTF-16 pairs are.
size_t sequence_length(std::string_view text, size_t at) {
  const uint8_t first = byte_at(text, at);
  if (first < 0x80) return 1;
  const uint8_t second = byte_at(text, at + 1);
  const bool third = within(byte_at(text, at + 2), 0x80, 0xBF);
  if (within(first, 0xC2, 0xDF)) return within(second, 0x80, 0xBF) ? 2 : 0;
  if (within(first, 0xE0, 0xEF)) {
    const uint8_t least = first == 0xE0 ? 0xA0 : 0x80;
    const uint8_t most = first == 0xED ? 0x9F : 0xBF;
    return within(second, least, most) && third ? 3 : 0;
  }
  if (within(first, 0xF0, 0xF4)) {
    const uint8_t least = first == 0xF0 ? 0x90 : 0x80;
    const uint8_t most = first == 0xF4 ? 0x8F : 0xBF;
    return within(second, least, most) && third && within(byte_at(text, at + 3), 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

bool append_json_string(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const size_t length = sequence_length(text, at);
    if (length == 0) return false;
    const char c = text[at];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<uint8_t>(c) < 0x20) {
      out += "\\u00";
      out += kHex[static_cast<uint8_t>(c) >> 4];
      out += kHex[static_cast<uint8_t>(c) & 15];
    } else {
      out += text.substr(at, length);
    }
    at += length;
  }
  out += '"';
  return true;
}

}  // namespace

base::Result<std::string> hash_json(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out = "{";
  for (const auto& [name, value] : fields) {
    if (out.size() > 1) out += ',';
    bool ok = append_json_string(name, out);
    out += ':';
    ok = ok && append_json_string(value, out);
    if (!ok) return base::Error{"the hash has bytes that are not UTF-8, and JSON cannot carry them"};
  }
  out += '}';
  return out;
}

}  // namespace corral::origin

// Byte views and case-insensitive comparison, as the protocol needs them.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace corral::protocol {

/// A view of bytes; may hold any byte including NUL. Never owns.
using Bytes = std::string_view;

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

/// ASCII case-insensitive equality. O(n).
constexpr bool equals_ignore_case(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// What a C program sees of the bytes: up to the first NUL. Redis repeats names in errors this way.
constexpr Bytes c_text(Bytes bytes) { return bytes.substr(0, bytes.find('\0')); }

}  // namespace corral::protocol

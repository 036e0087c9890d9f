// Writing numbers, lengths and strings of the RDB format.
// Threading: pure functions that append to `out`.
// See: README.md of this folder, "Strings".
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/number.h"
#include "server/rdb/format.h"
#include "server/types/packed_list.h"

namespace corral::rdb {

inline void write_little(std::string& out, uint64_t number, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
}
inline void write_big(std::string& out, uint64_t number, size_t bytes) {
  for (size_t i = bytes; i > 0; --i) out.push_back(static_cast<char>(number >> (8 * (i - 1))));
}

inline void write_length(std::string& out, uint64_t length) {
  if (length < 64) {
    out.push_back(static_cast<char>(length));
  } else if (length < 16384) {
    write_big(out, uint64_t{0x4000} | length, 2);
  } else if (length <= UINT32_MAX) {
    out.push_back(static_cast<char>(kLength32));
    write_big(out, length, 4);
  } else {
    out.push_back(static_cast<char>(kLength64));
    write_big(out, length, 8);
  }
}

/// Bytes as they are.
inline void write_bytes(std::string& out, std::string_view bytes) {
  write_length(out, bytes.size());
  out.append(bytes);
}

/// The digits of a number of up to 32 bits become the number.
inline void write_element(std::string& out, const types::PackedElement& element) {
  types::PackedElement::Buffer digits;
  const bool fits = element.is_number() && element.number() >= INT32_MIN && element.number() <= INT32_MAX;
  if (!fits) return write_bytes(out, element.text(digits));
  const int64_t number = element.number();
  uint8_t form = 0;
  if (number < INT8_MIN || number > INT8_MAX) form = number >= INT16_MIN && number <= INT16_MAX ? 1 : 2;
  out.push_back(static_cast<char>(kStringForm | form));
  write_little(out, static_cast<uint64_t>(number), size_t{1} << form);
}

inline void write_text(std::string& out, std::string_view text) {
  write_element(out, types::PackedElement::of(text));
}

inline void write_double(std::string& out, double number) {
  write_little(out, std::bit_cast<uint64_t>(number), 8);
}

}  // namespace corral::rdb

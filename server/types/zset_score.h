// A score as an element of a packed list, exactly.
// Threading: pure functions.
// See: README.md of this folder, "Sorted sets".
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "server/types/packed_list.h"

namespace corral::types {

/// Room for the bytes of a score that is no integer.
using ScoreBuffer = char[9];

/// A whole number becomes an integer (-0 becomes 0, as in Redis' compact form); anything else a byte that no number starts with and the bits of the double, high
/// bytes first, without the zeros at the end: 1.5 is three bytes.
inline PackedElement pack_score(double score, ScoreBuffer& buffer) {
  constexpr double kLimit = 9007199254740992.0;  // 2^53
  if (std::fabs(score) <= kLimit && score == std::trunc(score)) {
    return PackedElement::of(static_cast<int64_t>(score));
  }
  auto bits = std::bit_cast<uint64_t>(score);
  size_t size = 1;
  buffer[0] = '\xFF';
  for (; bits != 0; bits <<= 8) buffer[size++] = static_cast<char>(bits >> 56);
  return PackedElement::of(std::string_view(buffer, size));
}

inline double unpack_score(const PackedElement& element) {
  if (element.is_number()) return static_cast<double>(element.number());
  PackedElement::Buffer unused;
  const std::string_view bytes = element.text(unused);
  uint64_t bits = 0;
  for (size_t i = 1; i < bytes.size(); ++i) bits |= uint64_t{static_cast<uint8_t>(bytes[i])} << (64 - 8 * i);
  return std::bit_cast<double>(bits);
}

}  // namespace corral::types

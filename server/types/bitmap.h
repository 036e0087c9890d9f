// Bits of a string: counting, finding, combining, and integers of any width within it. Bit 0 is the highest of byte 0.
// Threading: pure functions.
// See: README.md of this folder, "Strings as more than bytes".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace corral::types {

/// The bits that are set. O(n), a word at a time.
uint64_t count_ones(std::string_view bytes);
/// The same from bit `first` to bit `last`, both counted. Precondition: first <= last < 8 × bytes.size().
uint64_t count_ones(std::string_view bytes, uint64_t first, uint64_t last);

/// The first bit of `value` from bit `first` to bit `last`; -1 when there is none. Precondition as above. O(n), a word
/// at a time.
int64_t find_bit(std::string_view bytes, bool value, uint64_t first, uint64_t last);

enum class BitOperation : uint8_t { kAnd, kOr, kXor, kNot };

/// Combines the sources into `out`, which takes as many bytes as the longest has: a shorter one goes on with zeros. kNot
/// takes one source. `out` is none of the sources. O(sum of the sources), a word at a time.
void combine_bits(BitOperation operation, std::span<const std::string_view> sources, char* out);

/// An integer of 1 to 64 bits at any bit of a string.
struct BitField {
  uint64_t offset = 0;
  uint8_t bits = 0;
  bool is_signed = false;
};

/// The field's bits in the low end of the result, extended with the sign when it has one; bits behind the end of the
/// string are 0.
uint64_t read_field(std::string_view bytes, const BitField& field);
/// Writes the low bits of `value`. Precondition: the field lies within the bytes.
void write_field(char* bytes, const BitField& field, uint64_t value);

enum class Overflow : uint8_t { kWrap, kSaturate, kFail };

/// Fits base + delta into the field; base is what read_field() gave, or the value to be set with a delta of 0. Returns
/// whether it fitted; if not, `result` is wrapped or saturated, and has no meaning for kFail.
bool add_to_field(const BitField& field, Overflow overflow, uint64_t base, int64_t delta, uint64_t& result);

}  // namespace corral::types

// The runs of registers that the sparse form of a HyperLogLog consists of.
// Threading: pure functions.
// See: README.md of this folder, "HyperLogLog".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace corral::types::hyperloglog {

inline constexpr uint8_t kDenseEncoding = 0;
inline constexpr uint8_t kSparseEncoding = 1;

inline constexpr size_t kLongestShortZeros = 64;
inline constexpr uint8_t kLargestValue = 32;  // that a run can have
inline constexpr size_t kLongestValues = 4;

/// 00llllll: l + 1 zeros. 01llllll llllllll: l + 1 zeros. 1vvvvvll: l + 1 registers of v + 1.
struct Run {
  size_t length = 0;
  size_t bytes = 1;
  uint8_t value = 0;     // 0: zeros
  bool is_whole = true;  // false: its second byte is missing
};

/// Precondition: at < bytes.size().
inline Run run_at(std::string_view bytes, size_t at) {
  const auto head = static_cast<uint8_t>(bytes[at]);
  Run run;
  if ((head & 0x80) != 0) {
    run.length = (head & 0x3u) + 1;
    run.value = static_cast<uint8_t>(((head >> 2) & 0x1f) + 1);
  } else if ((head & 0x40) != 0) {
    run.bytes = 2;
    run.is_whole = at + 1 < bytes.size();
    const auto low = static_cast<uint8_t>(run.is_whole ? bytes[at + 1] : 0);
    run.length = ((size_t{head & 0x3fu} << 8) | low) + 1;
  } else {
    run.length = (head & 0x3fu) + 1;
  }
  return run;
}

/// 1 to 16,384 zeros.
inline void append_zeros(std::string& out, size_t length) {
  const size_t coded = length - 1;
  if (length > kLongestShortZeros) {
    out.push_back(static_cast<char>(0x40 | (coded >> 8)));
    out.push_back(static_cast<char>(coded & 0xff));
  } else {
    out.push_back(static_cast<char>(coded));
  }
}

/// 1 to 4 registers of 1 to 32.
inline char values_run(uint8_t value, size_t length) {
  return static_cast<char>(0x80 | ((value - 1) << 2) | static_cast<int>(length - 1));
}

}  // namespace corral::types::hyperloglog

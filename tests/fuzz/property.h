// What the fuzz targets share: a failed property, and the cutting of an input into pieces.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace corral::fuzz {

/// Ends the program when `holds` is false, after printing the property and the input that broke it as hex.
inline void require(bool holds, const char* property, std::string_view input) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\ninput:", property);
  for (const char byte : input) std::fprintf(stderr, " %02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  std::fprintf(stderr, "\n");
  std::abort();
}

/// A small generator, so that the pieces depend on the input alone.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  /// 0 … sides-1
  uint64_t roll(uint64_t sides) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return (state_ >> 11) % sides;
  }

 private:
  uint64_t state_;
};

/// Cuts `input` into pieces of 1 to 4 or 1 to 64 bytes.
inline std::vector<std::string_view> random_pieces(std::string_view input, Dice& dice) {
  std::vector<std::string_view> pieces;
  while (!input.empty()) {
    const size_t size = std::min<size_t>(1 + dice.roll(dice.roll(2) == 0 ? 4 : 64), input.size());
    pieces.push_back(input.substr(0, size));
    input.remove_prefix(size);
  }
  return pieces;
}

}  // namespace corral::fuzz

// Unpacking of LZF, which Redis packs longer strings with.
// Threading: pure functions.
// See: README.md of this folder, "Strings"; Marc Lehmann's liblzf for the format.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace corral::rdb {

/// The most that `packed_size` bytes can become: three bytes repeat 264.
constexpr size_t most_unpacked(size_t packed_size) {
  return packed_size * 264;
}

/// Unpacks to exactly `size` bytes; false when the input is broken or gives another size. Allocates no more than
/// most_unpacked().
bool unpack_lzf(std::string_view packed, size_t size, std::string& out);

}  // namespace corral::rdb

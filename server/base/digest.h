// A fingerprint of bytes that others can compute: XXH3 with its public secret.
// Threading: pure functions.
// See: README.md of this folder, "Hash".
#pragma once

#include <cstdint>
#include <string_view>

namespace corral::base {

/// XXH3, 64 bits, no seed. For comparing values, never for placing keys: whoever knows it can make collisions. O(n).
uint64_t digest_bytes(std::string_view bytes);

}  // namespace corral::base

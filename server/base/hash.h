// The keyed hash of keys: XXH3 with a random secret, computed once per key and carried.
// Threading: pure functions.
// See: README.md of this folder, "Hash".
#pragma once

#include <cstdint>
#include <string_view>

namespace corral::base {

/// 192 secret bytes. Not a seed: for short inputs XXH3 with a seed mixes it into the public secret only, so that
/// keys can be found offline that collide for every seed (xxHash issue 1127).
struct HashSecret {
  alignas(64) unsigned char bytes[192];
  /// From the kernel; a new one for every start of the server.
  static HashSecret random();
  /// Reproducible, for tests.
  static HashSecret from_seed(uint64_t seed);
};

/// 64 well mixed bits of the bytes. O(n), about 4 ns for 16 bytes.
uint64_t hash_bytes(std::string_view bytes, const HashSecret& secret);

}  // namespace corral::base

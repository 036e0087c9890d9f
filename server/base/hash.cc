// XXH3 behind the one hash function of the server.
// Threading: pure functions.
// See: hash.h.
#include "server/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "server/base/random.h"

namespace corral::base {

static_assert(sizeof(HashSecret::bytes) >= XXH3_SECRET_SIZE_MIN);

HashSecret HashSecret::random() {
  HashSecret secret;
  system_random(secret.bytes, sizeof secret.bytes);
  return secret;
}

HashSecret HashSecret::from_seed(uint64_t seed) {
  HashSecret secret;
  Random random(seed);
  for (auto& byte : secret.bytes) byte = static_cast<unsigned char>(random.next() >> 32);
  return secret;
}

uint64_t hash_bytes(std::string_view bytes, const HashSecret& secret) {
  return XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret.bytes, sizeof secret.bytes);
}

}  // namespace corral::base

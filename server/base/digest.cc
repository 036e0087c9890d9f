// XXH3 as everybody has it.
// Threading: pure functions.
// See: digest.h.
#include "server/base/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace corral::base {

uint64_t digest_bytes(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace corral::base

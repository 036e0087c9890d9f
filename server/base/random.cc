// Seeds from the kernel.
// Threading: any.
// See: random.h.
#include "server/base/random.h"

#include <sys/random.h>

#include "server/base/check.h"

namespace corral::base {

void system_random(void* out, uint64_t bytes) {
  auto* at = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t got = getrandom(at, bytes, 0);
    CHECK(got > 0);
    at += got;
    bytes -= static_cast<uint64_t>(got);
  }
}

}  // namespace corral::base

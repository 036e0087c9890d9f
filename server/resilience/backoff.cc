// Full jitter above a floor.
// Threading: none; a pure function.
// See: backoff.h.
#include "server/resilience/backoff.h"

#include <algorithm>

namespace corral::resilience {

int64_t backoff_us(const BackoffOptions& options, uint32_t retry, std::optional<int64_t> retry_after_us,
                   base::Random& random) {
  int64_t most_us = std::max<int64_t>(options.base_us, 0);
  for (uint32_t i = 1; i < retry && most_us < options.cap_us; ++i) most_us *= 2;
  most_us = std::min(most_us, options.cap_us);
  const int64_t floor_us = std::clamp<int64_t>(retry_after_us.value_or(0), 0, options.retry_after_cap_us);
  return floor_us + static_cast<int64_t>(random.below(static_cast<uint64_t>(most_us) + 1));
}

}  // namespace corral::resilience

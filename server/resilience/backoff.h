// How long to wait before a retry: exponential, capped, full jitter, never sooner than the origin asked.
// Threading: none; a pure function.
// See: Brooker, "Exponential Backoff And Jitter".
#pragma once

#include <cstdint>
#include <optional>

#include "server/base/random.h"

namespace corral::resilience {

struct BackoffOptions {
  int64_t base_us = 25'000;
  int64_t cap_us = 1'000'000;
  int64_t retry_after_cap_us = 3'600'000'000;  ///< an origin that says "in a year" is not believed
};

/// Uniform in [0, min(cap, base × 2^(retry-1))], on top of `retry_after_us`, so that those who were all told the
/// same time do not come back together. `retry` is 1 before the second attempt. In µs.
int64_t backoff_us(const BackoffOptions& options, uint32_t retry, std::optional<int64_t> retry_after_us,
                   base::Random& random);

}  // namespace corral::resilience

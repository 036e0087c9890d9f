// Which of an origin's endpoints gets the next attempt: the less busy of two drawn at random.
// Threading: none; a pure function.
// See: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/base/random.h"

namespace corral::resilience {

struct EndpointLoad {
  bool usable = false;  ///< its breaker would give a permit
  uint32_t in_flight = 0;
  double share = 1.0;  ///< below 1 while it warms up: looks that much busier
};

/// The place in `endpoints`, or none if no one is usable. `avoid` (where the last attempt failed; none: `count`) is
/// taken only if it is the only one. O(count).
std::optional<uint32_t> choose_endpoint(const EndpointLoad* endpoints, uint32_t count, uint32_t avoid,
                                        base::Random& random);

}  // namespace corral::resilience

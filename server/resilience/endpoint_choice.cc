// Power of two choices.
// Threading: none; a pure function.
// See: endpoint_choice.h.
#include "server/resilience/endpoint_choice.h"

namespace corral::resilience {
namespace {

/// The n-th usable one that is not `avoid`.
uint32_t nth(const EndpointLoad* endpoints, uint64_t n, uint32_t avoid) {
  for (uint32_t i = 0;; ++i) {
    if (endpoints[i].usable && i != avoid && n-- == 0) return i;
  }
}

double busyness(const EndpointLoad& endpoint) {
  return (endpoint.in_flight + 1) / endpoint.share;
}

}  // namespace

std::optional<uint32_t> choose_endpoint(const EndpointLoad* endpoints, uint32_t count, uint32_t avoid,
                                        base::Random& random) {
  uint32_t candidates = 0;
  for (uint32_t i = 0; i < count; ++i) candidates += endpoints[i].usable && i != avoid ? 1 : 0;
  if (candidates == 0) {
    if (avoid < count && endpoints[avoid].usable) return avoid;
    return std::nullopt;
  }
  if (candidates == 1) return nth(endpoints, 0, avoid);
  const uint64_t first = random.below(candidates);
  uint64_t second = random.below(candidates - 1);
  if (second >= first) ++second;
  const uint32_t a = nth(endpoints, first, avoid);
  const uint32_t b = nth(endpoints, second, avoid);
  return busyness(endpoints[b]) < busyness(endpoints[a]) ? b : a;
}

}  // namespace corral::resilience

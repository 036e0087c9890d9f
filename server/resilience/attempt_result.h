// What one attempt against an endpoint came to, as far as retries, breakers and limits care.
// Threading: a value type.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <optional>

namespace corral::resilience {

enum class Outcome : uint8_t {
  kOk,         ///< the origin did what was asked (a value that is absent included)
  kTransient,  ///< may work later
  kPermanent,  ///< refused, and will be however often it is asked; the endpoint lives
  kIgnored,    ///< says nothing about the endpoint: cancelled by us
};

struct AttemptResult {
  Outcome outcome = Outcome::kIgnored;
  bool hard = false;  ///< connecting, TLS or a timeout
  bool timed_out = false;
  bool pushed_back = false;  ///< the origin asked for less: 429, 503, too many connections
  bool maybe_done = false;   ///< bytes of a store were sent, so that its outcome is unknown
  std::optional<int64_t> retry_after_us;
};

}  // namespace corral::resilience

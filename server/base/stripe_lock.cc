// The slow path of the stripe lock.
// Threading: see stripe_lock.h.
// See: stripe_lock.h.
#include "server/base/stripe_lock.h"

namespace corral::base {
namespace {

constexpr int kSpins = 100;

}  // namespace

bool StripeLock::wait_for(bool however_long) {
  for (int i = 0; i < kSpins; ++i) {
    uint32_t expected = 0;
    if (state_.load(std::memory_order_relaxed) == 0 &&
        state_.compare_exchange_weak(expected, 1, std::memory_order_acquire, std::memory_order_relaxed)) {
      return true;
    }
    cpu_pause();
  }
  for (;;) {
    uint32_t seen = state_.load(std::memory_order_relaxed);
    // Whoever gets it from here on marks it as slept on: there may be other sleepers.
    if (seen == 0) {
      if (state_.compare_exchange_weak(seen, kSleptOn, std::memory_order_acquire, std::memory_order_relaxed)) return true;
      continue;
    }
    if (seen == kLong && !however_long) return false;
    if (seen == 1 && !state_.compare_exchange_weak(seen, kSleptOn, std::memory_order_relaxed)) continue;
    state_.wait(seen == 1 ? kSleptOn : seen, std::memory_order_relaxed);
  }
}

}  // namespace corral::base

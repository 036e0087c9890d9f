// The slow path of the stripe lock.
// Threading: see stripe_lock.h.
// See: stripe_lock.h.
#include "server/base/stripe_lock.h"

namespace corral::base {
namespace {

constexpr int kSpins = 100;

}  // namespace

void StripeLock::lock_slow() {
  for (int i = 0; i < kSpins; ++i) {
    uint32_t expected = 0;
    if (state_.load(std::memory_order_relaxed) == 0 &&
        state_.compare_exchange_weak(expected, 1, std::memory_order_acquire, std::memory_order_relaxed)) {
      return;
    }
    cpu_pause();
  }
  // From here on we mark the lock as slept on, also when we get it: there may be other sleepers.
  while (state_.exchange(2, std::memory_order_acquire) != 0) state_.wait(2, std::memory_order_relaxed);
}

}  // namespace corral::base

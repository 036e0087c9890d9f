// Learning from how waits on the holder's own connection end.
// Threading: see holder_waits.h.
// See: holder_waits.h.
#include "server/stampede/holder_waits.h"

#include <algorithm>

namespace corral::stampede {
namespace {

constexpr int64_t kFirstPauseMs = 1000;
constexpr int64_t kLongestPauseMs = 60'000;

}  // namespace

void HolderWaits::filled() {
  proven_.store(true, std::memory_order_relaxed);
  pause_ms_.store(0, std::memory_order_relaxed);
}

void HolderWaits::lost(int64_t now_ms) {
  if (!allowed(now_ms)) return;  // began before the pause
  if (proven_.exchange(false, std::memory_order_relaxed)) return;
  const int64_t last_ms = pause_ms_.load(std::memory_order_relaxed);
  const int64_t pause_ms = last_ms == 0 ? kFirstPauseMs : std::min(last_ms * 2, kLongestPauseMs);
  pause_ms_.store(pause_ms, std::memory_order_relaxed);
  paused_until_ms_.store(now_ms + pause_ms, std::memory_order_relaxed);
}

}  // namespace corral::stampede

// Whether reads on a connection that holds the key's lease are worth parking: what one policy has learned of its clients.
// Threading: any thread, relaxed atomics. Two ends at once may count as one; the next one corrects it.
// See: README.md of this folder, "The holder's own connection".
#pragma once

#include <atomic>
#include <cstdint>

namespace corral::stampede {

/// A trial that ended with a value shows a shared connection. One that ended without is forgiven once after a success
/// (the fill was slow); else trials pause for 1 s, then twice as long each time, at most 60 s.
class HolderWaits {
 public:
  bool allowed(int64_t now_ms) const { return now_ms >= paused_until_ms_.load(std::memory_order_relaxed); }
  void filled();
  void lost(int64_t now_ms);

 private:
  std::atomic<bool> proven_{false};
  std::atomic<int64_t> pause_ms_{0};  // the last one
  std::atomic<int64_t> paused_until_ms_{INT64_MIN};
};

}  // namespace corral::stampede

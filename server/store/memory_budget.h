// How much memory the data takes against maxmemory, without a shared counter on the hot path.
// Threading: any thread; report() under the stripe's lock.
// See: README.md of this folder, "Memory".
#pragma once

#include <atomic>
#include <cstdint>

namespace corral::store {

/// Stripes keep their change to themselves until it passes a threshold, then add it to the total. The total is
/// therefore at most stripes × threshold off, which the threshold keeps below 1 % of the limit.
class MemoryBudget {
 public:
  MemoryBudget(uint32_t stripes) : stripes_(stripes) {}

  void set_limit(int64_t bytes);  ///< maxmemory; 0 = none
  int64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  /// All that counts against the limit.
  int64_t total() const { return used() + other() + connections(); }
  bool over_limit() const { return limit() > 0 && total() > limit(); }
  /// Over the limit by more than a sixteenth of it: what evicting while writes go on may leave for later.
  bool far_over_limit() const { return limit() > 0 && total() > limit() + limit() / 16; }
  /// Within 0.5 % of the limit: evict a little ahead, so that a write seldom pays.
  bool near_limit() const { return limit() > 0 && total() > limit() - limit() / 200; }
  /// Adds a stripe's unreported change when it is large enough.
  void report(int64_t& unreported) {
    const int64_t threshold = threshold_.load(std::memory_order_relaxed);
    if (unreported > threshold || unreported < -threshold) flush(unreported);
  }
  void flush(int64_t& unreported) {
    used_.fetch_add(unreported, std::memory_order_relaxed);
    unreported = 0;
  }
  /// Memory that counts against the limit but is not data (side tables, waiters), set by its owners as deltas.
  void add_other(int64_t bytes) { other_.fetch_add(bytes, std::memory_order_relaxed); }
  int64_t other() const { return other_.load(std::memory_order_relaxed); }
  /// Connections: unfinished input, unsent output, queued transactions; deltas, too.
  void add_connections(int64_t bytes) { connections_.fetch_add(bytes, std::memory_order_relaxed); }
  int64_t connections() const { return connections_.load(std::memory_order_relaxed); }

 private:
  uint32_t stripes_;
  std::atomic<int64_t> limit_{0};
  std::atomic<int64_t> threshold_{4096};
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> other_{0};
  std::atomic<int64_t> connections_{0};
};

}  // namespace corral::store

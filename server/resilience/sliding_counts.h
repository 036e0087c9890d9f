// Counts of events over the last stretch of time, in a ring of buckets.
// Threading: one thread.
// See: circuit_breaker.h, load_shedder.h.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace corral::resilience {

/// `kFields` kinds of events. Forgets bucket by bucket: the window is between (kBuckets-1)/kBuckets of its length and
/// the whole. A clock that goes back counts into the newest bucket. add() is O(1) within a bucket, else O(kBuckets).
template <size_t kFields, size_t kBuckets>
class SlidingCounts {
 public:
  explicit SlidingCounts(int64_t window_us)
      : bucket_us_(std::max<int64_t>(1, window_us / static_cast<int64_t>(kBuckets))) {}

  void add(size_t field, int64_t now_us) {
    roll(now_us);
    ++buckets_[place(newest_)][field];
    ++sums_[field];
  }
  /// Undoes one add() if there is one to undo.
  void take_back(size_t field, int64_t now_us) {
    roll(now_us);
    for (size_t back = 0; back < kBuckets; ++back) {
      uint32_t& count = buckets_[place(newest_ - static_cast<int64_t>(back))][field];
      if (count == 0) continue;
      --count;
      --sums_[field];
      return;
    }
  }
  uint64_t sum(size_t field, int64_t now_us) const {
    uint64_t gone = 0;
    const int64_t steps = std::min<int64_t>(now_us / bucket_us_ - newest_, kBuckets);
    for (int64_t step = 1; step <= steps; ++step) gone += buckets_[place(newest_ + step)][field];
    return sums_[field] - gone;
  }
  void clear() {
    buckets_ = {};
    sums_ = {};
  }

 private:
  static size_t place(int64_t tick) {
    const auto buckets = static_cast<int64_t>(kBuckets);
    return static_cast<size_t>((tick % buckets + buckets) % buckets);
  }
  void roll(int64_t now_us) {
    const int64_t tick = now_us / bucket_us_;
    if (tick <= newest_) return;
    const int64_t steps = std::min<int64_t>(tick - newest_, kBuckets);
    for (int64_t step = 1; step <= steps; ++step) {
      auto& bucket = buckets_[place(newest_ + step)];
      for (size_t field = 0; field < kFields; ++field) sums_[field] -= bucket[field];
      bucket = {};
    }
    newest_ = tick;
  }

  int64_t bucket_us_;
  int64_t newest_ = 0;
  std::array<std::array<uint32_t, kFields>, kBuckets> buckets_{};
  std::array<uint64_t, kFields> sums_{};
};

}  // namespace corral::resilience

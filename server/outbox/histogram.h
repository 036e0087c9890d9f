// Counts by size, for figures that are read while they are being counted.
// Threading: any thread; a reading may miss what is being added.
// See: README.md of this folder, "Figures".
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace corral::outbox {

/// Buckets as Prometheus has them, but not yet summed up: (upper bound, how many were above the bound before).
struct HistogramFigures {
  std::vector<std::pair<uint64_t, uint64_t>> buckets;  ///< the last bound is UINT64_MAX
  uint64_t count = 0;
  uint64_t sum = 0;
};

template <size_t kBounds>
class Histogram {
 public:
  explicit Histogram(const std::array<uint64_t, kBounds>& bounds) : bounds_(bounds) {}

  void add(uint64_t value) {
    size_t bucket = 0;
    while (bucket < kBounds && value > bounds_[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  HistogramFigures figures() const {
    HistogramFigures result;
    for (size_t i = 0; i <= kBounds; ++i) {
      const uint64_t count = counts_[i].load(std::memory_order_relaxed);
      result.buckets.emplace_back(i < kBounds ? bounds_[i] : UINT64_MAX, count);
      result.count += count;
    }
    result.sum = sum_.load(std::memory_order_relaxed);
    return result;
  }

 private:
  std::array<uint64_t, kBounds> bounds_;
  std::array<std::atomic<uint64_t>, kBounds + 1> counts_{};
  std::atomic<uint64_t> sum_{0};
};

}  // namespace corral::outbox

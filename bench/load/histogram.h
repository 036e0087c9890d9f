// Latency histogram with logarithmic buckets: 32 steps per doubling, so at most 3.2 % of error.
// Threading: one thread.
// See: bench/README.md
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace corral::bench {

class Histogram {
 public:
  void record(uint64_t value_ns) {
    ++counts_[bucket_of(value_ns)];
    ++total_;
    max_ns_ = std::max(max_ns_, value_ns);
  }

  // The smallest bucket top that at least `share` (0..1) of the values do not exceed, in ns; 0 when empty.
  uint64_t quantile_ns(double share) const {
    const auto wanted = static_cast<uint64_t>(share * static_cast<double>(total_) + 0.999999);
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen >= wanted && seen > 0) return std::min(top_of(bucket), max_ns_);
    }
    return max_ns_;
  }

  uint64_t max_ns() const { return max_ns_; }
  uint64_t total() const { return total_; }

 private:
  static constexpr unsigned kStepBits = 5;
  static constexpr uint64_t kSteps = 1u << kStepBits;

  static size_t bucket_of(uint64_t value) {
    if (value < kSteps) return static_cast<size_t>(value);
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kStepBits;
    return static_cast<size_t>((shift + 1) * kSteps + ((value >> shift) - kSteps));
  }

  static uint64_t top_of(size_t bucket) {
    if (bucket < kSteps) return bucket;
    const uint64_t shift = bucket / kSteps - 1;
    return ((bucket % kSteps + kSteps + 1) << shift) - 1;
  }

  std::array<uint64_t, (64 - kStepBits + 1) * kSteps> counts_{};
  uint64_t total_ = 0;
  uint64_t max_ns_ = 0;
};

}  // namespace corral::bench

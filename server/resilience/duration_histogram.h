// Durations in buckets that double, as a Prometheus histogram wants them.
// Threading: one thread.
// See: call_counters.h.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace corral::resilience {

/// Bucket n counts durations up to 64 µs × 2^n; the last takes the rest (above 67 s).
struct DurationHistogram {
  static constexpr size_t kBuckets = 22;
  static constexpr int64_t upper_us(size_t bucket) { return int64_t{64} << bucket; }

  void add(int64_t duration_us) {
    const auto us = static_cast<uint64_t>(duration_us > 0 ? duration_us : 0);
    const auto bucket = us <= 64 ? 0 : static_cast<size_t>(std::bit_width((us - 1) >> 6));
    ++buckets[bucket < kBuckets ? bucket : kBuckets - 1];
    ++count;
    sum_us += us;
  }

  std::array<uint64_t, kBuckets> buckets{};  // not cumulative
  uint64_t count = 0;
  uint64_t sum_us = 0;
};

}  // namespace corral::resilience

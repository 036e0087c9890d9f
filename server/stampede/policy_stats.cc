// The fill-time estimator (Jacobson's, as TCP uses it for round trips) and a logarithmic histogram.
// Threading: any thread. Two fills recorded at once may lose one sample; an estimate does not mind.
// See: policy_stats.h.
#include "server/stampede/policy_stats.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace corral::stampede {
namespace {

constexpr int64_t kFirstLeaseMs = 1000;
constexpr int64_t kShortestLeaseMs = 100;
constexpr int64_t kLongestLeaseMs = 10'000;

// Four buckets an octave: the two bits below the leading one.
size_t bucket_of(int64_t us, size_t buckets) {
  const uint64_t value = static_cast<uint64_t>(us);
  const int octave = std::bit_width(value) - 1;
  const uint64_t quarter = octave >= 2 ? (value >> (octave - 2)) & 3 : (value << (2 - octave)) & 3;
  return std::min(static_cast<size_t>(octave) * 4 + quarter, buckets - 1);
}

double lower_edge_us(size_t bucket) {
  return std::ldexp(1.0 + static_cast<double>(bucket % 4) / 4, static_cast<int>(bucket / 4));
}

}  // namespace

void PolicyStats::record_fill_us(int64_t fill_us) {
  const int64_t sample = std::max<int64_t>(fill_us, 1);
  const int64_t smoothed = smoothed_us_.load(std::memory_order_relaxed);
  const int64_t deviation = deviation_us_.load(std::memory_order_relaxed);
  if (smoothed == 0) {
    deviation_us_.store(sample / 2, std::memory_order_relaxed);
    smoothed_us_.store(sample, std::memory_order_relaxed);
  } else {
    const int64_t error = sample - smoothed;
    deviation_us_.store(deviation + ((error < 0 ? -error : error) - deviation) / 4,
                        std::memory_order_relaxed);
    smoothed_us_.store(std::max<int64_t>(smoothed + error / 8, 1), std::memory_order_relaxed);
  }
  histogram_[bucket_of(sample, histogram_.size())].fetch_add(1, std::memory_order_relaxed);
}

int64_t PolicyStats::lease_ms() const {
  const int64_t smoothed = expected_fill_us();
  if (smoothed == 0) return kFirstLeaseMs;
  const int64_t lease = (smoothed + 8 * deviation_us_.load(std::memory_order_relaxed)) / 1000;
  return std::clamp(lease, kShortestLeaseMs, kLongestLeaseMs);
}

double PolicyStats::fill_quantile_ms(double quantile) const {
  std::array<uint32_t, 128> counts;
  uint64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i)
    total += counts[i] = histogram_[i].load(std::memory_order_relaxed);
  if (total == 0) return 0;
  double left = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(total);
  size_t last = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    last = i;
    if (left <= counts[i]) break;
    left -= counts[i];
  }
  const double share = std::min(1.0, left / counts[last]);
  return (lower_edge_us(last) + share * (lower_edge_us(last + 1) - lower_edge_us(last))) / 1000;
}

void PolicyStats::reset() {
  Counter* const counters[] = {
      &hits,   &stale_hits,    &misses,          &elections,      &fills,         &duplicate_fills,
      &waits,  &wait_timeouts, &promotions,      &hedges,         &failed_leases, &hit_for_miss,
      &probes, &holder_waits,  &holder_timeouts, &bound_refusals, &invalidations};
  for (Counter* counter : counters) counter->store(0, std::memory_order_relaxed);
  for (auto& count : histogram_) count.store(0, std::memory_order_relaxed);
}

}  // namespace corral::stampede

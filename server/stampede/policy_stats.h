// What CACHE.STATS says of one policy, and the fill-time estimate its leases are cut from.
// Threading: any thread, relaxed atomics: for people and for prediction, not for logic that must be exact.
// See: README.md of this folder, "Lease length".
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "server/stampede/holder_waits.h"

namespace corral::stampede {

struct PolicyStats {
  using Counter = std::atomic<uint64_t>;
  Counter hits{0};             // fresh values
  Counter stale_hits{0};       // old values served while somebody refreshes
  Counter misses{0};           // nil answers that opened no lease
  Counter elections{0};        // leases given: one origin call each
  Counter fills{0};            // leases that ended with a value
  Counter duplicate_fills{0};  // fills that came while no lease of theirs was live any more
  Counter waits{0};            // parked reads
  Counter wait_timeouts{0};
  Counter promotions{0};       // waiters who became filler
  Counter hedges{0};           // of these: because of a slow filler, not a dead one
  Counter failed_leases{0};    // closed, ran out or released without a value
  Counter hit_for_miss{0};     // keys that were marked unfillable
  Counter probes{0};           // the holder's quiet connection asked again and was not parked
  Counter holder_waits{0};     // it was parked: another caller, most likely
  Counter holder_timeouts{0};  // of these: ended without a value
  Counter bound_refusals{0};   // a bound on leases or waiters was reached: plain nil
  Counter invalidations{0};
  Counter loads{0};          // begun at the policy's origin
  Counter loads_absent{0};   // of these: the origin has no such value
  Counter loads_failed{0};
  Counter loads_void{0};     // their value was overtaken by a write or an invalidation

  HolderWaits holder_waits_ended;  // what was learned from them; reset() leaves it

  /// Smoothed fill time and its mean deviation, in µs; 0 until the first sample (Jacobson's estimator).
  void record_fill_us(int64_t fill_us);
  int64_t expected_fill_us() const { return smoothed_us_.load(std::memory_order_relaxed); }
  /// smoothed + 8 × deviation, in [100 ms, 10 s]; 1 s before the first sample. In ms.
  int64_t lease_ms() const;
  /// Quantile (0..1) of the recorded fill times in ms, from logarithmic buckets; 0 without samples.
  double fill_quantile_ms(double quantile) const;
  void reset();

 private:
  std::atomic<int64_t> smoothed_us_{0};
  std::atomic<int64_t> deviation_us_{0};
  std::array<std::atomic<uint32_t>, 128> histogram_{};
};

}  // namespace corral::stampede

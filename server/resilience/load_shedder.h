// Drops loads by chance when the origin accepts too few: between healthy and down, where a breaker is too blunt.
// Threading: one thread.
// See: "Site Reliability Engineering", chapter "Handling Overload": client-side throttling.
#pragma once

#include <cstdint>

#include "server/base/random.h"
#include "server/resilience/sliding_counts.h"

namespace corral::resilience {

struct LoadShedderOptions {
  double accepts_factor = 2;       ///< K: requests may be this many times the accepted ones
  double most = 0.9;               ///< probability, so that some always go and find out
  int64_t window_us = 60'000'000;  ///< longer than the longest call, or calls on their way would look refused
  double min_per_s = 5;            ///< below this many requests per second nothing is shed
};

class LoadShedder {
 public:
  /// `longest_call_us`: the window is made twice as long if the options say less.
  LoadShedder(const LoadShedderOptions& options, int64_t longest_call_us);

  /// Decides about one load, and counts it if it is shed.
  bool shed(int64_t now_us, base::Random& random);
  /// An attempt begins: it counts from here, not from its end, or calls that hang would not count at all.
  void attempted(int64_t now_us);
  /// The origin answered, if only to refuse for good.
  void accepted(int64_t now_us);
  /// An attempt was cancelled: it says nothing.
  void cancelled(int64_t now_us);
  /// In [0, most].
  double probability(int64_t now_us) const;

 private:
  enum Field : size_t { kRequests, kAccepts, kFields };
  LoadShedderOptions options_;
  double min_requests_;
  SlidingCounts<kFields, 30> window_;
};

}  // namespace corral::resilience

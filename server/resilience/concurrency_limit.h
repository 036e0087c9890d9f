// How many calls an origin gets at a time, found out from how long they take.
// Threading: one thread.
// See: README.md of this folder, "Concurrency limit".
#pragma once

#include <cstdint>

namespace corral::resilience {

struct ConcurrencyOptions {
  uint32_t fixed = 0;   ///< not 0: this many, whatever the latency says
  bool shadow = false;  ///< the limit is computed and shown, but `fixed` (or `most`) is what holds
  uint32_t least = 4;
  uint32_t most = 256;
  uint32_t start = 16;
  double tolerance = 1.5;        ///< latency may be this much above its baseline before the limit shrinks
  double smoothing = 0.2;        ///< share of a window's verdict that is taken over
  double decrease = 0.9;         ///< on a timeout or push-back, once per round trip
  int64_t window_us = 100'000;   ///< a window lasts this long,
  uint32_t window_samples = 20;  ///< and has this many answers
};

class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(const ConcurrencyOptions& options);

  /// What holds now; at least 1.
  uint32_t limit() const { return enforced_; }
  /// What the latencies say; differs from limit() in shadow mode and when fixed.
  double computed() const { return limit_; }
  int64_t baseline_us() const { return static_cast<int64_t>(baseline_us_); }
  int64_t window_latency_us() const { return static_cast<int64_t>(last_window_us_); }

  /// An answer came. `in_flight` counts it too. `held_back`: calls wait although not all of the limit is in use, because
  /// their class has a share of it only; without that a limit too low for such a class would never grow.
  void succeeded(int64_t latency_us, uint32_t in_flight, bool held_back, int64_t now_us);
  /// A timeout or push-back of a call begun at `started_us`. Those begun before the last decrease say nothing new.
  void overloaded(int64_t started_us, int64_t now_us);
  /// The origin is back after having been away: from the minimum, with a new baseline; a fixed limit too.
  void restart();

 private:
  void close_window();
  void learn_baseline(double latency_us, double mean_in_flight);
  void set(double limit);

  ConcurrencyOptions options_;
  double limit_;
  uint32_t enforced_;
  // The no-load latency, and how many calls were in flight when it was seen.
  double baseline_us_ = 0;
  double baseline_in_flight_ = 0;
  double last_window_us_ = 0;
  int64_t last_decrease_us_ = INT64_MIN;

  int64_t window_began_us_ = 0;
  uint32_t samples_ = 0;
  double latency_sum_us_ = 0;
  double in_flight_sum_ = 0;
  uint32_t held_back_ = 0;
};

}  // namespace corral::resilience

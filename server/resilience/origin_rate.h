// Calls per second that an origin takes at most, as one time (GCRA): no bucket to refill.
// Threading: one thread.
// See: README.md of this folder, "Rate".
#pragma once

#include <algorithm>
#include <cstdint>

namespace corral::resilience {

struct OriginRateOptions {
  double per_s = 0;            ///< 0: as many as you like
  int64_t burst_us = 100'000;  ///< as much as this long's worth may come at once; one call always may
};

class OriginRate {
 public:
  explicit OriginRate(const OriginRateOptions& options)
      : interval_us_(options.per_s > 0 ? std::max<int64_t>(1, static_cast<int64_t>(1e6 / options.per_s)) : 0),
        burst_us_(std::max(options.burst_us, interval_us_)) {}

  /// Whether a call may go now. Changes nothing.
  bool ready(int64_t now_us) const { return now_us >= next_us(); }
  /// When ready() becomes true; INT64_MIN without a rate.
  int64_t next_us() const { return interval_us_ == 0 ? INT64_MIN : full_us_ + interval_us_ - burst_us_; }
  /// One call goes. To be called when ready().
  void take(int64_t now_us) {
    if (interval_us_ != 0) full_us_ = std::max(full_us_, now_us) + interval_us_;
  }

 private:
  int64_t interval_us_;
  int64_t burst_us_;
  int64_t full_us_ = 0;  // when all that was taken will have been earned again (theoretical arrival time)
};

}  // namespace corral::resilience

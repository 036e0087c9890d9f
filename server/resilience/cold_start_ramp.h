// A share that grows from little to all: what an empty cache, or an endpoint just back, may ask of an origin.
// Threading: one thread.
// See: README.md of this folder, "Cold start".
#pragma once

#include <algorithm>
#include <cstdint>

namespace corral::resilience {

struct ColdStartOptions {
  int64_t duration_us = 10'000'000;  ///< 0: no ramp
  double first_share = 0.1;
};

class ColdStartRamp {
 public:
  explicit ColdStartRamp(const ColdStartOptions& options) : options_(options) {}

  void start(int64_t now_us) {
    started_us_ = now_us;
    running_ = options_.duration_us > 0;
  }
  /// In (0, 1]; 1 before the first start().
  double share(int64_t now_us) {
    if (!running_) return 1.0;
    const int64_t elapsed_us = std::max<int64_t>(now_us - started_us_, 0);
    if (elapsed_us >= options_.duration_us) {
      running_ = false;
      return 1.0;
    }
    const double done = static_cast<double>(elapsed_us) / static_cast<double>(options_.duration_us);
    return options_.first_share + (1.0 - options_.first_share) * done;
  }

 private:
  ColdStartOptions options_;
  int64_t started_us_ = 0;
  bool running_ = false;
};

}  // namespace corral::resilience

// Gradient of latency against a baseline, window by window.
// Threading: one thread.
// See: README.md of this folder, "Concurrency limit".
#include "server/resilience/concurrency_limit.h"

#include <algorithm>
#include <cmath>

namespace corral::resilience {
namespace {

constexpr double kFall = 0.2;   // how fast the baseline follows a better latency
constexpr double kUsed = 0.8;   // no growth under this part of the limit in use
constexpr double kRise = 0.05;  // and a worse one that is not of our making

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(const ConcurrencyOptions& options) : options_(options) {
  options_.least = std::max(options_.least, 1u);
  options_.most = std::max(options_.most, options_.least);
  set(options_.fixed != 0 ? options_.fixed : options_.start);
}

void ConcurrencyLimit::set(double limit) {
  const bool adapts = options_.fixed == 0;
  const double least = adapts ? options_.least : std::min(options_.least, options_.fixed);
  limit_ = std::clamp(limit, least, static_cast<double>(adapts ? options_.most : options_.fixed));
  enforced_ = static_cast<uint32_t>(limit_);
  if (options_.shadow) enforced_ = adapts ? options_.most : options_.fixed;
}

void ConcurrencyLimit::restart() {
  baseline_us_ = 0;
  samples_ = 0;
  set(options_.least);
}

void ConcurrencyLimit::overloaded(int64_t started_us, int64_t now_us) {
  if (options_.fixed != 0 || started_us < last_decrease_us_) return;
  last_decrease_us_ = now_us;
  set(limit_ * options_.decrease);
}

void ConcurrencyLimit::succeeded(int64_t latency_us, uint32_t in_flight, bool held_back, int64_t now_us) {
  if (samples_ == 0) {
    window_began_us_ = now_us;
    latency_sum_us_ = 0;
    in_flight_sum_ = 0;
    held_back_ = 0;
  }
  ++samples_;
  held_back_ += held_back ? 1 : 0;
  latency_sum_us_ += static_cast<double>(std::max<int64_t>(latency_us, 1));
  in_flight_sum_ += in_flight;
  if (samples_ >= options_.window_samples && now_us - window_began_us_ >= options_.window_us) close_window();
}

void ConcurrencyLimit::close_window() {
  last_window_us_ = latency_sum_us_ / samples_;
  const double mean_in_flight = in_flight_sum_ / samples_;
  const bool binds = 2 * held_back_ > samples_;
  samples_ = 0;
  learn_baseline(last_window_us_, mean_in_flight);
  if (!binds && mean_in_flight < limit_ / 2) return;  // a limit that is not reached cannot be judged
  const bool adapts = options_.fixed == 0;
  const double gradient =
      adapts ? std::clamp(options_.tolerance * baseline_us_ / last_window_us_, 0.5, 1.0) : 1.0;
  const double wanted = limit_ * gradient + std::sqrt(limit_);
  // What is not used has not been tried, and the first burst would try all of it at once.
  if (!binds && wanted > limit_ && mean_in_flight < kUsed * limit_) return;
  set(limit_ + options_.smoothing * (wanted - limit_));
}

void ConcurrencyLimit::learn_baseline(double latency_us, double mean_in_flight) {
  if (baseline_us_ == 0) {
    baseline_us_ = latency_us;
    baseline_in_flight_ = mean_in_flight;
  } else if (latency_us < baseline_us_) {
    baseline_us_ += kFall * (latency_us - baseline_us_);
    baseline_in_flight_ += kFall * (mean_in_flight - baseline_in_flight_);
  } else if (mean_in_flight <= baseline_in_flight_) {
    // Slower with no more in flight than when it was fast: not our queue, but the origin itself. With more in flight
    // it may be our queue, and an average that followed it would drift up with every second of overload.
    baseline_us_ += kRise * (latency_us - baseline_us_);
  }
}

}  // namespace corral::resilience

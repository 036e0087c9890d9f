// Token bucket with a floor.
// Threading: one thread.
// See: retry_budget.h.
#include "server/resilience/retry_budget.h"

#include <algorithm>

namespace corral::resilience {
namespace {

constexpr int64_t kToken = 1'000'000;

int64_t millionths(double tokens) {
  return static_cast<int64_t>(std::clamp(tokens, 0.0, 1e9) * kToken);
}

}  // namespace

RetryBudget::RetryBudget(const RetryBudgetOptions& options, int64_t now_us)
    : per_success_(millionths(options.per_success)),
      cap_(millionths(options.cap)),
      floor_per_s_(millionths(options.floor_per_s)),
      floor_(floor_per_s_),
      floor_time_us_(now_us) {}

void RetryBudget::succeeded() {
  earned_ = std::min(cap_, earned_ + per_success_);
}

int64_t RetryBudget::floor_at(int64_t now_us) const {
  // A second fills it, so a longer time (or a clock that leapt) is not multiplied out; one that went back earns nothing.
  const int64_t elapsed_us = std::clamp<int64_t>(now_us - floor_time_us_, 0, 1'000'000);
  const auto earned =
      static_cast<int64_t>(static_cast<double>(elapsed_us) * static_cast<double>(floor_per_s_) / 1e6);
  return std::min(floor_per_s_, floor_ + earned);
}

bool RetryBudget::try_take(int64_t now_us) {
  floor_ = floor_at(now_us);
  floor_time_us_ = now_us;
  if (floor_ >= kToken) {
    floor_ -= kToken;
  } else if (earned_ >= kToken) {
    earned_ -= kToken;
  } else {
    return false;
  }
  return true;
}

double RetryBudget::tokens(int64_t now_us) const {
  return static_cast<double>(floor_at(now_us) + earned_) / kToken;
}

}  // namespace corral::resilience

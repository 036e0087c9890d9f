// Retries of one origin as a share of its successes, so that retries cannot multiply an outage.
// Threading: one thread.
// See: README.md of this folder, "Retry budget".
#pragma once

#include <cstdint>

namespace corral::resilience {

struct RetryBudgetOptions {
  double per_success = 0.1;
  double cap = 100;
  double floor_per_s = 3;  ///< retries that are there without any success; at most one second's worth is kept
};

/// Earned tokens and the floor's are kept apart: the floor's are spent first, because they come back by themselves.
class RetryBudget {
 public:
  RetryBudget(const RetryBudgetOptions& options, int64_t now_us);

  void succeeded();
  /// Pays for one retry. False, and nothing taken, when there is not a whole token.
  bool try_take(int64_t now_us);
  /// In [0, cap + floor_per_s].
  double tokens(int64_t now_us) const;

 private:
  int64_t floor_at(int64_t now_us) const;

  // Millionths of a token: whole numbers do not drift, and cannot fall below zero by rounding.
  int64_t per_success_;
  int64_t cap_;
  int64_t floor_per_s_;
  int64_t earned_ = 0;
  int64_t floor_;
  int64_t floor_time_us_;
};

}  // namespace corral::resilience

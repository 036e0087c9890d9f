// p = (requests − K × accepts) / (requests + 1).
// Threading: one thread.
// See: load_shedder.h.
#include "server/resilience/load_shedder.h"

#include <algorithm>

namespace corral::resilience {

LoadShedder::LoadShedder(const LoadShedderOptions& options, int64_t longest_call_us)
    : options_(options), window_(std::max(options.window_us, 2 * longest_call_us)) {
  options_.window_us = std::max(options.window_us, 2 * longest_call_us);
  min_requests_ = options_.min_per_s * static_cast<double>(options_.window_us) / 1e6;
}

double LoadShedder::probability(int64_t now_us) const {
  const auto requests = static_cast<double>(window_.sum(kRequests, now_us));
  if (requests < min_requests_) return 0;
  const auto accepts = static_cast<double>(window_.sum(kAccepts, now_us));
  return std::clamp((requests - options_.accepts_factor * accepts) / (requests + 1), 0.0, options_.most);
}

bool LoadShedder::shed(int64_t now_us, base::Random& random) {
  const double p = probability(now_us);
  if (p <= 0 || random.unit() >= p) return false;
  window_.add(kRequests, now_us);
  return true;
}

void LoadShedder::attempted(int64_t now_us) {
  window_.add(kRequests, now_us);
}

void LoadShedder::accepted(int64_t now_us) {
  window_.add(kAccepts, now_us);
}

void LoadShedder::cancelled(int64_t now_us) {
  window_.take_back(kRequests, now_us);
}

}  // namespace corral::resilience

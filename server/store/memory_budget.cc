// How often stripes report.
// Threading: see memory_budget.h.
// See: memory_budget.h.
#include "server/store/memory_budget.h"

#include <algorithm>

namespace corral::store {

void MemoryBudget::set_limit(int64_t bytes) {
  // One per cent of the limit for all stripes together; without a limit the total only serves INFO.
  const int64_t threshold = bytes > 0 ? std::min<int64_t>(bytes / 100 / stripes_, 65536) : 4096;
  threshold_.store(threshold, std::memory_order_relaxed);
  limit_.store(bytes, std::memory_order_relaxed);
}

}  // namespace corral::store

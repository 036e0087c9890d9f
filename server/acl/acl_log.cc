// Grouping of refusals.
// Threading: see acl_log.h.
// See: acl_log.h.
#include "server/acl/acl_log.h"

#include <algorithm>

namespace corral::acl {
namespace {

constexpr int64_t kGroupedForMs = 60'000;
constexpr size_t kLookedAt = 10;  // newest entries that may be the same

bool same(const Refusal& a, const Refusal& b) {
  return a.reason == b.reason && a.context == b.context && b.at_ms - a.at_ms <= kGroupedForMs &&
         a.object == b.object && a.username == b.username;
}

}  // namespace

void RefusalLog::add(Refusal refusal, size_t most) {
  const std::lock_guard lock(mutex_);
  const auto end = entries_.begin() + static_cast<ptrdiff_t>(std::min(entries_.size(), kLookedAt));
  const auto known =
      std::find_if(entries_.begin(), end, [&](const Refusal& entry) { return same(entry, refusal); });
  if (known != end) {
    refusal.count += known->count;
    entries_.erase(known);
  }
  entries_.push_front(std::move(refusal));
  while (entries_.size() > most) entries_.pop_back();
}

std::vector<Refusal> RefusalLog::newest(size_t count) const {
  const std::lock_guard lock(mutex_);
  return {entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(std::min(count, entries_.size()))};
}

void RefusalLog::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

}  // namespace corral::acl

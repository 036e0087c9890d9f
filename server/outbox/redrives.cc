// Time owed, not tokens: each record moves the next one's time by 1/rate.
// Threading: see redrives.h.
// See: redrives.h of this folder.
#include "server/outbox/redrives.h"

#include <algorithm>

namespace corral::outbox {
namespace {

constexpr int64_t kCatchUpMs = 100;  // what a late tick may make good, at most
constexpr uint64_t kStepMost = 256;

}  // namespace

void Redrives::put(const Redrive& redrive) {
  std::lock_guard lock(mutex_);
  tasks_[redrive.origin].redrive = redrive;
}

void Redrives::remove(const std::string& origin) {
  std::lock_guard lock(mutex_);
  tasks_.erase(origin);
}

bool Redrives::has(const std::string& origin) const {
  std::lock_guard lock(mutex_);
  return tasks_.contains(origin);
}

std::vector<Redrive> Redrives::all() const {
  std::lock_guard lock(mutex_);
  std::vector<Redrive> result;
  for (const auto& task : tasks_) result.push_back(task.second.redrive);
  return result;
}

Redrive Redrives::find(const std::string& origin) const {
  std::lock_guard lock(mutex_);
  const auto at = tasks_.find(origin);
  return at == tasks_.end() ? Redrive{} : at->second.redrive;
}

std::vector<Redrives::Step> Redrives::due(int64_t steady_ms) {
  std::lock_guard lock(mutex_);
  std::vector<Step> steps;
  for (auto& [origin, task] : tasks_) {
    if (task.busy) continue;
    task.next_ms = std::max(task.next_ms, steady_ms - kCatchUpMs);
    if (task.next_ms > steady_ms) continue;
    const auto rate = static_cast<int64_t>(task.redrive.rate);
    const auto owed = static_cast<uint64_t>((steady_ms - task.next_ms) * rate / 1000);
    const uint64_t count = std::clamp<uint64_t>(owed, 1, kStepMost);
    // Rounded up: never faster than asked for.
    task.next_ms += (static_cast<int64_t>(count) * 1000 + rate - 1) / rate;
    task.busy = true;
    steps.push_back({origin, count});
  }
  return steps;
}

int64_t Redrives::next_ms() const {
  std::lock_guard lock(mutex_);
  int64_t next_ms = INT64_MAX;
  for (const auto& task : tasks_) {
    if (!task.second.busy) next_ms = std::min(next_ms, task.second.next_ms);
  }
  return next_ms;
}

void Redrives::finished(const std::string& origin) {
  std::lock_guard lock(mutex_);
  if (const auto at = tasks_.find(origin); at != tasks_.end()) at->second.busy = false;
}

}  // namespace corral::outbox

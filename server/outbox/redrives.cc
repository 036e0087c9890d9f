// Time owed, not tokens: each record moves the next one's time by 1/rate.
// Threading: see redrives.h.
// See: redrives.h of this folder.
#include "server/outbox/redrives.h"

#include <algorithm>

namespace corral::outbox {
namespace {

constexpr int64_t kCatchUpUs = 100'000;  // what a late tick may make good, at most
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
  const int64_t steady_us = steady_ms * 1000;
  for (auto& [origin, task] : tasks_) {
    if (task.busy) continue;
    task.next_us = std::max(task.next_us, steady_us - kCatchUpUs);
    if (task.next_us > steady_us) continue;
    const auto rate = static_cast<int64_t>(task.redrive.rate);
    const auto owed = static_cast<uint64_t>((steady_us - task.next_us) * rate / 1'000'000);
    const uint64_t count = std::clamp<uint64_t>(owed, 1, kStepMost);
    // Rounded up: never faster than asked for.
    task.next_us += (static_cast<int64_t>(count) * 1'000'000 + rate - 1) / rate;
    task.busy = true;
    steps.push_back({origin, count});
  }
  return steps;
}

int64_t Redrives::next_ms() const {
  std::lock_guard lock(mutex_);
  int64_t next_us = INT64_MAX;
  for (const auto& task : tasks_) {
    if (!task.second.busy) next_us = std::min(next_us, task.second.next_us);
  }
  return next_us == INT64_MAX || next_us < 0 ? next_us : (next_us + 999) / 1000;
}

void Redrives::finished(const std::string& origin) {
  std::lock_guard lock(mutex_);
  if (const auto at = tasks_.find(origin); at != tasks_.end()) at->second.busy = false;
}

}  // namespace corral::outbox

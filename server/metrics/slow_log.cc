// Bounded lists of slow things.
// Threading: see slow_log.h.
// See: slow_log.h.
#include "server/metrics/slow_log.h"

#include <algorithm>

namespace corral::metrics {

void CommandLog::add(LoggedCommand command, size_t max_length) {
  std::lock_guard lock(mutex_);
  command.id = next_id_++;
  entries_.push_front(std::move(command));
  while (entries_.size() > max_length) entries_.pop_back();
}

std::vector<LoggedCommand> CommandLog::newest(int64_t count) const {
  std::lock_guard lock(mutex_);
  const size_t n = count < 0 ? entries_.size() : std::min(entries_.size(), static_cast<size_t>(count));
  return {entries_.begin(), entries_.begin() + static_cast<int64_t>(n)};
}

size_t CommandLog::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

void CommandLog::clear() {
  std::lock_guard lock(mutex_);
  entries_.clear();
}

void LatencyMonitor::add(const std::string& event, int64_t at_seconds, int64_t ms) {
  std::lock_guard lock(mutex_);
  Series& series = events_[event];
  series.max_ms = std::max(series.max_ms, ms);
  if (!series.samples.empty() && series.samples.back().at_seconds == at_seconds) {
    series.samples.back().ms = std::max(series.samples.back().ms, ms);
    return;
  }
  series.samples.push_back({at_seconds, ms});
  if (series.samples.size() > kSamples) series.samples.pop_front();
}

std::vector<LatencyMonitor::Sample> LatencyMonitor::history(const std::string& event) const {
  std::lock_guard lock(mutex_);
  const auto found = events_.find(event);
  if (found == events_.end()) return {};
  return {found->second.samples.begin(), found->second.samples.end()};
}

std::vector<LatencyMonitor::Latest> LatencyMonitor::latest() const {
  std::lock_guard lock(mutex_);
  std::vector<Latest> out;
  for (const auto& [name, series] : events_) out.push_back({name, series.samples.back(), series.max_ms});
  return out;
}

size_t LatencyMonitor::reset(const std::string& event) {
  std::lock_guard lock(mutex_);
  if (!event.empty()) return events_.erase(event);
  const size_t n = events_.size();
  events_.clear();
  return n;
}

}  // namespace corral::metrics

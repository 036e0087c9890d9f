// Sessions of HOTKEYS.
// Threading: see hot_keys.h.
// See: hot_keys.h.
#include "server/metrics/hot_keys.h"

#include <algorithm>

namespace corral::metrics {

void HotKeys::Rates::add(const Access& access, int64_t now_ms) {
  const int64_t number = now_ms / kWindowMs;
  const auto at = static_cast<size_t>(number % kWindows);
  if (numbers[at] != number) {
    windows[at].clear();
    numbers[at] = number;
  }
  windows[at].add(access.key, access.hash, 1);
}

void HotKeys::Rates::append_to(std::vector<TopKeys::Key>& keys, int64_t now_ms) const {
  const int64_t number = now_ms / kWindowMs;
  for (int64_t i = 0; i < kWindows; ++i) {
    if (numbers[i] == number - 1 || numbers[i] == number - 2) windows[i].append_to(keys);
  }
}

void HotKeys::make_tables(uint32_t metrics) {
  for (Worker& worker : workers_) {
    std::lock_guard lock(worker.mutex);
    worker.cpu = (metrics & kCpu) != 0 ? std::make_unique<TopKeys>() : nullptr;
    worker.net = (metrics & kNet) != 0 ? std::make_unique<TopKeys>() : nullptr;
    worker.reads = (metrics & kReads) != 0 ? std::make_unique<Rates>() : nullptr;
    worker.writes = (metrics & kWrites) != 0 ? std::make_unique<Rates>() : nullptr;
  }
}

bool HotKeys::start(const Options& options, int64_t now_ms, const Totals& totals) {
  std::lock_guard lock(mutex_);
  if (active_) return false;
  make_tables(options.metrics);
  any_ = active_ = true;
  options_ = options;
  started_ms_ = now_ms;
  at_start_ = totals;
  ends_ms_.store(options.duration_ms > 0 ? now_ms + options.duration_ms : INT64_MAX,
                 std::memory_order_relaxed);
  ratio_.store(options.ratio, std::memory_order_relaxed);
  return true;
}

bool HotKeys::stop(int64_t now_ms, const Totals& totals) {
  std::lock_guard lock(mutex_);
  if (!active_) return false;
  stop_locked(now_ms, totals);
  return true;
}

void HotKeys::stop_if_over(int64_t now_ms, const Totals& totals) {
  std::lock_guard lock(mutex_);
  // Another may have begun meanwhile.
  if (active_ && is_over(now_ms)) stop_locked(now_ms, totals);
}

void HotKeys::stop_locked(int64_t now_ms, const Totals& totals) {
  active_ = false;
  stopped_ms_ = options_.duration_ms > 0 ? std::min(now_ms, started_ms_ + options_.duration_ms) : now_ms;
  at_stop_ = totals;
  ratio_.store(0, std::memory_order_relaxed);
  ends_ms_.store(INT64_MAX, std::memory_order_relaxed);
}

bool HotKeys::reset() {
  std::lock_guard lock(mutex_);
  if (active_) return false;
  make_tables(0);
  any_ = false;
  return true;
}

void HotKeys::record(uint32_t worker_index, const Access& access, int64_t now_ms) {
  Worker& worker = workers_[worker_index];
  std::lock_guard lock(worker.mutex);
  if (ratio() == 0) return;
  if (worker.cpu) worker.cpu->add(access.key, access.hash, access.ns);
  if (worker.net) worker.net->add(access.key, access.hash, access.bytes);
  Rates* const rates = access.write ? worker.writes.get() : worker.reads.get();
  if (rates != nullptr) rates->add(access, now_ms);
}

std::optional<HotKeys::Report> HotKeys::report(int64_t now_ms, const Totals& totals) const {
  std::lock_guard lock(mutex_);
  if (!any_) return std::nullopt;
  Report report;
  report.active = active_;
  report.options = options_;
  report.started_ms = started_ms_;
  const int64_t until_ms = active_ ? now_ms : stopped_ms_;
  report.lasted_ms = until_ms - started_ms_;
  const Totals& last = active_ ? totals : at_stop_;
  // CONFIG RESETSTAT may have set counters back.
  const auto growth = [&](uint64_t Totals::*counter) {
    return last.*counter > at_start_.*counter ? last.*counter - at_start_.*counter : 0;
  };
  report.totals = {growth(&Totals::commands_us), growth(&Totals::net_bytes), growth(&Totals::user_ms),
                   growth(&Totals::system_ms)};
  for (const Worker& worker : workers_) {
    std::lock_guard worker_lock(worker.mutex);
    if (worker.cpu) worker.cpu->append_to(report.cpu);
    if (worker.net) {
      worker.net->append_to(report.net);
      report.net_bytes += worker.net->total();
    }
    if (worker.reads) worker.reads->append_to(report.reads, until_ms);
    if (worker.writes) worker.writes->append_to(report.writes, until_ms);
  }
  for (auto* keys : {&report.cpu, &report.net, &report.reads, &report.writes})
    TopKeys::merge(*keys, options_.most);
  for (TopKeys::Key& key : report.cpu) key.weight /= 1000;
  for (auto* keys : {&report.reads, &report.writes}) {
    for (TopKeys::Key& key : *keys) key.weight *= options_.ratio;
  }
  return report;
}

}  // namespace corral::metrics

// A session of HOTKEYS: which keys take the processor and the network, and how often each is read and written.
// Threading: any thread; a leaf mutex per worker, and one for the session itself, which is taken before them.
// See: README.md of this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "server/metrics/top_keys.h"

namespace corral::metrics {

class HotKeys {
 public:
  enum Metric : uint32_t { kCpu = 1, kNet = 2, kReads = 4, kWrites = 8 };
  static constexpr int kMetrics = 4;

  struct Options {
    uint32_t metrics = 0;     // of Metric
    uint32_t most = 10;       // keys in a report
    uint32_t ratio = 1;       // one access in so many is recorded
    int64_t duration_ms = 0;  // 0: until it is stopped
  };
  /// Counters of the whole server, of which a report tells the growth.
  struct Totals {
    uint64_t commands_us = 0;
    uint64_t net_bytes = 0;
    uint64_t user_ms = 0;
    uint64_t system_ms = 0;
  };
  struct Access {
    std::string_view key;
    uint64_t hash;
    uint64_t ns;
    uint64_t bytes;
    bool write;
  };
  struct Report {
    bool active = false;
    Options options;
    int64_t started_ms = 0;
    int64_t lasted_ms = 0;
    Totals totals;           // since the start
    uint64_t net_bytes = 0;  // of what was recorded
    // The heaviest first. As recorded: microseconds, bytes; reads and writes are estimates per second of the last
    // whole second, at most kWindowMs old.
    std::vector<TopKeys::Key> cpu, net, reads, writes;
  };

  static constexpr int64_t kWindowMs = 500;

  explicit HotKeys(uint32_t workers) : workers_(workers) {}

  /// False when a session is active. What the one before found is forgotten.
  bool start(const Options& options, int64_t now_ms, const Totals& totals);
  /// False when none is active.
  bool stop(int64_t now_ms, const Totals& totals);
  void stop_if_over(int64_t now_ms, const Totals& totals);
  /// False while a session is active.
  bool reset();
  /// Empty when there is nothing since the start or the last reset.
  std::optional<Report> report(int64_t now_ms, const Totals& totals) const;

  /// One access in so many is to be recorded; 0: none. Relaxed: a worker may go on for one turn.
  uint32_t ratio() const { return ratio_.load(std::memory_order_relaxed); }
  /// The session has lasted as long as it was to: whoever sees that calls stop_if_over().
  bool is_over(int64_t now_ms) const { return now_ms >= ends_ms_.load(std::memory_order_relaxed); }
  /// Nothing happens when no session is active.
  void record(uint32_t worker, const Access& access, int64_t now_ms);

 private:
  /// Two whole windows make the second that is reported, while the third is being filled.
  struct Rates {
    static constexpr int64_t kWindows = 3;
    TopKeys windows[kWindows];
    int64_t numbers[kWindows] = {-1, -1, -1};  // now / kWindowMs when it was begun
    void add(const Access& access, int64_t now_ms);
    void append_to(std::vector<TopKeys::Key>& keys, int64_t now_ms) const;
  };
  struct Worker {
    mutable std::mutex mutex;
    std::unique_ptr<TopKeys> cpu, net;  // null: not asked for
    std::unique_ptr<Rates> reads, writes;
  };
  void make_tables(uint32_t metrics);
  void stop_locked(int64_t now_ms, const Totals& totals);

  mutable std::mutex mutex_;
  bool any_ = false;
  bool active_ = false;
  Options options_;
  int64_t started_ms_ = 0;
  int64_t stopped_ms_ = 0;
  Totals at_start_;
  Totals at_stop_;
  std::vector<Worker> workers_;
  std::atomic<uint32_t> ratio_{0};
  std::atomic<int64_t> ends_ms_{INT64_MAX};
};

}  // namespace corral::metrics

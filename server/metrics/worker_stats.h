// All counters of one worker. INFO, CONFIG RESETSTAT and the memory of past rates read or reset them.
// Threading: written by the owning worker, read by any.
// See: README.md of this folder.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/metrics/command_stats.h"
#include "server/metrics/miss_cause.h"

namespace corral::metrics {

struct WorkerStats {
  explicit WorkerStats(uint32_t count) : by_command(std::make_unique<CommandStats[]>(count)), commands_count(count) {}

  Counter commands;             // total_commands_processed
  Counter connections;          // total_connections_received
  Counter rejected_connections;
  Counter net_input_bytes;
  Counter net_output_bytes;
  Counter keyspace_hits;
  Counter keyspace_misses;
  Counter misses_by_cause[kMissCauses];  // by MissCause; together keyspace_misses
  Counter expired_keys;
  Counter expired_fields;
  Counter evicted_keys;
  Counter dirty;                // changes since start (rdb_changes_since_last_save)
  Counter error_replies;
  Counter reads;                // read system calls
  Counter writes;
  Counter output_limit_disconnections;
  Counter query_limit_disconnections;
  Counter held_reply_overflows;  // parked reads answered nil because a bound of held replies was reached
  Counter parked_reads;
  Counter evict_scans;

  // The loop, for the gates on long turns (microseconds).
  Counter turns;
  Counter busy_us;
  LogHistogram<32> turn_us;
  std::atomic<uint64_t> longest_turn_us{0};
  std::atomic<uint64_t> longest_turn_cpu_us{0};   // on a core; 0 unless loop-cpu-clock
  std::atomic<uint64_t> longest_lock_hold_us{0};  // sampled
  LogHistogram<16> batch_size;
  LogHistogram<32> lock_wait_ns;

  std::unique_ptr<CommandStats[]> by_command;
  uint32_t commands_count;

  /// Counts an error reply by its code word (INFO errorstats). At most 128 different words are kept.
  void count_error(std::string_view text) {
    error_replies.add();
    const std::string_view word = text.substr(0, text.find(' '));
    std::lock_guard lock(errors_mutex_);
    const auto found = errors_.find(word);
    if (found != errors_.end()) {
      ++found->second;
    } else if (errors_.size() < 128) {
      errors_.emplace(word, 1);
    }
  }
  std::map<std::string, uint64_t, std::less<>> errors() const {
    std::lock_guard lock(errors_mutex_);
    return errors_;
  }
  void reset();

 private:
  mutable std::mutex errors_mutex_;
  std::map<std::string, uint64_t, std::less<>> errors_;
};

}  // namespace corral::metrics

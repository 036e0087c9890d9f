// CONFIG RESETSTAT.
// Threading: racing adds of the owner may survive a reset; the figures are for people.
// See: worker_stats.h.
#include "server/metrics/worker_stats.h"

namespace corral::metrics {

void WorkerStats::reset() {
  for (Counter* counter : {&commands, &connections, &rejected_connections, &net_input_bytes, &net_output_bytes,
                           &keyspace_hits, &keyspace_misses, &expired_keys, &expired_fields, &evicted_keys, &error_replies, &reads,
                           &writes, &output_limit_disconnections, &query_limit_disconnections, &held_reply_overflows,
                           &parked_reads, &evict_scans, &turns, &busy_us}) {
    counter->reset();
  }
  for (Counter& counter : misses_by_cause) counter.reset();
  turn_us.reset();
  batch_size.reset();
  lock_wait_ns.reset();
  longest_turn_us.store(0, std::memory_order_relaxed);
  longest_turn_cpu_us.store(0, std::memory_order_relaxed);
  longest_lock_hold_us.store(0, std::memory_order_relaxed);
  for (uint32_t i = 0; i < commands_count; ++i) {
    CommandStats& stats = by_command[i];
    stats.calls.reset();
    stats.cycles.reset();
    stats.rejected.reset();
    stats.failed.reset();
  }
  std::lock_guard lock(errors_mutex_);
  errors_.clear();
}

}  // namespace corral::metrics

// What the outbox counts, for INFO and /metrics.
// Threading: Meters any thread; Figures is a value.
// See: README.md of this folder, "Figures".
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "server/outbox/histogram.h"
#include "server/outbox/record.h"

namespace corral::outbox {

/// Named as the metrics are, without their prefix. Ages are of the moment of reading.
struct Figures {
  uint64_t outbox_depth = 0;  ///< records not delivered, those on their way to the file included
  uint64_t outbox_bytes = 0;
  int64_t outbox_oldest_age_ms = 0;  ///< 0: none
  bool outbox_is_old = false;        ///< older than age-warn
  uint64_t outbox_in_flight = 0;
  uint64_t outbox_lanes_stuck = 0;  ///< standing still until there is room for one more dead letter
  uint64_t outbox_commit_queue = 0;
  uint64_t outbox_enqueued_total = 0;  ///< made durable
  uint64_t outbox_refused_total = 0;   ///< appends refused by a bound, or while failed
  uint64_t outbox_failed_total = 0;    ///< appends answered with an error of the file
  uint64_t outbox_coalesced_total = 0;
  uint64_t outbox_delivered_total = 0;
  uint64_t outbox_retried_total = 0;
  HistogramFigures outbox_delivery_lag_ms;
  HistogramFigures outbox_commit_duration_us;
  HistogramFigures outbox_commit_batch_size;
  uint64_t dlq_depth = 0;  ///< superseded ones included
  uint64_t dlq_limit = 0;
  int64_t dlq_oldest_age_ms = 0;
  std::array<uint64_t, kDeadReasons> dlq_added_total{};  ///< by DeadReason - 1
  uint64_t dlq_redriven_total = 0;
  uint64_t dlq_superseded_total = 0;
  uint64_t dlq_dropped_total = 0;
};

struct Meters {
  using Count = std::atomic<uint64_t>;
  Count enqueued{0}, refused{0}, failed{0}, coalesced{0}, delivered{0}, retried{0};
  Count in_flight{0}, stuck{0};
  std::atomic<int64_t> oldest_ms{INT64_MAX};  // steady time of the oldest enqueuing
  Count dead_rows{0};                         // in the file
  Count dead_reserved{0};                     // on their way there
  std::atomic<int64_t> dead_oldest_ms{0};     // wall time
  std::array<Count, kDeadReasons> buried{};
  Count redriven{0}, superseded{0}, dropped{0};
  Histogram<11> lag_ms{{10, 50, 100, 500, 1000, 5000, 30'000, 60'000, 600'000, 3'600'000, 86'400'000}};
  Histogram<11> commit_us{{250, 500, 1000, 2500, 5000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000}};
  Histogram<10> batch{{1, 2, 4, 8, 16, 32, 64, 128, 256, 1024}};

  static void add(Count& count, uint64_t by = 1) { count.fetch_add(by, std::memory_order_relaxed); }
};

}  // namespace corral::outbox

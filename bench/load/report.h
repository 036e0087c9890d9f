// What a run of the load client counted, and its one line of JSON.
// Threading: one thread.
// See: bench/README.md
#pragma once

#include <cstdint>
#include <string_view>

#include "bench/load/histogram.h"

namespace corral::bench {

struct Report {
  uint64_t requests = 0;
  uint64_t misses = 0;  // null replies; not errors
  uint64_t errors = 0;  // error replies and replies with other bytes than expected
  uint64_t duration_ns = 0;
  uint64_t late_max_ns = 0;  // open loop: how late the client itself was at worst
  Histogram latency;         // per batch, or per request when the loop is open
  bool open_loop = false;
  bool finished = true;  // false when a connection was lost or the server stopped answering

  // Counts one wrong reply; the first is written to stderr.
  void note_error(std::string_view reply);
};

// Writes the line to stdout. Returns the exit status: 0 only when the run finished without errors.
int print_report(const Report& report);

}  // namespace corral::bench

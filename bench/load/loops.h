// The three ways of driving a server. Each returns a full report and never waits without a bound.
// Threading: one thread.
// See: bench/README.md
#pragma once

#include "bench/load/options.h"
#include "bench/load/report.h"

namespace corral::bench {

// Keeps one batch in flight on every connection until the wanted requests or seconds are reached.
// Latency is per batch, from its send to its last reply.
Report run_closed_loop(const Options& options);

// One connection, requests at fixed moments whatever the server does; latency counts from the moment a
// request was due, so that a stall is charged to every request that it delayed.
Report run_open_loop(const Options& options);

// Opens the connections, sends each one PING, prints {"ready": N}, and holds until standard input closes
// or the seconds are over.
Report run_idle(const Options& options);

}  // namespace corral::bench

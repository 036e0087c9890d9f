// From an executed request to what HOTKEYS records of its keys.
// Threading: the worker that executed it; no stripe is held.
// See: server/metrics/hot_keys.h.
#pragma once

#include "server/dispatch/command_context.h"

namespace corral::dispatch {

/// The counters of the whole server as of now. O(commands x workers).
metrics::HotKeys::Totals hot_key_totals(const Services& services);

/// Records every key of the request, 128 at most, with its share of the time and bytes. What EXEC and scripts run is not seen.
void record_accesses(Services& services, WorkerState& worker, const Request& request, uint64_t ns,
                     uint64_t bytes);

}  // namespace corral::dispatch

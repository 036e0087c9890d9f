// Keys of a request, for HOTKEYS.
// Threading: see key_accesses.h.
// See: key_accesses.h.
#include "server/dispatch/key_accesses.h"

#include <sys/resource.h>

#include <algorithm>

namespace corral::dispatch {

metrics::HotKeys::Totals hot_key_totals(const Services& services) {
  metrics::HotKeys::Totals totals;
  uint64_t cycles = 0;
  for (const metrics::WorkerStats* stats : services.stats) {
    for (uint32_t id = 0; id < stats->commands_count; ++id) cycles += stats->by_command[id].cycles.value();
    totals.net_bytes += stats->net_input_bytes.value() + stats->net_output_bytes.value();
  }
  totals.commands_us = static_cast<uint64_t>(static_cast<double>(cycles) / services.state.cycles_per_us);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1000 + static_cast<uint64_t>(time.tv_usec) / 1000;
  };
  totals.user_ms = ms(used.ru_utime);
  totals.system_ms = ms(used.ru_stime);
  return totals;
}

void record_accesses(Services& services, WorkerState& worker, const Request& request, uint64_t ns,
                     uint64_t bytes) {
  constexpr size_t kMostKeys = 128;
  const CommandSpec& spec = *request.command->spec;
  const bool write = (spec.flags & kWrite) != 0;
  const auto record = [&](const KeyRef& key, size_t share) {
    services.hot_keys.record(worker.index, {key.bytes, key.hash, ns / share, bytes / share, write},
                             worker.now_ms);
  };
  if (request.command->plain.one_key) return record(request.first_key, 1);
  std::vector<int> positions;
  if (!find_keys(spec, request.arguments, positions) || positions.empty()) return;
  const size_t recorded = std::min(positions.size(), kMostKeys);
  for (size_t i = 0; i < recorded; ++i) {
    const Bytes key = request.arguments[static_cast<size_t>(positions[i])];
    record(services.keyspace.placement().locate(key), positions.size());
  }
}

}  // namespace corral::dispatch

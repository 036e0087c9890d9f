// Work between requests: expiry, eviction, freeing what was flushed, tag sweeps. All bounded per call.
// Threading: one Housekeeper per worker; it locks one stripe at a time: call without locks.
// See: README.md of this folder, "Housekeeping".
#pragma once

#include <cstdint>
#include <vector>

#include "server/dispatch/services.h"

namespace corral::dispatch {

/// Evicts, beginning with the stripe that is to be written. True when the data fits, or when it is at most a sixteenth
/// too much and shrinking; false when nothing is left that the policy lets go. The effort is bounded by what a large
/// value brought over the limit.
bool make_room(Services& services, WorkerState& worker, uint32_t home_stripe);

class Housekeeper {
 public:
  Housekeeper(Services& services, WorkerState& worker) : services_(services), worker_(worker), next_stripe_(worker.index) {}

  /// After the replies of a turn are out. Reclaims due keys for about `budget_us`, evicts a little ahead, frees what
  /// FLUSHALL left. Returns true when there is more to do at once (the loop should not sleep long).
  bool run(int64_t budget_us);
  /// When keys may fall due that the last round did not see, in milliseconds from this turn's time; it may be past.
  int64_t ms_to_next_round() const;

 private:
  bool expire_some(int64_t budget_us);
  bool expire_stripe(uint32_t index);
  void sweep_tags();

  Services& services_;
  WorkerState& worker_;
  uint32_t next_stripe_;      // this worker's stripes: index, index + workers, …
  uint32_t stripes_seen_ = 0;  // since the last one with something due
  bool backlog_ = false;
  bool found_ = false;         // the last stripe had something to look at
  std::vector<int> databases_;  // that hold anything, as of the beginning of the round
  int64_t round_tick_ = 0;      // of the wheels, in which the round began
  uint32_t age_seconds_ = 0;   // what the stripes of the current round are told of the time; 0: nothing this round
  int64_t last_age_ms_ = 0;
  int64_t next_sweep_ms_ = 0;
  uint32_t sweep_stripe_ = 0;
  uint32_t sweep_position_ = 0;
  int sweep_database_ = 0;
  bool sweeping_ = false;
};

}  // namespace corral::dispatch

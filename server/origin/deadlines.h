// When calls run out of time: one timer for all calls of an endpoint.
// Threading: the origin thread only.
// See: README.md of this folder, "Deadlines, Connections".
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <utility>

#include "server/origin/origin_loop.h"

namespace corral::origin {

/// Ids with the time at which each expires. O(log n) each.
class Deadlines {
 public:
  /// `expired` is called once for each id whose time has come, never inside of add().
  Deadlines(OriginLoop& loop, std::function<void(uint64_t id)> expired);

  void add(uint64_t id, uint64_t at_us);
  /// With the same time as in add(). Unknown ones are ignored.
  void remove(uint64_t id, uint64_t at_us);

 private:
  void fire();
  void arm();

  OriginLoop& loop_;
  const std::function<void(uint64_t)> expired_;
  std::set<std::pair<uint64_t, uint64_t>> waiting_;  // (time, id)
  uint64_t armed_for_us_ = 0;                        // 0: not armed
  Timer timer_;
};

}  // namespace corral::origin

// Calls that wait for a concurrency permit: who goes next, and who is dropped when too many wait.
// Threading: one thread.
// See: README.md of this folder, "Classes".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/resilience/call_class.h"

namespace corral::resilience {

struct WaitingOptions {
  // Shares of the limit that a class gets before higher ones get more, and that it can have at most. Reserved shares
  // are not held free: they only say who goes next. Each is at least one call for the first four reserved ones above
  // zero, so that no class starves while the limit is at its minimum.
  std::array<double, kCallClasses> reserved{0.5, 0.2, 0.05, 0.1, 0.02};
  std::array<double, kCallClasses> most{1.0, 1.0, 1.0, 0.5, 0.1};
  double queue_factor = 2;  ///< places for waiting calls, as a multiple of the limit
  uint32_t least_places = 16;
  // CoDel: a queue whose oldest call was never younger than the target for an interval is a standing one.
  int64_t target_us = 5'000;
  int64_t interval_us = 100'000;
};

/// What is in flight, against which shares are measured.
struct InFlight {
  uint32_t limit = 0;
  uint32_t most_loads = UINT32_MAX;  ///< foreground loads and refreshes together
  std::array<uint32_t, kCallClasses> by_class{};

  uint32_t total() const;
};

class WaitingCalls {
 public:
  explicit WaitingCalls(const WaitingOptions& options) : options_(options) {}

  struct Pushed {
    bool accepted = false;
    std::optional<uint32_t> displaced;  ///< the slot that had to give way
  };
  /// `slot` is the owner's number of the call, not waiting yet. When all places are taken the newcomer displaces, in
  /// this order: the oldest refresh, a redrive, a write-behind, the oldest foreground load; never one of a more
  /// important class, and a write-through never. O(1).
  Pushed push(uint32_t slot, CallClass cls, uint32_t limit, int64_t now_us);
  /// Nobody waits for it any more. Nothing happens if it does not wait. O(1).
  void withdraw(uint32_t slot);
  /// The next that may go, if one may. Slots that have waited too long in a standing queue are appended to `dropped`
  /// on the way; they are gone from here. O(classes + dropped).
  std::optional<uint32_t> take(const InFlight& in_flight, int64_t now_us, std::vector<uint32_t>& dropped);

  bool empty() const { return size_ == 0; }
  uint32_t size() const { return size_; }
  uint32_t size(CallClass cls) const { return lanes_[index_of(cls)].size; }
  /// Whether a call of the class could go now if it were the only one waiting.
  bool has_room(CallClass cls, const InFlight& in_flight) const;
  /// A standing queue of foreground loads: the newest go first.
  bool under_pressure() const { return lanes_[index_of(CallClass::kForegroundLoad)].standing; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Place {
    uint32_t older = kNone, newer = kNone;
    int64_t since_us = 0;
    CallClass cls = CallClass::kForegroundLoad;
    bool waits = false;
  };
  struct Lane {
    uint32_t oldest = kNone, newest = kNone;
    uint32_t size = 0;
    // CoDel
    int64_t interval_ends_us = INT64_MIN;
    int64_t least_age_us = 0;
    bool standing = false;
  };

  std::optional<uint32_t> victim_for(CallClass cls) const;
  std::optional<CallClass> next_class(const InFlight& in_flight) const;
  void measure(Lane& lane, int64_t now_us) const;
  void shed_old(Lane& lane, int64_t now_us, std::vector<uint32_t>& dropped);

  WaitingOptions options_;
  std::vector<Place> places_;  // by slot
  std::array<Lane, kCallClasses> lanes_{};
  uint32_t size_ = 0;
};

}  // namespace corral::resilience

// Lanes by class, each a list from oldest to newest.
// Threading: one thread.
// See: waiting_calls.h.
#include "server/resilience/waiting_calls.h"

#include <algorithm>

namespace corral::resilience {
namespace {

constexpr size_t kReservedAtLeastOne = 4;  // all but redrive

/// Durable calls are patient: for them a long wait is no harm, and dropping them only makes them come again.
bool is_patient(CallClass cls) {
  return cls == CallClass::kWriteBehind || cls == CallClass::kRedrive;
}

uint32_t share_of(double share, uint32_t limit) {
  return static_cast<uint32_t>(share * limit);
}

}  // namespace

uint32_t InFlight::total() const {
  uint32_t sum = 0;
  for (const uint32_t count : by_class) sum += count;
  return sum;
}

WaitingCalls::Pushed WaitingCalls::push(uint32_t slot, CallClass cls, uint32_t limit, int64_t now_us) {
  Pushed pushed;
  const auto places = std::max(options_.least_places, static_cast<uint32_t>(options_.queue_factor * limit));
  if (size_ >= places) {
    pushed.displaced = victim_for(cls);
    if (!pushed.displaced) return pushed;
    withdraw(*pushed.displaced);
  }
  pushed.accepted = true;
  if (slot >= places_.size()) places_.resize(slot + 1);
  Lane& lane = lanes_[index_of(cls)];
  places_[slot] = {lane.newest, kNone, now_us, cls, true};
  (lane.newest == kNone ? lane.oldest : places_[lane.newest].newer) = slot;
  lane.newest = slot;
  ++lane.size;
  ++size_;
  return pushed;
}

std::optional<uint32_t> WaitingCalls::victim_for(CallClass cls) const {
  constexpr CallClass kOrder[] = {CallClass::kRefresh, CallClass::kRedrive, CallClass::kWriteBehind,
                                  CallClass::kForegroundLoad};
  for (const CallClass victim : kOrder) {
    const Lane& lane = lanes_[index_of(victim)];
    if (lane.size == 0) continue;
    const bool newest_first = victim == cls && !is_patient(cls);  // loads: the newcomer has the better chance
    const bool refresh_for_anyone = victim == CallClass::kRefresh && cls != CallClass::kRedrive;
    if (index_of(victim) > index_of(cls) || newest_first || refresh_for_anyone) {
      return is_patient(victim) ? lane.newest : lane.oldest;
    }
  }
  return std::nullopt;
}

void WaitingCalls::withdraw(uint32_t slot) {
  if (slot >= places_.size() || !places_[slot].waits) return;
  Place& place = places_[slot];
  Lane& lane = lanes_[index_of(place.cls)];
  (place.older == kNone ? lane.oldest : places_[place.older].newer) = place.newer;
  (place.newer == kNone ? lane.newest : places_[place.newer].older) = place.older;
  place = {};
  --lane.size;
  --size_;
}

bool WaitingCalls::has_room(CallClass cls, const InFlight& in_flight) const {
  if (in_flight.total() >= in_flight.limit) return false;
  const uint32_t most = std::max(1u, share_of(options_.most[index_of(cls)], in_flight.limit));
  if (in_flight.by_class[index_of(cls)] >= most) return false;
  const auto count = [&](CallClass c) { return in_flight.by_class[index_of(c)]; };
  if (is_load(cls)) {
    return count(CallClass::kForegroundLoad) + count(CallClass::kRefresh) < in_flight.most_loads;
  }
  if (!is_patient(cls)) return true;
  // Redrives go out of the share of write-behind, so that the two together stay within it.
  const uint32_t behind =
      std::max(1u, share_of(options_.most[index_of(CallClass::kWriteBehind)], in_flight.limit));
  return count(CallClass::kWriteBehind) + count(CallClass::kRedrive) < behind;
}

std::optional<CallClass> WaitingCalls::next_class(const InFlight& in_flight) const {
  std::optional<CallClass> best;
  for (size_t i = 0; i < kCallClasses; ++i) {
    const auto cls = static_cast<CallClass>(i);
    if (lanes_[i].size == 0 || !has_room(cls, in_flight)) continue;
    uint32_t reserved = share_of(options_.reserved[i], in_flight.limit);
    if (i < kReservedAtLeastOne && options_.reserved[i] > 0) reserved = std::max(reserved, 1u);
    if (in_flight.by_class[i] < reserved) return cls;
    if (!best) best = cls;
  }
  return best;
}

void WaitingCalls::measure(Lane& lane, int64_t now_us) const {
  const int64_t age_us = lane.size == 0 ? 0 : now_us - places_[lane.oldest].since_us;
  if (now_us >= lane.interval_ends_us) {
    // The verdict on an interval without a look into the lane is that nothing stood in it.
    const bool recent =
        now_us < lane.interval_ends_us + options_.interval_us || age_us >= options_.interval_us;
    lane.standing = lane.interval_ends_us != INT64_MIN && recent && lane.least_age_us > options_.target_us;
    lane.interval_ends_us = now_us + options_.interval_us;
    lane.least_age_us = age_us;
  } else {
    lane.least_age_us = std::min(lane.least_age_us, age_us);
  }
}

void WaitingCalls::shed_old(Lane& lane, int64_t now_us, std::vector<uint32_t>& dropped) {
  // One is always left to be served: a queue that sheds all it has makes no progress.
  while (lane.size > 1 && now_us - places_[lane.oldest].since_us > 2 * options_.target_us) {
    dropped.push_back(lane.oldest);
    withdraw(lane.oldest);
  }
}

std::optional<uint32_t> WaitingCalls::take(const InFlight& in_flight, int64_t now_us,
                                           std::vector<uint32_t>& dropped) {
  for (const CallClass cls : {CallClass::kForegroundLoad, CallClass::kWriteThrough, CallClass::kRefresh}) {
    Lane& lane = lanes_[index_of(cls)];
    if (lane.size == 0 && lane.interval_ends_us == INT64_MIN) continue;
    measure(lane, now_us);
    if (lane.standing) shed_old(lane, now_us, dropped);
  }
  const auto cls = next_class(in_flight);
  if (!cls) return std::nullopt;
  const Lane& lane = lanes_[index_of(*cls)];
  const bool newest_first = *cls == CallClass::kForegroundLoad && lane.standing;
  const uint32_t slot = newest_first ? lane.newest : lane.oldest;
  withdraw(slot);
  return slot;
}

}  // namespace corral::resilience

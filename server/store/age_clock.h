// Ages of entries in five bits: a clock that ticks by insertions and by time, and what an access does to a slot.
// Threading: under the stripe's lock.
// See: README.md of this folder, "Eviction".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "server/store/bucket.h"

namespace corral::store {

/// An age is the number of a tick, modulo 32. A tick passes when a sixteenth of the table was inserted (a quarter
/// before anything was evicted) or after 16 seconds. Ages of more than kOldest ticks are pulled up before they wrap,
/// whenever they are sampled or swept.
class AgeClock {
 public:
  static constexpr uint32_t kOldest = 23;
  static constexpr uint32_t kTickSeconds = 16;

  /// Counts an access. A slot is written only if that changes it.
  void touch(Slot& slot) const {
    const auto before = static_cast<uint8_t>(slot);  // frequency, main, age
    auto after = static_cast<uint8_t>((before & keep_) | set_);
    if ((after & kFrequencyMask) != kFrequencyMask) ++after;
    if (after != before) slot ^= static_cast<uint8_t>(before ^ after);
  }
  Slot birth() const { return Slot{now_} << kAgeShift; }
  void renew(Slot& slot) const { slot = (slot & ~kAgeMask) | birth(); }
  /// Ticks since the slot's age was set.
  uint32_t age_of(Slot slot) const {
    return (now_ - static_cast<uint32_t>((slot & kAgeMask) >> kAgeShift)) & 31;
  }
  void pull_up(Slot& slot) const {
    if (age_of(slot) > kOldest) slot = (slot & ~kAgeMask) | (Slot{(now_ - kOldest) & 31} << kAgeShift);
  }

  void count_insertion(size_t entries) {
    if (++inserted_ * (evicting_ ? 16 : 4) > entries + 64) tick();
  }
  void set_seconds(uint32_t seconds) {
    seconds_ = seconds;
    if (seconds >= began_[now_] + kTickSeconds) tick();
  }
  uint32_t seconds() const { return seconds_; }
  uint32_t idle_seconds(Slot slot) const {
    const uint32_t age = age_of(slot);
    const uint32_t since = began_[(now_ - age + 1) & 31];  // when the tick of its last access was over
    return age == 0 || since == 0 || since > seconds_ ? 0 : seconds_ - since;
  }
  /// As if the last access had been that long ago, as far as ages reach back.
  void set_idle(Slot& slot, uint64_t seconds) const {
    uint32_t age = static_cast<uint32_t>(std::min<uint64_t>(kOldest, seconds / kTickSeconds));
    for (uint32_t known = 0; known <= kOldest; ++known) {
      if (idle_seconds(aged(known)) < seconds) continue;
      age = known;
      break;
    }
    slot = (slot & ~kAgeMask) | aged(age);
  }
  /// Which order the evictor wants: last access, or (S3-FIFO) insertion.
  void set_order(bool by_access) {
    evicting_ = true;
    if (by_access == by_access_) return;
    by_access_ = by_access;
    refresh();
  }

 private:
  Slot aged(uint32_t ticks) const { return Slot{(now_ - ticks) & 31} << kAgeShift; }
  void tick() {
    inserted_ = 0;
    now_ = (now_ + 1) & 31;
    began_[now_] = seconds_;
    refresh();
  }
  void refresh() {
    keep_ = static_cast<uint8_t>(by_access_ ? ~kAgeMask : ~Slot{0});
    set_ = static_cast<uint8_t>(by_access_ ? birth() : 0);
  }

  uint8_t keep_ = static_cast<uint8_t>(~kAgeMask);
  uint8_t set_ = 0;
  uint32_t now_ = 0;
  uint32_t seconds_ = 0;
  size_t inserted_ = 0;
  bool by_access_ = true;
  bool evicting_ = false;
  uint32_t began_[32] = {};  // unix seconds at which the ticks began; 0 = not known
};

}  // namespace corral::store

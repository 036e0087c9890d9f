// One cache line of the table: seven slots and their tags. The only file that knows how a slot is laid out.
// Threading: under the stripe's lock.
// See: README.md of this folder, "Bucket".
#pragma once

#include <bit>
#include <cstdint>

#include "server/store/key.h"

namespace corral::store {

class Entry;

/// What is known of an entry without touching it: its address and, above, policy bits and marks.
///   0..1 frequency | 2 main (else probation) | 3..7 age | 8 has an expiry | 9 has an extension
///   10 displaced into the next bucket | 11 in the stash | 12 has fields that expire | 13..15 spare | 16..63 address (48 bits)
/// The address is on top, so that one shift gives it and the rest needs small constants only.
using Slot = uint64_t;

inline constexpr int kAddressShift = 16;
inline constexpr Slot kBelowAddress = (Slot{1} << kAddressShift) - 1;
inline constexpr int kFrequencyShift = 0;
inline constexpr Slot kFrequencyOne = Slot{1} << kFrequencyShift;
inline constexpr Slot kFrequencyMask = Slot{3} << kFrequencyShift;
inline constexpr Slot kMainBit = Slot{1} << 2;
inline constexpr int kAgeShift = 3;
inline constexpr Slot kAgeMask = Slot{31} << kAgeShift;
inline constexpr Slot kExpiryBit = Slot{1} << 8;
inline constexpr Slot kExtensionBit = Slot{1} << 9;
inline constexpr Slot kDisplacedBit = Slot{1} << 10;
inline constexpr Slot kStashedBit = Slot{1} << 11;
inline constexpr Slot kFieldsBit = Slot{1} << 12;
inline constexpr Slot kPlaceBits = kDisplacedBit | kStashedBit;

inline Entry* entry_of(Slot slot) {
  return reinterpret_cast<Entry*>(slot >> kAddressShift);
}
inline Slot slot_for(const Entry* entry) {
  return reinterpret_cast<Slot>(entry) << kAddressShift;
}

/// The tag byte of a full slot always has its top bit set, that of a free slot is zero.
inline uint8_t stored_tag(uint64_t hash) {
  return static_cast<uint8_t>(tag_of(hash) | 0x80);
}

struct Bucket {
  static constexpr uint32_t kSlots = 7;
  static constexpr uint64_t kOnes = 0x0101010101010101;
  static constexpr uint64_t kOccupied = 0x0080808080808080;
  static constexpr uint64_t kDisplacedOne = uint64_t{1} << 56;  // 3 bits: entries of this bucket in the next
  static constexpr uint64_t kStashedOne = uint64_t{1} << 59;    // 5 bits: entries in the stash; 31 sticks
  static constexpr uint64_t kDisplacedMask = uint64_t{7} << 56;
  static constexpr uint64_t kStashedMask = uint64_t{31} << 59;

  uint64_t control = 0;  // bytes 0..6: tags of the slots; byte 7: how many entries live elsewhere
  Slot slots[kSlots] = {};

  // Sets of slots are words with bit 8i + 7 set for slot i.
  /// Slots that may have this tag; hardly ever one too many, never an empty one.
  uint64_t match(uint8_t tag) const {
    const uint64_t differ = control ^ (kOnes * tag);
    return (differ - kOnes) & ~differ & kOccupied;
  }
  /// Slots whose tag has these low six bits.
  uint64_t match_six(uint32_t six) const {
    constexpr uint64_t kSix = 0x003f3f3f3f3f3f3f;
    const uint64_t differ = (control ^ (kOnes * six)) & kSix;
    return ~(differ + (kOnes * 0x7f)) & control & kOccupied;
  }
  uint64_t occupied() const { return control & kOccupied; }
  uint32_t count() const { return static_cast<uint32_t>(std::popcount(occupied())); }
  bool full() const { return occupied() == kOccupied; }
  static uint32_t first_of(uint64_t set) { return static_cast<uint32_t>(std::countr_zero(set)) >> 3; }
  uint32_t free_slot() const { return first_of(~control & kOccupied); }

  bool has_displaced() const { return (control & kDisplacedMask) != 0; }
  bool has_stashed() const { return (control & kStashedMask) != 0; }
  void add_stashed() {
    if ((control & kStashedMask) != kStashedMask) control += kStashedOne;
  }
  void drop_stashed() {
    if ((control & kStashedMask) != kStashedMask) control -= kStashedOne;
  }

  void fill(uint32_t i, uint8_t tag, Slot slot) {
    slots[i] = slot;
    control |= uint64_t{tag} << (8 * i);
  }
  void clear(uint32_t i) {
    slots[i] = 0;
    control &= ~(uint64_t{0xff} << (8 * i));
  }
  uint8_t tag(uint32_t i) const { return static_cast<uint8_t>(control >> (8 * i)); }
};
static_assert(sizeof(Bucket) == 64);

}  // namespace corral::store

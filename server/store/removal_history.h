// Fingerprints of keys removed lately and why, so that a miss can be told by its cause.
// Threading: under the stripe's lock.
// See: README.md of this folder, "Causes of misses".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/metrics/miss_cause.h"
#include "server/store/key.h"

namespace corral::store {

/// 14-bit fingerprints with two bits of cause, in groups of eight by position; a group is first in, first out. A key
/// never seen is taken for one of its group once in 2,000 looks. 256 bytes, O(1).
class RemovalHistory {
 public:
  /// The newest cause counts, so a key that is set in between need not be forgotten.
  void remember(uint64_t hash, metrics::MissCause cause) {
    Group& group = group_of(hash);
    const uint16_t print = print_of(hash);
    size_t i = 0;
    while (i + 1 < group.size() && !same(group[i], print)) ++i;
    for (; i > 0; --i) group[i] = group[i - 1];
    group[0] = static_cast<uint16_t>(print | static_cast<uint16_t>(cause));
  }
  metrics::MissCause cause_of(uint64_t hash) const {
    const uint16_t print = print_of(hash);
    for (const uint16_t kept : group_of(hash)) {
      if (same(kept, print)) return static_cast<metrics::MissCause>(kept & kCauseBits);
    }
    return metrics::MissCause::kNeverSet;
  }
  void clear() { groups_ = {}; }

 private:
  static constexpr uint16_t kCauseBits = 3;  // 0, never set: a free place
  static constexpr size_t kGroups = 16;
  using Group = std::array<uint16_t, 8>;  // the newest first

  static bool same(uint16_t kept, uint16_t print) {
    return (kept & kCauseBits) != 0 && ((kept ^ print) & ~kCauseBits) == 0;
  }
  // Bits 16..31 of the hash: neither those of the stripe nor those of the position.
  static uint16_t print_of(uint64_t hash) {
    return static_cast<uint16_t>((hash >> 16) & ~uint64_t{kCauseBits});
  }
  static size_t place_of(uint64_t hash) { return (uint64_t{position_of(hash)} * kGroups) >> 32; }
  Group& group_of(uint64_t hash) { return groups_[place_of(hash)]; }
  const Group& group_of(uint64_t hash) const { return groups_[place_of(hash)]; }

  std::array<Group, kGroups> groups_{};
};

}  // namespace corral::store

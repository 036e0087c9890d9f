// Fingerprints of keys evicted lately: one that comes back goes straight to the main part.
// Threading: under the stripe's lock.
// See: README.md of this folder, "Eviction".
#pragma once

#include <cstdint>
#include <cstring>

#include "server/store/key.h"
#include "server/store/memory_figures.h"

namespace corral::store {

/// Which part of the table an evicted key came from.
enum class GhostOf : uint8_t { kNobody, kProbation, kMain };

/// 15-bit fingerprints, and a bit for the part, in groups of eight by position; a group is first in, first out. Made at the first eviction.
class GhostHistory {
 public:
  explicit GhostHistory(MemoryAccount& account) : account_(account) {}
  ~GhostHistory() { clear(); }
  GhostHistory(const GhostHistory&) = delete;
  GhostHistory& operator=(const GhostHistory&) = delete;

  bool empty() const { return groups_ == nullptr; }
  /// Remembers an evicted key. `entries`: size of the table; the history is kept at about 0.9 of it and starts anew
  /// when that changed twofold.
  void remember(uint64_t hash, bool from_main, size_t entries) {
    const size_t want = entries * 9 / 80 + 1;
    if (want > count_ * 2 || want * 4 < count_) resize(want);
    Group& group = group_of(hash);
    std::memmove(group.prints + 1, group.prints, 7 * sizeof(uint16_t));
    group.prints[0] = static_cast<uint16_t>(print_of(hash) | (from_main ? kFromMain : 0));
  }
  /// Whether the key was evicted lately, and from where; forgets it.
  GhostOf recall(uint64_t hash) {
    if (groups_ == nullptr) return GhostOf::kNobody;
    Group& group = group_of(hash);
    for (int i = 0; i < 8; ++i) {
      const uint16_t print = group.prints[i];
      if ((print & ~kFromMain) != print_of(hash)) continue;
      std::memmove(group.prints + i, group.prints + i + 1, (7 - i) * sizeof(uint16_t));
      group.prints[7] = 0;
      return (print & kFromMain) != 0 ? GhostOf::kMain : GhostOf::kProbation;
    }
    return GhostOf::kNobody;
  }
  void clear() {
    if (groups_ == nullptr) return;
    account_.add(&MemoryFigures::ghost, -static_cast<int64_t>(base::allocated_size(count_ * sizeof(Group))));
    base::release(groups_, count_ * sizeof(Group));
    groups_ = nullptr;
    count_ = 0;
  }

 private:
  struct Group {
    uint16_t prints[8];  // the newest first; 0: none
  };
  static constexpr uint16_t kFromMain = 0x8000;
  // Of bits 16..31 of the hash: neither those of the stripe nor those of the position.
  static uint16_t print_of(uint64_t hash) {
    const auto print = static_cast<uint16_t>(hash >> 16 & ~kFromMain);
    return print == 0 ? 1 : print;
  }
  Group& group_of(uint64_t hash) { return groups_[(uint64_t{position_of(hash)} * count_) >> 32]; }
  void resize(size_t count) {
    clear();
    groups_ = static_cast<Group*>(base::allocate(count * sizeof(Group)));
    std::memset(groups_, 0, count * sizeof(Group));
    count_ = count;
    account_.add(&MemoryFigures::ghost, static_cast<int64_t>(base::allocated_size(count * sizeof(Group))));
  }

  MemoryAccount& account_;
  Group* groups_ = nullptr;
  size_t count_ = 0;
};

}  // namespace corral::store

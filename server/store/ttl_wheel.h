// When entries are due: a wheel of 4-byte records that name hash prefixes, not addresses.
// Threading: under the stripe's lock.
// See: README.md of this folder, "Expiry".
#pragma once

#include <cstddef>
#include <cstdint>

#include "server/store/memory_figures.h"

namespace corral::store {

/// Four levels of 64 slots; a slot of level 0 is a tick of 64 ms, of the next level 64 times that, and so on to
/// 12 days; what is later waits in one list. A record says no more than "somewhere here something may be due": whoever
/// takes it looks the entry up, reclaims it or appends it again at its exact time. So a record that comes due too
/// early, a record of a coarser level and a stale record are all the same case.
class TtlWheel {
 public:
  static constexpr int kTickShift = 6;  // a tick is 64 ms
  static constexpr int64_t kNever = INT64_MAX;

  explicit TtlWheel(MemoryAccount& account) : account_(&account) {}
  ~TtlWheel() { clear(); }
  TtlWheel(const TtlWheel&) = delete;
  TtlWheel& operator=(const TtlWheel&) = delete;

  void append(int64_t expiry_ms, uint32_t record);
  /// Moves the wheel's own time on if that passes nothing; keeps records out of needlessly coarse levels.
  void advance_idle(int64_t now_ms);
  /// Takes up to `max` records of slots that begin or ended by now. 0: nothing to do before next_due_ms().
  size_t take(int64_t now_ms, uint32_t* out, size_t max);
  /// The earliest time at which take() could give something; kNever when empty.
  int64_t next_due_ms() const { return next_due_ms_; }
  size_t records() const { return records_; }
  void clear();
  /// Starts at the time of another wheel.
  void start_like(const TtlWheel& other) { base_ = other.base_; }
  /// For a wheel whose figures were moved to another account.
  void set_account(MemoryAccount& account) { account_ = &account; }

 private:
  static constexpr int kLevels = 4;
  static constexpr int kLevelBits = 6;
  static constexpr uint64_t kSlotMask = 63;
  struct Chunk {
    Chunk* next;
    uint16_t count;
    uint16_t capacity;
    uint32_t records[1];
    static size_t bytes(uint32_t capacity) { return 12 + 4 * size_t{capacity}; }
  };
  /// The next slot to work on. level kLevels: the list of what is later.
  struct Event {
    int level = -1;
    int slot = 0;
    uint64_t tick = 0;  // when the slot begins
    int64_t due_ms = kNever;
  };
  Event next_event() const;
  void push(Chunk*& head, uint32_t record);
  Chunk* make_chunk(uint32_t capacity, Chunk* next);
  void free_chunk(Chunk* chunk);
  size_t pop(Chunk*& head, uint32_t* out, size_t max);
  static uint64_t tick_of(int64_t ms) { return ms <= 0 ? 0 : static_cast<uint64_t>(ms) >> kTickShift; }

  MemoryAccount* account_;
  uint64_t base_ = 0;  // all ticks before this one are done
  uint64_t occupied_[kLevels] = {};
  Chunk** slots_[kLevels] = {};  // 64 heads each, made at first use
  Chunk* later_ = nullptr;
  Chunk* draining_ = nullptr;  // what was later when its time came
  size_t records_ = 0;
  int64_t next_due_ms_ = kNever;
};

}  // namespace corral::store

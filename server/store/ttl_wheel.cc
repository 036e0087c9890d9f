// The expiry wheel.
// Threading: see ttl_wheel.h.
// See: ttl_wheel.h.
#include "server/store/ttl_wheel.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "server/base/memory.h"
#include "server/store/entry_layout.h"

namespace corral::store {
namespace {

// Records per chunk, such that chunks of 16, 32, 64 and 128 bytes are full.
constexpr uint32_t kSmallest = 1;
constexpr uint32_t kLargest = 29;
uint32_t larger(uint32_t capacity) {
  return capacity * 2 + 3;
}  // 1, 5, 13, 29

}  // namespace

TtlWheel::Chunk* TtlWheel::make_chunk(uint32_t capacity, Chunk* next) {
  const size_t bytes = Chunk::bytes(capacity);
  account_->add(&MemoryFigures::expiry, static_cast<int64_t>(size_class(bytes)));
  auto* chunk = static_cast<Chunk*>(base::allocate(bytes));
  chunk->next = next;
  chunk->count = 0;
  chunk->capacity = static_cast<uint16_t>(capacity);
  return chunk;
}

void TtlWheel::free_chunk(Chunk* chunk) {
  const size_t bytes = Chunk::bytes(chunk->capacity);
  account_->add(&MemoryFigures::expiry, -static_cast<int64_t>(size_class(bytes)));
  base::release(chunk, bytes);
}

void TtlWheel::push(Chunk*& head, uint32_t record) {
  if (head == nullptr || head->count == head->capacity) {
    if (head != nullptr && head->capacity < kLargest) {
      Chunk* const grown = make_chunk(larger(head->capacity), head->next);
      grown->count = head->count;
      std::memcpy(grown->records, head->records, head->count * sizeof(uint32_t));
      free_chunk(head);
      head = grown;
    } else {
      head = make_chunk(kSmallest, head);
    }
  }
  head->records[head->count++] = record;
  ++records_;
}

size_t TtlWheel::pop(Chunk*& head, uint32_t* out, size_t max) {
  size_t taken = 0;
  while (head != nullptr && taken < max) {
    const size_t some = std::min<size_t>(head->count, max - taken);
    std::memcpy(out + taken, head->records + head->count - some, some * sizeof(uint32_t));
    head->count = static_cast<uint16_t>(head->count - some);
    taken += some;
    if (head->count == 0) {
      Chunk* const next = head->next;
      free_chunk(head);
      head = next;
    }
  }
  records_ -= taken;
  return taken;
}

void TtlWheel::append(int64_t expiry_ms, uint32_t record) {
  const uint64_t tick = std::max(tick_of(expiry_ms), base_);
  const uint64_t differ = tick ^ base_;
  const int level = differ == 0 ? 0 : (63 - std::countl_zero(differ)) / kLevelBits;
  uint64_t due;  // in ticks
  if (level >= kLevels) {
    push(later_, record);
    due = ((base_ >> (kLevels * kLevelBits)) + 1) << (kLevels * kLevelBits);
  } else {
    if (slots_[level] == nullptr) {
      constexpr size_t kBytes = 64 * sizeof(Chunk*);
      slots_[level] = static_cast<Chunk**>(base::allocate(kBytes));
      std::memset(slots_[level], 0, kBytes);
      account_->add(&MemoryFigures::expiry, kBytes);
    }
    const int shift = level * kLevelBits;
    const uint64_t slot = (tick >> shift) & kSlotMask;
    push(slots_[level][slot], record);
    occupied_[level] |= uint64_t{1} << slot;
    due = level == 0 ? tick + 1 : tick >> shift << shift;
  }
  const auto due_ms = static_cast<int64_t>(due << kTickShift);
  next_due_ms_ = std::min(next_due_ms_, due_ms);
}

TtlWheel::Event TtlWheel::next_event() const {
  Event out;
  const auto at = [&out](int level, int slot, uint64_t tick, uint64_t due) {
    out = {level, slot, tick, static_cast<int64_t>(due << kTickShift)};
    return out;
  };
  // What was begun comes first: time must not pass a slot that still holds records.
  if (draining_ != nullptr) return at(kLevels, 0, base_, base_);
  for (int level = kLevels - 1; level > 0; --level) {
    const int now = static_cast<int>((base_ >> (level * kLevelBits)) & kSlotMask);
    if ((occupied_[level] >> now & 1) != 0) return at(level, now, base_, base_);
  }
  for (int level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    const int shift = level * kLevelBits;
    const int slot = std::countr_zero(occupied_[level]);
    const uint64_t tick = ((base_ >> shift >> kLevelBits << kLevelBits) | static_cast<uint64_t>(slot))
                          << shift;
    return at(level, slot, tick, level == 0 ? tick + 1 : tick);
  }
  if (later_ != nullptr) {
    const uint64_t tick = ((base_ >> (kLevels * kLevelBits)) + 1) << (kLevels * kLevelBits);
    return at(kLevels, 0, tick, tick);
  }
  return out;
}

void TtlWheel::advance_idle(int64_t now_ms) {
  const uint64_t now = tick_of(now_ms);
  if (now <= base_) return;
  const Event event = next_event();
  if (event.level >= 0 && event.tick <= now) return;
  base_ = now;
}

size_t TtlWheel::take(int64_t now_ms, uint32_t* out, size_t max) {
  const uint64_t now = tick_of(now_ms);
  size_t taken = 0;
  while (taken < max) {
    const Event event = next_event();
    if (event.level < 0 || event.due_ms > now_ms) {
      base_ = std::max(base_, event.level < 0 ? now : std::min(now, event.tick));
      break;
    }
    base_ = std::max(base_, event.tick);
    if (event.level == kLevels) {
      if (draining_ == nullptr) {
        constexpr int kShift = kLevels * kLevelBits;
        base_ = std::max(base_, now >> kShift << kShift);  // many turns may have passed: skip them
        std::swap(draining_, later_);
      }
      taken += pop(draining_, out + taken, max - taken);
    } else {
      Chunk*& head = slots_[event.level][event.slot];
      taken += pop(head, out + taken, max - taken);
      if (head == nullptr) occupied_[event.level] &= ~(uint64_t{1} << event.slot);
    }
  }
  next_due_ms_ = next_event().due_ms;
  return taken;
}

void TtlWheel::clear() {
  const auto drop = [this](Chunk* chunk) {
    while (chunk != nullptr) {
      Chunk* const next = chunk->next;
      free_chunk(chunk);
      chunk = next;
    }
  };
  for (int level = 0; level < kLevels; ++level) {
    if (slots_[level] == nullptr) continue;
    for (int slot = 0; slot < 64; ++slot) drop(slots_[level][slot]);
    account_->add(&MemoryFigures::expiry, -static_cast<int64_t>(64 * sizeof(Chunk*)));
    base::release(slots_[level], 64 * sizeof(Chunk*));
    slots_[level] = nullptr;
    occupied_[level] = 0;
  }
  drop(later_);
  drop(draining_);
  later_ = draining_ = nullptr;
  records_ = 0;
  next_due_ms_ = kNever;
}

}  // namespace corral::store

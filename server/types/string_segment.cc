// Inserting, erasing and resizing among sorted slots.
// Threading: see string_segment.h.
// See: string_segment.h; Celis, "Robin Hood Hashing" (1986).
#include "server/types/string_segment.h"

#include <cstring>
#include <new>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/size_class.h"

namespace corral::types {

StringSegment* StringSegment::with_slots(size_t slots, uint32_t depth) {
  CHECK(slots < (size_t{1} << 26));
  auto* const segment = new (base::allocate(bytes_for(slots))) StringSegment;
  segment->count_ = 0;
  segment->slots_ = static_cast<uint32_t>(slots) & ((1U << 26) - 1);
  segment->depth_ = depth & 63;
  std::memset(static_cast<void*>(segment + 1), 0, 8 * slots);
  return segment;
}

size_t StringSegment::next_size(size_t bytes) {
  return (base::size_class(bytes) - sizeof(StringSegment)) / 8;
}

size_t StringSegment::slots_for(size_t elements) {
  return next_size(bytes_for(elements + elements / 4 + 1));
}

StringSegment* StringSegment::make(uint32_t elements, uint32_t depth) {
  return with_slots(slots_for(elements), depth);
}

void StringSegment::free(StringSegment* segment) {
  base::release(segment, segment->bytes());
}

size_t StringSegment::first_from(uint32_t tag) const {
  if (tag > UINT16_MAX) return slots_;
  for (size_t slot = home(tag); slot < slots_; ++slot) {
    if (at(slot) != 0 && at(slot) >> 48 >= tag) return slot;
  }
  return slots_;
}

size_t StringSegment::first_equal(uint16_t tag) const {
  for (size_t slot = home(tag); slot < slots_ && at(slot) != 0; ++slot) {
    const uint64_t here = at(slot) >> 48;
    if (here >= tag) return here == tag ? slot : kNone;
  }
  return kNone;
}

bool StringSegment::insert(char* element, uint16_t tag) {
  if (count_ >= homes() - homes() / 10) return false;
  size_t slot = home(tag);
  while (slot < slots_ && at(slot) != 0 && at(slot) >> 48 <= tag) ++slot;
  size_t gap = slot;
  while (gap < slots_ && at(gap) != 0) ++gap;
  if (gap >= slots_) return false;
  std::memmove(&at(slot) + 1, &at(slot), 8 * (gap - slot));
  at(slot) = word(element, tag);
  ++count_;
  return true;
}

bool StringSegment::append(char* element, uint16_t tag, size_t& next_slot) {
  const size_t slot = home(tag) > next_slot ? home(tag) : next_slot;
  if (slot >= slots_) return false;
  at(slot) = word(element, tag);
  next_slot = slot + 1;
  ++count_;
  return true;
}

void StringSegment::erase(size_t slot) {
  size_t end = slot + 1;
  while (end < slots_ && at(end) != 0 && home(tag(end)) < end) ++end;
  std::memmove(&at(slot), &at(slot) + 1, 8 * (end - slot - 1));
  at(end - 1) = 0;
  --count_;
}

template <typename Wanted>
StringSegment* StringSegment::copied(const StringSegment* segment, size_t slots, uint32_t depth,
                                     Wanted wanted) {
  for (;;) {
    StringSegment* const result = with_slots(slots, depth);
    size_t next_slot = 0;
    bool fits = true;
    for (size_t slot = 0; fits && slot < segment->slots_; ++slot) {
      if (segment->empty_at(slot) || !wanted(slot)) continue;
      fits = result->append(segment->element(slot), segment->tag(slot), next_slot);
    }
    if (fits) return result;
    slots = next_size(result->bytes() + 1);  // a cluster at the very end: rare
    free(result);
  }
}

StringSegment* StringSegment::moved(StringSegment* segment, size_t slots) {
  StringSegment* const result = copied(segment, slots, segment->depth_, [](size_t) { return true; });
  free(segment);
  return result;
}

StringSegment* StringSegment::picked(const StringSegment* segment, const std::vector<bool>& marks,
                                     bool wanted) {
  size_t count = 0;
  for (size_t slot = 0; slot < segment->slots_; ++slot)
    count += !segment->empty_at(slot) && marks[slot] == wanted;
  return copied(segment, slots_for(count), segment->depth_ + 1,
                [&](size_t slot) { return marks[slot] == wanted; });
}

StringSegment* StringSegment::grown(StringSegment* segment) {
  return moved(segment, next_size(segment->bytes() + 1));
}

StringSegment* StringSegment::fitted(StringSegment* segment) {
  return moved(segment, slots_for(segment->count_));
}

StringSegment* StringSegment::merged(StringSegment* low, StringSegment* high, uint32_t depth) {
  // Built so wide first that even equal tags find room behind the last home; then cut to size.
  const uint32_t count = low->count_ + high->count_;
  StringSegment* const both = with_slots(17 * size_t{count} + 16, depth);
  size_t next_slot = 0;
  size_t i = low->first_from(0);
  size_t j = high->first_from(0);
  while (i < low->slots_ || j < high->slots_) {
    const bool take_low = j >= high->slots_ || (i < low->slots_ && low->tag(i) <= high->tag(j));
    StringSegment* const from = take_low ? low : high;
    size_t& slot = take_low ? i : j;
    CHECK(both->append(from->element(slot), from->tag(slot), next_slot));
    do {
      ++slot;
    } while (slot < from->slots_ && from->empty_at(slot));
  }
  free(low);
  free(high);
  return fitted(both);
}

}  // namespace corral::types

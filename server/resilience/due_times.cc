// Indexed binary heap.
// Threading: one thread.
// See: due_times.h.
#include "server/resilience/due_times.h"

namespace corral::resilience {

void DueTimes::sift(size_t place, Item item) {
  while (place > 0) {
    const size_t parent = (place - 1) / 2;
    if (heap_[parent].due_us <= item.due_us) break;
    put(place, heap_[parent]);
    place = parent;
  }
  for (;;) {
    size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].due_us < heap_[child].due_us) ++child;
    if (heap_[child].due_us >= item.due_us) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, item);
}

void DueTimes::set(uint32_t slot, int64_t due_us) {
  if (slot >= places_.size()) places_.resize(slot + 1, kNowhere);
  if (places_[slot] == kNowhere) {
    heap_.push_back({});
    sift(heap_.size() - 1, {due_us, slot});
  } else {
    sift(places_[slot], {due_us, slot});
  }
}

void DueTimes::erase(uint32_t slot) {
  if (slot >= places_.size() || places_[slot] == kNowhere) return;
  const size_t place = places_[slot];
  places_[slot] = kNowhere;
  const Item last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) sift(place, last);
}

}  // namespace corral::resilience

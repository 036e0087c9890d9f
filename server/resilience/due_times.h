// One due time for each of many slots, earliest first: a heap that knows where every slot is.
// Threading: one thread.
// See: call_pipeline.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace corral::resilience {

/// set() and erase() are O(log n); memory is bounded by the highest slot, however often times change.
class DueTimes {
 public:
  void set(uint32_t slot, int64_t due_us);
  /// Nothing happens if it has none.
  void erase(uint32_t slot);
  bool empty() const { return heap_.empty(); }
  /// Of the earliest; not to be asked when empty().
  int64_t earliest_us() const { return heap_.front().due_us; }
  uint32_t earliest_slot() const { return heap_.front().slot; }

 private:
  struct Item {
    int64_t due_us;
    uint32_t slot;
  };
  static constexpr uint32_t kNowhere = UINT32_MAX;

  void put(size_t place, Item item) {
    heap_[place] = item;
    places_[item.slot] = static_cast<uint32_t>(place);
  }
  void sift(size_t place, Item item);

  std::vector<Item> heap_;
  std::vector<uint32_t> places_;
};

}  // namespace corral::resilience

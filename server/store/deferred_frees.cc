// The list of memory that waits for the end of a lock.
// Threading: see deferred_frees.h.
// See: deferred_frees.h.
#include "server/store/deferred_frees.h"

#include <cstring>

#include "server/base/memory.h"

namespace corral::store {

void DeferredFrees::push(Item item) {
  if (count_ == capacity_) {
    const uint32_t capacity = capacity_ == 0 ? 4 : capacity_ * 2;
    auto* items = static_cast<Item*>(base::allocate(capacity * sizeof(Item)));
    if (count_ > 0) std::memcpy(items, items_, count_ * sizeof(Item));
    if (items_ != nullptr) base::release(items_, capacity_ * sizeof(Item));
    items_ = items;
    capacity_ = capacity;
  }
  items_[count_++] = item;
}

void DeferredFrees::take(DeferredFrees& from) {
  if (empty()) {
    std::swap(items_, from.items_);
    std::swap(count_, from.count_);
    std::swap(capacity_, from.capacity_);
    return;
  }
  for (uint32_t i = 0; i < from.count_; ++i) push(from.items_[i]);
  from.count_ = 0;
}

void DeferredFrees::run() {
  for (uint32_t i = 0; i < count_; ++i) {
    if (items_[i].bytes == 0) {
      static_cast<base::Blob*>(items_[i].memory)->release();
    } else {
      base::release(items_[i].memory, items_[i].bytes);
    }
  }
  if (items_ != nullptr) base::release(items_, capacity_ * sizeof(Item));
  items_ = nullptr;
  count_ = capacity_ = 0;
}

}  // namespace corral::store

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
  from.run(nullptr);  // an empty list owns no memory: nobody looks at it again
}

void DeferredFrees::run(LargeValues* large) {
  for (uint32_t i = 0; i < count_; ++i) {
    const Item item = items_[i];
    if (item.bytes == kBlob) {
      static_cast<base::Blob*>(item.memory)->release();
    } else if (item.bytes == kContainer) {
      std::unique_ptr<types::Value> value(static_cast<types::Value*>(item.memory));
      if (large != nullptr && value->size() >= LargeValues::kElements) large->add(std::move(value));
    } else {
      base::release(item.memory, item.bytes);
    }
  }
  if (items_ != nullptr) base::release(items_, capacity_ * sizeof(Item));
  items_ = nullptr;
  count_ = capacity_ = 0;
}

void LargeValues::add(std::unique_ptr<types::Value> value) {
  const std::lock_guard lock(mutex_);
  values_.push_back(std::move(value));
  count_.store(values_.size(), std::memory_order_relaxed);
}

bool LargeValues::free_some(size_t elements) {
  std::unique_ptr<types::Value> value;
  {
    const std::lock_guard lock(mutex_);
    if (values_.empty()) return false;
    value = std::move(values_.back());
    values_.pop_back();
    count_.store(values_.size(), std::memory_order_relaxed);
  }
  // Whoever takes a value works on it alone, so the lock is not held while it is freed.
  if (value->discard(elements) > 0) add(std::move(value));
  return !empty();
}

}  // namespace corral::store

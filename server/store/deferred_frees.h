// What must be freed but not while a stripe is held.
// Threading: add() under the stripe's lock, run() without.
// See: README.md of this folder, "Locks".
#pragma once

#include <cstddef>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "server/base/blob.h"
#include "server/types/value.h"

namespace corral::store {

/// Containers with too many elements to be freed at once, until housekeeping takes them apart in steps.
class LargeValues {
 public:
  static constexpr size_t kElements = 64;  // from so many on
  void add(std::unique_ptr<types::Value> value);
  bool empty() const { return count_.load(std::memory_order_relaxed) == 0; }
  /// Frees about `elements`; any thread, without a stripe. Returns whether there is more to free.
  bool free_some(size_t elements);

 private:
  std::mutex mutex_;  // a leaf lock, held to move one address
  std::vector<std::unique_ptr<types::Value>> values_;
  std::atomic<size_t> count_{0};
};

/// Frees of large things wait here until the lock is released (no slow call under a lock).
class DeferredFrees {
 public:
  DeferredFrees() = default;
  DeferredFrees(const DeferredFrees&) = delete;
  DeferredFrees& operator=(const DeferredFrees&) = delete;
  ~DeferredFrees() {
    if (!empty()) run(nullptr);
  }
  /// Takes over one reference.
  void add(base::Blob* blob) { push({blob, kBlob}); }
  void add(types::Value* value) { push({value, kContainer}); }
  /// Takes over memory of base::allocate(bytes); bytes > 0.
  void add(void* memory, size_t bytes) { push({memory, bytes}); }
  bool empty() const { return count_ == 0; }
  /// Moves all of `from` here.
  void take(DeferredFrees& from);
  /// Call without a lock. `large`: where containers with many elements go; null: they are freed here and now.
  void run(LargeValues* large);

 private:
  static constexpr size_t kBlob = 0;
  static constexpr size_t kContainer = SIZE_MAX;
  struct Item {
    void* memory;
    size_t bytes;  // or one of the above
  };
  void push(Item item);

  Item* items_ = nullptr;
  uint32_t count_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace corral::store

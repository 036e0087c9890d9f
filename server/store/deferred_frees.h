// What must be freed but not while a stripe is held.
// Threading: add() under the stripe's lock, run() without.
// See: README.md of this folder, "Locks".
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "server/base/blob.h"

namespace corral::store {

/// Frees of large things wait here until the lock is released (no slow call under a lock).
class DeferredFrees {
 public:
  DeferredFrees() = default;
  DeferredFrees(const DeferredFrees&) = delete;
  DeferredFrees& operator=(const DeferredFrees&) = delete;
  ~DeferredFrees() {
    if (!empty()) run();
  }
  /// Takes over one reference.
  void add(base::Blob* blob) { push({blob, 0}); }
  /// Takes over memory of base::allocate(bytes); bytes > 0.
  void add(void* memory, size_t bytes) { push({memory, bytes}); }
  bool empty() const { return count_ == 0; }
  /// Moves all of `from` here.
  void take(DeferredFrees& from);
  void run();  ///< call without a lock

 private:
  struct Item {
    void* memory;
    size_t bytes;  // 0: a blob
  };
  void push(Item item);

  Item* items_ = nullptr;
  uint32_t count_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace corral::store

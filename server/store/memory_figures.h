// Bytes by what they are for, and the account that keeps them exact.
// Threading: under the stripe's lock.
// See: README.md of this folder, "Memory".
#pragma once

#include <cstdint>

#include "server/base/memory.h"
#include "server/store/deferred_frees.h"

namespace corral::store {

/// Bytes by what they are for. `total()` is what maxmemory counts.
struct MemoryFigures {
  int64_t payload = 0;  // keys and values as the clients sent them
  int64_t header = 0;   // entry headers, expiry, extension, blob headers
  int64_t waste = 0;    // what the allocator's size classes add, and spare capacity
  int64_t table = 0;    // segments and directories
  int64_t expiry = 0;   // wheel records
  int64_t ghost = 0;    // eviction history
  int64_t total() const { return payload + header + waste + table + expiry + ghost; }
  MemoryFigures& operator+=(const MemoryFigures& other) {
    payload += other.payload;
    header += other.header;
    waste += other.waste;
    table += other.table;
    expiry += other.expiry;
    ghost += other.ghost;
    return *this;
  }
};

/// The figures of one table, and where changes of their sum go. Also gives memory back: at once, or when the lock is
/// released if the stripe has a list for that.
class MemoryAccount {
 public:
  explicit MemoryAccount(DeferredFrees* deferred) : deferred_(deferred) {}
  void report_to(int64_t* unreported) { unreported_ = unreported; }

  const MemoryFigures& figures() const { return figures_; }
  void add(int64_t MemoryFigures::*field, int64_t bytes) {
    figures_.*field += bytes;
    if (unreported_ != nullptr) *unreported_ += bytes;
  }
  void add_entry(int64_t payload, int64_t header, int64_t waste) {
    figures_.payload += payload;
    figures_.header += header;
    figures_.waste += waste;
    if (unreported_ != nullptr) *unreported_ += payload + header + waste;
  }
  void add_all(const MemoryFigures& figures) {
    figures_ += figures;
    if (unreported_ != nullptr) *unreported_ += figures.total();
  }
  /// From here on reports to nobody and frees at once.
  void forget_stripe() {
    deferred_ = nullptr;
    unreported_ = nullptr;
  }
  /// Where memory goes from here on; null: it is freed at once.
  void free_into(DeferredFrees* deferred) { deferred_ = deferred; }
  /// Forgets all figures; they move to the caller.
  MemoryFigures take() {
    const MemoryFigures out = figures_;
    if (unreported_ != nullptr) *unreported_ -= out.total();
    figures_ = {};
    return out;
  }
  void free_later(void* memory, size_t bytes) {
    if (deferred_ != nullptr) {
      deferred_->add(memory, bytes);
    } else {
      base::release(memory, bytes);
    }
  }
  void free_later(types::Value* value) {
    if (deferred_ != nullptr) {
      deferred_->add(value);
    } else {
      delete value;
    }
  }
  void free_later(base::Blob* blob) {
    if (deferred_ != nullptr) {
      deferred_->add(blob);
    } else {
      blob->release();
    }
  }

 private:
  MemoryFigures figures_;
  DeferredFrees* deferred_;
  int64_t* unreported_ = nullptr;
};

}  // namespace corral::store

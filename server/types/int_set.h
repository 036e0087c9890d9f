// A sorted array of integers in the fewest bytes each.
// Threading: none of its own; belongs to its set.
// See: README.md of this folder, "Sets".
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "server/base/size_class.h"

namespace corral::types {

/// All integers take the width (2, 4 or 8 bytes) that the widest one seen needed. Looking up O(log n), changing O(n).
class IntSet {
 public:
  IntSet() = default;
  IntSet(IntSet&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        count_(std::exchange(other.count_, 0)),
        width_(std::exchange(other.width_, 2)) {}
  IntSet& operator=(IntSet&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(count_, other.count_);
    std::swap(width_, other.width_);
    return *this;
  }
  ~IntSet() { clear(); }
  IntSet clone() const;

  uint32_t count() const { return count_; }
  size_t memory_bytes() const { return block_ == nullptr ? 0 : heap_bytes(count_, width_); }
  /// In ascending order; index < count().
  int64_t at(size_t index) const;
  bool contains(int64_t number) const;
  /// True if it was not there.
  bool insert(int64_t number);
  /// True if it was there.
  bool erase(int64_t number);
  void clear();

 private:
  static size_t heap_bytes(size_t count, uint32_t width) { return base::size_class(count * width); }
  static uint32_t width_of(int64_t number);
  size_t lower_bound(int64_t number) const;
  void write(size_t index, int64_t number);
  void reshape(uint32_t width, uint32_t count, size_t gap);

  char* block_ = nullptr;
  uint32_t count_ = 0;
  uint32_t width_ = 2;
};

}  // namespace corral::types

// Binary search, and widening when a larger integer comes.
// Threading: see int_set.h.
// See: int_set.h.
#include "server/types/int_set.h"

#include <algorithm>
#include <cstring>

#include "server/base/memory.h"

namespace corral::types {
namespace {

template <typename Integer>
int64_t read_as(const char* at) {
  Integer number = 0;
  std::memcpy(&number, at, sizeof number);
  return number;
}

template <typename Integer>
bool fits(int64_t number) {
  return static_cast<int64_t>(static_cast<Integer>(number)) == number;
}

}  // namespace

uint32_t IntSet::width_of(int64_t number) {
  return fits<int16_t>(number) ? 2 : fits<int32_t>(number) ? 4 : 8;
}

int64_t IntSet::at(size_t index) const {
  const char* const place = block_ + index * width_;
  if (width_ == 2) return read_as<int16_t>(place);
  return width_ == 4 ? read_as<int32_t>(place) : read_as<int64_t>(place);
}

void IntSet::write(size_t index, int64_t number) {
  // Little endian: the low bytes are the narrower integer.
  std::memcpy(block_ + index * width_, &number, width_);
}

size_t IntSet::lower_bound(int64_t number) const {
  size_t low = 0;
  size_t high = count_;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (at(middle) < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool IntSet::contains(int64_t number) const {
  const size_t index = lower_bound(number);
  return index < count_ && at(index) == number;
}

// Copies into a block of another width or size class, leaving a place free at `gap`.
void IntSet::reshape(uint32_t width, uint32_t count, size_t gap) {
  IntSet now;
  now.block_ = static_cast<char*>(base::allocate(heap_bytes(count, width)));
  now.width_ = width;
  now.count_ = count;
  if (width == width_) {
    if (gap > 0) std::memcpy(now.block_, block_, gap * width);
    if (count_ > gap)
      std::memcpy(now.block_ + (gap + 1) * width, block_ + gap * width, (count_ - gap) * width);
  } else {
    for (size_t i = 0; i < count_; ++i) now.write(i < gap ? i : i + 1, at(i));
  }
  *this = std::move(now);
}

bool IntSet::insert(int64_t number) {
  const size_t index = lower_bound(number);
  if (index < count_ && at(index) == number) return false;
  const uint32_t width = std::max(width_, width_of(number));
  if (block_ == nullptr || width != width_ || heap_bytes(count_ + size_t{1}, width) != memory_bytes()) {
    reshape(width, count_ + 1, index);
  } else {
    std::memmove(block_ + (index + 1) * width_, block_ + index * width_, (count_ - index) * width_);
    ++count_;
  }
  write(index, number);
  return true;
}

bool IntSet::erase(int64_t number) {
  const size_t index = lower_bound(number);
  if (index >= count_ || at(index) != number) return false;
  if (count_ == 1) {
    clear();
    return true;
  }
  const size_t old_bytes = memory_bytes();
  std::memmove(block_ + index * width_, block_ + (index + 1) * width_, (count_ - index - 1) * width_);
  --count_;
  const size_t bytes = memory_bytes();
  if (bytes != old_bytes) {
    auto* const block = static_cast<char*>(base::allocate(bytes));
    std::memcpy(block, block_, size_t{count_} * width_);
    base::release(block_, old_bytes);
    block_ = block;
  }
  return true;
}

IntSet IntSet::clone() const {
  IntSet copy;
  if (block_ == nullptr) return copy;
  copy.block_ = static_cast<char*>(base::allocate(memory_bytes()));
  copy.count_ = count_;
  copy.width_ = width_;
  std::memcpy(copy.block_, block_, size_t{count_} * width_);
  return copy;
}

void IntSet::clear() {
  if (block_ != nullptr) base::release(block_, memory_bytes());
  block_ = nullptr;
  count_ = 0;
  width_ = 2;
}

}  // namespace corral::types

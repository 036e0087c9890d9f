// The heap's moves; each tells the field's element where its entry is now.
// Threading: see field_expiries.h.
// See: field_expiries.h.
#include "server/types/field_expiries.h"

#include <cstring>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/size_class.h"

namespace corral::types {

size_t FieldExpiries::memory_bytes() const {
  const size_t pointers = blocks_capacity_ == 0 ? 0 : base::size_class(blocks_capacity_ * sizeof(Entry*));
  return base::size_class(sizeof(FieldExpiries)) + places_.memory_bytes() + pointers +
         blocks_count_ * base::size_class(kBlockBytes);
}

size_t FieldExpiries::index_of(const StringElement& element) const {
  uint32_t index = 0;
  std::memcpy(&index, element.payload, sizeof index);
  return index;
}

int64_t FieldExpiries::expiry_ms(std::string_view field) const {
  const auto element = places_.find(field);
  return element ? entry(index_of(*element)).at_ms : kNever;
}

void FieldExpiries::place(size_t index, Entry moved) {
  entry(index) = moved;
  const auto stored = static_cast<uint32_t>(index);
  std::memcpy(string_element::read(moved.element, Payload::kFourBytes).payload, &stored, sizeof stored);
}

// Finds the place for an entry, from a free one.
void FieldExpiries::sift(size_t index, Entry moved) {
  while (index > 0 && entry((index - 1) / 2).at_ms > moved.at_ms) {
    place(index, entry((index - 1) / 2));
    index = (index - 1) / 2;
  }
  for (const size_t count = size(); 2 * index + 1 < count;) {
    size_t child = 2 * index + 1;
    if (child + 1 < count && entry(child + 1).at_ms < entry(child).at_ms) ++child;
    if (entry(child).at_ms >= moved.at_ms) break;
    place(index, entry(child));
    index = child;
  }
  place(index, moved);
}

void FieldExpiries::set(std::string_view field, int64_t at_ms) {
  if (const auto element = places_.find(field)) {
    const size_t index = index_of(*element);
    Entry moved = entry(index);
    moved.at_ms = at_ms;
    sift(index, moved);
    return;
  }
  const size_t index = size();
  CHECK(index < UINT32_MAX);
  if (index == blocks_count_ * kBlockEntries) add_block();
  entry(index) = Entry{INT64_MAX, nullptr};
  places_.put(field, std::string_view("\0\0\0\0", 4));
  const StringElement element = *places_.find(field);
  char* const start = const_cast<char*>(element.key.data()) - string_element::length_size(element.key.size());
  sift(index, Entry{at_ms, start});
}

bool FieldExpiries::erase(std::string_view field) {
  const auto element = places_.find(field);
  if (!element) return false;
  const size_t index = index_of(*element);
  const Entry last = entry(size() - 1);
  places_.erase(field);  // `field` may lie in the element itself: not used again
  if (index < size()) sift(index, last);
  drop_unused_blocks(size());
  return true;
}

void FieldExpiries::add_block() {
  if (blocks_count_ == blocks_capacity_) {
    resize_blocks(base::size_class((blocks_count_ + 1) * sizeof(Entry*)) / sizeof(Entry*));
  }
  blocks_[blocks_count_++] = static_cast<Entry*>(base::allocate(kBlockBytes));
}

void FieldExpiries::drop_unused_blocks(size_t entries) {
  // One block more than needed stays, so that a field coming and going at the border costs nothing.
  const size_t needed = entries == 0 ? 0 : entries / kBlockEntries + 2;
  while (blocks_count_ > needed) base::release(blocks_[--blocks_count_], kBlockBytes);
  if (blocks_count_ < blocks_capacity_ / 4 || blocks_count_ == 0) resize_blocks(blocks_count_);
}

void FieldExpiries::resize_blocks(size_t capacity) {
  auto** const now =
      capacity == 0 ? nullptr : static_cast<Entry**>(base::allocate(capacity * sizeof(Entry*)));
  if (now != nullptr && blocks_count_ > 0) std::memcpy(now, blocks_, blocks_count_ * sizeof(Entry*));
  if (blocks_ != nullptr) base::release(blocks_, blocks_capacity_ * sizeof(Entry*));
  blocks_ = now;
  blocks_capacity_ = capacity;
}

void FieldExpiries::copy_to(FieldExpiries& other) const {
  for (size_t i = 0; i < size(); ++i) other.set(entry(i).field(), entry(i).at_ms);
}

size_t FieldExpiries::discard(size_t budget) {
  const size_t freed = places_.discard(budget);
  if (freed < budget) drop_unused_blocks(0);
  return freed;
}

}  // namespace corral::types

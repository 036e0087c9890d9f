// One part of a string table: slots sorted by a part of the hash, with gaps.
// Threading: none of its own.
// See: README.md of this folder, "String table".
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace corral::types {

/// A slot is 0 (empty) or 48 bits of the element's address below 16 bits of its hash, the tag. A tag's home is its share of
/// the slots (tag × homes / 65,536), an element stands at its home or behind it without a gap between, and all tags
/// stand in order (Robin Hood hashing with an order-preserving home). So growing within a segment and merging two
/// never look at an element, and a scan can stop between two tags and find its place again in any later size.
class StringSegment {
 public:
  static constexpr size_t kNone = SIZE_MAX;
  /// Where a segment stops growing as long as it can be split.
  static constexpr size_t kMostBytes = 4096;
  static constexpr uint32_t kMostSlots = (kMostBytes - 8) / 8;

  /// Room for `elements` and some more.
  static StringSegment* make(uint32_t elements, uint32_t depth);
  static void free(StringSegment* segment);

  uint32_t count() const { return count_; }
  uint32_t slots() const { return slots_; }
  /// How many bits of the hash its elements share.
  uint32_t depth() const { return depth_; }
  void set_depth(uint32_t depth) { depth_ = depth & 63; }
  size_t bytes() const { return bytes_for(slots_); }

  bool empty_at(size_t slot) const { return at(slot) == 0; }
  char* element(size_t slot) const { return reinterpret_cast<char*>(at(slot) & kAddress); }
  uint16_t tag(size_t slot) const { return static_cast<uint16_t>(at(slot) >> 48); }
  void set_element(size_t slot, char* element) { at(slot) = word(element, tag(slot)); }

  /// First slot that holds the tag or a later one; slots() when none.
  size_t first_from(uint32_t tag) const;
  /// First slot with exactly this tag, or kNone; further ones follow directly.
  size_t first_equal(uint16_t tag) const;
  /// False when it is too full or its end is reached: grow or split first.
  bool insert(char* element, uint16_t tag);
  void erase(size_t slot);

  /// The same elements in a segment of the next size, or with room for `elements`. Frees this one.
  static StringSegment* grown(StringSegment* segment);
  static StringSegment* fitted(StringSegment* segment);
  /// A new one, a bit deeper, of the elements for whose slots `marks` says `wanted`; the old one stays.
  static StringSegment* picked(const StringSegment* segment, const std::vector<bool>& marks, bool wanted);
  /// Both are freed.
  static StringSegment* merged(StringSegment* low, StringSegment* high, uint32_t depth);

 private:
  static constexpr uint64_t kAddress = (uint64_t{1} << 48) - 1;
  static size_t bytes_for(size_t slots) { return sizeof(StringSegment) + 8 * slots; }
  static StringSegment* with_slots(size_t slots, uint32_t depth);
  // Slots of the smallest segment of that many bytes or more; slots for so many elements and some more.
  static size_t next_size(size_t bytes);
  static size_t slots_for(size_t elements);
  template <typename Wanted>
  static StringSegment* copied(const StringSegment* segment, size_t slots, uint32_t depth, Wanted wanted);
  static StringSegment* moved(StringSegment* segment, size_t slots);
  // Adds behind all others in the order of tags; false when it does not fit.
  bool append(char* element, uint16_t tag, size_t& next_slot);
  static uint64_t word(const char* element, uint16_t tag) {
    return reinterpret_cast<uint64_t>(element) | static_cast<uint64_t>(tag) << 48;
  }
  // The last few have no homes: room for what is displaced behind the last one.
  uint32_t homes() const { return slots_ - slots_ / 32 - (slots_ > 1 ? 1 : 0); }
  size_t home(uint32_t tag) const { return static_cast<size_t>((uint64_t{tag} * homes()) >> 16); }
  uint64_t& at(size_t slot) { return reinterpret_cast<uint64_t*>(this + 1)[slot]; }
  const uint64_t& at(size_t slot) const { return reinterpret_cast<const uint64_t*>(this + 1)[slot]; }

  uint32_t count_;
  uint32_t slots_ : 26;
  uint32_t depth_ : 6;
};

static_assert(sizeof(StringSegment) == 8);

}  // namespace corral::types

// A hash table of strings, each with a payload: the large form of sets and hashes, the members of sorted sets.
// Threading: none of its own; belongs to the container that holds it.
// See: README.md of this folder, "String table".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "server/base/hash.h"
#include "server/base/random.h"
#include "server/types/string_element.h"
#include "server/types/string_segment.h"

namespace corral::types {

/// Segments by the first bits of the hash (extendible hashing). No call moves more than about 500 elements, whatever the
/// size; about ten bytes an element beside the element itself. Keys and payloads given must not lie in the table.
class StringTable {
 public:
  /// `secret` must outlive the table and its copies.
  StringTable(const base::HashSecret& secret, Payload payload) : secret_(&secret), payload_(payload) {}
  StringTable(StringTable&& other) noexcept
      : secret_(other.secret_), payload_(other.payload_), parts_(std::exchange(other.parts_, Parts{})) {}
  StringTable& operator=(StringTable&&) = delete;
  ~StringTable() { discard(SIZE_MAX); }
  StringTable clone() const;

  size_t size() const { return parts_.size; }
  /// Without the object itself. O(1), exact.
  size_t memory_bytes() const { return parts_.memory_bytes; }

  std::optional<StringElement> find(std::string_view key) const;
  bool contains(std::string_view key) const { return find(key).has_value(); }
  /// Adds the key or replaces its payload; true if it is new. `payload` has the table's fixed size, if that has one.
  bool put(std::string_view key, std::string_view payload = {});
  bool erase(std::string_view key);
  /// Each element with the same chance, whatever the shape of the table; not on an empty one. O(1) expected.
  StringElement random(base::Random& random) const;

  /// Calls visit(StringElement) for about `count` elements from `cursor` on; 0 starts, and the returned 0 ends. Elements
  /// that are there from start to end are visited at least once, whatever is added and erased between the calls;
  /// nothing may change during one. Any cursor is harmless.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, Visit visit) const;

  /// One element after the other, in no order. Invalid after any change.
  class Walk {
   public:
    explicit Walk(const StringTable& table) : table_(table) {}
    std::optional<StringElement> next();

   private:
    const StringTable& table_;
    size_t index_ = 0;
    size_t slot_ = 0;
  };

  /// As Value::discard().
  size_t discard(size_t budget);

 private:
  static constexpr uint32_t kMostDepth = 40;
  static constexpr uint32_t kMergeAt = 160;

  struct Parts {
    void* root = nullptr;  // the only segment at depth 0, else an array of 2^depth pointers to segments
    size_t size = 0;
    size_t memory_bytes = 0;
    size_t discarded = 0;     // how far discard() has come in the directory
    uint32_t most_slots = 0;  // no segment has more
    uint32_t deepest = 0;     // segments whose depth is `depth`
    uint32_t depth = 0;
  };

  StringSegment*& segment(size_t index) const {
    if (parts_.depth == 0) return *reinterpret_cast<StringSegment**>(const_cast<void**>(&parts_.root));
    return static_cast<StringSegment**>(parts_.root)[index];
  }
  size_t directory_size() const { return size_t{1} << parts_.depth; }
  size_t index_of(uint64_t hash) const { return parts_.depth == 0 ? 0 : hash >> (64 - parts_.depth); }
  /// How many entries of the directory lead to it, and the first of them.
  size_t span(const StringSegment* segment) const { return size_t{1} << (parts_.depth - segment->depth()); }
  size_t start(size_t index, const StringSegment* segment) const { return index & ~(span(segment) - 1); }
  size_t find_slot(const StringSegment* segment, uint64_t hash, std::string_view key) const;

  /// Puts a segment into all its entries of the directory, and its memory into the account instead of the old one's.
  void set_segment(size_t index, size_t old_bytes, StringSegment* now);
  void make_room(size_t index);
  bool may_split(const StringSegment* segment) const;
  void split(size_t index);
  void shrink(size_t index);
  bool merge(size_t index);
  void resize_directory(uint32_t depth);
  void count_deepest();
  static uint64_t cursor(size_t index_at_depth, uint32_t depth, uint32_t tag) {
    return static_cast<uint64_t>(index_at_depth) << 22 | static_cast<uint64_t>(depth) << 16 | tag;
  }
  uint64_t cursor_at(size_t index, uint32_t tag) const;
  /// Where a cursor leads in the table as it is now.
  std::pair<size_t, uint32_t> resolve(uint64_t cursor) const;

  const base::HashSecret* secret_;
  Payload payload_;
  Parts parts_;
};

template <typename Visit>
uint64_t StringTable::scan(uint64_t cursor, size_t count, Visit visit) const {
  if (size() == 0) return 0;
  auto [index, tag] = resolve(cursor);
  size_t visited = 0;
  for (size_t segments = 0; index < directory_size(); ++segments, tag = 0) {
    if (visited >= count || segments > 10 * count) return cursor_at(index, 0);
    const StringSegment* const here = segment(index);
    size_t slot = here->first_from(tag);
    while (slot < here->slots()) {
      if (!here->empty_at(slot)) {
        if (visited >= count && here->tag(slot) != tag) return cursor_at(index, here->tag(slot));
        tag = here->tag(slot);
        visit(string_element::read(here->element(slot), payload_));
        ++visited;
      }
      ++slot;
    }
    index = start(index, here) + span(here);
  }
  return 0;
}

}  // namespace corral::types

// When fields of a hash expire: a heap by time, and each field's place in it.
// Threading: none of its own; belongs to its hash.
// See: README.md of this folder, "Fields that expire".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/types/string_table.h"

namespace corral::types {

/// Exists only while a field has an expiry. Every operation O(log fields), the earliest O(1); the heap grows by blocks,
/// so that none copies it.
class FieldExpiries {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  explicit FieldExpiries(const base::HashSecret& secret) : places_(secret, Payload::kFourBytes) {}
  FieldExpiries(const FieldExpiries&) = delete;
  FieldExpiries& operator=(const FieldExpiries&) = delete;
  ~FieldExpiries() { discard(SIZE_MAX); }

  size_t size() const { return places_.size(); }
  /// With the object itself.
  size_t memory_bytes() const;

  /// kNever when the field has none.
  int64_t expiry_ms(std::string_view field) const;
  void set(std::string_view field, int64_t at_ms);
  bool erase(std::string_view field);
  /// Milliseconds of the earliest, kNever when empty.
  int64_t earliest_ms() const { return size() == 0 ? kNever : entry(0).at_ms; }
  std::string_view earliest_field() const { return entry(0).field(); }
  void copy_to(FieldExpiries& other) const;
  /// As Value's.
  int64_t recorded_due_ms() const { return recorded_due_ms_; }
  void record_due(int64_t at_ms) { recorded_due_ms_ = at_ms; }
  size_t discard(size_t budget);

 private:
  struct Entry {
    int64_t at_ms;
    char* element;  // of places_, which keeps it where it is
    std::string_view field() const { return string_element::key(element); }
  };
  static constexpr size_t kBlockEntries = 64;
  static constexpr size_t kBlockBytes = kBlockEntries * sizeof(Entry);

  Entry& entry(size_t index) const { return blocks_[index / kBlockEntries][index % kBlockEntries]; }
  size_t index_of(const StringElement& element) const;
  void place(size_t index, Entry moved);
  void sift(size_t index, Entry moved);
  void add_block();
  void drop_unused_blocks(size_t entries);
  void resize_blocks(size_t capacity);

  StringTable places_;
  int64_t recorded_due_ms_ = kNever;
  Entry** blocks_ = nullptr;
  size_t blocks_count_ = 0;
  size_t blocks_capacity_ = 0;
};

}  // namespace corral::types

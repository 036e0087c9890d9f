// A list: nodes of packed elements, linked both ways.
// Threading: see value.h.
// See: README.md of this folder, "Lists"; LPUSH, LINSERT and LMOVE of Redis 7.0.
#pragma once

#include <optional>

#include "server/types/packed_list.h"
#include "server/types/thresholds.h"
#include "server/types/value.h"

namespace corral::types {

/// Both ends in O(1); the middle by skipping whole nodes. Elements that are given must not point into the list itself.
class ListValue final : public Value {
 public:
  static constexpr ValueType kType = ValueType::kList;
  enum class End : uint8_t { kHead, kTail };
  struct Node;
  /// An element's place, valid until the list changes. Empty: none.
  struct Place {
    Node* node = nullptr;
    PackedList::Position position = PackedList::kNone;
    explicit operator bool() const { return node != nullptr; }
    bool operator==(const Place&) const = default;
  };

  ListValue() = default;
  ~ListValue() override;

  ValueType type() const override { return ValueType::kList; }
  std::string_view encoding() const override { return "quicklist"; }
  size_t size() const override { return size_; }
  size_t memory_bytes() const override;
  std::unique_ptr<Value> clone() const override;
  size_t discard(size_t budget) override;

  void push(End end, const PackedElement& element, const Thresholds& thresholds);
  /// The list must not be empty.
  PackedElement peek(End end) const { return get(at(end == End::kHead ? 0 : -1)); }
  void drop(End end);
  /// LMOVE, also within one list; `from` must not be empty.
  static void move(ListValue& from, End from_end, ListValue& to, End to_end, const Thresholds& thresholds);

  /// From the nearer end; negative counts from the last; an empty place outside. O(nodes).
  Place at(int64_t index) const;
  Place next(Place place) const;
  Place previous(Place place) const;
  PackedElement get(Place place) const;
  bool equals(Place place, const PackedElement& element) const;

  void insert_before(Place place, const PackedElement& element, const Thresholds& thresholds);
  void insert_after(Place place, const PackedElement& element, const Thresholds& thresholds);
  void replace(Place place, const PackedElement& element, const Thresholds& thresholds);
  /// Returns the place of the one behind, or none. O(bytes of a node).
  Place erase(Place place);
  /// Erases `count` elements from `index` on; what is outside is left out. Whole nodes at once.
  void erase_range(size_t index, size_t count);
  /// Keeps `count` elements from `index` on (LTRIM).
  void trim(size_t index, size_t count);
  /// LREM: erases up to `most` equal elements, seen from `from`; returns how many.
  size_t remove(const PackedElement& element, size_t most, End from);

 private:
  Node* link_after(Node* node);  // null: before the first
  void unlink(Node* node);
  template <typename Change>
  auto change(Node* node, Change apply);
  bool merge_with_next(Node* node, const Thresholds& thresholds);

  Node* head_ = nullptr;
  Node* tail_ = nullptr;
  size_t size_ = 0;
  size_t nodes_bytes_ = 0;
};

}  // namespace corral::types

// A set of strings.
// Threading: see value.h.
// See: README.md of this folder, "Sets".
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/hash.h"
#include "server/base/random.h"
#include "server/types/int_set.h"
#include "server/types/packed_list.h"
#include "server/types/string_table.h"
#include "server/types/thresholds.h"
#include "server/types/value.h"

namespace corral::types {

/// Integers only: a sorted array. Few and short: a packed list. Else a string table. Views that are returned are valid
/// until the next change.
class SetValue final : public Value {
 public:
  static constexpr ValueType kType = ValueType::kSet;
  /// `secret` must outlive the set and its copies.
  explicit SetValue(const base::HashSecret& secret) : secret_(&secret) {}

  ValueType type() const override { return ValueType::kSet; }
  std::string_view encoding() const override;
  size_t size() const override;
  size_t memory_bytes() const override;
  std::unique_ptr<Value> clone() const override;
  size_t discard(size_t budget) override;

  /// O(1) expected when large, else O(bytes).
  bool contains(std::string_view member) const;
  /// True if it is new. `member` must not lie in the set.
  bool add(std::string_view member, const Thresholds& thresholds);
  /// True if it was there. `member` may lie in the set.
  bool erase(std::string_view member);

  /// All members; integers in ascending order, few ones in the order of insertion.
  class Walk {
   public:
    explicit Walk(const SetValue& set);
    std::optional<PackedElement> next();

   private:
    const SetValue& set_;
    size_t index_ = 0;
    PackedList::Position position_ = PackedList::kNone;
    std::optional<StringTable::Walk> walk_;
  };
  /// Each with the same chance; the set must not be empty. O(1) expected, O(members) in a packed list.
  PackedElement random(base::Random& random) const;
  /// Up to `count` distinct members (SRANDMEMBER), in no order.
  std::vector<PackedElement> sample(size_t count, base::Random& random) const;
  /// As StringTable::scan(), calling visit(PackedElement); a compact set is visited whole.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, Visit visit) const;

 private:
  using Table = std::unique_ptr<StringTable>;
  const IntSet* ints() const { return std::get_if<IntSet>(&members_); }
  const PackedList* packed() const { return std::get_if<PackedList>(&members_); }
  const StringTable* table() const {
    const Table* const table = std::get_if<Table>(&members_);
    return table == nullptr ? nullptr : table->get();
  }
  void convert_to_packed();
  void convert_to_table();

  std::variant<IntSet, PackedList, Table> members_;
  const base::HashSecret* secret_;
};

template <typename Visit>
uint64_t SetValue::scan(uint64_t cursor, size_t count, Visit visit) const {
  if (const StringTable* const large = table()) {
    return large->scan(cursor, count,
                       [&](const StringElement& element) { visit(PackedElement::view(element.key)); });
  }
  Walk walk(*this);
  while (const auto member = walk.next()) visit(*member);
  return 0;
}

}  // namespace corral::types

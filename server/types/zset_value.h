// A sorted set: members with scores, by member and in order.
// Threading: see value.h.
// See: README.md of this folder, "Sorted sets".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "server/base/hash.h"
#include "server/base/random.h"
#include "server/types/ordered_tree.h"
#include "server/types/packed_list.h"
#include "server/types/string_table.h"
#include "server/types/thresholds.h"
#include "server/types/value.h"

namespace corral::types {

/// One end of a range by score.
struct ScoreBound {
  double score = 0;
  bool exclusive = false;
};

/// One end of a range by member, for sets whose scores are all equal: "-", "+", "[text" or "(text".
struct LexBound {
  enum class Kind : uint8_t { kLowest, kHighest, kInclusive, kExclusive };
  Kind kind = Kind::kLowest;
  std::string_view text;

  /// Is the member within, with this as the lower / upper end?
  bool admits_from_below(std::string_view member) const;
  bool admits_from_above(std::string_view member) const;
};

/// Members in the order of (score, bytes). NaN never enters; -0 equals 0, and only the large form keeps it (as Redis). Large: every call O(log n),
/// O(1) where it needs no order; compact: O(size).
class ZsetValue final : public Value {
 public:
  static constexpr ValueType kType = ValueType::kZset;
  /// `secret` must outlive the value and its copies.
  explicit ZsetValue(const base::HashSecret& secret) : secret_(&secret) {}
  ~ZsetValue() override;

  ValueType type() const override { return ValueType::kZset; }
  std::string_view encoding() const override { return large_ == nullptr ? "listpack" : "skiplist"; }
  size_t size() const override;
  size_t memory_bytes() const override;
  std::unique_ptr<Value> clone() const override;
  size_t discard(size_t budget) override;

  /// Adds the member or gives it another score; returns the score it had. An equal score changes nothing (0 stays 0 when
  /// -0 comes).
  std::optional<double> put(std::string_view member, double score, const Thresholds& thresholds);
  bool erase(std::string_view member);
  std::optional<double> score(std::string_view member) const;
  /// How many stand before it.
  std::optional<uint64_t> rank(std::string_view member) const;

  /// Ranks from `first` up to but without `end`; first <= end <= size().
  struct Ranks {
    uint64_t first = 0;
    uint64_t end = 0;
    uint64_t count() const { return end - first; }
  };
  Ranks by_score(ScoreBound low, ScoreBound high) const;
  /// With unequal scores the answer is the one of Redis' compact form, where `reverse` makes a difference; nothing is
  /// promised for the large form.
  Ranks by_lex(const LexBound& low, const LexBound& high, bool reverse = false) const;
  void erase(Ranks ranks);

  /// A member and its place. Valid until the next change.
  class Cursor {
   public:
    explicit operator bool() const {
      return list_ != nullptr ? at_ != PackedList::kNone : static_cast<bool>(item_);
    }
    /// A view of the value, or of `buffer`.
    std::string_view member(PackedElement::Buffer& buffer) const;
    double score() const;
    void next();
    void previous();

   private:
    friend class ZsetValue;
    struct Item {
      double score;
      const char* element;  // of the table
    };
    const PackedList* list_ = nullptr;
    PackedList::Position at_ = PackedList::kNone;
    OrderedTree<Item>::Cursor item_;
  };
  Cursor at(uint64_t rank) const;
  /// Each with the same chance; not on an empty one.
  Cursor random(base::Random& random) const { return at(random.below(size())); }

  /// ZSCAN: calls visit(member, score); as StringTable::scan(). A compact one comes whole.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, Visit visit) const;

  /// Redis decides anew for what a command has built: a result that will have so many members starts large, …
  void expect(uint64_t members, const Thresholds& thresholds);
  /// … and one that has become large is made compact again when it could be.
  void compact_if_small(const Thresholds& thresholds);

 private:
  using Item = Cursor::Item;
  struct Large {
    StringTable table;  // the payload is the score
    OrderedTree<Item> tree;
  };

  static double score_of(const StringElement& element);
  void insert_compact(const PackedElement& member, std::string_view text, double score);
  void make_large();
  void insert_large(std::string_view member, double score);
  void release_large();
  template <typename Before>
  uint64_t count_before(const Before& before) const;

  const base::HashSecret* secret_;
  PackedList list_;         // member, score, …
  Large* large_ = nullptr;  // instead of the list
};

template <typename Visit>
uint64_t ZsetValue::scan(uint64_t cursor, size_t count, Visit visit) const {
  if (large_ != nullptr) {
    return large_->table.scan(cursor, count,
                              [&](const StringElement& element) { visit(element.key, score_of(element)); });
  }
  PackedElement::Buffer buffer;
  for (Cursor walk = at(0); walk; walk.next()) visit(walk.member(buffer), walk.score());
  return 0;
}

}  // namespace corral::types

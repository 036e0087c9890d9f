// A hash: fields and their values, each field with an expiry of its own if wanted.
// Threading: see value.h.
// See: README.md of this folder, "Compact and large" and "Fields that expire".
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/hash.h"
#include "server/base/random.h"
#include "server/types/field_expiries.h"
#include "server/types/packed_list.h"
#include "server/types/string_table.h"
#include "server/types/thresholds.h"
#include "server/types/value.h"

namespace corral::types {

/// Compact: pairs in the order of insertion. Large: a string table. A field whose time has come (expiry <= now_ms) is as
/// good as gone for every call that takes `now_ms`, though size() counts it until expire_due() or a write removes it.
/// Texts that are given must not lie in the hash itself; views that are returned are valid until the next change.
class HashValue final : public Value {
 public:
  static constexpr ValueType kType = ValueType::kHash;
  struct Pair {
    PackedElement field;
    PackedElement value;
  };
  enum class Expiry : uint8_t { kClear, kKeep };
  static constexpr int64_t kNever = FieldExpiries::kNever;

  /// `secret` must outlive the hash and its copies.
  explicit HashValue(const base::HashSecret& secret) : secret_(&secret) {}

  ValueType type() const override { return ValueType::kHash; }
  std::string_view encoding() const override { return table() == nullptr ? "listpack" : "hashtable"; }
  size_t size() const override;
  size_t memory_bytes() const override;
  std::unique_ptr<Value> clone() const override;
  size_t discard(size_t budget) override;

  std::optional<PackedElement> get(std::string_view field, int64_t now_ms) const;
  bool contains(std::string_view field, int64_t now_ms) const { return get(field, now_ms).has_value(); }
  /// Adds or replaces; true if the field is new. An expiry it had is cleared or kept.
  bool set(std::string_view field, std::string_view value, int64_t now_ms, const Thresholds& thresholds,
           Expiry expiry = Expiry::kClear);
  /// True if it was there.
  bool erase(std::string_view field, int64_t now_ms);

  /// All pairs; in the order of insertion while compact.
  class Walk {
   public:
    Walk(const HashValue& hash, int64_t now_ms);
    std::optional<Pair> next();

   private:
    std::optional<Pair> next_of_all();
    const HashValue& hash_;
    int64_t now_ms_;
    PackedList::Position position_ = PackedList::kNone;
    std::optional<StringTable::Walk> walk_;
  };
  /// Each with the same chance; none when no field is left at `now_ms`. O(1) expected when large.
  std::optional<Pair> random(base::Random& random, int64_t now_ms) const;
  /// Up to `count` distinct pairs (HRANDFIELD), in no order.
  std::vector<Pair> sample(size_t count, base::Random& random, int64_t now_ms) const;
  /// As StringTable::scan(), calling visit(Pair); a compact hash is visited whole.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, int64_t now_ms, Visit visit) const;

  /// Fields with an expiry, due ones not yet removed included.
  size_t expiring_fields() const { return expiries_ == nullptr ? 0 : expiries_->size(); }
  /// Milliseconds since 1970; kNever for a field without one or that is not there.
  int64_t expiry_ms(std::string_view field, int64_t now_ms) const;
  /// False if there is no such field. kNever removes the expiry; a time that has come makes the field invisible.
  bool set_expiry(std::string_view field, int64_t at_ms, int64_t now_ms);
  /// When the next field expires, kNever if none does. O(1).
  int64_t next_expiry_ms() const { return expiries_ == nullptr ? kNever : expiries_->earliest_ms(); }
  /// Removes up to `budget` fields whose time has come; returns how many. O(log fields) each, O(bytes) while compact.
  size_t expire_due(int64_t now_ms, size_t budget);

  int64_t next_due_ms() const override { return next_expiry_ms(); }
  int64_t recorded_due_ms() const override {
    return expiries_ == nullptr ? kNeverDue : expiries_->recorded_due_ms();
  }
  /// Forgotten with the last expiry.
  void record_due(int64_t at_ms) override {
    if (expiries_ != nullptr) expiries_->record_due(at_ms);
  }

 private:
  using Table = std::unique_ptr<StringTable>;
  StringTable* table() const {
    const Table* const table = std::get_if<Table>(&fields_);
    return table == nullptr ? nullptr : table->get();
  }
  PackedList& packed() { return std::get<PackedList>(fields_); }
  const PackedList& packed() const { return std::get<PackedList>(fields_); }
  bool expired(std::string_view field, int64_t now_ms) const {
    return next_expiry_ms() <= now_ms && expiries_->expiry_ms(field) <= now_ms;
  }
  bool expired(const PackedElement& field, int64_t now_ms) const;
  void forget_expiry(std::string_view field);
  bool put(std::string_view field, std::string_view value, const Thresholds& thresholds);
  bool take(std::string_view field);
  void convert();

  std::variant<PackedList, Table> fields_;
  std::unique_ptr<FieldExpiries> expiries_;
  const base::HashSecret* secret_;
};

template <typename Visit>
uint64_t HashValue::scan(uint64_t cursor, size_t count, int64_t now_ms, Visit visit) const {
  if (const StringTable* const large = table()) {
    return large->scan(cursor, count, [&](const StringElement& element) {
      if (expired(element.key, now_ms)) return;
      visit(Pair{PackedElement::view(element.key), PackedElement::view(element.payload_text())});
    });
  }
  Walk walk(*this, now_ms);
  while (const auto pair = walk.next()) visit(*pair);
  return 0;
}

}  // namespace corral::types

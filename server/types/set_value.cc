// Sets: the three forms and the ways between them.
// Threading: see value.h.
// See: set_value.h.
#include "server/types/set_value.h"

#include <algorithm>
#include <utility>

#include "server/base/size_class.h"
#include "server/types/random_sample.h"

namespace corral::types {
namespace {

constexpr size_t kMostCompactBytes = size_t{1} << 30;  // whatever the thresholds say

bool at_most(size_t value, int64_t threshold) {
  return value <= static_cast<uint64_t>(std::max<int64_t>(threshold, 0));
}

}  // namespace

std::string_view SetValue::encoding() const {
  return ints() != nullptr ? "intset" : "hashtable";
}

size_t SetValue::size() const {
  if (const IntSet* const numbers = ints()) return numbers->count();
  return packed() != nullptr ? packed()->count() : table()->size();
}

size_t SetValue::memory_bytes() const {
  const size_t object = base::size_class(sizeof(SetValue));
  if (const IntSet* const numbers = ints()) return object + numbers->memory_bytes();
  if (const PackedList* const few = packed()) return object + few->memory_bytes();
  return object + base::size_class(sizeof(StringTable)) + table()->memory_bytes();
}

std::unique_ptr<Value> SetValue::clone() const {
  auto copy = std::make_unique<SetValue>(*secret_);
  if (const IntSet* const numbers = ints()) {
    copy->members_ = numbers->clone();
  } else if (const PackedList* const few = packed()) {
    copy->members_ = few->clone();
  } else {
    copy->members_ = std::make_unique<StringTable>(table()->clone());
  }
  return copy;
}

size_t SetValue::discard(size_t budget) {
  if (auto* const large = std::get_if<Table>(&members_)) return (*large)->discard(budget);
  const size_t freed = size();
  members_ = IntSet{};
  return freed;
}

bool SetValue::contains(std::string_view member) const {
  if (const StringTable* const large = table()) return large->contains(member);
  const PackedElement element = PackedElement::of(member);
  if (const IntSet* const numbers = ints()) return element.is_number() && numbers->contains(element.number());
  return packed()->find(element, packed()->first()) != PackedList::kNone;
}

bool SetValue::add(std::string_view member, const Thresholds& thresholds) {
  if (auto* const large = std::get_if<Table>(&members_)) return (*large)->put(member);
  const PackedElement element = PackedElement::of(member);
  if (auto* const numbers = std::get_if<IntSet>(&members_)) {
    if (element.is_number()) {
      if (numbers->contains(element.number())) return false;
      if (at_most(size() + 1, thresholds.set_max_intset_entries)) return numbers->insert(element.number());
    }
    convert_to_packed();
  }
  auto& few = std::get<PackedList>(members_);
  if (few.find(element, few.first()) != PackedList::kNone) return false;
  const bool fits = at_most(size() + 1, thresholds.set_max_listpack_entries) &&
                    at_most(member.size(), thresholds.set_max_listpack_value) &&
                    few.bytes() + member.size() <= kMostCompactBytes;
  if (fits) {
    few.append(element);
    return true;
  }
  convert_to_table();
  return std::get<Table>(members_)->put(member);
}

bool SetValue::erase(std::string_view member) {
  if (auto* const large = std::get_if<Table>(&members_)) return (*large)->erase(member);
  const PackedElement element = PackedElement::of(member);
  if (auto* const numbers = std::get_if<IntSet>(&members_)) {
    return element.is_number() && numbers->erase(element.number());
  }
  auto& few = std::get<PackedList>(members_);
  const auto at = few.find(element, few.first());
  if (at == PackedList::kNone) return false;
  few.erase(at);
  return true;
}

void SetValue::convert_to_packed() {
  PackedList few;
  const IntSet& numbers = *ints();
  for (size_t i = 0; i < numbers.count(); ++i) few.append(PackedElement::of(numbers.at(i)));
  members_ = std::move(few);
}

void SetValue::convert_to_table() {
  auto large = std::make_unique<StringTable>(*secret_, Payload::kNone);
  Walk walk(*this);
  PackedElement::Buffer buffer;
  while (const auto member = walk.next()) large->put(member->text(buffer));
  members_ = std::move(large);
}

SetValue::Walk::Walk(const SetValue& set) : set_(set) {
  if (set.packed() != nullptr) position_ = set.packed()->first();
  if (set.table() != nullptr) walk_.emplace(*set.table());
}

std::optional<PackedElement> SetValue::Walk::next() {
  if (walk_) {
    const auto element = walk_->next();
    if (!element) return std::nullopt;
    return PackedElement::view(element->key);
  }
  if (const IntSet* const numbers = set_.ints()) {
    if (index_ >= numbers->count()) return std::nullopt;
    return PackedElement::of(numbers->at(index_++));
  }
  if (position_ == PackedList::kNone) return std::nullopt;
  const PackedElement member = set_.packed()->get(position_);
  position_ = set_.packed()->next(position_);
  return member;
}

PackedElement SetValue::random(base::Random& random) const {
  if (const StringTable* const large = table()) return PackedElement::view(large->random(random).key);
  const uint64_t index = random.below(size());
  if (const IntSet* const numbers = ints()) return PackedElement::of(numbers->at(index));
  return packed()->get(packed()->at(static_cast<int64_t>(index)));
}

std::vector<PackedElement> SetValue::sample(size_t count, base::Random& random) const {
  if (count == 0) return {};
  Walk walk(*this);
  // Compact ones are walked in any case.
  return sample_distinct<PackedElement>(
      table() == nullptr ? 0 : size(), count, random, [&] { return walk.next(); },
      [&] { return std::optional<PackedElement>(this->random(random)); },
      [](const PackedElement& member) {
        PackedElement::Buffer unused;
        return static_cast<const void*>(member.text(unused).data());
      });
}

}  // namespace corral::types

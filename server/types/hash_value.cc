// Hashes: the two forms, and fields whose time has come.
// Threading: see value.h.
// See: hash_value.h.
#include "server/types/hash_value.h"

#include <utility>

#include "server/base/check.h"
#include "server/base/size_class.h"
#include "server/types/random_sample.h"

namespace corral::types {
namespace {

constexpr size_t kMostCompactBytes = size_t{1} << 30;  // whatever the thresholds say

}  // namespace

size_t HashValue::size() const {
  return table() != nullptr ? table()->size() : packed().count() / 2;
}

size_t HashValue::memory_bytes() const {
  const size_t fields = table() != nullptr ? base::size_class(sizeof(StringTable)) + table()->memory_bytes()
                                           : packed().memory_bytes();
  return base::size_class(sizeof(HashValue)) + fields +
         (expiries_ == nullptr ? 0 : expiries_->memory_bytes());
}

std::unique_ptr<Value> HashValue::clone() const {
  auto copy = std::make_unique<HashValue>(*secret_);
  if (table() != nullptr) {
    copy->fields_ = std::make_unique<StringTable>(table()->clone());
  } else {
    copy->packed() = packed().clone();
  }
  if (expiries_ != nullptr) {
    copy->expiries_ = std::make_unique<FieldExpiries>(*secret_);
    expiries_->copy_to(*copy->expiries_);
  }
  return copy;
}

size_t HashValue::discard(size_t budget) {
  size_t freed = 0;
  if (table() != nullptr) {
    freed = table()->discard(budget);
  } else {
    freed = packed().count() / 2;
    packed().clear();
  }
  if (freed > 0 || expiries_ == nullptr) return freed;
  freed = expiries_->discard(budget);
  if (freed == 0) expiries_.reset();
  return freed;
}

bool HashValue::expired(const PackedElement& field, int64_t now_ms) const {
  if (next_expiry_ms() > now_ms) return false;
  PackedElement::Buffer buffer;
  return expired(field.text(buffer), now_ms);
}

std::optional<PackedElement> HashValue::get(std::string_view field, int64_t now_ms) const {
  if (expired(field, now_ms)) return std::nullopt;
  if (const StringTable* const large = table()) {
    const auto element = large->find(field);
    if (!element) return std::nullopt;
    return PackedElement::view(element->payload_text());
  }
  const auto at = packed().find(PackedElement::of(field), packed().first(), 1);
  if (at == PackedList::kNone) return std::nullopt;
  return packed().get(packed().next(at));
}

bool HashValue::set(std::string_view field, std::string_view value, int64_t now_ms,
                    const Thresholds& thresholds, Expiry expiry) {
  const bool was_expired = expired(field, now_ms);
  if (was_expired) take(field);
  if (was_expired || expiry == Expiry::kClear) forget_expiry(field);
  return put(field, value, thresholds);
}

bool HashValue::put(std::string_view field, std::string_view value, const Thresholds& thresholds) {
  if (table() == nullptr) {
    const auto longest = static_cast<uint64_t>(std::max<int64_t>(thresholds.hash_max_listpack_value, 0));
    const size_t bytes = packed().bytes() + field.size() + value.size();
    if (field.size() > longest || value.size() > longest || bytes > kMostCompactBytes) convert();
  }
  if (StringTable* const large = table()) return large->put(field, value);
  PackedList& pairs = packed();
  const PackedElement name = PackedElement::of(field);
  const auto at = pairs.find(name, pairs.first(), 1);
  if (at != PackedList::kNone) {
    pairs.replace(pairs.next(at), PackedElement::of(value));
    return false;
  }
  if (static_cast<int64_t>(pairs.count() / 2) >= thresholds.hash_max_listpack_entries) {
    convert();
    return table()->put(field, value);
  }
  pairs.append(name);
  pairs.append(PackedElement::of(value));
  return true;
}

bool HashValue::erase(std::string_view field, int64_t now_ms) {
  const bool visible = !expired(field, now_ms);
  const bool there = take(field);
  if (there) forget_expiry(field);
  return visible && there;
}

bool HashValue::take(std::string_view field) {
  if (StringTable* const large = table()) return large->erase(field);
  const auto at = packed().find(PackedElement::of(field), packed().first(), 1);
  if (at == PackedList::kNone) return false;
  packed().erase(at, 2);
  return true;
}

void HashValue::convert() {
  auto large = std::make_unique<StringTable>(*secret_, Payload::kText);
  const PackedList& pairs = packed();
  for (auto at = pairs.first(); at != PackedList::kNone; at = pairs.next(pairs.next(at))) {
    PackedElement::Buffer field;
    PackedElement::Buffer value;
    large->put(pairs.get(at).text(field), pairs.get(pairs.next(at)).text(value));
  }
  fields_ = std::move(large);
}

HashValue::Walk::Walk(const HashValue& hash, int64_t now_ms) : hash_(hash), now_ms_(now_ms) {
  if (hash.table() != nullptr) {
    walk_.emplace(*hash.table());
  } else {
    position_ = hash.packed().first();
  }
}

std::optional<HashValue::Pair> HashValue::Walk::next_of_all() {
  if (walk_) {
    const auto element = walk_->next();
    if (!element) return std::nullopt;
    return Pair{PackedElement::view(element->key), PackedElement::view(element->payload_text())};
  }
  if (position_ == PackedList::kNone) return std::nullopt;
  const PackedList& pairs = hash_.packed();
  const auto value = pairs.next(position_);
  const Pair pair{pairs.get(position_), pairs.get(value)};
  position_ = pairs.next(value);
  return pair;
}

std::optional<HashValue::Pair> HashValue::Walk::next() {
  for (;;) {
    const std::optional<Pair> pair = next_of_all();
    if (!pair || !hash_.expired(pair->field, now_ms_)) return pair;
  }
}

std::optional<HashValue::Pair> HashValue::random(base::Random& random, int64_t now_ms) const {
  if (size() == 0) return std::nullopt;
  constexpr int kMostDraws = 64;
  for (int draw = 0; draw < kMostDraws; ++draw) {
    std::optional<Pair> pair;
    if (table() != nullptr) {
      const StringElement element = table()->random(random);
      pair = Pair{PackedElement::view(element.key), PackedElement::view(element.payload_text())};
    } else {
      const auto at = packed().at(static_cast<int64_t>(2 * random.below(size())));
      pair = Pair{packed().get(at), packed().get(packed().next(at))};
    }
    if (!expired(pair->field, now_ms)) return pair;
  }
  // Nearly all have expired: choose among what is left.
  Walk walk(*this, now_ms);
  std::optional<Pair> chosen;
  for (size_t seen = 1; const auto pair = walk.next(); ++seen) {
    if (random.below(seen) == 0) chosen.emplace(*pair);
  }
  return chosen;
}

std::vector<HashValue::Pair> HashValue::sample(size_t count, base::Random& random, int64_t now_ms) const {
  if (count == 0) return {};
  Walk walk(*this, now_ms);
  // A compact one is walked in any case: a draw there would walk half of it.
  const size_t size_if_large = table() == nullptr ? 0 : size();
  return sample_distinct<Pair>(
      size_if_large, count, random, [&] { return walk.next(); }, [&] { return this->random(random, now_ms); },
      [](const Pair& pair) {
        PackedElement::Buffer unused;
        return static_cast<const void*>(pair.field.text(unused).data());
      });
}

int64_t HashValue::expiry_ms(std::string_view field, int64_t now_ms) const {
  if (expiries_ == nullptr) return kNever;
  const int64_t at_ms = expiries_->expiry_ms(field);
  return at_ms <= now_ms ? kNever : at_ms;
}

bool HashValue::set_expiry(std::string_view field, int64_t at_ms, int64_t now_ms) {
  if (!contains(field, now_ms)) return false;
  if (at_ms == kNever) {
    forget_expiry(field);
    return true;
  }
  if (expiries_ == nullptr) expiries_ = std::make_unique<FieldExpiries>(*secret_);
  expiries_->set(field, at_ms);
  return true;
}

void HashValue::forget_expiry(std::string_view field) {
  if (expiries_ == nullptr) return;
  expiries_->erase(field);
  if (expiries_->size() == 0) expiries_.reset();
}

size_t HashValue::expire_due(int64_t now_ms, size_t budget) {
  size_t removed = 0;
  for (; removed < budget && next_expiry_ms() <= now_ms; ++removed) {
    const std::string_view field = expiries_->earliest_field();
    CHECK(take(field));
    forget_expiry(field);
  }
  return removed;
}

}  // namespace corral::types

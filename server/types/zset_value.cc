// Sorted sets: one list of members and scores while small, a table and an ordered tree when large.
// Threading: see zset_value.h.
// See: README.md of this folder, "Sorted sets".
#include "server/types/zset_value.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/size_class.h"
#include "server/types/zset_score.h"

namespace corral::types {
namespace {

constexpr uint64_t kMostListBytes = uint64_t{1} << 30;  // whatever the thresholds say, as in Redis

const char* address(const StringElement& element) {
  return element.key.data() - string_element::length_size(element.key.size());
}

// Is (score, member) of a set before this one?
struct BeforeMember {
  double score;
  std::string_view member;
  template <typename Item>
  bool operator()(const Item& item) const {
    if (item.score != score) return item.score < score;
    return string_element::key(item.element) < member;
  }
};

}  // namespace

bool LexBound::admits_from_below(std::string_view member) const {
  if (kind == Kind::kLowest) return true;
  if (kind == Kind::kHighest) return false;
  return kind == Kind::kExclusive ? member > text : member >= text;
}

bool LexBound::admits_from_above(std::string_view member) const {
  if (kind == Kind::kLowest) return false;
  if (kind == Kind::kHighest) return true;
  return kind == Kind::kExclusive ? member < text : member <= text;
}

std::string_view ZsetValue::Cursor::member(PackedElement::Buffer& buffer) const {
  return list_ != nullptr ? list_->get(at_).text(buffer) : string_element::key((*item_).element);
}

double ZsetValue::Cursor::score() const {
  return list_ != nullptr ? unpack_score(list_->get(list_->next(at_))) : (*item_).score;
}

void ZsetValue::Cursor::next() {
  if (list_ == nullptr) return item_.next();
  at_ = list_->next(list_->next(at_));
}

void ZsetValue::Cursor::previous() {
  if (list_ == nullptr) return item_.previous();
  at_ = list_->previous(at_);
  if (at_ != PackedList::kNone) at_ = list_->previous(at_);
}

ZsetValue::~ZsetValue() {
  release_large();
}

void ZsetValue::release_large() {
  if (large_ == nullptr) return;
  large_->~Large();
  base::release(large_, sizeof(Large));
  large_ = nullptr;
}

size_t ZsetValue::size() const {
  return large_ == nullptr ? list_.count() / 2 : large_->table.size();
}

size_t ZsetValue::memory_bytes() const {
  const size_t object = base::size_class(sizeof *this);
  if (large_ == nullptr) return object + list_.memory_bytes();
  return object + base::size_class(sizeof(Large)) + large_->table.memory_bytes() +
         large_->tree.memory_bytes();
}

std::unique_ptr<Value> ZsetValue::clone() const {
  auto copy = std::make_unique<ZsetValue>(*secret_);
  if (large_ == nullptr) {
    copy->list_ = list_.clone();
    return copy;
  }
  copy->large_ = new (base::allocate(sizeof(Large))) Large{large_->table.clone(), {}};
  for (auto item = large_->tree.first(); item; item.next()) {
    const auto element = copy->large_->table.find(string_element::key((*item).element));
    copy->large_->tree.append({(*item).score, address(*element)});
  }
  return copy;
}

size_t ZsetValue::discard(size_t budget) {
  if (large_ == nullptr) {
    const size_t freed = list_.count() / 2;
    list_.clear();
    return freed;
  }
  size_t freed = 0;
  while (freed < budget && !large_->tree.empty()) freed += large_->tree.drop_last_leaf([](const Item&) {});
  if (freed < budget) freed += large_->table.discard(budget - freed);
  return freed;
}

double ZsetValue::score_of(const StringElement& element) {
  double score = 0;
  std::memcpy(&score, element.payload, sizeof score);
  return score;
}

std::optional<double> ZsetValue::put(std::string_view member, double score, const Thresholds& thresholds) {
  if (large_ == nullptr) {
    const PackedElement element = PackedElement::of(member);
    const PackedList::Position found = list_.find(element, list_.first(), 1);
    if (found == PackedList::kNone) {
      const bool stays = static_cast<int64_t>(size()) < thresholds.zset_max_listpack_entries &&
                         static_cast<int64_t>(member.size()) <= thresholds.zset_max_listpack_value &&
                         list_.bytes() + member.size() < kMostListBytes;
      if (stays) {
        insert_compact(element, member, score);
      } else {
        make_large();
        insert_large(member, score);
      }
      return std::nullopt;
    }
    const double old = unpack_score(list_.get(list_.next(found)));
    if (old == score) return old;
    list_.erase(found, 2);
    insert_compact(element, member, score);
    return old;
  }
  const auto element = large_->table.find(member);
  if (!element) {
    insert_large(member, score);
    return std::nullopt;
  }
  const double old = score_of(*element);
  if (old == score) return old;
  large_->tree.erase(BeforeMember{old, member});
  std::memcpy(element->payload, &score, sizeof score);
  large_->tree.insert({score, address(*element)}, BeforeMember{score, member});
  return old;
}

void ZsetValue::insert_compact(const PackedElement& member, std::string_view text, double score) {
  PackedElement::Buffer buffer;
  Cursor walk = at(0);
  for (; walk; walk.next()) {
    const double here = walk.score();
    if (here > score || (here == score && walk.member(buffer) > text)) break;
  }
  ScoreBuffer score_buffer;
  const PackedElement packed = pack_score(score, score_buffer);
  const PackedList::Position at = list_.insert(walk.at_, member);
  list_.insert(list_.next(at), packed);
}

void ZsetValue::insert_large(std::string_view member, double score) {
  const char* const bytes = reinterpret_cast<const char*>(&score);
  large_->table.put(member, {bytes, sizeof score});
  const auto element = large_->table.find(member);
  large_->tree.insert({score, address(*element)}, BeforeMember{score, member});
}

void ZsetValue::make_large() {
  large_ = new (base::allocate(sizeof(Large))) Large{{*secret_, Payload::kEightBytes}, {}};
  PackedElement::Buffer buffer;
  Cursor walk;
  walk.list_ = &list_;
  walk.at_ = list_.first();
  for (; walk; walk.next()) insert_large(walk.member(buffer), walk.score());
  list_.clear();
}

void ZsetValue::expect(uint64_t members, const Thresholds& thresholds) {
  const auto most = static_cast<uint64_t>(std::max<int64_t>(thresholds.zset_max_listpack_entries, 0));
  if (large_ == nullptr && members > most) make_large();
}

void ZsetValue::compact_if_small(const Thresholds& thresholds) {
  if (large_ == nullptr || static_cast<int64_t>(size()) > thresholds.zset_max_listpack_entries) return;
  for (auto item = large_->tree.first(); item; item.next()) {
    const auto length = static_cast<int64_t>(string_element::key((*item).element).size());
    if (length > thresholds.zset_max_listpack_value) return;
  }
  ScoreBuffer buffer;
  for (auto item = large_->tree.first(); item; item.next()) {
    list_.append(PackedElement::of(string_element::key((*item).element)));
    list_.append(pack_score((*item).score, buffer));
  }
  release_large();
}

bool ZsetValue::erase(std::string_view member) {
  if (large_ == nullptr) {
    const PackedList::Position found = list_.find(PackedElement::of(member), list_.first(), 1);
    if (found == PackedList::kNone) return false;
    list_.erase(found, 2);
    return true;
  }
  const auto element = large_->table.find(member);
  if (!element) return false;
  large_->tree.erase(BeforeMember{score_of(*element), member});
  large_->table.erase(member);
  return true;
}

std::optional<double> ZsetValue::score(std::string_view member) const {
  if (large_ == nullptr) {
    const PackedList::Position found = list_.find(PackedElement::of(member), list_.first(), 1);
    if (found == PackedList::kNone) return std::nullopt;
    return unpack_score(list_.get(list_.next(found)));
  }
  const auto element = large_->table.find(member);
  if (!element) return std::nullopt;
  return score_of(*element);
}

std::optional<uint64_t> ZsetValue::rank(std::string_view member) const {
  if (large_ == nullptr) {
    const PackedElement wanted = PackedElement::of(member);
    uint64_t rank = 0;
    for (Cursor walk = at(0); walk; walk.next(), ++rank) {
      if (list_.equals(walk.at_, wanted)) return rank;
    }
    return std::nullopt;
  }
  const auto element = large_->table.find(member);
  if (!element) return std::nullopt;
  return large_->tree.count_before(BeforeMember{score_of(*element), member});
}

ZsetValue::Cursor ZsetValue::at(uint64_t rank) const {
  Cursor cursor;
  if (large_ != nullptr) {
    cursor.item_ = large_->tree.at(rank);
  } else {
    cursor.list_ = &list_;
    cursor.at_ = rank < size() ? list_.at(static_cast<int64_t>(2 * rank)) : PackedList::kNone;
  }
  return cursor;
}

template <typename Before>
uint64_t ZsetValue::count_before(const Before& before) const {
  if (large_ != nullptr)
    return large_->tree.count_before([&](const Item& item) { return before(item.score); });
  uint64_t count = 0;
  for (Cursor walk = at(0); walk && before(walk.score()); walk.next()) ++count;
  return count;
}

ZsetValue::Ranks ZsetValue::by_score(ScoreBound low, ScoreBound high) const {
  const uint64_t first =
      count_before([&](double score) { return low.exclusive ? score <= low.score : score < low.score; });
  const uint64_t end =
      count_before([&](double score) { return high.exclusive ? score < high.score : score <= high.score; });
  return {first, std::max(first, end)};
}

ZsetValue::Ranks ZsetValue::by_lex(const LexBound& low, const LexBound& high, bool reverse) const {
  // Scores that differ have no order by member, but Redis' look at both ends is an answer that programs can see.
  const uint64_t all = size();
  PackedElement::Buffer buffer;
  if (all == 0 || !low.admits_from_below(at(all - 1).member(buffer)) ||
      !high.admits_from_above(at(0).member(buffer))) {
    return {};
  }
  if (large_ != nullptr) {
    const auto key = [](const Item& item) { return string_element::key(item.element); };
    const uint64_t first =
        large_->tree.count_before([&](const Item& i) { return !low.admits_from_below(key(i)); });
    const uint64_t end =
        large_->tree.count_before([&](const Item& i) { return high.admits_from_above(key(i)); });
    return {first, std::max(first, end)};
  }
  // From one end to the first that is within the nearer bound, then on while within the farther one.
  const auto outer = [&](const Cursor& walk) {
    const std::string_view member = walk.member(buffer);
    return reverse ? high.admits_from_above(member) : low.admits_from_below(member);
  };
  const auto inner = [&](const Cursor& walk) {
    const std::string_view member = walk.member(buffer);
    return reverse ? low.admits_from_below(member) : high.admits_from_above(member);
  };
  const auto step = [&](Cursor& walk) { reverse ? walk.previous() : walk.next(); };
  Cursor walk = at(reverse ? all - 1 : 0);
  uint64_t skipped = 0;
  uint64_t taken = 0;
  for (; walk && !outer(walk); step(walk)) ++skipped;
  for (; walk && inner(walk); step(walk)) ++taken;
  return reverse ? Ranks{all - skipped - taken, all - skipped} : Ranks{skipped, skipped + taken};
}

void ZsetValue::erase(Ranks ranks) {
  if (ranks.count() == 0) return;
  if (large_ == nullptr) {
    list_.erase(at(ranks.first).at_, static_cast<uint32_t>(2 * ranks.count()));
    return;
  }
  std::string member;
  for (uint64_t left = ranks.count(); left > 0; --left) {
    member = string_element::key((*large_->tree.at(ranks.first)).element);
    large_->tree.erase_rank(ranks.first);
    large_->table.erase(member);
  }
}

}  // namespace corral::types

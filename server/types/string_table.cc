// Splitting, merging and finding segments.
// Threading: see string_table.h.
// See: string_table.h; Fagin and others, "Extendible Hashing" (1979).
#include "server/types/string_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/prefetch.h"

namespace corral::types {
namespace {

uint16_t tag_of(uint64_t hash) {
  return static_cast<uint16_t>(hash);
}

}  // namespace

size_t StringTable::find_slot(const StringSegment* segment, uint64_t hash, std::string_view key) const {
  const uint16_t tag = tag_of(hash);
  size_t slot = segment->first_equal(tag);
  for (; slot < segment->slots() && !segment->empty_at(slot) && segment->tag(slot) == tag; ++slot) {
    if (string_element::key(segment->element(slot)) == key) return slot;
  }
  return StringSegment::kNone;
}

std::optional<StringElement> StringTable::find(std::string_view key) const {
  if (size() == 0) return std::nullopt;
  const uint64_t hash = base::hash_bytes(key, *secret_);
  const StringSegment* const here = segment(index_of(hash));
  const size_t slot = find_slot(here, hash, key);
  if (slot == StringSegment::kNone) return std::nullopt;
  return string_element::read(here->element(slot), payload_);
}

bool StringTable::put(std::string_view key, std::string_view payload) {
  DCHECK(payload_ == Payload::kText || payload.size() == static_cast<size_t>(payload_));
  if (parts_.root == nullptr) {
    segment(0) = StringSegment::make(2, 0);
    parts_.memory_bytes += segment(0)->bytes();
    count_deepest();
  }
  const uint64_t hash = base::hash_bytes(key, *secret_);
  const size_t new_bytes = base::size_class(string_element::bytes(key.size(), payload.size(), payload_));
  StringSegment* const here = segment(index_of(hash));
  const size_t slot = find_slot(here, hash, key);
  if (slot != StringSegment::kNone) {
    char* const element = here->element(slot);
    const size_t old_bytes = string_element::heap_bytes(element, payload_);
    if (old_bytes == new_bytes) {
      const std::string_view old_key = string_element::key(element);
      string_element::write_payload(const_cast<char*>(old_key.data()) + old_key.size(), payload, payload_);
      return false;
    }
    here->set_element(slot, string_element::make(key, payload, payload_));
    string_element::free(element, payload_);
    parts_.memory_bytes += new_bytes - old_bytes;
    return false;
  }
  char* const element = string_element::make(key, payload, payload_);
  while (!segment(index_of(hash))->insert(element, tag_of(hash))) make_room(index_of(hash));
  parts_.memory_bytes += new_bytes;
  ++parts_.size;
  return true;
}

bool StringTable::erase(std::string_view key) {
  if (size() == 0) return false;
  const uint64_t hash = base::hash_bytes(key, *secret_);
  const size_t index = index_of(hash);
  StringSegment* const here = segment(index);
  const size_t slot = find_slot(here, hash, key);
  if (slot == StringSegment::kNone) return false;
  char* const element = here->element(slot);
  here->erase(slot);
  parts_.memory_bytes -= string_element::heap_bytes(element, payload_);
  string_element::free(element, payload_);
  --parts_.size;
  shrink(index);
  return true;
}

StringElement StringTable::random(base::Random& random) const {
  // Every (entry of the directory, slot number) has the same chance, but for entries that repeat a segment and numbers
  // that it does not have. One in forty hits at worst, as segments are merged and fitted.
  constexpr int kMostDraws = 1000;
  const uint64_t slots = parts_.depth == 0 ? segment(0)->slots() : parts_.most_slots;
  for (int draw = 0; draw < kMostDraws; ++draw) {
    const size_t index = random.below(directory_size());
    const StringSegment* const here = segment(index);
    const size_t slot = random.below(slots);
    if (start(index, here) != index || slot >= here->slots() || here->empty_at(slot)) continue;
    return string_element::read(here->element(slot), payload_);
  }
  return *Walk(*this).next();
}

std::optional<StringElement> StringTable::Walk::next() {
  if (table_.size() == 0) return std::nullopt;
  while (index_ < table_.directory_size()) {
    const StringSegment* const here = table_.segment(index_);
    while (slot_ < here->slots()) {
      const size_t slot = slot_++;
      if (!here->empty_at(slot)) return string_element::read(here->element(slot), table_.payload_);
    }
    index_ += table_.span(here);
    slot_ = 0;
  }
  return std::nullopt;
}

void StringTable::set_segment(size_t index, size_t old_bytes, StringSegment* now) {
  const size_t first = start(index, now);
  for (size_t i = first; i < first + span(now); ++i) segment(i) = now;
  parts_.memory_bytes += now->bytes() - old_bytes;
  if (now->slots() > parts_.most_slots) parts_.most_slots = now->slots();
}

// With a sound hash a segment splits when it is full; the bound on the depth keeps the directory small with an unsound one.
bool StringTable::may_split(const StringSegment* segment) const {
  if (segment->slots() < StringSegment::kMostSlots || segment->depth() >= kMostDepth) return false;
  return segment->depth() < static_cast<uint32_t>(std::bit_width(size() / 128)) + 3;
}

void StringTable::make_room(size_t index) {
  StringSegment* const old = segment(index);
  if (may_split(old)) return split(index);
  const size_t old_bytes = old->bytes();
  set_segment(index, old_bytes, StringSegment::grown(old));
}

void StringTable::split(size_t index) {
  StringSegment* const old = segment(index);
  const uint32_t depth = old->depth() + 1;
  if (depth > parts_.depth) {
    resize_directory(depth);
    index *= 2;
  }
  // Asking every element for its hash is the slow part: their bytes are fetched ahead.
  constexpr size_t kAhead = 8;
  std::vector<bool> high(old->slots());
  for (size_t slot = 0; slot < old->slots(); ++slot) {
    if (slot + kAhead < old->slots()) base::prefetch(old->element(slot + kAhead));
    if (old->empty_at(slot)) continue;
    const uint64_t hash = base::hash_bytes(string_element::key(old->element(slot)), *secret_);
    high[slot] = (hash >> (64 - depth) & 1) != 0;
  }
  StringSegment* const halves[2] = {StringSegment::picked(old, high, false),
                                    StringSegment::picked(old, high, true)};
  const size_t first = start(index, old);
  const size_t old_bytes = old->bytes();
  StringSegment::free(old);
  const size_t half_span = span(halves[0]);
  set_segment(first, old_bytes, halves[0]);
  set_segment(first + half_span, 0, halves[1]);
  if (depth == parts_.depth) parts_.deepest += 2;
}

void StringTable::shrink(size_t index) {
  StringSegment* const here = segment(index);
  if (here->count() <= kMergeAt / 2 && merge(index)) return;
  if (here->slots() < 16 || here->count() > here->slots() / 4) return;
  const size_t old_bytes = here->bytes();
  set_segment(index, old_bytes, StringSegment::fitted(here));
}

bool StringTable::merge(size_t index) {
  StringSegment* const here = segment(index);
  if (here->depth() == 0) return false;
  const size_t first = start(index, here);
  StringSegment* const buddy = segment(first ^ span(here));
  if (buddy->depth() != here->depth() || here->count() + buddy->count() > kMergeAt) return false;
  const uint32_t depth = here->depth() - 1;
  const bool here_is_low = (first & span(here)) == 0;
  const size_t old_bytes = here->bytes() + buddy->bytes();
  if (here->depth() == parts_.depth) parts_.deepest -= 2;
  StringSegment* const both =
      StringSegment::merged(here_is_low ? here : buddy, here_is_low ? buddy : here, depth);
  set_segment(first, old_bytes, both);
  if (parts_.depth > 0 && parts_.deepest == 0) resize_directory(parts_.depth - 1);
  return true;
}

void StringTable::resize_directory(uint32_t depth) {
  const auto bytes_at = [](uint32_t at) { return at == 0 ? 0 : base::size_class(sizeof(void*) << at); };
  auto** const directory =
      depth == 0 ? nullptr : static_cast<StringSegment**>(base::allocate(sizeof(void*) << depth));
  StringSegment* const first = segment(0);
  if (depth > parts_.depth) {
    for (size_t i = 0; i < directory_size(); ++i) directory[2 * i] = directory[2 * i + 1] = segment(i);
  } else if (depth > 0) {
    for (size_t i = 0; i < directory_size() / 2; ++i) directory[i] = segment(2 * i);
  }
  if (parts_.depth > 0) base::release(parts_.root, sizeof(void*) << parts_.depth);
  parts_.memory_bytes += bytes_at(depth) - bytes_at(parts_.depth);
  parts_.root = depth == 0 ? static_cast<void*>(first) : static_cast<void*>(directory);
  parts_.depth = depth;
  count_deepest();
}

void StringTable::count_deepest() {
  parts_.deepest = 0;
  parts_.most_slots = 0;
  for (size_t i = 0; i < directory_size(); i += span(segment(i))) {
    if (segment(i)->depth() == parts_.depth) ++parts_.deepest;
    if (segment(i)->slots() > parts_.most_slots) parts_.most_slots = segment(i)->slots();
  }
}

uint64_t StringTable::cursor_at(size_t index, uint32_t tag) const {
  const StringSegment* const here = segment(index);
  return cursor(index >> (parts_.depth - here->depth()), here->depth(), tag);
}

std::pair<size_t, uint32_t> StringTable::resolve(uint64_t cursor) const {
  const auto tag = static_cast<uint32_t>(cursor & UINT16_MAX);
  const uint32_t depth = std::min(static_cast<uint32_t>(cursor >> 16 & 63), kMostDepth);
  const uint64_t prefix = (cursor >> 22) & ((uint64_t{1} << depth) - 1);
  size_t index = depth <= parts_.depth ? prefix << (parts_.depth - depth) : prefix >> (depth - parts_.depth);
  const StringSegment* const here = segment(index);
  index = start(index, here);
  // Merged since: what the other half has before the tag may not have been visited. Split since: the first half goes on
  // from the tag, the second is visited whole.
  return {index, here->depth() < depth ? 0 : tag};
}

StringTable StringTable::clone() const {
  StringTable copy(*secret_, payload_);
  if (size() == 0) return copy;
  copy.parts_ = parts_;
  if (parts_.depth > 0) copy.parts_.root = base::allocate(sizeof(void*) << parts_.depth);
  for (size_t i = 0; i < directory_size();) {
    const StringSegment* const from = segment(i);
    auto* const to = static_cast<StringSegment*>(base::allocate(from->bytes()));
    std::memcpy(static_cast<void*>(to), from, from->bytes());
    for (size_t slot = 0; slot < from->slots(); ++slot) {
      if (from->empty_at(slot)) continue;
      const StringElement element = string_element::read(from->element(slot), payload_);
      to->set_element(slot, string_element::make(element.key, element.payload_text(), payload_));
    }
    for (const size_t end = i + span(from); i < end; ++i) copy.segment(i) = to;
  }
  return copy;
}

size_t StringTable::discard(size_t budget) {
  if (parts_.root == nullptr) return 0;
  size_t freed = 0;
  while (parts_.discarded < directory_size()) {
    StringSegment* const here = segment(parts_.discarded);
    for (size_t slot = here->slots(); slot-- > 0;) {
      if (here->empty_at(slot)) continue;
      if (freed == budget) return freed;
      string_element::free(here->element(slot), payload_);
      here->erase(slot);
      ++freed;
    }
    parts_.discarded += span(here);
    StringSegment::free(here);
  }
  if (parts_.depth > 0) base::release(parts_.root, sizeof(void*) << parts_.depth);
  parts_ = Parts{};
  return freed;
}

}  // namespace corral::types

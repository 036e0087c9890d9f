// Look-up, insertion and erasure in the hash index.
// Threading: see index.h.
// See: index.h; index_growth.cc changes the number of buckets.
#include "server/store/index.h"

#include "server/base/check.h"

namespace corral::store {

const Bucket* Index::empty_bucket() {
  static const Bucket kEmpty{};
  return &kEmpty;
}

Index::Index(const base::HashSecret& secret, uint32_t stagger, MemoryAccount& account)
    : inline_slot_(SegmentWord(empty_bucket(), 1, 0).bits()),
      secret_(secret),
      account_(account),
      infos_(&inline_info_),
      stagger_(stagger) {
  root_.store(RootWord(&inline_slot_, 0).bits(), std::memory_order_release);
}

Index::~Index() {
  for (uint64_t position = 0; position <= UINT32_MAX;) {
    position = dismantle(static_cast<uint32_t>(position), [](Slot) {});
  }
  free_infos(infos_, depth());
  while (blocks_ != nullptr) {
    DirectoryBlock* block = blocks_;
    blocks_ = block->next;
    account_.add(&MemoryFigures::table, -static_cast<int64_t>(size_class(block->bytes())));
    base::release(block, block->bytes());
  }
}

void Index::prefetch_displaced(uint64_t hash) const {
  const SegmentWord segment = segment_at(position_of(hash));
  prefetch_in(segment.buckets() + segment.next(segment.home(position_of(hash))), hash);
}

Index::Place Index::find_elsewhere(std::string_view key, uint64_t hash) const {
  const SegmentWord segment = segment_at(position_of(hash));
  const uint32_t home = segment.home(position_of(hash));
  const uint8_t tag = stored_tag(hash);
  Bucket* const buckets = segment.buckets();
  if (buckets[home].has_displaced()) {
    if (const Place place = find_in(buckets + segment.next(home), tag, key)) return place;
  }
  if (!buckets[home].has_stashed()) return {};
  for (uint32_t i = segment.count(); i < segment.total(); ++i) {
    if (const Place place = find_in(buckets + i, tag, key)) return place;
  }
  for (Overflow* at = infos_[first_slot(position_of(hash), segment)].overflow; at != nullptr; at = at->next) {
    if (const Place place = find_in(&at->bucket, tag, key)) return place;
  }
  return {};
}

Index::Place Index::place_of(const Entry* entry, uint64_t hash) const {
  const uint8_t tag = stored_tag(hash);
  Place found;
  const auto look = [&](Bucket* bucket) {
    for (uint64_t set = bucket->match(tag); set != 0; set &= set - 1) {
      const uint32_t i = Bucket::first_of(set);
      if (entry_of(bucket->slots[i]) == entry) found = {bucket, i};
    }
    return found.bucket != nullptr;
  };
  const SegmentWord segment = segment_at(position_of(hash));
  Bucket* const buckets = segment.buckets();
  const uint32_t home = segment.home(position_of(hash));
  if (look(buckets + home) || look(buckets + segment.next(home))) return found;
  for (uint32_t i = segment.count(); i < segment.total(); ++i) {
    if (look(buckets + i)) return found;
  }
  Overflow* at = infos_[first_slot(position_of(hash), segment)].overflow;
  while (at != nullptr && !look(&at->bucket)) at = at->next;
  CHECK(found.bucket != nullptr);
  return found;
}

// A full bucket gives up an entry that was pushed here from the bucket before, when that has room or can make some.
bool Index::push_back(SegmentWord segment, uint32_t bucket, int steps) {
  Bucket* const here = segment.buckets() + bucket;
  const uint32_t before = bucket == 0 ? segment.count() - 1 : bucket - 1;
  Bucket* const there = segment.buckets() + before;
  for (uint32_t i = 0; i < Bucket::kSlots; ++i) {
    if ((here->slots[i] & kDisplacedBit) == 0) continue;
    if (there->full() && (steps <= 1 || !push_back(segment, before, steps - 1))) return false;
    there->fill(there->free_slot(), here->tag(i), here->slots[i] & ~kDisplacedBit);
    there->control -= Bucket::kDisplacedOne;
    here->clear(i);
    return true;
  }
  return false;
}

// A full bucket gives up an entry of its own to the next one, when that has room or can make some.
bool Index::push_on(SegmentWord segment, uint32_t bucket, int steps) {
  Bucket* const here = segment.buckets() + bucket;
  const uint32_t next = segment.next(bucket);
  Bucket* const there = segment.buckets() + next;
  for (uint32_t i = 0; i < Bucket::kSlots; ++i) {
    if ((here->slots[i] & kDisplacedBit) != 0) continue;
    if (there->full() && (steps <= 1 || !push_on(segment, next, steps - 1))) return false;
    there->fill(there->free_slot(), here->tag(i), here->slots[i] | kDisplacedBit);
    here->control += Bucket::kDisplacedOne;
    here->clear(i);
    return true;
  }
  return false;
}

// The home bucket is full: the neighbour; then others move over; then the stash.
Index::Place Index::place_elsewhere(SegmentWord segment, uint32_t home, Slot slot, uint8_t tag) {
  constexpr int kSteps = 2;
  Bucket* const buckets = segment.buckets();
  Bucket* const here = buckets + home;
  const uint32_t next = segment.next(home);
  if (next != home) {
    if (!buckets[next].full() || (!push_back(segment, home, kSteps) && push_on(segment, next, kSteps))) {
      here->control += Bucket::kDisplacedOne;
      return fill(buckets + next, tag, slot | kDisplacedBit);
    }
    if (!here->full()) return fill(here, tag, slot);
  }
  for (uint32_t i = segment.count(); i < segment.total(); ++i) {
    if (buckets[i].full()) continue;
    here->add_stashed();
    return fill(buckets + i, tag, slot | kStashedBit);
  }
  return {};
}

Index::Place Index::place_overflow(SegmentWord segment, Info& info, Slot slot, uint64_t hash) {
  Overflow* at = info.overflow;
  while (at != nullptr && at->bucket.full()) at = at->next;
  if (at == nullptr) {
    at = new (base::allocate(sizeof(Overflow))) Overflow{{}, info.overflow};
    info.overflow = at;
    ++overflow_buckets_;
    account_.add(&MemoryFigures::table, static_cast<int64_t>(size_class(sizeof(Overflow))));
  }
  segment.buckets()[segment.home(position_of(hash))].add_stashed();
  const uint32_t i = at->bucket.free_slot();
  at->bucket.fill(i, stored_tag(hash), slot | kStashedBit);
  return {&at->bucket, i};
}

Index::Place Index::insert(Slot slot, uint64_t hash) {
  const uint32_t position = position_of(hash);
  slot &= ~kPlaceBits;
  ++size_;
  SegmentWord segment = segment_at(position);
  if (__builtin_expect(segment.buckets() == empty_bucket(), 0)) {
    replace(first_slot(position, segment), 1);
    segment = segment_at(position);
  }
  Info* info = &infos_[first_slot(position, segment)];
  Place placed = place(segment, slot, hash);
  if (__builtin_expect(!placed, 0)) {
    if (tidy_stash(segment, *info)) placed = place(segment, slot, hash);
    if (!placed) {
      grow(position);
      segment = segment_at(position);
      info = &infos_[first_slot(position, segment)];
      placed = place(segment, slot, hash);
      if (!placed) placed = place_overflow(segment, *info, slot, hash);
    }
  }
  ++info->live;
  return placed;
}

// Entries in the stash may fit into their buckets again, after erasures there. Without this every bad moment in a
// long life would grow the segment a step.
bool Index::tidy_stash(SegmentWord segment, Info& info) {
  bool freed = false;
  Bucket* const buckets = segment.buckets();
  const auto tidy = [&](Bucket* bucket) {
    for (uint64_t set = bucket->occupied(); set != 0; set &= set - 1) {
      const uint32_t i = Bucket::first_of(set);
      const Slot slot = bucket->slots[i];
      const uint64_t hash = hash_of(entry_of(slot));
      Bucket* const home = buckets + segment.home(position_of(hash));
      Bucket* const next = buckets + segment.next(segment.home(position_of(hash)));
      if (home->full() && next->full()) continue;
      bucket->clear(i);
      home->drop_stashed();
      place(segment, slot & ~kPlaceBits, hash);
      freed = true;
    }
  };
  for (uint32_t i = segment.count(); i < segment.total(); ++i) tidy(buckets + i);
  // Not the overflow: it has no end, and the next growth dissolves it.
  static_cast<void>(info);
  return freed;
}

void Index::erase(Place place, uint64_t hash) {
  const uint32_t position = position_of(hash);
  const SegmentWord segment = segment_at(position);
  Bucket* const home = segment.buckets() + segment.home(position);
  const Slot slot = place.word();
  place.bucket->clear(place.slot);
  if ((slot & kDisplacedBit) != 0) home->control -= Bucket::kDisplacedOne;
  if ((slot & kStashedBit) != 0) home->drop_stashed();
  --size_;
  const uint32_t first = first_slot(position, segment);
  if (--infos_[first].live < infos_[first].shrink_below) shrink(first);
}

Index::Range Index::range_at(uint32_t position) const {
  Range out;
  out.segment = segment_at(position);
  out.home = out.segment.home(position);
  const uint32_t first = first_slot(position, out.segment);
  const uint64_t begin = uint64_t{first} << (32 - depth());
  const uint64_t width = uint64_t{1} << (32 - out.segment.depth());
  // The first position of the next home bucket: the least x with x * buckets >= (home + 1) * width.
  const uint64_t count = out.segment.count();
  const uint64_t offset = (uint64_t{out.home + 1} * width + count - 1) / count;
  out.end = begin + (offset < width ? offset : width);
  out.segment_end = begin + width;
  out.segment_live = infos_[first].live;
  out.overflow = infos_[first].overflow;
  return out;
}

Index::Sample Index::sample(base::Random& random) const {
  const uint64_t chance = random.next();
  const auto position = static_cast<uint32_t>(chance);
  const SegmentWord segment = segment_at(position);
  Sample out;
  Overflow* overflow = infos_[first_slot(position, segment)].overflow;
  if (__builtin_expect(overflow != nullptr, 0) && random.below(4) == 0) {
    out.bucket[0] = &overflow->bucket;
    if (overflow->next != nullptr) out.bucket[1] = &overflow->next->bucket;
    return out;
  }
  const auto pick = static_cast<uint32_t>(((chance >> 32) * segment.total()) >> 32);
  out.bucket[0] = segment.buckets() + pick;
  if (segment.total() > 1) out.bucket[1] = segment.buckets() + (pick + 1 == segment.total() ? 0 : pick + 1);
  return out;
}

}  // namespace corral::store

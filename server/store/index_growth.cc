// Changes of size of the hash index: a segment grows in steps, then splits in two; nearly empty ones shrink and merge.
// Threading: see index.h.
// See: README.md of this folder, "Index".
#include <algorithm>

#include "server/base/check.h"
#include "server/base/prefetch.h"
#include "server/store/index.h"

namespace corral::store {
namespace {

// Buckets with stash that fill a size class of the allocator exactly.
constexpr uint8_t kTotals[] = {1,  2,  4,  5,  6,  7,  8,  10, 12,  14,  16,  20,  24,
                               28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224};
constexpr uint32_t kLargestTotal = 224;
constexpr uint32_t kGroup = 16;

uint32_t total_at_least(uint32_t total) {
  for (const uint8_t step : kTotals) {
    if (step >= total) return step;
  }
  return kLargestTotal;
}

uint32_t home_buckets(uint32_t total) {
  return total < 4    ? total
         : total < 10 ? total - 1
         : total < 20 ? total - 2
         : total < 32 ? total - 3
                      : total - 4;
}

// A segment with this many entries is at most three quarters full.
uint32_t total_for(uint32_t entries) {
  return total_at_least(entries * 4 / (3 * Bucket::kSlots) + 1);
}

}  // namespace

// The stripes differ in where their segments split, so that a growing server does not split everywhere at once.
uint32_t Index::limit() const {
  static constexpr uint32_t kLimits[] = {64, 56, 48};
  return kLimits[stagger_ % 3];
}

SegmentWord Index::make_segment(uint32_t total, uint32_t depth) {
  auto* buckets = static_cast<Bucket*>(base::allocate(total * sizeof(Bucket)));
  std::fill_n(buckets, total, Bucket{});
  account_.add(&MemoryFigures::table, static_cast<int64_t>(size_class(total * sizeof(Bucket))));
  ++segments_;
  bucket_count_ += total;
  const SegmentWord segment(buckets, home_buckets(total), depth);
  DCHECK(segment.total() == total);
  return segment;
}

void Index::free_segment(SegmentWord segment) {
  if (segment.buckets() == empty_bucket()) return;
  const size_t bytes = segment.total() * sizeof(Bucket);
  account_.add(&MemoryFigures::table, -static_cast<int64_t>(size_class(bytes)));
  account_.free_later(segment.buckets(), bytes);
  --segments_;
  bucket_count_ -= segment.total();
}

void Index::free_overflow(Overflow* overflow) {
  while (overflow != nullptr) {
    Overflow* const next = overflow->next;
    account_.add(&MemoryFigures::table, -static_cast<int64_t>(size_class(sizeof(Overflow))));
    base::release(overflow, sizeof(Overflow));
    --overflow_buckets_;
    overflow = next;
  }
}

// Makes the directory name a segment from its first slot on, and starts its counts anew.
void Index::install(uint32_t first, SegmentWord segment) {
  const uint32_t slots = uint32_t{1} << (depth() - segment.depth());
  for (uint32_t i = first; i < first + slots; ++i)
    directory()[i].store(segment.bits(), std::memory_order_relaxed);
  infos_[first] = Info{nullptr, 0, segment.total() <= 1 ? 0 : segment.total() * Bucket::kSlots * 3 / 10};
}

void Index::grow(uint32_t position) {
  const SegmentWord segment = segment_at(position);
  const uint32_t first = first_slot(position, segment);
  const uint32_t total = segment.total();
  // Less than half full and yet no room: the keys crowd, and more buckets would not part them.
  if (infos_[first].live * 2 < total * Bucket::kSlots) return;
  if (total < limit()) return replace(first, total_at_least(total + 1));
  const bool may_split = segment.depth() < depth() || may_double();
  if (may_split) return split(first, total_at_least(total + 1) / 2);
  if (total < kLargestTotal) replace(first, total_at_least(total + 1));
}

// Skewed positions must not blow up the directory.
bool Index::may_double() const {
  return depth() < kMaxDepth && (uint64_t{2} << depth()) <= 64 + size_ / 16;
}

void Index::replace(uint32_t first, uint32_t total) {
  const SegmentWord from(directory()[first].load(std::memory_order_relaxed));
  Overflow* const overflow = infos_[first].overflow;
  install(first, make_segment(total, from.depth()));
  reinsert(from, overflow);
}

void Index::split(uint32_t first, uint32_t total) {
  const SegmentWord from(directory()[first].load(std::memory_order_relaxed));
  if (from.depth() == depth()) {
    double_directory();
    first *= 2;
  }
  Overflow* const overflow = infos_[first].overflow;
  const uint32_t half = uint32_t{1} << (depth() - from.depth() - 1);
  install(first, make_segment(total, from.depth() + 1));
  install(first + half, make_segment(total, from.depth() + 1));
  if (from.depth() + 1 == depth()) deepest_ += 2;
  reinsert(from, overflow);
}

void Index::reinsert(SegmentWord from, Overflow* overflow) {
  Slot group[kGroup];
  uint32_t count = 0;
  const auto add = [&](const Bucket& bucket) {
    for (uint64_t set = bucket.occupied(); set != 0; set &= set - 1) {
      const Slot slot = bucket.slots[Bucket::first_of(set)];
      base::prefetch(entry_of(slot));
      group[count++] = slot & ~kPlaceBits;
      if (count == kGroup) {
        reinsert_group(group, count);
        count = 0;
      }
    }
  };
  for (uint32_t i = 0; i < from.total(); ++i) add(from.buckets()[i]);
  for (const Overflow* at = overflow; at != nullptr; at = at->next) add(at->bucket);
  reinsert_group(group, count);
  free_overflow(overflow);
  free_segment(from);
}

void Index::reinsert_group(const Slot* group, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t hash = hash_of(entry_of(group[i]));
    const SegmentWord segment = segment_at(position_of(hash));
    Info& info = infos_[first_slot(position_of(hash), segment)];
    if (!place(segment, group[i], hash)) place_overflow(segment, info, group[i], hash);
    ++info.live;
  }
}

void Index::shrink(uint32_t first) {
  const SegmentWord segment(directory()[first].load(std::memory_order_relaxed));
  const uint32_t live = infos_[first].live;
  if (segment.depth() > 0) {
    const uint32_t other = first ^ (uint32_t{1} << (depth() - segment.depth()));
    const SegmentWord buddy(directory()[other].load(std::memory_order_relaxed));
    const uint32_t both = live + infos_[other].live;
    if (buddy.depth() == segment.depth() && both * 2 <= limit() * Bucket::kSlots) {
      return merge(std::min(first, other), std::max(first, other), total_for(both));
    }
  }
  const uint32_t total = total_for(live);
  if (total < segment.total()) replace(first, total);
}

void Index::merge(uint32_t first, uint32_t other, uint32_t total) {
  const SegmentWord left(directory()[first].load(std::memory_order_relaxed));
  const SegmentWord right(directory()[other].load(std::memory_order_relaxed));
  Overflow* const left_overflow = infos_[first].overflow;
  Overflow* const right_overflow = infos_[other].overflow;
  if (left.depth() == depth()) deepest_ -= 2;
  infos_[other] = {};
  install(first, make_segment(total, left.depth() - 1));
  reinsert(left, left_overflow);
  reinsert(right, right_overflow);
  while (deepest_ == 0 && depth() > 0) halve_directory();
}

Index::Directory* Index::directory_for(uint32_t depth) {
  if (depth == 0) return &inline_slot_;
  for (DirectoryBlock* block = blocks_; block != nullptr; block = block->next) {
    if (block->depth == depth) return block->slots();
  }
  const size_t bytes = sizeof(DirectoryBlock) + (sizeof(Directory) << depth);
  blocks_ = new (base::allocate(bytes)) DirectoryBlock{blocks_, depth};
  account_.add(&MemoryFigures::table, static_cast<int64_t>(size_class(bytes)));
  Directory* const slots = blocks_->slots();
  for (uint32_t i = 0; i < uint32_t{1} << depth; ++i) new (slots + i) Directory(0);
  return slots;
}

size_t Index::directory_bytes() const {
  size_t bytes = 0;
  for (const DirectoryBlock* block = blocks_; block != nullptr; block = block->next) {
    bytes += size_class(block->bytes());
  }
  return bytes;
}

Index::Info* Index::make_infos(uint32_t depth) {
  if (depth == 0) return &inline_info_;
  const size_t bytes = sizeof(Info) << depth;
  auto* const infos = static_cast<Info*>(base::allocate(bytes));
  std::fill_n(infos, size_t{1} << depth, Info{});
  account_.add(&MemoryFigures::table, static_cast<int64_t>(size_class(bytes)));
  return infos;
}

void Index::free_infos(Info* infos, uint32_t depth) {
  if (depth == 0) return;
  const size_t bytes = sizeof(Info) << depth;
  account_.add(&MemoryFigures::table, -static_cast<int64_t>(size_class(bytes)));
  base::release(infos, bytes);
}

void Index::double_directory() {
  const uint32_t before = depth();
  const Directory* const old_slots = directory();
  Info* const old_infos = infos_;
  Directory* const slots = directory_for(before + 1);
  Info* const infos = make_infos(before + 1);
  for (uint32_t i = 0; i < uint32_t{1} << before; ++i) {
    const uint64_t word = old_slots[i].load(std::memory_order_relaxed);
    slots[2 * i].store(word, std::memory_order_relaxed);
    slots[2 * i + 1].store(word, std::memory_order_relaxed);
    infos[2 * i] = old_infos[i];
  }
  infos_ = infos;
  free_infos(old_infos, before);
  deepest_ = 0;
  root_.store(RootWord(slots, before + 1).bits(), std::memory_order_release);
}

void Index::halve_directory() {
  const uint32_t before = depth();
  const Directory* const old_slots = directory();
  Info* const old_infos = infos_;
  Directory* const slots = directory_for(before - 1);
  Info* const infos = make_infos(before - 1);
  for (uint32_t i = 0; i < uint32_t{1} << (before - 1); ++i) {
    slots[i].store(old_slots[2 * i].load(std::memory_order_relaxed), std::memory_order_relaxed);
    infos[i] = old_infos[2 * i];
  }
  infos_ = infos;
  free_infos(old_infos, before);
  root_.store(RootWord(slots, before - 1).bits(), std::memory_order_release);
  count_deepest();
}

void Index::count_deepest() {
  deepest_ = 0;
  for (uint32_t i = 0; i < uint32_t{1} << depth(); ++i) {
    if (SegmentWord(directory()[i].load(std::memory_order_relaxed)).depth() == depth()) ++deepest_;
  }
}

void Index::move_to(Index& other) {
  CHECK(other.size_ == 0 && other.segments_ == 0 && other.depth() == 0);
  const uint32_t levels = depth();
  Directory* const slots = other.directory_for(levels);
  for (uint32_t i = 0; i < uint32_t{1} << levels; ++i) {
    slots[i].store(directory()[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  if (levels == 0) {
    other.inline_info_ = inline_info_;
  } else {
    other.infos_ = infos_;
  }
  other.root_.store(RootWord(slots, levels).bits(), std::memory_order_release);
  other.size_ = size_;
  other.segments_ = segments_;
  other.deepest_ = deepest_;
  other.bucket_count_ = bucket_count_;
  other.overflow_buckets_ = overflow_buckets_;
  inline_slot_.store(SegmentWord(empty_bucket(), 1, 0).bits(), std::memory_order_relaxed);
  inline_info_ = {};
  infos_ = &inline_info_;
  root_.store(RootWord(&inline_slot_, 0).bits(), std::memory_order_release);
  size_ = 0;
  segments_ = bucket_count_ = overflow_buckets_ = 0;
  deepest_ = 1;
}

}  // namespace corral::store

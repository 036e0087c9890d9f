// The hash index of a table: a directory of segments, each an array of buckets in the order of the hash.
// Threading: under the stripe's lock, but for prefetch().
// See: README.md of this folder, "Index" and "Prefetch".
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "server/base/hash.h"
#include "server/base/prefetch.h"
#include "server/base/random.h"
#include "server/store/bucket.h"
#include "server/store/entry_layout.h"
#include "server/store/memory_figures.h"

namespace corral::store {

/// An address of a segment, the number of its home buckets and its depth, in one word that can be published at once:
/// 0..4 depth | 5..7 stash buckets | 8..15 home buckets | 16..63 address.
class SegmentWord {
 public:
  constexpr SegmentWord() = default;
  constexpr explicit SegmentWord(uint64_t bits) : bits_(bits) {}
  SegmentWord(const void* memory, uint32_t buckets, uint32_t depth)
      : bits_(reinterpret_cast<uint64_t>(memory) << kAddressShift | buckets << 8 | stash_for(buckets) << 5 |
              depth) {}
  uint64_t bits() const { return bits_; }
  Bucket* buckets() const { return reinterpret_cast<Bucket*>(bits_ >> kAddressShift); }
  uint32_t count() const { return static_cast<uint8_t>(bits_ >> 8); }
  uint32_t depth() const { return static_cast<uint32_t>(bits_) & 31; }
  /// The number of the home bucket: multiply-shift of the position bits below the directory's.
  uint32_t home(uint32_t position) const {
    const uint32_t below = position << depth();
    return static_cast<uint32_t>((uint64_t{below} * count()) >> 32);
  }
  uint32_t next(uint32_t bucket) const { return bucket + 1 == count() ? 0 : bucket + 1; }
  /// Buckets for what finds no room near home, behind the home buckets. Four of 64 raise the fill before a growth
  /// from 0.82 to 0.94.
  static constexpr uint32_t stash_for(uint32_t count) {
    return count < 3 ? 0 : count < 8 ? 1 : count < 17 ? 2 : count < 28 ? 3 : 4;
  }
  uint32_t stash() const { return static_cast<uint32_t>(bits_ >> 5) & 7; }
  uint32_t total() const { return count() + stash(); }

 private:
  uint64_t bits_ = 0;
};

/// The directory in one word: 0..7 how far a position is shifted to give a slot of it | 16..63 its slots.
class RootWord {
 public:
  using Slots = std::atomic<uint64_t>;  // SegmentWords
  constexpr explicit RootWord(uint64_t bits) : bits_(bits) {}
  RootWord(const Slots* slots, uint32_t depth)
      : bits_(reinterpret_cast<uint64_t>(slots) << kAddressShift | (32 - depth)) {}
  uint64_t bits() const { return bits_; }
  Slots* slots() const { return reinterpret_cast<Slots*>(bits_ >> kAddressShift); }
  uint32_t depth() const { return 32 - (static_cast<uint32_t>(bits_) & 63); }
  uint32_t slot_of(uint32_t position) const {
    return static_cast<uint32_t>(uint64_t{position} >> (bits_ & 63));
  }
  SegmentWord at(uint32_t position) const {
    return SegmentWord(slots()[uint64_t{position} >> (bits_ & 63)].load(std::memory_order_relaxed));
  }

 private:
  uint64_t bits_;
};

class Index {
 public:
  /// Where an entry is. Void after any insertion or erasure.
  struct Place {
    Bucket* bucket = nullptr;
    uint32_t slot = 0;
    explicit operator bool() const { return bucket != nullptr; }
    Slot& word() const { return bucket->slots[slot]; }
    Entry* entry() const { return entry_of(word()); }
  };
  /// A bucket that overflowed beyond the stash: only when keys crowd on one position (an attack, or bad luck).
  struct Overflow {
    Bucket bucket;
    Overflow* next = nullptr;
  };

  Index(const base::HashSecret& secret, uint32_t stagger, MemoryAccount& account);
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  void prefetch_root() const { base::prefetch(&root_); }
  /// Needs no lock: reads two published words whose memory lives as long as the index, and only asks for the line.
  /// Returns the home bucket, which may be looked into only while nobody can have changed the index since.
  const Bucket* prefetch(uint64_t hash) const {
    const SegmentWord segment = RootWord(root_.load(std::memory_order_acquire)).at(position_of(hash));
    const Bucket* const home = segment.buckets() + segment.home(position_of(hash));
    base::prefetch_to_write(home);
    return home;
  }
  /// `home`: the key's bucket when it is known, else null.
  void prefetch_entries(uint64_t hash, const Bucket* home = nullptr) const {
    if (home == nullptr) {
      const SegmentWord segment = segment_at(position_of(hash));
      home = segment.buckets() + segment.home(position_of(hash));
    }
    prefetch_in(home, hash);
    if (__builtin_expect(home->has_displaced(), 0)) prefetch_displaced(hash);
  }

  [[gnu::always_inline]] Place find(std::string_view key, uint64_t hash) const {
    const SegmentWord segment = segment_at(position_of(hash));
    const uint32_t home = segment.home(position_of(hash));
    Bucket* const bucket = segment.buckets() + home;
    const Place place = find_in(bucket, stored_tag(hash), key);
    // The rest computes anew where it is, so that nothing has to be kept for it here.
    if (__builtin_expect(place.bucket != nullptr || bucket->control >> 56 == 0, 1)) return place;
    return find_elsewhere(key, hash);
  }
  /// The place of an entry that is in the index.
  Place place_of(const Entry* entry, uint64_t hash) const;

  /// Inserts an entry whose key is not there. `slot`: address, policy bits and marks.
  Place insert(Slot slot, uint64_t hash);
  void erase(Place place, uint64_t hash);
  uint64_t hash_of(const Entry* entry) const { return base::hash_bytes(entry->key(), secret_); }

  const base::HashSecret& secret() const { return secret_; }
  /// Memory of the directories, which stay when everything else goes.
  size_t directory_bytes() const;

  size_t size() const { return size_; }
  size_t segments() const { return segments_; }
  size_t overflow_buckets() const { return overflow_buckets_; }
  size_t bucket_count() const { return bucket_count_; }

  /// One range of positions that share a home bucket: [begin, end); end 0 is the end of all.
  struct Range {
    SegmentWord segment;
    uint32_t home = 0;
    uint64_t end = 0;
    uint64_t segment_end = 0;
    uint32_t segment_live = 0;
    Overflow* overflow = nullptr;
  };
  Range range_at(uint32_t position) const;
  /// Calls each(Place) for what has its home in the range: certain for entries in home and next, possible for those
  /// in stash and overflow (`sure` false: the caller compares the hash).
  template <typename Each>
  static void for_each_in(const Range& range, Each each);

  /// Two neighbouring buckets (home, stash or overflow) for sampling, chosen by chance.
  struct Sample {
    Bucket* bucket[2] = {};
  };
  Sample sample(base::Random& random) const;

  /// Moves all entries to `other`, which is empty. What prefetch() reads stays here. O(segments).
  void move_to(Index& other);
  /// Calls free(slot) for all entries of the segment at `position`, frees the segment and returns the position
  /// behind it (2^32 at the end). Afterwards only dismantle() of the following positions is allowed.
  template <typename Free>
  uint64_t dismantle(uint32_t position, Free free);
  SegmentWord segment_at(uint32_t position) const { return root().at(position); }

 private:
  struct Info {
    Overflow* overflow = nullptr;
    uint32_t live = 0;
    uint32_t shrink_below = 0;
  };
  using Directory = RootWord::Slots;
  struct DirectoryBlock {
    DirectoryBlock* next;
    uint64_t depth;
    Directory* slots() { return reinterpret_cast<Directory*>(this + 1); }
    size_t bytes() const { return sizeof(DirectoryBlock) + (sizeof(Directory) << depth); }
  };
  static constexpr uint32_t kMaxDepth = 22;

  static Place find_in(Bucket* bucket, uint8_t tag, std::string_view key) {
    for (uint64_t set = bucket->match(tag); set != 0; set &= set - 1) {
      const uint32_t i = Bucket::first_of(set);
      if (__builtin_expect(EntryLayout::key_equals(entry_of(bucket->slots[i]), key), 1)) return {bucket, i};
    }
    return {};
  }
  Place find_elsewhere(std::string_view key, uint64_t hash) const;
  // Where an entry with the times of a policy ends, more or less: a GET of such keys waited for their second line, and cost 1.19
  // of one without a policy at P=16; with this 1.06. The same line for those of 64 bytes and less.
  static constexpr size_t kLookedAtAhead = 63;
  static void prefetch_in(const Bucket* bucket, uint64_t hash) {
    for (uint64_t set = bucket->match(stored_tag(hash)); set != 0; set &= set - 1) {
      const auto* const entry = reinterpret_cast<const char*>(entry_of(bucket->slots[Bucket::first_of(set)]));
      base::prefetch(entry);
      base::prefetch(entry + kLookedAtAhead);
    }
  }
  void prefetch_displaced(uint64_t hash) const;

  RootWord root() const { return RootWord(root_.load(std::memory_order_relaxed)); }
  uint32_t depth() const { return root().depth(); }
  Directory* directory() const { return root().slots(); }
  /// First directory slot of the segment at a position.
  uint32_t first_slot(uint32_t position, SegmentWord segment) const {
    const uint32_t shift = depth() - segment.depth();
    return root().slot_of(position) >> shift << shift;
  }
  static Place fill(Bucket* bucket, uint8_t tag, Slot slot) {
    const uint32_t i = bucket->free_slot();
    bucket->fill(i, tag, slot);
    return {bucket, i};
  }
  // Home first, so that most look-ups end in one line.
  static Place place(SegmentWord segment, Slot slot, uint64_t hash) {
    const uint32_t home = segment.home(position_of(hash));
    Bucket* const bucket = segment.buckets() + home;
    if (__builtin_expect(!bucket->full(), 1)) return fill(bucket, stored_tag(hash), slot);
    return place_elsewhere(segment, home, slot, stored_tag(hash));
  }
  static Place place_elsewhere(SegmentWord segment, uint32_t home, Slot slot, uint8_t tag);
  static bool push_back(SegmentWord segment, uint32_t bucket, int steps);
  static bool push_on(SegmentWord segment, uint32_t bucket, int steps);
  Place place_overflow(SegmentWord segment, Info& info, Slot slot, uint64_t hash);
  bool tidy_stash(SegmentWord segment, Info& info);

  void grow(uint32_t position);
  bool may_double() const;
  void double_directory();
  void halve_directory();
  Directory* directory_for(uint32_t depth);
  Info* make_infos(uint32_t depth);
  void free_infos(Info* infos, uint32_t depth);
  void count_deepest();
  SegmentWord make_segment(uint32_t total, uint32_t depth);
  void free_segment(SegmentWord segment);
  void free_overflow(Overflow* overflow);
  static const Bucket* empty_bucket();
  void install(uint32_t first, SegmentWord segment);
  void replace(uint32_t first, uint32_t total);
  void split(uint32_t first, uint32_t total);
  void shrink(uint32_t first);
  void merge(uint32_t first, uint32_t other, uint32_t total);
  /// Puts everything of a former segment where the directory says now.
  void reinsert(SegmentWord from, Overflow* overflow);
  void reinsert_group(const Slot* group, uint32_t count);
  uint32_t limit() const;

  std::atomic<uint64_t> root_;
  Directory inline_slot_;  // the directory of depth 0
  const base::HashSecret& secret_;
  MemoryAccount& account_;
  Info* infos_;
  Info inline_info_;
  size_t size_ = 0;
  uint32_t stagger_;
  uint32_t segments_ = 0;
  uint32_t deepest_ = 1;  // segments as deep as the directory
  uint32_t bucket_count_ = 0;
  uint32_t overflow_buckets_ = 0;
  DirectoryBlock* blocks_ =
      nullptr;  // one per depth; kept for reuse, and because prefetch() may still read them
};

template <typename Free>
uint64_t Index::dismantle(uint32_t position, Free free) {
  const SegmentWord segment = segment_at(position);
  const uint32_t first = first_slot(position, segment);
  const auto free_all = [&free](const Bucket& bucket) {
    for (uint64_t set = bucket.occupied(); set != 0; set &= set - 1)
      free(bucket.slots[Bucket::first_of(set)]);
  };
  for (uint32_t i = 0; i < segment.total(); ++i) free_all(segment.buckets()[i]);
  for (const Overflow* at = infos_[first].overflow; at != nullptr; at = at->next) free_all(at->bucket);
  size_ -= infos_[first].live;
  free_overflow(infos_[first].overflow);
  infos_[first] = {};
  free_segment(segment);
  install(first, SegmentWord(empty_bucket(), 1, segment.depth()));
  return (uint64_t{first} << (32 - depth())) + (uint64_t{1} << (32 - segment.depth()));
}

template <typename Each>
void Index::for_each_in(const Range& range, Each each) {
  Bucket* const buckets = range.segment.buckets();
  Bucket* const home = buckets + range.home;
  for (uint64_t set = home->occupied(); set != 0; set &= set - 1) {
    const Place place{home, Bucket::first_of(set)};
    if ((place.word() & kDisplacedBit) == 0 && !each(place)) return;
  }
  if (home->has_displaced()) {
    Bucket* const next = buckets + range.segment.next(range.home);
    for (uint64_t set = next->occupied(); set != 0; set &= set - 1) {
      const Place place{next, Bucket::first_of(set)};
      if ((place.word() & kDisplacedBit) != 0 && !each(place)) return;
    }
  }
  if (!home->has_stashed()) return;
  for (uint32_t i = range.segment.count(); i < range.segment.total(); ++i) {
    for (uint64_t set = buckets[i].occupied(); set != 0; set &= set - 1) {
      if (!each(Place{buckets + i, Bucket::first_of(set)})) return;
    }
  }
  for (Overflow* at = range.overflow; at != nullptr; at = at->next) {
    for (uint64_t set = at->bucket.occupied(); set != 0; set &= set - 1) {
      if (!each(Place{&at->bucket, Bucket::first_of(set)})) return;
    }
  }
}

}  // namespace corral::store

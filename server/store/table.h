// The keys of one database in one stripe: segmented hash table, expiry wheel and eviction bits.
// Threading: every call under the lock of the stripe; constant calls too.
// See: README.md of this folder, "Table".
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "server/base/random.h"
#include "server/store/age_clock.h"
#include "server/store/entry.h"
#include "server/store/ghost_history.h"
#include "server/store/index.h"
#include "server/store/key.h"
#include "server/store/memory_figures.h"
#include "server/store/removal_history.h"
#include "server/store/ttl_wheel.h"

namespace corral::store {

/// Which entries eviction may take, and in which order (maxmemory-policy).
enum class EvictionPolicy : uint8_t {
  kNoEviction,
  kAllkeysCorral,
  kVolatileCorral,
  kAllkeysLru,
  kVolatileLru,
  kAllkeysLfu,
  kVolatileLfu,
  kAllkeysRandom,
  kVolatileRandom,
  kVolatileTtl
};

/// 64-byte aligned, the members that a look-up needs first.
class alignas(64) Table {
 public:
  /// `stagger` (the stripe's number) staggers the sizes at which segments split, so that not all stripes split at
  /// once. `deferred`: where large frees go until the lock is released, null for at once. `unreported_bytes` is
  /// changed by every later change of memory().total(); null for nowhere.
  Table(const base::HashSecret& secret, uint32_t stagger, DeferredFrees* deferred = nullptr,
        int64_t* unreported_bytes = nullptr);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // --- look-up: O(1), expected two to three cache lines ---------------------------------------------------------
  /// Loads the line that prefetch() reads.
  void prefetch_root() const { index_.prefetch_root(); }
  /// Loads the bucket's line. Needs no lock and reads nothing the table owns but atomics/addresses that stay valid:
  /// see README "Prefetch". Safe at any time while the Table exists.
  const Bucket* prefetch(uint64_t hash) const { return index_.prefetch(hash); }
  /// Under the lock: loads the lines of the entries whose tag matches. `home`: what prefetch() returned if nothing was
  /// changed since, else null.
  void prefetch_entries(uint64_t hash, const Bucket* home = nullptr) const {
    index_.prefetch_entries(hash, home);
  }
  /// The entry, or null. Says nothing about expiry: the caller compares times. Counts as an access for eviction.
  Entry* find(std::string_view key, uint64_t hash) {
    const Index::Place place = index_.find(key, hash);
    if (!place) return nullptr;
    age_.touch(place.word());
    return place.entry();
  }
  /// Same without counting as an access (OBJECT, TTL, EXISTS with NO-TOUCH, inspection).
  Entry* peek(std::string_view key, uint64_t hash) const {
    const Index::Place place = index_.find(key, hash);
    return place ? place.entry() : nullptr;
  }

  /// Why a key that is not there is not there, as far as the last removals tell. O(1).
  metrics::MissCause cause_of_miss(uint64_t hash) const { return removals_.cause_of(hash); }
  void forget_removals() { removals_.clear(); }

  // --- change. Entry pointers are void after any of these but for the returned one --------------------------------
  /// Creates or replaces the entry. Reuses the allocation when the size class fits. O(1) but for a segment that
  /// grows (at most ~1,000 entries rehashed, prefetched in groups). Key and value may lie inside the old entry.
  Entry* put(std::string_view key, uint64_t hash, const NewValue& value, const Times& times);
  /// Replaces expiry and extension, keeps the value. Returns the entry, moved or not. Not an access.
  Entry* set_times(Entry* entry, uint64_t hash, const Times& times);
  /// Makes the string `size` bytes long, zero-filled behind its old end, encoding kRaw, and unshared, and gives the
  /// bytes to write (APPEND, SETRANGE, SETBIT). A blob that must grow gets spare capacity as in Redis: as much again
  /// up to 1 MiB, then 1 MiB.
  char* writable_string(Entry*& entry, uint64_t hash, size_t size);
  /// `why` is what cause_of_miss() says afterwards.
  void erase(Entry* entry, uint64_t hash, metrics::MissCause why = metrics::MissCause::kInvalidated);
  /// The entry's container was changed in place and took `bytes_before` before: keeps memory() exact.
  void container_changed(const Entry* entry, size_t bytes_before);
  /// Erases the entry and gives its container to the caller (RENAME, MOVE).
  types::Value* take_container(Entry* entry, uint64_t hash);

  // --- whole table ----------------------------------------------------------------------------------------------
  size_t size() const { return index_.size(); }  ///< entries, expired ones not yet reclaimed included
  size_t expires() const { return expires_; }    ///< entries with an expiry
  int64_t average_ttl_ms(
      int64_t now_ms) const;  ///< estimate over the entries with expiry (INFO avg_ttl); O(1)
  const MemoryFigures& memory() const { return account_.figures(); }
  /// Buckets beyond the stash of their segment: more than a few mean that keys crowd on one position.
  size_t overflow_buckets() const { return index_.overflow_buckets(); }

  /// Calls visit(const Entry&, hash) for the entries of the first non-empty bucket range at or behind `position` and
  /// returns the position to go on with; `done` when the table is at its end (next = 0). Every entry that is there
  /// from the first to the last call is seen exactly once, also while the table grows or shrinks. A visit that
  /// returns false ends the call, with the next step at the same `position`. Must not change the table.
  using Visit = bool (*)(void* context, const Entry& entry, uint64_t hash);
  struct ScanStep {
    uint32_t next = 0;
    bool done = false;
  };
  ScanStep scan(uint32_t position, Visit visit, void* context) const;
  /// A random entry, fair enough for RANDOMKEY; null when empty. O(1) expected.
  Entry* random_entry(base::Random& random) const;

  // --- expiry ---------------------------------------------------------------------------------------------------
  /// The earliest time at which expire_due() or expire_fields() could find something; INT64_MAX when nothing has an expiry. O(1).
  /// Needs no lock.
  int64_t next_due_ms() const { return next_due_ms_.load(std::memory_order_relaxed); }
  /// Reclaims at most `budget` records' worth of due entries; for each expired entry calls gone(entry) before it is
  /// erased. Returns how many records were looked at (0 = nothing due any more).
  using Gone = void (*)(void* context, const Entry& entry, uint64_t hash);
  size_t expire_due(int64_t now_ms, size_t budget, Gone gone, void* context);
  /// Looks at up to `budget` records of hashes with fields that expire and calls due(context, entry, hash) for those of
  /// which one is due. It removes such fields, some or all, and answers container_changed(); or it erases the entry and
  /// returns false. Returns how many records were looked at.
  using FieldsDue = bool (*)(void* context, Entry* entry, uint64_t hash);
  size_t expire_fields(int64_t now_ms, size_t budget, FieldsDue due, void* context);

  // --- eviction -------------------------------------------------------------------------------------------------
  /// Evicts one entry chosen by `policy` among a sample; expired ones first, then stale ones, calling gone(entry)
  /// before it is erased. False when the sample had nothing to take (empty, or no entry with expiry for volatile-*).
  bool evict_one(EvictionPolicy policy, int64_t now_ms, base::Random& random, Gone gone, void* context);
  /// OBJECT FREQ / IDLETIME answers from the policy byte: frequency 0..255 scale, idle seconds (coarse).
  struct AccessFigures {
    int frequency;
    int64_t idle_seconds;
  };
  AccessFigures access_figures(std::string_view key, uint64_t hash) const;
  /// RESTORE's wish for them, as near as they go. The key must be there.
  void set_idle_seconds(std::string_view key, uint64_t hash, int64_t seconds);
  void set_frequency(std::string_view key, uint64_t hash, int frequency);
  /// Coarse unix time for ages, pushed every few seconds by the expiry task. Looks at a few buckets, too.
  void set_age_clock(uint32_t seconds);

  // --- taking everything out (FLUSHALL) -------------------------------------------------------------------------
  /// Moves everything to a new table and leaves this one empty, whose address and prefetch() stay valid. O(segments).
  /// The new table reports to nobody and belongs to no stripe: discard() it without a lock.
  std::unique_ptr<Table> detach();
  /// Frees entries, a segment at a time, until `budget` is used up. Returns how many; 0 when empty. Only for detached
  /// tables: nothing else may be called any more.
  /// `large`: where containers with many elements go, to be freed in steps of their own; null: freed whole.
  size_t discard(size_t budget, LargeValues* large = nullptr);

 private:
  static constexpr double kLeastProbation = 0.1;
  struct Candidate;
  struct Candidates;

  static uint32_t record_of(uint64_t hash) {
    return (position_of(hash) & ~uint32_t{63}) | (stored_tag(hash) & 63u);
  }
  static Slot marks_of(const EntryShape& shape);
  static void write_value(Entry* entry, const EntryShape& shape, const NewValue& value);
  static EntryCost cost_of(const EntryShape& shape, const NewValue& value) {
    return __builtin_expect(value.container == nullptr, 1)
               ? EntryLayout::cost(shape, value.blob)
               : EntryLayout::cost_with_container(shape, *value.container);
  }
  Entry* insert(std::string_view key, uint64_t hash, const NewValue& value, const Times& times);
  bool overwrite(Entry* entry, uint64_t hash, const NewValue& value, const Times& times);
  bool overwrite_expiry(Entry* entry, uint64_t hash, int64_t expiry_ms);
  Entry* replace(Index::Place place, uint64_t hash, const NewValue& value, const Times& times);
  Entry* renew(Index::Place place, const EntryShape& shape, const NewValue& value, const Times& times);
  bool rewrite(Entry* entry, const EntryShape& from, const EntryShape& to, std::string_view bytes,
               const Times& times);
  void set_marks(Slot& slot, const EntryShape& shape);
  char* writable_blob(Index::Place place, size_t size);
  void account_for(const EntryCost& before, const EntryCost& after);
  void remove(Index::Place place, uint64_t hash, metrics::MissCause why);
  void unlink(Index::Place place, uint64_t hash, metrics::MissCause why);
  void release_entry(Entry* entry);

  void track_expiry(int64_t before_ms, int64_t after_ms, uint64_t hash);
  // Records of the entries with `mark` in their slot.
  struct Records {
    Slot mark;
    std::unique_ptr<TtlWheel> wheel;
    std::unique_ptr<TtlWheel> stale;  // while its live records are being written anew
    uint64_t rebuild_position = 0;
    int64_t next_due_ms() const;
  };
  void append_record(Records& of, size_t live, int64_t at_ms, uint32_t record);
  void rebuild_records(Records& of, uint32_t buckets);
  void adopt_records(Table& from);
  void publish_due();
  void expire_group(const uint32_t* records, size_t count, int64_t now_ms, Gone gone, void* context);
  void expire_record(uint32_t record, int64_t now_ms, Gone gone, void* context);
  template <typename Each>
  void for_each_candidate(Slot mark, uint32_t record, Each each) const;
  void track_fields(Index::Place place, uint64_t hash);
  void forget_fields(Index::Place place);
  void record_fields(Index::Place place, uint64_t hash);

  void gather(Candidates& out, bool only_volatile, base::Random& random) const;
  void take(const Candidate& victim, metrics::MissCause why, Gone gone, void* context);
  bool take_dead(const Candidates& sample, int64_t now_ms, Gone gone, void* context);
  Candidate choose(EvictionPolicy policy, Candidates& sample, base::Random& random);
  Candidate choose_corral(Candidates& sample, bool only_volatile, base::Random& random);
  Candidate choose_by_cost(const Candidates& sample) const;
  void sweep_ages(uint32_t buckets);
  void adapt_probation(GhostOf ghost);

  MemoryAccount account_;  // used by the others until their end
  Index index_;
  AgeClock age_;
  size_t expires_ = 0;
  uint64_t expiry_sum_ms_ = 0;                // since 2020, each limited to what five bytes hold
  size_t main_count_ = 0;                     // entries with the main bit; the others are on probation
  double probation_share_ = kLeastProbation;  // of the entries; more when newcomers are missed too often
  std::atomic<int64_t> next_due_ms_{INT64_MAX};
  Records key_records_{kExpiryBit, nullptr, nullptr};
  Records field_records_{kFieldsBit, nullptr, nullptr};
  size_t with_fields_ = 0;  // entries with the fields bit
  uint32_t sweep_position_ = 0;
  uint32_t stagger_;
  uint64_t discarded_position_ = 0;
  GhostHistory ghosts_;
  RemovalHistory removals_;
};

}  // namespace corral::store

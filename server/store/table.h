// The keys of one database in one stripe: segmented hash table, expiry wheel and eviction bits.
// Threading: every call under the lock of the stripe; constant calls too.
// See: README.md of this folder, "Table".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "server/base/random.h"
#include "server/store/entry.h"
#include "server/store/key.h"

namespace corral::store {

/// Bytes by what they are for. `total()` is what maxmemory counts.
struct MemoryFigures {
  int64_t payload = 0;    // keys and values as the clients sent them
  int64_t header = 0;     // entry headers, expiry, extension, blob headers
  int64_t waste = 0;      // what the allocator's size classes add
  int64_t table = 0;      // segments and directories
  int64_t expiry = 0;     // wheel records
  int64_t ghost = 0;      // eviction history
  int64_t total() const { return payload + header + waste + table + expiry + ghost; }
  MemoryFigures& operator+=(const MemoryFigures& other);
};

/// Which entries eviction may take, and in which order (maxmemory-policy).
enum class EvictionPolicy : uint8_t {
  kNoEviction, kAllkeysCorral, kVolatileCorral, kAllkeysLru, kVolatileLru, kAllkeysLfu, kVolatileLfu,
  kAllkeysRandom, kVolatileRandom, kVolatileTtl
};

/// Frees of large things wait here until the lock is released (no slow call under a lock).
class DeferredFrees {
 public:
  DeferredFrees() = default;
  DeferredFrees(const DeferredFrees&) = delete;
  DeferredFrees& operator=(const DeferredFrees&) = delete;
  ~DeferredFrees() { run(); }
  void add(base::Blob* blob);
  void add(void* memory, size_t bytes);
  bool empty() const;
  void run();  ///< call without a lock
 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Table {
 public:
  /// `stagger` (the stripe's number) staggers the sizes at which segments grow, so that not all stripes grow at once.
  explicit Table(uint32_t stagger);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // --- look-up: O(1), expected two to three cache lines ---------------------------------------------------------
  /// Loads the bucket's line. Needs no lock and reads nothing the table owns but atomics/addresses that stay valid:
  /// see README "Prefetch". Safe at any time while the Table exists.
  void prefetch(uint64_t hash) const;
  /// Under the lock: loads the lines of the entries whose tag matches.
  void prefetch_entries(uint64_t hash) const;
  /// The entry, or null. Says nothing about expiry: the caller compares times. Counts as an access for eviction.
  Entry* find(std::string_view key, uint64_t hash);
  /// Same without counting as an access (OBJECT, TTL, EXISTS with NO-TOUCH, inspection).
  Entry* peek(std::string_view key, uint64_t hash) const;

  // --- change. Entry pointers are void after any of these but for the returned one --------------------------------
  /// Creates or replaces the entry. Reuses the allocation when the size class fits. O(1) but for a segment that
  /// grows (at most ~1,000 entries rehashed, prefetched in groups).
  Entry* put(std::string_view key, uint64_t hash, const NewValue& value, const Times& times);
  /// Replaces expiry and extension, keeps the value. Returns the entry, moved or not.
  Entry* set_times(Entry* entry, uint64_t hash, const Times& times);
  /// Makes the string `size` bytes long, zero-filled behind its old end, encoding kRaw, and unshared, and gives the
  /// bytes to write (APPEND, SETRANGE, SETBIT). Spare capacity doubles for blobs up to 1 MiB as in Redis.
  char* writable_string(Entry*& entry, uint64_t hash, size_t size);
  void erase(Entry* entry, uint64_t hash);

  // --- whole table ----------------------------------------------------------------------------------------------
  size_t size() const;          ///< entries, expired ones not yet reclaimed included
  size_t expires() const;       ///< entries with an expiry
  int64_t average_ttl_ms(int64_t now_ms) const;  ///< estimate over the entries with expiry (INFO avg_ttl); O(1)
  const MemoryFigures& memory() const;

  /// Calls visit(const Entry&, hash) for all entries of one bucket range whose position is >= `position` and returns the
  /// position to go on with; wraps to 0 when the table is done (returned with `done` = true). Every entry that is there from
  /// the first to the last call is seen exactly once, also while the table grows.
  using Visit = bool (*)(void* context, const Entry& entry, uint64_t hash);
  struct ScanStep {
    uint32_t next = 0;
    bool done = false;
  };
  ScanStep scan(uint32_t position, Visit visit, void* context) const;
  /// A random entry, fair enough for RANDOMKEY; null when empty. O(1) expected.
  Entry* random_entry(base::Random& random) const;

  // --- expiry ---------------------------------------------------------------------------------------------------
  /// The earliest time at which expire_due() could find something; INT64_MAX when nothing has an expiry. O(1).
  int64_t next_due_ms() const;
  /// Reclaims at most `budget` records' worth of due entries; for each expired entry calls gone(entry) before it is
  /// erased. Returns how many records were looked at (0 = nothing due any more).
  using Gone = void (*)(void* context, const Entry& entry, uint64_t hash);
  size_t expire_due(int64_t now_ms, size_t budget, Gone gone, void* context);

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
  /// Coarse time for ages, pushed once per tick by the expiry task (seconds).
  void set_age_clock(uint32_t seconds);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace corral::store

// The array of stripes with their tables: all data of the server.
// Threading: stripes are locked through LockSet only; totals are sums of figures that may be a moment old.
// See: README.md of this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "server/base/stripe_lock.h"
#include "server/store/key.h"
#include "server/store/table.h"

namespace corral::store {

inline constexpr int kMaxDatabases = 1024;

/// One lock and all that belongs to its keys but the tables. 64-byte aligned so that two stripes never share a line.
struct alignas(64) Stripe {
  base::StripeLock lock;
  uint32_t epoch = 0;  // counts changes; for optimistic readers later
  uint32_t index = 0;
  uint32_t side_flags = 0;       // what else hangs on keys of this stripe (see StripeSide): 0 = the fast path
  int64_t unreported_bytes = 0;  // change of memory not yet added to MemoryBudget's total
  DeferredFrees deferred;        // run by LockSet after release
};

/// Bits of Stripe::side_flags.
enum StripeSide : uint32_t {
  kSideWatches = 1,  // somebody WATCHes a key here
  kSideFlights = 2,  // leases, waiters or hit-for-miss marks exist here
  kSideBlocked = 4,  // a blocking command waits for a key here
  kSideTracked = 8,  // a client wants to be told of changes of a key here
  kSideBroadcast = 16,  // a client wants to be told of changes of any key
};

/// Totals over the stripes, for INFO and DBSIZE.
struct DatabaseFigures {
  uint64_t keys = 0;
  uint64_t expires = 0;
  int64_t average_ttl_ms = 0;
};

class Keyspace {
 public:
  Keyspace(const base::HashSecret& secret, uint32_t stripes, int databases);
  ~Keyspace();
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  const Placement& placement() const { return placement_; }
  uint32_t stripe_count() const { return placement_.stripes(); }
  int databases() const { return database_count_; }
  Stripe& stripe(uint32_t index) { return stripes_[index]; }
  /// What was removed and is too large to be freed by whoever removed it; housekeeping frees it in steps.
  LargeValues& large_values() { return large_values_; }

  /// The table of a database in a stripe, made when missing. Under the stripe's lock.
  Table& table(Stripe& stripe, int database) {
    Table* const tables = databases_[database].load(std::memory_order_acquire);
    return __builtin_expect(tables != nullptr, 1) ? tables[stripe.index]
                                                  : make_tables(database)[stripe.index];
  }
  /// Same, null when nothing was ever stored in the database.
  Table* table_if_any(Stripe& stripe, int database) const {
    Table* const tables = databases_[database].load(std::memory_order_acquire);
    return tables == nullptr ? nullptr : tables + stripe.index;
  }
  /// The same without a lock, for hints: Table::prefetch_root(), prefetch(). The address stays valid.
  const Table* table_for_hints(const KeyRef& key, int database) const {
    const Table* const tables = databases_[database].load(std::memory_order_acquire);
    return tables == nullptr ? nullptr : tables + key.stripe;
  }
  /// Hint: loads the lines of the entries whose tag matches. Needs the stripe for a moment; gives up when somebody else
  /// holds it.
  void prefetch_entries(const KeyRef& key, const Table& table) const {
    base::StripeLock& lock = stripes_[key.stripe].lock;
    if (!lock.try_lock()) return;
    table.prefetch_entries(key.hash);
    lock.unlock();
  }

  /// With all stripes locked: takes out everything of a database. O(stripes); the freeing is left to the graveyard.
  std::vector<std::unique_ptr<Table>> detach(int database);
  /// With all stripes locked: exchanges the contents of two databases. O(1).
  void swap_databases(int one, int other);

  /// Each locks one stripe after the other; the sum may be a moment old, as all such figures are. The caller holds no
  /// stripe.
  DatabaseFigures figures(int database, int64_t now_ms);
  MemoryFigures memory();

 private:
  Table* make_tables(int database);
  void free_tables(Table* tables);

  Placement placement_;
  int database_count_;
  LargeValues large_values_;
  std::unique_ptr<Stripe[]> stripes_;
  // Per database an array with a table per stripe, made at first use and never freed, so that whoever read the address
  // may use it.
  std::unique_ptr<std::atomic<Table*>[]> databases_;
};

}  // namespace corral::store

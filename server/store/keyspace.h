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

/// One lock and all that belongs to its keys. 64-byte aligned so that two stripes never share a line.
struct alignas(64) Stripe {
  base::StripeLock lock;
  uint32_t epoch = 0;          // counts changes; for optimistic readers later
  uint32_t index = 0;
  uint32_t side_flags = 0;     // what else hangs on keys of this stripe (see StripeSide): 0 = the fast path
  std::unique_ptr<Table>* tables = nullptr;  // one per database, made at first use
  int64_t unreported_bytes = 0;  // change of memory not yet added to MemoryBudget's total
  DeferredFrees deferred;      // run by LockSet after release
};

/// Bits of Stripe::side_flags.
enum StripeSide : uint32_t {
  kSideWatches = 1,   // somebody WATCHes a key here
  kSideFlights = 2,   // leases, waiters or hit-for-miss marks exist here
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
  int databases() const { return databases_; }
  Stripe& stripe(uint32_t index) { return stripes_[index]; }

  /// The table of a database in a stripe, made when missing. Under the stripe's lock.
  Table& table(Stripe& stripe, int database);
  /// Same, null when nothing was ever stored there.
  Table* table_if_any(Stripe& stripe, int database) const { return stripe.tables[database].get(); }
  /// Hint without a lock: loads the bucket of the key, if its table exists. The pointer to a table is published with
  /// release order and tables are freed only when no worker is between prefetch and execution (see README "Prefetch").
  void prefetch(const KeyRef& key, int database) const;

  /// Each locks one stripe after the other; the sum may be a moment old, as all such figures are.
  DatabaseFigures figures(int database);
  MemoryFigures memory();

 private:
  Placement placement_;
  int databases_;
  std::unique_ptr<Stripe[]> stripes_;
};

}  // namespace corral::store

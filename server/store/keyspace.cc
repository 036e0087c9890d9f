// The stripes and the tables of all databases.
// Threading: see keyspace.h.
// See: keyspace.h.
#include "server/store/keyspace.h"

#include <new>
#include <utility>

#include "server/base/check.h"
#include "server/store/lock_set.h"

namespace corral::store {

Keyspace::Keyspace(const base::HashSecret& secret, uint32_t stripes, int databases)
    : placement_(secret, stripes),
      database_count_(databases),
      stripes_(std::make_unique<Stripe[]>(stripes)),
      databases_(std::make_unique<std::atomic<Table*>[]>(static_cast<size_t>(databases))) {
  CHECK(databases >= 1 && databases <= kMaxDatabases);
  for (uint32_t i = 0; i < stripes; ++i) stripes_[i].index = i;
  make_tables(0);
}

Keyspace::~Keyspace() {
  for (int i = 0; i < database_count_; ++i) free_tables(databases_[i].load(std::memory_order_relaxed));
}

// Two threads may get here at once under different stripes; one of them wins.
Table* Keyspace::make_tables(int database) {
  const size_t bytes = stripe_count() * sizeof(Table);
  auto* const tables = static_cast<Table*>(::operator new (bytes, std::align_val_t{alignof(Table)}));
  for (uint32_t i = 0; i < stripe_count(); ++i) {
    new (tables + i) Table(placement_.secret(), i, &stripes_[i].deferred, &stripes_[i].unreported_bytes);
  }
  Table* expected = nullptr;
  if (databases_[database].compare_exchange_strong(expected, tables, std::memory_order_acq_rel))
    return tables;
  free_tables(tables);
  return expected;
}

void Keyspace::free_tables(Table* tables) {
  if (tables == nullptr) return;
  for (uint32_t i = 0; i < stripe_count(); ++i) tables[i].~Table();
  ::operator delete (tables, std::align_val_t{alignof(Table)});
}

std::vector<std::unique_ptr<Table>> Keyspace::detach(int database) {
  std::vector<std::unique_ptr<Table>> out;
  Table* const tables = databases_[database].load(std::memory_order_relaxed);
  if (tables == nullptr) return out;
  for (uint32_t i = 0; i < stripe_count(); ++i) {
    if (tables[i].size() > 0) out.push_back(tables[i].detach());
    tables[i].forget_removals();
  }
  return out;
}

void Keyspace::swap_databases(int one, int other) {
  Table* const first = databases_[one].load(std::memory_order_relaxed);
  Table* const second = databases_[other].load(std::memory_order_relaxed);
  databases_[one].store(second, std::memory_order_release);
  databases_[other].store(first, std::memory_order_release);
}

DatabaseFigures Keyspace::figures(int database, int64_t now_ms) {
  DatabaseFigures out;
  int64_t ttl_sum = 0;
  for (uint32_t i = 0; i < stripe_count(); ++i) {
    const LockSet lock(*this, i, LockSet::UnlessLong{});
    if (!lock.complete()) throw TakesLong();
    const Table* const table = table_if_any(stripes_[i], database);
    if (table == nullptr) break;
    out.keys += table->size();
    out.expires += table->expires();
    ttl_sum += table->average_ttl_ms(now_ms) * static_cast<int64_t>(table->expires());
  }
  if (out.expires > 0) out.average_ttl_ms = ttl_sum / static_cast<int64_t>(out.expires);
  return out;
}

MemoryFigures Keyspace::memory() {
  MemoryFigures out;
  for (uint32_t i = 0; i < stripe_count(); ++i) {
    const LockSet lock(*this, i, LockSet::UnlessLong{});
    if (!lock.complete()) throw TakesLong();
    for (int database = 0; database < database_count_; ++database) {
      if (const Table* const table = table_if_any(stripes_[i], database)) out += table->memory();
    }
  }
  return out;
}

}  // namespace corral::store

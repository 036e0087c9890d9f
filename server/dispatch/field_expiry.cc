// Taking due fields out of a hash.
// Threading: see field_expiry.h.
// See: field_expiry.h
#include "server/dispatch/field_expiry.h"

#include <string>

#include "server/dispatch/publishing.h"
#include "server/dispatch/watches.h"
#include "server/types/hash_value.h"

namespace corral::dispatch {

bool expire_fields(Services& services, WorkerState& worker, store::Stripe& stripe, int database,
                   store::Entry* entry, uint64_t hash, size_t budget) {
  auto* const value = static_cast<types::HashValue*>(entry->container());
  store::Table& table = services.keyspace.table(stripe, database);
  const size_t bytes_before = value->memory_bytes();
  const size_t removed = value->expire_due(worker.now_ms, budget);
  table.container_changed(entry, bytes_before);
  if (removed == 0) return true;
  worker.stats.expired_fields.add(removed);
  ++stripe.epoch;
  if ((stripe.side_flags & store::kSideWatches) != 0) services.watches.touch(stripe, database, entry->key());
  const bool tells = services.settings.notify_keyspace_events != 0;
  if (tells) publish_event(services, worker, database, config::kHashEvent, "hexpired", entry->key(), 0);
  const bool gone = value->size() == 0;
  if (gone) {
    const std::string key(tells ? entry->key() : std::string_view());
    table.erase(entry, hash, metrics::MissCause::kExpired);
    if (tells) publish_event(services, worker, database, config::kGenericEvent, "del", key, 0);
  }
  services.budget.report(stripe.unreported_bytes);
  return !gone;
}

}  // namespace corral::dispatch

// Tags and times of a value by its writer.
// Threading: see entry_rules.h.
// See: entry_rules.h.
#include "server/dispatch/entry_rules.h"

#include "server/base/check.h"
#include "server/dispatch/cache_rules.h"

namespace corral::dispatch {

void add_rules(Services& services, const store::KeyRef& key, int database, store::Entry* entry, int64_t stale_ms,
               std::span<const protocol::Bytes> tags) {
  if (!entry->has_extension() || (stale_ms < 0 && tags.empty())) return;
  store::Extension extension = entry->extension();
  for (const protocol::Bytes tag : tags) {
    CHECK(extension.tag_count < store::kMaxTagsPerEntry);
    extension.tags[extension.tag_count++] = services.cache.tags().stamp(stampede::TagSpace::kTag, tag);
  }
  store::Times times{entry->expiry_ms(), &extension};
  if (stale_ms >= 0 && extension.nominal_ms != store::kNoExpiry) times.expiry_ms = extension.nominal_ms + stale_ms;
  store::Stripe& stripe = services.keyspace.stripe(key.stripe);
  services.keyspace.table(stripe, database).set_times(entry, key.hash, times);
  services.budget.report(stripe.unreported_bytes);
}

bool has_room_for(const stampede::Policy& policy, size_t more_tags) {
  return policy.tags.size() + policy.prefixes.size() + more_tags <= store::kMaxTagsPerEntry;
}

}  // namespace corral::dispatch

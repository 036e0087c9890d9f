// What a writer says of a value beyond its policy: more tags, and for how long it may be served stale.
// Threading: under the lock of the key's stripe.
// See: README.md of this folder, "Loads".
#pragma once

#include <cstdint>
#include <span>

#include "server/dispatch/services.h"
#include "server/store/entry.h"
#include "server/store/key.h"

namespace corral::dispatch {

/// For an entry that has just been written under a policy; without one there is nothing to add to. `stale_ms` is beyond the
/// end of its life; -1: as the policy says. Precondition: has_room_for().
void add_rules(Services& services, const store::KeyRef& key, int database, store::Entry* entry, int64_t stale_ms,
               std::span<const protocol::Bytes> tags);
/// An entry has places for so many tags; one that is kept with fewer than it has could not be invalidated by the others.
bool has_room_for(const stampede::Policy& policy, size_t more_tags);

}  // namespace corral::dispatch

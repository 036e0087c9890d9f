// Fields of hashes whose time has come: taken out, told of, and the key with the last one.
// Threading: the stripe of the key is held.
// See: README.md of this folder, "Housekeeping".
#pragma once

#include <cstddef>
#include <cstdint>

#include "server/dispatch/services.h"

namespace corral::dispatch {

/// Takes up to `budget` due fields out of the hash in `entry` and publishes `hexpired`, and `del` when none is left: then the
/// key is gone, the address void and the answer false.
bool expire_fields(Services& services, WorkerState& worker, store::Stripe& stripe, int database,
                   store::Entry* entry, uint64_t hash, size_t budget);

inline constexpr size_t kFieldsPerLook = 64;  // taken out by whoever looks at a hash

/// Whether a field of the entry is due: of a hash only.
inline bool has_due_fields(const store::Entry& entry, int64_t now_ms) {
  return __builtin_expect(entry.type() == store::ValueType::kHash, 0) &&
         entry.container()->next_due_ms() <= now_ms;
}

}  // namespace corral::dispatch

// MULTI, EXEC, DISCARD, WATCH, UNWATCH: the handlers' inner parts.
// Threading: the session's worker; exec runs with the union of all stripes held.
// See: README.md of this folder, "Transactions".
#pragma once

#include "server/dispatch/command_context.h"

namespace corral::dispatch {

/// Runs the queue, or answers why not, and ends the transaction. Precondition: the stripes of KeyShape::kQueued are held.
Outcome exec(CommandContext& ctx);
/// Marks the keys; their stripes are held.
void watch(CommandContext& ctx, const KeyRef& key);
/// Forgets the watched keys; their stripes are held (kQueued).
void unwatch(Services& services, session::Session& session);
/// Drops the queue; does not touch watches.
void drop_queue(session::Session& session);
/// Drops queue and watches; takes the locks it needs: call without locks.
void end_transaction(Services& services, session::Session& session);

}  // namespace corral::dispatch

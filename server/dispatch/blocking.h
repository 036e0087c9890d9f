// Blocking commands: waiting for a key, being served by whoever fills it, giving up.
// Threading: the worker that owns the session, but serve_ready(), which runs on the writer's. Functions that say so lock
// stripes themselves: call without locks.
// See: README.md of this folder, "Blocking commands".
#pragma once

#include <cstdint>

#include "server/dispatch/services.h"
#include "server/store/lock_set.h"

namespace corral::stampede {
class PolicyTable;
}

namespace corral::dispatch {

/// Runs after a command, a transaction or a script, while its locks are still held: serves the requests that wait for the
/// keys it made ready (worker.ready_keys), oldest first, until nothing more can be given. So a blocked client is served
/// before the next command sees the key, as in Redis. Replies go to worker.served or to the owners' mailboxes.
void serve_ready(Services& services, WorkerState& worker, const stampede::PolicyTable* policies, store::LockSet& locks);

/// Hands a served request's reply to its session; what the session still has in queues of other keys is taken out.
/// Locks stripes.
void deliver_served(Services& services, WorkerState& worker, ServedMessage& message);

/// The writer could not lock all that the request needs: its owner runs it again, in its old place. Locks stripes.
void retry_blocked(Services& services, WorkerState& worker, const stampede::PolicyTable* policies,
                   const RetryMessage& message);

/// Ends the wait: with what the command answers when nothing came, or with the error of CLIENT UNBLOCK. False when the
/// session does not wait. Locks stripes.
enum class EndOfWait : uint8_t { kTimeout, kError, kSilent };
bool end_wait(Services& services, WorkerState& worker, session::Session& session, EndOfWait how);

/// Ends what has waited too long. Locks stripes. At most `budget`.
void run_block_timers(Services& services, WorkerState& worker, size_t budget);

}  // namespace corral::dispatch

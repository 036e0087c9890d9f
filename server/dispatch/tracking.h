// CLIENT TRACKING: who read a key is told when it changes, so that clients may keep what they read.
// Threading: the worker that executes; functions that take a stripe or a key hold its lock, and post to other workers.
// See: server/pubsub/README.md, "Tracking".
#pragma once

#include <cstdint>
#include <string_view>

#include "server/dispatch/message.h"
#include "server/dispatch/services.h"
#include "server/store/lock_set.h"

namespace corral::dispatch {

struct Request;

/// Turns tracking on in the given mode, or changes it; prefixes are added to those there are. For BCAST, announce_broadcast()
/// follows.
void start_tracking(Services& services, WorkerState& worker, session::Session& session,
                    session::TrackingState wanted);
/// Turns it off (also RESET, and the connection closes). What the client has read stays known until it changes.
void stop_tracking(Services& services, WorkerState& worker, session::Session& session);
/// Makes writes to the stripe tell BCAST clients. Every stripe, before the client is answered.
void announce_broadcast(store::Stripe& stripe);

/// A command of a tracking session has run, under its locks: the keys of a read are remembered.
void remember_read(Services& services, WorkerState& worker, const Request& request);
/// A command of a tracking session is over: CLIENT CACHING held for that one.
void end_caching(const Request& request);

/// The key was changed or removed. `executing`: whose command does it: it is told behind its reply, and with NOLOOP not.
void invalidate_trackers(Services& services, WorkerState& worker, store::Stripe& stripe, std::string_view key,
                         uint64_t executing);
/// Clients may keep nothing any more (FLUSHALL, tags). Without locks on stripes what they read stays remembered.
void invalidate_everything(Services& services, WorkerState& worker, uint64_t executing);
/// The client was answered, or is about to be, with a value that may be old already: it is told to forget it behind the
/// reply.
void invalidate_reply(Services& services, WorkerState& worker, session::Session& session,
                      std::string_view key);

/// At the end of a turn: tells BCAST clients on all workers what was written in it.
void send_broadcasts(Services& services, WorkerState& worker);
void deliver_invalidation(Services& services, WorkerState& worker, const InvalidationMessage& message);
void deliver_broadcast(Services& services, WorkerState& worker, const BroadcastMessage& message);
void deliver_redirected(WorkerState& worker, const RedirectedMessage& message);

/// Forgets some keys, telling their readers, while there are more than tracking-table-max-keys. Locks stripes. Returns
/// whether there are still too many.
bool trim_tracking(Services& services, WorkerState& worker);

}  // namespace corral::dispatch

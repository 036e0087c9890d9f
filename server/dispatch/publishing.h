// Publishing: messages of channels and keyspace events, from whoever publishes to the listeners of all workers.
// Threading: the worker that publishes; stripes may be held.
// See: server/pubsub/README.md.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/config/keyspace_events.h"
#include "server/dispatch/services.h"

namespace corral::dispatch {

/// Sends `message` to the listeners of the channel and, but for shard channels, of the patterns that match it. Returns how
/// many clients get it, each counted once for each name it listens to. `executing`: a client whose reply is being written
/// and may be an array not yet complete, so that it gets the message behind it; 0: nobody's is.
size_t publish(Services& services, WorkerState& worker, pubsub::Kind kind, std::string_view channel,
               std::string_view message, uint64_t executing);

/// A keyspace event, if notify-keyspace-events wants its class.
void publish_event(Services& services, WorkerState& worker, int database, config::EventClass event_class,
                   std::string_view event, std::string_view key, uint64_t executing);

/// Writes the publication to the listeners of this worker.
void deliver_publication(WorkerState& worker, const Publication& publication, uint64_t executing = 0);

/// The client listens no more, to one name or to all of a kind. Returns whether it did listen to the name.
bool unsubscribe(Services& services, WorkerState& worker, session::Session& session, pubsub::Kind kind,
                 const std::string& name);
bool subscribe(Services& services, WorkerState& worker, session::Session& session, pubsub::Kind kind,
               const std::string& name);
/// Ends all subscriptions (RESET, the connection closes).
void unsubscribe_all(Services& services, WorkerState& worker, session::Session& session);

}  // namespace corral::dispatch

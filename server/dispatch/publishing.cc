// One publication for each name that matches, one message for each worker that has listeners.
// Threading: see publishing.h.
// See: publishing.h.
#include "server/dispatch/publishing.h"

#include <string>

namespace corral::dispatch {
namespace {

using pubsub::Kind;
using session::Session;

std::shared_ptr<const Publication> encode(Kind kind, std::string_view name, std::string_view channel,
                                          std::string_view message) {
  constexpr std::string_view kWords[] = {"message", "pmessage", "smessage"};
  auto out = std::make_shared<Publication>();
  out->kind = kind;
  out->name = std::string(name);
  const auto bulk = [&text = out->encoded](std::string_view bytes) {
    text.append(1, '$').append(std::to_string(bytes.size())).append("\r\n").append(bytes).append("\r\n");
  };
  out->encoded = kind == Kind::kPattern ? "4\r\n" : "3\r\n";
  bulk(kWords[static_cast<size_t>(kind)]);
  if (kind == Kind::kPattern) bulk(name);
  bulk(channel);
  bulk(message);
  return out;
}

size_t send(WorkerState& worker, const pubsub::Listeners& listeners, const std::shared_ptr<const Publication>& publication,
            uint64_t executing) {
  for (uint32_t i = 0; i < listeners.by_worker.size(); ++i) {
    if (listeners.by_worker[i] == 0) continue;
    if (i == worker.index) {
      deliver_publication(worker, *publication, executing);
    } else {
      worker.port.post(i, PublishMessage{publication});
    }
  }
  return listeners.total;
}

void show(Session& session) {
  size_t total = 0;
  for (size_t i = 0; i < session.subscriptions.size(); ++i) {
    const size_t count = session.subscriptions[i].size();
    total += count;
    session.record->subscriptions[i].store(static_cast<uint32_t>(count), std::memory_order_relaxed);
  }
  if (total > 0) {
    session.set(session::kSubscribed);
    session.record->flags.fetch_or(session::kClientPubsub, std::memory_order_relaxed);
  } else {
    session.unset(session::kSubscribed);
    session.record->flags.fetch_and(~uint32_t{session::kClientPubsub}, std::memory_order_relaxed);
  }
}

std::set<std::string>& names_of(Session& session, Kind kind) { return session.subscriptions[static_cast<size_t>(kind)]; }

}  // namespace

size_t publish(Services& services, WorkerState& worker, Kind kind, std::string_view channel, std::string_view message,
               uint64_t executing) {
  size_t receivers = 0;
  if (const pubsub::Listeners listeners = services.pubsub.listeners(kind, channel); listeners.total > 0) {
    receivers += send(worker, listeners, encode(kind, channel, channel, message), executing);
  }
  if (kind == Kind::kShardChannel || services.pubsub.patterns() == 0) return receivers;
  services.pubsub.for_each_match(channel, [&](const std::string& pattern, const pubsub::Listeners& listeners) {
    receivers += send(worker, listeners, encode(Kind::kPattern, pattern, channel, message), executing);
  });
  return receivers;
}

void publish_event(Services& services, WorkerState& worker, int database, config::EventClass event_class,
                   std::string_view event, std::string_view key, uint64_t executing) {
  const auto wanted = static_cast<uint32_t>(static_cast<int64_t>(services.settings.notify_keyspace_events));
  if ((wanted & event_class) == 0 || services.pubsub.empty()) return;
  const std::string number = std::to_string(database);
  if ((wanted & config::kKeyspaceChannel) != 0) {
    const std::string channel = "__keyspace@" + number + "__:" + std::string(key);
    publish(services, worker, Kind::kChannel, channel, event, executing);
  }
  if ((wanted & config::kKeyeventChannel) != 0) {
    const std::string channel = "__keyevent@" + number + "__:" + std::string(event);
    publish(services, worker, Kind::kChannel, channel, key, executing);
  }
}

void deliver_publication(WorkerState& worker, const Publication& publication, uint64_t executing) {
  const auto* clients = worker.subscribers.find(publication.kind, publication.name);
  if (clients == nullptr) return;
  for (const uint64_t client : *clients) {
    const auto at = worker.sessions.find(client);
    if (at == worker.sessions.end()) continue;
    Session& session = *at->second;
    if (session.has(session::kClosing)) continue;
    const std::string_view type = session.resp_version >= 3 ? ">" : "*";
    if (client == executing) {
      ServedMessage later{client, 0, {}};
      later.reply.append(type);
      later.reply.append(publication.encoded);
      worker.served.push_back(std::move(later));
      continue;
    }
    session.output.tail().append(type);
    session.output.tail().append(publication.encoded);
    worker.dirty_sessions.push_back(client);
  }
}

bool subscribe(Services& services, WorkerState& worker, Session& session, Kind kind, const std::string& name) {
  if (!names_of(session, kind).insert(name).second) return false;
  worker.subscribers.add(kind, name, session.id);
  services.pubsub.add(kind, name, worker.index);
  show(session);
  return true;
}

bool unsubscribe(Services& services, WorkerState& worker, Session& session, Kind kind, const std::string& name) {
  if (names_of(session, kind).erase(name) == 0) return false;
  services.pubsub.remove(kind, name, worker.index);
  worker.subscribers.remove(kind, name, session.id);
  show(session);
  return true;
}

void unsubscribe_all(Services& services, WorkerState& worker, Session& session) {
  for (size_t i = 0; i < session.subscriptions.size(); ++i) {
    while (!session.subscriptions[i].empty()) {
      const std::string name = *session.subscriptions[i].begin();
      unsubscribe(services, worker, session, static_cast<Kind>(i), name);
    }
  }
}

}  // namespace corral::dispatch

// From a changed key to the push that its readers get.
// Threading: see tracking.h.
// See: tracking.h
#include "server/dispatch/tracking.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/dispatch/command_context.h"
#include "server/pubsub/tracking_table.h"

namespace corral::dispatch {
namespace {

using pubsub::Tracker;
using session::Session;
using session::TrackingState;

void append_bulk(std::string& out, std::string_view bytes) {
  out.append(1, '$').append(std::to_string(bytes.size())).append("\r\n").append(bytes).append("\r\n");
}

std::string one_key(std::string_view key) {
  std::string out = "*1\r\n";
  append_bulk(out, key);
  return out;
}

void show(const Session& session) {
  constexpr uint32_t kAll =
      session::kClientTracking | session::kClientTrackingBroken | session::kClientTrackingBroadcast;
  const TrackingState* const state = session.tracking.get();
  uint32_t flags = 0;
  if (state != nullptr) flags |= session::kClientTracking;
  if (state != nullptr && state->broken_redirect) flags |= session::kClientTrackingBroken;
  if (state != nullptr && state->broadcast) flags |= session::kClientTrackingBroadcast;
  session.record->flags.fetch_and(~kAll, std::memory_order_relaxed);
  session.record->flags.fetch_or(flags, std::memory_order_relaxed);
  session.record->redirect.store(state == nullptr ? -1 : static_cast<int64_t>(state->redirect),
                                 std::memory_order_relaxed);
}

// Behind what the session has been answered; the one whose command runs may have an array open.
void append_push(WorkerState& worker, Session& session, std::string_view text, bool behind_reply) {
  if (session.has(session::kClosing)) return;
  if (behind_reply) {
    ServedMessage later{session.id, 0, {}};
    later.reply.append(text);
    worker.served.push_back(std::move(later));
    return;
  }
  session.output.tail().append(text);
  worker.dirty_sessions.push_back(session.id);
}

// To the connection that gets the client's invalidations; RESP2 has messages only for those who listen.
void push_redirected(WorkerState& worker, Session& target, std::string_view keys, bool behind_reply) {
  std::string text;
  if (target.resp_version >= 3) {
    text = ">2\r\n$10\r\ninvalidate\r\n";
  } else if (target.has(session::kSubscribed)) {
    text = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
  } else {
    return;
  }
  text.append(keys);
  append_push(worker, target, text, behind_reply);
}

void push_broken_redirect(WorkerState& worker, Session& session, bool behind_reply) {
  session.tracking->broken_redirect = true;
  show(session);
  if (session.resp_version < 3) return;
  std::string text = ">2\r\n$21\r\ntracking-redir-broken\r\n:";
  text.append(std::to_string(session.tracking->redirect)).append("\r\n");
  append_push(worker, session, text, behind_reply);
}

// `keys`: an encoded array; empty: everything. `executing`: the client whose command runs.
void push(Services& services, WorkerState& worker, Session& session, std::string_view keys,
          uint64_t executing) {
  if (keys.empty()) keys = session.resp_version >= 3 ? "_\r\n" : "$-1\r\n";
  const uint64_t redirect = session.tracking->redirect;
  const bool behind_reply = session.id == executing;
  if (redirect == 0) {
    if (session.resp_version < 3) return;
    std::string text = ">2\r\n$10\r\ninvalidate\r\n";
    append_push(worker, session, text.append(keys), behind_reply);
    return;
  }
  const auto record = services.clients.find(redirect);
  if (record == nullptr) {
    push_broken_redirect(worker, session, behind_reply);
  } else if (record->worker != worker.index) {
    worker.port.post(record->worker, RedirectedMessage{redirect, std::string(keys)});
  } else if (const auto at = worker.sessions.find(redirect); at != worker.sessions.end()) {
    push_redirected(worker, *at->second, keys, redirect == executing);
  }
}

void forget_key(Services& services, WorkerState& worker, store::Stripe& stripe, std::string_view key,
                uint64_t executing) {
  const std::vector<Tracker> trackers = services.tracking.take(stripe.index, key);
  if (services.tracking.empty(stripe.index)) stripe.side_flags &= ~static_cast<uint32_t>(store::kSideTracked);
  if (trackers.empty()) return;
  const auto keys = std::make_shared<const std::string>(one_key(key));
  std::vector<InvalidationMessage> messages(services.state.workers);
  for (const Tracker& tracker : trackers) messages[tracker.worker].clients.push_back(tracker.client);
  for (uint32_t i = 0; i < messages.size(); ++i) {
    if (messages[i].clients.empty()) continue;
    messages[i].keys = keys;
    messages[i].executing = executing;
    if (i == worker.index) {
      deliver_invalidation(services, worker, messages[i]);
    } else {
      worker.port.post(i, std::move(messages[i]));
    }
  }
}

bool too_many_keys(const Services& services) {
  const int64_t most = services.settings.tracking_table_max_keys;
  return most > 0 && services.tracking.keys() > static_cast<uint64_t>(most);
}

}  // namespace

// --- modes --------------------------------------------------------------------------------------------------------

void start_tracking(Services& services, WorkerState& worker, Session& session, TrackingState wanted) {
  pubsub::TrackingTable& table = services.tracking;
  if (!session.tracking) {
    session.tracking = std::make_unique<TrackingState>();
    session.set(session::kTracking);
    table.clients.fetch_add(1);
    if (wanted.broadcast) table.broadcast_clients.fetch_add(1);
    worker.tracking_clients.push_back(session.id);
  }
  if (wanted.broadcast && wanted.prefixes.empty()) wanted.prefixes.insert("");
  for (const std::string& prefix : wanted.prefixes) {
    if (!session.tracking->prefixes.contains(prefix)) table.add_prefix(prefix);
  }
  wanted.prefixes.merge(session.tracking->prefixes);
  wanted.caching = session.tracking->caching;
  *session.tracking = std::move(wanted);
  show(session);
}

void stop_tracking(Services& services, WorkerState& worker, Session& session) {
  if (!session.tracking) return;
  pubsub::TrackingTable& table = services.tracking;
  for (const std::string& prefix : session.tracking->prefixes) table.remove_prefix(prefix);
  if (session.tracking->broadcast) table.broadcast_clients.fetch_sub(1);
  table.clients.fetch_sub(1);
  session.tracking.reset();
  session.unset(session::kTracking);
  std::erase(worker.tracking_clients, session.id);
  show(session);
}

void announce_broadcast(store::Stripe& stripe) {
  stripe.side_flags |= store::kSideBroadcast;
}

// --- reads --------------------------------------------------------------------------------------------------------

void remember_read(Services& services, WorkerState& worker, const Request& request) {
  const Session& session = *request.session;
  const uint32_t flags = request.command->spec->flags;
  if (!session.tracking || session.tracking->broadcast || (flags & kReadOnly) == 0 || (flags & kPubsub) != 0)
    return;
  const TrackingState& state = *session.tracking;
  if ((state.opt_in && !state.caching) || (state.opt_out && state.caching)) return;
  std::vector<int> positions;
  if (!find_keys(*request.command->spec, request.arguments, positions)) return;
  for (const int at : positions) {
    const KeyRef key = services.keyspace.placement().locate(request.arguments[static_cast<size_t>(at)]);
    services.tracking.remember(key.stripe, key.bytes, {session.id, worker.index});
    store::Stripe& stripe = services.keyspace.stripe(key.stripe);
    stripe.side_flags |= store::kSideTracked;
    if (!too_many_keys(services)) continue;
    // Not the one just read: its reader would be told before it is answered.
    const auto other = services.tracking.any_key(key.stripe, worker.random.below(UINT64_MAX), key.bytes);
    if (other) forget_key(services, worker, stripe, *other, session.id);
  }
}

void end_caching(const Request& request) {
  const Session& session = *request.session;
  if (!session.tracking || !session.tracking->caching || session.has(session::kInMulti)) return;
  const Command* const parent = request.command == nullptr ? nullptr : request.command->parent;
  if (parent == nullptr || parent->spec->name != "client") session.tracking->caching = false;
}

// --- changes ------------------------------------------------------------------------------------------------------

void invalidate_trackers(Services& services, WorkerState& worker, store::Stripe& stripe, std::string_view key,
                         uint64_t executing) {
  if ((stripe.side_flags & store::kSideBroadcast) != 0) {
    if (services.tracking.broadcast_clients.load() > 0) {
      worker.broadcast[std::string(key)] = executing;
    } else {
      stripe.side_flags &= ~static_cast<uint32_t>(store::kSideBroadcast);
    }
  }
  if ((stripe.side_flags & store::kSideTracked) != 0) forget_key(services, worker, stripe, key, executing);
}

void invalidate_everything(Services& services, WorkerState& worker, uint64_t executing) {
  if (services.tracking.clients.load() == 0) return;
  for (uint32_t i = 0; i < services.state.workers; ++i) {
    InvalidationMessage message;
    message.executing = executing;
    if (i == worker.index) {
      deliver_invalidation(services, worker, message);
    } else {
      worker.port.post(i, std::move(message));
    }
  }
}

void invalidate_reply(Services& services, WorkerState& worker, Session& session, std::string_view key) {
  if (!session.tracking) return;
  const auto& prefixes = session.tracking->prefixes;
  const auto fits = [key](const std::string& prefix) { return key.starts_with(prefix); };
  if (session.tracking->broadcast && std::none_of(prefixes.begin(), prefixes.end(), fits)) return;
  push(services, worker, session, one_key(key), session.id);
}

// --- deliveries ---------------------------------------------------------------------------------------------------

void deliver_invalidation(Services& services, WorkerState& worker, const InvalidationMessage& message) {
  const auto tell = [&](uint64_t client, bool everything) {
    const auto at = worker.sessions.find(client);
    if (at == worker.sessions.end() || !at->second->tracking) return;
    Session& session = *at->second;
    const TrackingState& state = *session.tracking;
    if (!everything && (state.broadcast || (state.no_loop && client == message.executing))) return;
    push(services, worker, session, everything ? std::string_view() : *message.keys, message.executing);
  };
  if (message.keys == nullptr) {
    for (const uint64_t client : worker.tracking_clients) tell(client, true);
  } else {
    for (const uint64_t client : message.clients) tell(client, false);
  }
}

void send_broadcasts(Services& services, WorkerState& worker) {
  if (worker.broadcast.empty()) return;
  BroadcastMessage message;
  message.writes = std::make_shared<const std::map<std::string, uint64_t>>(std::move(worker.broadcast));
  worker.broadcast.clear();
  for (uint32_t i = 0; i < services.state.workers; ++i) {
    if (i != worker.index) worker.port.post(i, message);
  }
  deliver_broadcast(services, worker, message);
}

void deliver_broadcast(Services& services, WorkerState& worker, const BroadcastMessage& message) {
  for (const uint64_t client : worker.tracking_clients) {
    const auto at = worker.sessions.find(client);
    if (at == worker.sessions.end() || !at->second->tracking || !at->second->tracking->broadcast) continue;
    Session& session = *at->second;
    for (const std::string& prefix : session.tracking->prefixes) {
      std::string keys;
      size_t count = 0;
      for (auto write = message.writes->lower_bound(prefix);
           write != message.writes->end() && write->first.starts_with(prefix); ++write) {
        if (session.tracking->no_loop && write->second == client) continue;
        append_bulk(keys, write->first);
        ++count;
      }
      if (count == 0) continue;
      std::string encoded = "*";
      encoded.append(std::to_string(count)).append("\r\n").append(keys);
      push(services, worker, session, encoded, 0);
    }
  }
}

void deliver_redirected(WorkerState& worker, const RedirectedMessage& message) {
  const auto at = worker.sessions.find(message.client);
  if (at != worker.sessions.end()) push_redirected(worker, *at->second, message.keys, false);
}

// --- bounds -------------------------------------------------------------------------------------------------------

bool trim_tracking(Services& services, WorkerState& worker) {
  constexpr uint32_t kStripes = 64;
  constexpr int kKeysPerStripe = 16;
  if (!too_many_keys(services)) return false;
  const uint32_t stripes = services.keyspace.stripe_count();
  for (uint32_t i = 0; i < std::min(kStripes, stripes); ++i) {
    const uint32_t index = worker.next_trimmed_stripe++ % stripes;
    const store::LockSet lock(services.keyspace, index);
    for (int key = 0; key < kKeysPerStripe && too_many_keys(services); ++key) {
      const auto victim = services.tracking.any_key(index, worker.random.below(UINT64_MAX));
      if (!victim) break;
      forget_key(services, worker, services.keyspace.stripe(index), *victim, 0);
    }
  }
  return too_many_keys(services);
}

}  // namespace corral::dispatch

// From a blocked request to its reply.
// Threading: see blocking.h.
// See: blocking.h.
#include "server/dispatch/blocking.h"

#include <algorithm>

#include "server/dispatch/blocked_queues.h"
#include "server/dispatch/command_context.h"
#include "server/dispatch/dispatcher.h"

namespace corral::dispatch {
namespace {

using session::BlockedRequest;
using session::Session;
using RequestRef = std::shared_ptr<BlockedRequest>;

enum class Served : uint8_t {
  kNo,         // nothing for it here
  kYes,
  kMustRetry,  // a key it needs could not be locked: its owner runs it again
};

// Claims the request for this thread. Whoever else tries it holds one of its keys and never waits for a lock, so the
// loop ends soon.
bool claim(BlockedRequest& request) {
  for (;;) {
    uint8_t expected = BlockedRequest::kWaiting;
    if (request.state.compare_exchange_weak(expected, BlockedRequest::kTrying, std::memory_order_acq_rel)) return true;
    if (expected == BlockedRequest::kOver) return false;
    base::cpu_pause();
  }
}

// Whether all keys but those waited for are held, or could be taken without waiting.
bool lock_others(Services& services, const BlockedRequest& request, std::span<const Bytes> arguments,
                 store::LockSet& locks) {
  std::vector<int> positions;
  const auto& spec = *static_cast<const Command*>(request.call.command)->spec;
  if (!find_keys(spec, arguments, positions)) return true;
  for (const int at : positions) {
    const Bytes key = arguments[static_cast<size_t>(at)];
    const bool waited = std::any_of(request.keys.begin(), request.keys.end(),
                                    [&](const auto& held) { return held.key == key; });
    if (!waited && !locks.try_add(services.keyspace.placement().locate(key).stripe)) return false;
  }
  return true;
}

Served try_to_serve(Services& services, WorkerState& worker, const stampede::PolicyTable* policies, BlockedRequest& request,
                    Bytes ready_key, store::LockSet& locks) {
  std::vector<Bytes> arguments;
  queued_arguments(request.call, arguments);
  if (!claim(request)) return Served::kNo;
  if (!lock_others(services, request, arguments, locks)) {
    request.state.store(BlockedRequest::kWaiting, std::memory_order_release);
    return Served::kMustRetry;
  }
  // The handler sees the session of the client that waits, as far as a handler may look.
  Session session;
  session.id = request.client->id;
  session.record = request.client;
  session.database = request.database;
  session.resp_version = request.resp_version;
  Request again;
  again.session = &session;
  again.command = static_cast<const Command*>(request.call.command);
  again.arguments = arguments;
  ServedMessage message;
  CommandContext context(services, worker, policies, again, message.reply, &locks, false);
  context.set_serving(ready_key);
  const bool served = again.command->spec->run(context) != Outcome::kBlocked;
  request.state.store(served ? BlockedRequest::kOver : BlockedRequest::kWaiting, std::memory_order_release);
  if (!served) return Served::kNo;
  if (context.failed()) worker.stats.by_command[again.command->id].failed.add();
  message.client = request.client->id;
  message.ticket = request.ticket;
  if (request.worker == worker.index) {
    worker.served.push_back(std::move(message));
  } else {
    worker.port.post(request.worker, std::move(message));
  }
  return Served::kYes;
}

void serve_key(Services& services, WorkerState& worker, const stampede::PolicyTable* policies, const ReadyKey& ready,
               store::LockSet& locks) {
  store::Stripe& stripe = services.keyspace.stripe(ready.stripe);
  BlockedQueues::Queue* queue = services.blocked.find(stripe, ready.database, ready.key);
  if (queue == nullptr) return;
  const uint64_t hash = services.keyspace.placement().locate(ready.key).hash;
  // A copy, since serving may change the queue; requests are few, and gone ones are dropped below.
  const std::vector<RequestRef> waiting(queue->begin(), queue->end());
  for (const RequestRef& request : waiting) {
    const store::Table* table = services.keyspace.table_if_any(stripe, ready.database);
    const bool exists = table != nullptr && table->peek(ready.key, hash) != nullptr;
    if (!exists && !ready.gone) break;
    const Served served = try_to_serve(services, worker, policies, *request, ready.key, locks);
    if (served == Served::kMustRetry) {
      worker.port.post(request->worker, RetryMessage{request->client->id, request->ticket});
      break;  // nobody overtakes it
    }
    if (request->state.load(std::memory_order_acquire) == BlockedRequest::kOver) {
      services.blocked.remove(stripe, ready.database, ready.key, request.get());
    }
  }
}

// Takes the request out of all its queues. Locks its stripes.
void withdraw(Services& services, const RequestRef& request) {
  std::vector<uint32_t> stripes;
  for (const auto& key : request->keys) stripes.push_back(key.stripe);
  if (stripes.empty()) {
    request->state.store(BlockedRequest::kOver, std::memory_order_release);
    return;
  }
  const store::LockSet lock(services.keyspace, std::span(stripes));
  // Nobody can be trying it now: that takes one of these stripes.
  for (const auto& key : request->keys) {
    services.blocked.remove(services.keyspace.stripe(key.stripe), request->database, key.key, request.get());
  }
}

// The session goes on with what its client sent behind the blocking command.
void resume(Services& services, WorkerState& worker, Session& session) {
  session.blocked.reset();
  session.unset(session::kBlocked);
  session.record->flags.fetch_and(~uint32_t{session::kClientBlocked}, std::memory_order_relaxed);
  services.state.blocked_clients.fetch_sub(1, std::memory_order_relaxed);
  worker.resumed.push_back(session.id);
  worker.dirty_sessions.push_back(session.id);
}

void write_nothing(Session& session, BlockedRequest::Nothing nothing) {
  protocol::ReplyWriter reply(session.output.tail(), session.resp_version);
  switch (nothing) {
    case BlockedRequest::Nothing::kNull:
      reply.null();
      break;
    case BlockedRequest::Nothing::kNullArray:
      reply.null_array();
      break;
    case BlockedRequest::Nothing::kZero:
      reply.integer(0);
      break;
  }
}

}  // namespace

void serve_ready(Services& services, WorkerState& worker, const stampede::PolicyTable* policies, store::LockSet& locks) {
  // Serving BLMOVE makes another key ready, which is appended.
  for (size_t i = 0; i < worker.ready_keys.size(); ++i) {
    const ReadyKey ready = worker.ready_keys[i];
    serve_key(services, worker, policies, ready, locks);
  }
  worker.ready_keys.clear();
}

void deliver_served(Services& services, WorkerState& worker, ServedMessage& message) {
  const auto at = worker.sessions.find(message.client);
  if (at == worker.sessions.end()) return;
  Session& session = *at->second;
  if (message.ticket == 0) {
    session.output.tail().append_buffer(std::move(message.reply));
    worker.dirty_sessions.push_back(session.id);
    return;
  }
  if (!session.blocked || session.blocked->ticket != message.ticket) return;
  withdraw(services, session.blocked);
  if (!session.blocked->muted) session.output.tail().append_buffer(std::move(message.reply));
  resume(services, worker, session);
}

void retry_blocked(Services& services, WorkerState& worker, const stampede::PolicyTable* policies,
                   const RetryMessage& message) {
  const auto at = worker.sessions.find(message.client);
  if (at == worker.sessions.end()) return;
  const RequestRef request = at->second->blocked;
  if (!request || request->ticket != message.ticket) return;
  std::vector<Bytes> arguments;
  std::vector<int> positions;
  std::vector<uint32_t> stripes;
  queued_arguments(request->call, arguments);
  find_keys(*static_cast<const Command*>(request->call.command)->spec, arguments, positions);
  for (const int position : positions) {
    stripes.push_back(services.keyspace.placement().locate(arguments[static_cast<size_t>(position)]).stripe);
  }
  store::LockSet locks(services.keyspace, std::span(stripes));
  // Those behind it were held back with it: all who wait for its keys are tried, in their order.
  for (const auto& key : request->keys) worker.ready_keys.push_back({request->database, key.stripe, key.key, false});
  serve_ready(services, worker, policies, locks);
}

bool end_wait(Services& services, WorkerState& worker, Session& session, EndOfWait how) {
  const RequestRef request = session.blocked;
  if (!request) return false;
  withdraw(services, request);
  // Served meanwhile: the reply is on its way and must not be followed by another.
  if (request->state.exchange(BlockedRequest::kOver, std::memory_order_acq_rel) == BlockedRequest::kOver &&
      !request->keys.empty() && how != EndOfWait::kSilent) {
    return false;
  }
  if (request->muted) {
    // Nothing is said.
  } else if (how == EndOfWait::kTimeout) {
    write_nothing(session, request->nothing);
  } else if (how == EndOfWait::kError) {
    protocol::ReplyWriter reply(session.output.tail(), session.resp_version);
    reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
  }
  resume(services, worker, session);
  return true;
}

void run_block_timers(Services& services, WorkerState& worker, size_t budget) {
  while (budget-- > 0 && !worker.block_timers.empty() && worker.block_timers.top().at_ms <= worker.now_ms) {
    const BlockTimer timer = worker.block_timers.top();
    worker.block_timers.pop();
    const auto at = worker.sessions.find(timer.client);
    if (at == worker.sessions.end()) continue;
    Session& session = *at->second;
    if (session.blocked && session.blocked->ticket == timer.ticket) {
      end_wait(services, worker, session, EndOfWait::kTimeout);
    }
  }
}

}  // namespace corral::dispatch

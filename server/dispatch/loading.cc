// From a loaded value to the key and to those who wait for it.
// Threading: see loading.h.
// See: loading.h.
#include "server/dispatch/loading.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/dispatch/blocking.h"
#include "server/dispatch/cache_rules.h"
#include "server/dispatch/command_context.h"
#include "server/dispatch/entry_rules.h"
#include "server/dispatch/housekeeping.h"
#include "server/dispatch/parking.h"
#include "server/stampede/template.h"
#include "server/store/lock_set.h"
#include "server/types/hash_value.h"

namespace corral::dispatch {
namespace {

using stampede::LoadEnd;
using store::Entry;

// Who writes what was loaded: no connection, so that it has no reads of its own to end and no leases to forget.
session::Session loader_session(int database) {
  session::Session session;
  session.id = stampede::kLoader;
  session.database = database;
  return session;
}

std::unique_ptr<types::HashValue> hash_of(const Services& services, const WorkerState& worker, const LoadedMessage& message) {
  auto hash = std::make_unique<types::HashValue>(services.keyspace.placement().secret());
  for (const auto& [field, value] : message.fields) hash->set(field, value, worker.now_ms, services.thresholds);
  return hash;
}

store::NewValue string_of(const LoadedMessage& message) {
  store::NewValue value;
  if (message.text.size() > base::Blob::kInlineLimit) {
    value.blob = base::Blob::copy_of(message.text);
  } else {
    value.bytes = message.text;
  }
  return value;
}

void store_loaded(Services& services, WorkerState& worker, const store::KeyRef& key, const LoadedMessage& message,
                  const stampede::PolicyTable& policies, store::LockSet& lock) {
  session::Session session = loader_session(message.database);
  Request request;
  request.session = &session;
  protocol::ReplyBuffer nobody_reads;
  CommandContext context(services, worker, &policies, request, nobody_reads, &lock, false);
  const Expiry expiry = message.ttl_ms > 0 ? Expiry::relative(worker.now_ms + message.ttl_ms) : Expiry::none();
  Entry* const entry = message.is_hash ? context.put_container(key, hash_of(services, worker, message), expiry)
                                       : context.put_string(key, string_of(message), expiry);
  context.notify(message.is_hash ? config::kHashEvent : config::kStringEvent, message.is_hash ? "hset" : "set", key);
  const std::vector<Bytes> tags(message.tags.begin(), message.tags.end());
  add_rules(services, key, message.database, entry, message.stale_ms, tags);
}

}  // namespace

std::string load_objection(const Loader* loader, const stampede::Policy& policy) {
  if (!policy.loads()) return {};
  const std::string begin = "policy " + policy.name + ": load ";
  if (loader == nullptr) return begin + policy.origin + ": no origin is configured; add a line: origin " + policy.origin + " URL load …";
  const std::string why = loader->objection(policy.origin, stampede::split_pattern(policy.pattern).size() - 1);
  return why.empty() ? why : begin + why;
}

void send_loads(Services& services, WorkerState& worker) {
  if (worker.loads.empty()) return;
  std::vector<LoadRequest> requests = std::exchange(worker.loads, {});
  if (services.loader != nullptr) return services.loader->load(std::move(requests));
  for (LoadRequest& request : requests) {
    LoadedMessage none;
    none.stripe = request.stripe;
    none.database = request.database;
    none.hash = request.hash;
    none.token = request.token;
    none.key = std::move(request.key);
    none.failure = stampede::LoadFailure::kUnknownOrigin;
    finish_load(services, worker, none);
  }
}

void finish_load(Services& services, WorkerState& worker, LoadedMessage& message) {
  const bool is_value = message.kind == LoadEnd::Kind::kValue;
  const store::KeyRef key{message.key, message.hash, message.stripe};
  const stampede::FlightKey flight{message.database, message.key, message.hash};
  const auto policies = services.cache.policies();
  const stampede::Policy* const policy = policies->match(message.key);
  const bool keep = is_value && message.keep && policy != nullptr && has_room_for(*policy, message.tags.size());
  const bool fits = keep && make_room(services, worker, message.stripe);
  const uint64_t tags = services.cache.tags_of(policy, message.key);
  store::LockSet lock(services.keyspace, message.stripe);
  store::Stripe& stripe = services.keyspace.stripe(message.stripe);
  stampede::Flights* const flights = services.cache.flights_if_any(stripe);
  if (flights == nullptr) return;
  if (fits && flights->lease_is_good(flight, message.token, tags)) {
    store_loaded(services, worker, key, message, *policies, lock);
    if (!worker.ready_keys.empty()) serve_ready(services, worker, policies.get(), lock);
    return;
  }
  // Overtaken by a write or an invalidation, or not to be kept: good for those who asked before, and for nobody else.
  base::BlobRef text;
  std::unique_ptr<types::HashValue> hash;
  if (is_value && message.is_hash) {
    hash = hash_of(services, worker, message);
  } else if (is_value) {
    text = base::BlobRef(base::Blob::copy_of(message.text));
  }
  WorkerFlightEvents events(worker, key, message.database, hash.get());
  flights->end_load(flight, message.token, {message.kind, text.get(), message.failure}, policy, worker.now_us, events, tags);
  services.cache.settle(stripe);
}

}  // namespace corral::dispatch

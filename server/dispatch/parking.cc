// Parked reads and leases, from opening a gap to the last answer.
// Threading: see parking.h.
// See: parking.h.
#include "server/dispatch/parking.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "protocol/error_text.h"
#include "protocol/reply_writer.h"
#include "server/base/check.h"
#include "server/dispatch/cache_rules.h"
#include "server/dispatch/hash_reply.h"
#include "server/dispatch/tracking.h"
#include "server/dispatch/watches.h"
#include "server/stampede/template.h"
#include "server/store/lock_set.h"

namespace corral::dispatch {
namespace {

using session::ParkedRead;
using session::Session;

constexpr size_t kPruneAt = 64;  // lease records of one session
constexpr uint32_t kWokenPerTurn = 256;      // each is a system call
constexpr uint32_t kAnsweredPerTurn = 2048;  // reads; many may share a connection
constexpr size_t kSlice = 128;               // of one herd, before another one has its turn
constexpr size_t kMostCopied = 256 * 1024;   // bytes of a hash that is copied for its waiting readers, under the lock
constexpr int64_t kFillsAloneForMs = 60'000;  // how long a connection counts as that of one caller
constexpr size_t kEncodeOnceUpTo = 64 * 1024;  // bytes of a value whose reply all waiters share; above, the value is shared

// A blob that a reply references until it is sent.
class BlobReference final : public protocol::SharedBytes {
 public:
  explicit BlobReference(base::BlobRef blob) : blob_(std::move(blob)) {}
  void retain() noexcept override { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept override {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) const std::unique_ptr<BlobReference> last(this);
  }

 private:
  std::atomic<int> count_{1};
  base::BlobRef blob_;
};

void write_value(protocol::ReplyWriter& reply, const base::BlobRef& value) {
  if (!value) {
    reply.null();
  } else {
    write_blob(reply, value.get());
  }
}

bool of_hash(const ParkedRead& read) { return read.shape >= ParkedRead::Shape::kField; }

// The value is there, and not what the command is for; MGET answers nil then.
bool is_wrong_type(const ParkedRead& read) {
  if (read.shape == ParkedRead::Shape::kArray) return false;
  const ParkedRead::Part& part = read.parts[0];
  if (!of_hash(read)) return part.type != types::ValueType::kString;
  return part.type == types::ValueType::kString ? static_cast<bool>(part.value) : part.type != types::ValueType::kHash;
}

void write_hash_read(protocol::ReplyWriter& reply, const ParkedRead& read, int64_t now_ms) {
  const auto* hash = static_cast<const types::HashValue*>(read.parts[0].container.get());
  if (read.shape == ParkedRead::Shape::kAllFields) {
    write_pairs(reply, hash, now_ms, kFields | kValues);
    return;
  }
  if (read.shape == ParkedRead::Shape::kFields) reply.array(static_cast<int64_t>(read.fields.size()));
  for (const std::string& field : read.fields) write_field(reply, hash, field, now_ms);
}

void write_reply(WorkerState& worker, protocol::ReplyBuffer& out, const ParkedRead& read) {
  protocol::ReplyWriter reply(out, read.resp_version);
  if (!read.failure.empty()) {
    std::string text = "LOADFAIL ";
    text += read.failure;
    worker.stats.count_error(text);
    reply.error(text);
    return;
  }
  if (is_wrong_type(read)) {
    worker.stats.count_error(protocol::error_text::kWrongType);
    reply.error(protocol::error_text::kWrongType);
    return;
  }
  switch (read.shape) {
    case ParkedRead::Shape::kBulk:
      write_value(reply, read.parts[0].value);
      break;
    case ParkedRead::Shape::kArray:
      reply.array(static_cast<int64_t>(read.parts.size()));
      for (const auto& part : read.parts) write_value(reply, part.value);
      break;
    case ParkedRead::Shape::kCacheGet:
      write_cache_get(reply, read);
      break;
    default:
      write_hash_read(reply, read, worker.now_ms);
  }
}

void mark_dirty(WorkerState& worker, Session& session) {
  if (session.woken_in_turn == worker.turn) return;
  session.woken_in_turn = worker.turn;
  ++worker.woken;
  worker.dirty_sessions.push_back(session.id);
}

void encode_once(AnswerMessage& message) {
  if (message.reply_owner || message.waiters.size() < 2 || !message.value || message.value->size() > kEncodeOnceUpTo) return;
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter(buffer, 2).bulk(message.value->view());  // the same in RESP3
  protocol::ReplyBuffer::Piece piece;
  CHECK(buffer.pieces(&piece, 1) == 1 && piece.size == buffer.size());
  base::BlobRef encoded(base::Blob::copy_of({piece.data, piece.size}));
  message.reply = encoded->view();
  message.reply_owner.reset(std::make_unique<BlobReference>(std::move(encoded)).release());
}

// The whole reply of the read goes out: as its parts say, or what `message` has encoded for it.
void finish(WorkerState& worker, Session& session, std::unordered_map<uint64_t, ParkedRead>::iterator at,
            const AnswerMessage* message = nullptr) {
  const uint64_t ticket = at->first;
  if (protocol::ReplyBuffer* out = session.output.answer(ticket)) {
    if (message != nullptr && message->reply_owner && at->second.shape == ParkedRead::Shape::kBulk) {
      out->append_shared(message->reply, message->reply_owner.get());
    } else {
      write_reply(worker, *out, at->second);
    }
    session.output.close(ticket);
  }
  session.parked.erase(at);
  if (session.parked.empty()) session.unset(session::kHasParked);
  session.record->parked_reads.store(static_cast<uint32_t>(session.parked.size()), std::memory_order_relaxed);
  mark_dirty(worker, session);
}

// A hash too large to be copied for its readers is read where it lies.
void answer_from_store(Services& services, WorkerState& worker, Session& session,
                       std::unordered_map<uint64_t, ParkedRead>::iterator at) {
  ParkedRead& read = at->second;
  ParkedRead::Part& part = read.parts[0];
  const store::LockSet lock(services.keyspace, part.stripe);
  store::Table* const table = services.keyspace.table_if_any(services.keyspace.stripe(part.stripe), read.database);
  store::Entry* const entry = table == nullptr ? nullptr : table->peek(part.key, part.hash);
  const bool live = entry != nullptr && (!entry->has_expiry() || entry->expiry_ms() > worker.now_ms);
  part.type = live ? entry->type() : types::ValueType::kHash;
  // Lent by the store for as long as the reply takes.
  if (live && part.type == types::ValueType::kHash) {
    part.container = std::shared_ptr<const types::Value>(std::shared_ptr<void>(), entry->container());
  }
  if (live && entry->is_string()) part.value = base::BlobRef(base::Blob::copy_of({}));
  finish(worker, session, at);
}

stampede::FlightKey flight_key(const ParkedRead& read, const ParkedRead::Part& part) {
  return {read.database, part.key, part.hash};
}

// Takes the part out of its key's queue; false when its answer is already under way.
bool withdraw_part(Services& services, const WorkerState& worker, const Session& session, uint64_t ticket,
                   const ParkedRead& read, uint32_t index, bool timed_out) {
  const auto& part = read.parts[index];
  const store::LockSet lock(services.keyspace, part.stripe);
  store::Stripe& stripe = services.keyspace.stripe(part.stripe);
  stampede::Flights* flights = services.cache.flights_if_any(stripe);
  if (flights == nullptr) return false;
  const auto policies = services.cache.policies();
  const bool withdrawn = flights->withdraw(flight_key(read, part), {session.id, worker.index, ticket, index}, timed_out,
                                           policies->match(part.key));
  services.cache.settle(stripe);
  return withdrawn;
}

void end_lease(Services& services, WorkerState& worker, uint32_t stripe_index, int database, uint64_t hash,
               const std::string& key, uint64_t token) {
  const store::LockSet lock(services.keyspace, stripe_index);
  store::Stripe& stripe = services.keyspace.stripe(stripe_index);
  stampede::Flights* flights = services.cache.flights_if_any(stripe);
  if (flights == nullptr) return;
  const store::KeyRef ref{key, hash, stripe_index};
  WorkerFlightEvents events(worker, ref, database);
  const auto policies = services.cache.policies();
  const stampede::Policy* policy = policies->match(key);
  flights->end_lease({database, key, hash}, token, -1, policy, worker.now_us, events, services.cache.tags_of(policy, key));
  services.cache.settle(stripe);
}

// A read that waited for its own session's lease is over. In vain twice in a row: the session waits for itself.
void learn(const WorkerState& worker, Session& session, const ParkedRead& read, bool filled) {
  if (!read.on_holder) return;
  if (filled) {
    session.holder_waits_lost = 0;
  } else if (++session.holder_waits_lost >= 2) {
    session.fills_alone_until_ms = worker.now_ms + kFillsAloneForMs;
  }
}

void deliver_one(Services& services, WorkerState& worker, const AnswerMessage& message, const stampede::Waiter& waiter) {
  ++worker.answered;
  const auto session_at = worker.sessions.find(waiter.client);
  Session* const session = session_at == worker.sessions.end() ? nullptr : session_at->second;
  const bool promoted = message.cause == stampede::AnswerCause::kPromoted;
  if (session == nullptr || session->has(session::kClosing)) {
    if (promoted) {
      end_lease(services, worker, message.stripe, message.database, message.hash, message.key, message.token);
    }
    return;
  }
  if (promoted) {
    remember_lease(*session, {message.key, message.hash, message.stripe}, message.database, message.token);
  }
  const auto at = session->parked.find(waiter.ticket);
  if (at == session->parked.end()) return;
  ParkedRead& read = at->second;
  auto& part = read.parts[waiter.index];
  if (!part.waiting) return;
  part.waiting = false;
  --read.waiting;
  if (promoted || message.cause == stampede::AnswerCause::kFilled) learn(worker, *session, read, !promoted);
  part.type = message.type;
  if (message.failure != stampede::LoadFailure::kNone) read.failure = stampede::load_failure_text(message.failure);
  // It may have changed since it was filled, and nobody would tell the client.
  if (message.value || message.type == types::ValueType::kHash) invalidate_reply(services, worker, *session, part.key);
  part.container = message.container;
  if (message.type == types::ValueType::kHash && message.container == nullptr && of_hash(read)) {
    return answer_from_store(services, worker, *session, at);
  }
  if (read.waiting == 0 && message.reply_owner && read.shape == ParkedRead::Shape::kBulk) {
    finish(worker, *session, at, &message);
    return;
  }
  part.value = message.value;
  if (promoted) part.token = message.token;
  // Who became the filler of one key must not wait for another: it answers what it has, the rest nil.
  if (promoted && read.waiting > 0) {
    give_up(services, worker, *session, waiter.ticket, GiveUp::kBound);
  } else if (read.waiting == 0) {
    finish(worker, *session, at);
  }
}

}  // namespace

void write_blob(protocol::ReplyWriter& reply, base::Blob* blob, std::string_view part) {
  if (part.size() <= base::Blob::kInlineLimit) {
    reply.bulk(part);
    return;
  }
  BlobReference* const reference = std::make_unique<BlobReference>(base::BlobRef::share(blob)).release();
  reply.bulk_shared(part, reference);
  reference->release();
}

void write_cache_get(protocol::ReplyWriter& reply, const session::ParkedRead& read) {
  const auto& part = read.parts[0];
  reply.array(6);
  reply.bulk(part.value ? "HIT" : (part.token != 0 ? "LEASE" : "TIMEOUT"));
  write_value(reply, part.value);
  if (part.token != 0) {
    reply.bulk_integer(static_cast<int64_t>(part.token));
  } else {
    reply.null();
  }
  for (int i = 0; i < 3; ++i) reply.null();
}

void WorkerFlightEvents::answer(const stampede::Waiter* waiters, size_t count, base::Blob* value,
                                stampede::AnswerCause cause, uint64_t token) {
  const bool filled = cause == stampede::AnswerCause::kFilled && container_ != nullptr;
  std::shared_ptr<const types::Value> copy;
  if (filled && container_->type() == types::ValueType::kHash && container_->memory_bytes() <= kMostCopied) {
    copy = container_->clone();
  }
  AnswerMessage common;
  common.cause = cause;
  common.value = base::BlobRef::share(value);
  if (filled) common.type = container_->type();
  common.container = copy;
  common.token = token;
  send(waiters, count, common);
}

void WorkerFlightEvents::answer_failed(const stampede::Waiter* waiters, size_t count, stampede::LoadFailure failure) {
  AnswerMessage common;
  common.cause = stampede::AnswerCause::kReleased;
  common.failure = failure;
  send(waiters, count, common);
}

// One message for each worker that occurs; a herd is spread over all of them, so each gets room for its even share.
void WorkerFlightEvents::send(const stampede::Waiter* waiters, size_t count, const AnswerMessage& common) {
  std::vector<AnswerMessage> messages;
  std::vector<uint32_t> receivers;
  for (size_t i = 0; i < count; ++i) {
    size_t at = 0;
    while (at < receivers.size() && receivers[at] != waiters[i].worker) ++at;
    if (at == receivers.size()) {
      receivers.push_back(waiters[i].worker);
      AnswerMessage& message = messages.emplace_back();
      message.cause = common.cause;
      message.failure = common.failure;
      message.value = common.value;
      message.type = common.type;
      message.container = common.container;
      message.token = common.token;
      message.stripe = stripe_;
      message.database = database_;
      message.hash = hash_;
      message.key = std::string(key_);
      message.waiters.reserve(count / (receivers.size() + 1) + 1);
    }
    messages[at].waiters.push_back(waiters[i]);
  }
  for (size_t i = 0; i < messages.size(); ++i) {
    if (receivers[i] == worker_.index) {
      queue_answers(worker_, std::move(messages[i]));
    } else {
      worker_.port.post(receivers[i], std::move(messages[i]));
    }
  }
}

void WorkerFlightEvents::load(const stampede::FlightKey& key, stampede::KeyState state, const stampede::Policy& policy,
                              uint64_t token) {
  LoadRequest request;
  request.worker = worker_.index;
  request.stripe = stripe_;
  request.database = database_;
  request.hash = key.hash;
  request.token = token;
  request.is_refresh = state == stampede::KeyState::kStale;
  request.key = std::string(key.key);
  request.origin = policy.origin;
  std::vector<std::string_view> captures;
  stampede::capture_stars(policy.pattern, key.key, captures);
  request.captures.reserve(captures.size() + 1);
  request.captures.emplace_back(key.key);
  for (const std::string_view capture : captures) request.captures.emplace_back(capture);
  worker_.loads.push_back(std::move(request));
}

void WorkerFlightEvents::arm(int64_t at_ms, const stampede::FlightKey& key, uint64_t token) {
  worker_.timers.push({at_ms, true, 0, 0, token, key.hash, stripe_, key.database, std::string(key.key)});
}

void park(WorkerState& worker, Session& session, uint64_t ticket, ParkedRead read) {
  session.next_ticket = ticket + 1;
  session.output.open(ticket);
  read.resp_version = session.resp_version;
  read.database = session.database;
  read.since_us = worker.now_us;
  worker.timers.push({read.until_ms, false, session.id, ticket, 0, 0, 0, 0, {}});
  session.parked.emplace(ticket, std::move(read));
  session.set(session::kHasParked);
  session.record->parked_reads.store(static_cast<uint32_t>(session.parked.size()), std::memory_order_relaxed);
  worker.stats.parked_reads.add();
}

void queue_answers(WorkerState& worker, AnswerMessage message) {
  if (message.cause == stampede::AnswerCause::kPromoted) {
    worker.answers.push_front(std::move(message));
  } else {
    worker.answers.push_back(std::move(message));
  }
}

void begin_answering(WorkerState& worker) {
  ++worker.turn;
  worker.answered = worker.woken = 0;
}

void deliver_answers(Services& services, WorkerState& worker) {
  const auto may_go_on = [&worker] { return worker.woken < kWokenPerTurn && worker.answered < kAnsweredPerTurn; };
  while (!worker.answers.empty()) {
    if (!may_go_on() && worker.answers.front().cause != stampede::AnswerCause::kPromoted) return;
    // Delivering may promote a reader whose session is gone, which queues further answers: this one is taken out first.
    AnswerMessage message = std::move(worker.answers.front());
    worker.answers.pop_front();
    encode_once(message);
    const size_t end = std::min(message.delivered + kSlice, message.waiters.size());
    do {
      deliver_one(services, worker, message, message.waiters[message.delivered++]);
    } while (message.delivered < end && may_go_on());
    if (message.delivered < message.waiters.size()) worker.answers.push_back(std::move(message));
  }
}

void give_up(Services& services, WorkerState& worker, Session& session, uint64_t ticket, GiveUp why) {
  const auto at = session.parked.find(ticket);
  if (at == session.parked.end()) return;
  ParkedRead& read = at->second;
  bool answered_elsewhere = false;
  for (uint32_t i = 0; i < read.parts.size(); ++i) {
    auto& part = read.parts[i];
    if (!part.waiting) continue;
    if (withdraw_part(services, worker, session, ticket, read, i, why == GiveUp::kTimeout)) {
      part.waiting = false;
      --read.waiting;
      if (part.loads) read.failure = stampede::load_failure_text(stampede::LoadFailure::kNotWaited);
    } else {
      answered_elsewhere = true;
    }
  }
  // An answer that is already on its way finishes the read when it arrives; with a bound to keep, now.
  if (answered_elsewhere && why == GiveUp::kTimeout) return;
  if (why == GiveUp::kTimeout) learn(worker, session, read, false);
  if (why == GiveUp::kUnblockError) {
    if (protocol::ReplyBuffer* out = session.output.answer(ticket)) {
      protocol::ReplyWriter reply(*out, read.resp_version);
      reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
      session.output.close(ticket);
    }
  }
  finish(worker, session, at);
}

void give_up_all(Services& services, WorkerState& worker, Session& session, GiveUp why) {
  std::vector<uint64_t> tickets;
  for (const auto& [ticket, read] : session.parked) tickets.push_back(ticket);
  std::sort(tickets.begin(), tickets.end());
  for (const uint64_t ticket : tickets) give_up(services, worker, session, ticket, why);
}

void before_own_write(Services& services, WorkerState& worker, Session& session, const store::KeyRef& key) {
  std::vector<uint64_t> tickets;
  for (const auto& [ticket, read] : session.parked) {
    for (const auto& part : read.parts) {
      if (part.waiting && read.database == session.database && part.key == key.bytes) tickets.push_back(ticket);
    }
  }
  if (tickets.empty()) return;
  {
    const store::LockSet lock(services.keyspace, key.stripe);
    stampede::Flights* flights = services.cache.flights_if_any(services.keyspace.stripe(key.stripe));
    if (flights != nullptr && flights->holds_lease({session.database, key.bytes, key.hash}, session.id)) return;
  }
  std::sort(tickets.begin(), tickets.end());
  for (const uint64_t ticket : tickets) give_up(services, worker, session, ticket, GiveUp::kOwnWrite);
}

void remember_lease(Session& session, const store::KeyRef& key, int database, uint64_t token) {
  session.leases.push_back({key.stripe, database, key.hash, std::string(key.bytes), token});
}

void forget_lease(Session& session, const store::KeyRef& key, int database) {
  if (session.leases.empty()) return;
  std::erase_if(session.leases, [&](const session::HeldLease& lease) {
    return lease.hash == key.hash && lease.database == database && lease.key == key.bytes;
  });
}

void prune_leases(Services& services, Session& session) {
  if (session.leases.size() < kPruneAt || session.leases.size() < session.lease_prune_at) return;
  std::erase_if(session.leases, [&](const session::HeldLease& lease) {
    const store::LockSet lock(services.keyspace, lease.stripe);
    const stampede::Flights* flights = services.cache.flights_if_any(services.keyspace.stripe(lease.stripe));
    return flights == nullptr || !flights->lease_is_good({lease.database, lease.key, lease.hash}, lease.token);
  });
  session.lease_prune_at = session.leases.size() * 2;
}

void abandon(Services& services, WorkerState& worker, Session& session) {
  for (auto& [ticket, read] : session.parked) {
    for (uint32_t i = 0; i < read.parts.size(); ++i) {
      if (read.parts[i].waiting) withdraw_part(services, worker, session, ticket, read, i, false);
    }
  }
  session.parked.clear();
  for (const session::HeldLease& lease : session.leases) {
    end_lease(services, worker, lease.stripe, lease.database, lease.hash, lease.key, lease.token);
  }
  session.leases.clear();
  for (const session::WatchedKey& watched : session.watched) {
    const store::LockSet lock(services.keyspace, watched.stripe);
    services.watches.remove(services.keyspace.stripe(watched.stripe), watched.database, watched.key,
                            session.watch_mark.get());
  }
  session.watched.clear();
}

void run_timers(Services& services, WorkerState& worker, size_t budget) {
  while (budget-- > 0 && !worker.timers.empty() && worker.timers.top().at_ms <= worker.now_ms) {
    const TimerEntry timer = worker.timers.top();
    worker.timers.pop();
    if (!timer.is_lease) {
      const auto at = worker.sessions.find(timer.client);
      if (at != worker.sessions.end()) give_up(services, worker, *at->second, timer.ticket, GiveUp::kTimeout);
      continue;
    }
    const store::LockSet lock(services.keyspace, timer.stripe);
    store::Stripe& stripe = services.keyspace.stripe(timer.stripe);
    stampede::Flights* flights = services.cache.flights_if_any(stripe);
    if (flights == nullptr) continue;
    WorkerFlightEvents events(worker, {timer.key, timer.hash, timer.stripe}, timer.database);
    const auto policies = services.cache.policies();
    const stampede::Policy* policy = policies->match(timer.key);
    flights->on_deadline({timer.database, timer.key, timer.hash}, timer.token, policy, worker.now_us, events,
                         services.cache.tags_of(policy, timer.key));
    services.cache.settle(stripe);
  }
}

}  // namespace corral::dispatch

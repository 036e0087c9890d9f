// Reading and writing keys with everything that hangs on them.
// Threading: see command_context.h.
// See: README.md of this folder, "A command", "Stampede protection".
#include "server/dispatch/command_context.h"

#include <bit>

#include "protocol/number.h"
#include "server/base/check.h"
#include "server/dispatch/field_expiry.h"
#include "server/dispatch/parking.h"
#include "server/dispatch/tracking.h"
#include "server/dispatch/watches.h"

namespace corral::dispatch {

using metrics::MissCause;
using stampede::ExpiryKind;
using store::Entry;
using store::kNoExpiry;

namespace {

// What the last fill of this key took, from the power of two kept with the entry; 0 when not known.
int64_t known_fill_us(const store::Extension& extension) {
  return extension.cost_log2 == 0 ? 0 : int64_t{1000} << (extension.cost_log2 - 1);
}

// The hash without the fields whose time has come; null when none is left. Apart, so that who looks up a key needs little
// of a frame.
[[gnu::noinline]] Entry* live_hash(Services& services, WorkerState& worker, int database, const KeyRef& key,
                                   Entry* entry) {
  if (!has_due_fields(*entry, worker.now_ms)) return entry;
  store::Stripe& home = services.keyspace.stripe(key.stripe);
  return expire_fields(services, worker, home, database, entry, key.hash, kFieldsPerLook) ? entry : nullptr;
}

}  // namespace

Outcome CommandContext::fail(Bytes text) {
  failed_ = true;
  worker_.stats.count_error(text);
  reply_.error(text);
  return Outcome::kDone;
}

Outcome CommandContext::fail_arity() {
  return fail("ERR wrong number of arguments for '" + request_.command->full_name + "' command");
}

bool CommandContext::integer(size_t i, int64_t& out) {
  const auto value = protocol::parse_int64(arg(i));
  if (!value) {
    fail(protocol::error_text::kNotInteger);
    return false;
  }
  out = *value;
  return true;
}

// --- look-up ------------------------------------------------------------------------------------------------------

Entry* CommandContext::live_entry(int database, const KeyRef& key, bool touch) {
  store::Table* table = services_.keyspace.table_if_any(stripe(key), database);
  if (table == nullptr) return nullptr;
  Entry* entry = touch ? table->find(key.bytes, key.hash) : table->peek(key.bytes, key.hash);
  if (entry == nullptr) return nullptr;
  if (entry->has_expiry() && entry->expiry_ms() <= worker_.now_ms) {
    expire(database, key, entry);
    return nullptr;
  }
  if (entry->has_extension()) {
    const Freshness freshness = services_.cache.freshness(entry->extension(), worker_.now_ms);
    if (freshness == Freshness::kGone) erase_in(database, key, entry);
    if (freshness != Freshness::kFresh) return nullptr;
  }
  if (__builtin_expect(entry->type() == store::ValueType::kHash, 0)) {
    return live_hash(services_, worker_, database, key, entry);
  }
  return entry;
}

void CommandContext::count_miss(const KeyRef& key) {
  MissCause cause = MissCause::kNeverSet;
  if (const store::Table* table = table_if_any(key)) {
    // With policies a value that is no longer told may still lie there.
    const Entry* entry = policies_ == nullptr || policies_->empty() ? nullptr : table->peek(key.bytes, key.hash);
    if (entry == nullptr || !entry->has_extension()) {
      cause = table->cause_of_miss(key.hash);
    } else {
      const store::Extension extension = entry->extension();
      const bool over = extension.soft_ms != kNoExpiry && extension.soft_ms <= worker_.now_ms;
      cause = over && !extension.stale ? MissCause::kExpired : MissCause::kInvalidated;
    }
  }
  worker_.stats.keyspace_misses.add();
  worker_.stats.misses_by_cause[static_cast<int>(cause)].add();
}

Entry* CommandContext::find(const KeyRef& key, bool counts) {
  Entry* entry = live_entry(request_.session->database, key, !request_.session->has(session::kNoTouch));
  if (counts && entry != nullptr) worker_.stats.keyspace_hits.add();
  if (counts && entry == nullptr) missed(key);
  return entry;
}

void CommandContext::missed(const KeyRef& key, bool tells) {
  count_miss(key);
  if (tells) notify(config::kKeyMissEvent, "keymiss", key);
}

Entry* CommandContext::find_in(int database, const KeyRef& key) { return live_entry(database, key, true); }

Entry* CommandContext::peek(const KeyRef& key, bool counts, bool tells) {
  Entry* entry = live_entry(request_.session->database, key, false);
  if (counts && entry != nullptr) worker_.stats.keyspace_hits.add();
  if (counts && entry == nullptr) missed(key, tells);
  return entry;
}

bool CommandContext::is_live(const Entry& entry) const {
  if (entry.has_expiry() && entry.expiry_ms() <= worker_.now_ms) return false;
  return !entry.has_extension() ||
         services_.cache.freshness(entry.extension(), worker_.now_ms) == Freshness::kFresh;
}

int64_t CommandContext::nominal_expiry_ms(const Entry& entry) {
  if (!entry.has_extension()) return entry.expiry_ms();
  return entry.extension().nominal_ms;
}

void CommandContext::expire(int database, const KeyRef& key, Entry* entry) {
  store::Stripe& home = stripe(key);
  store::Table& table = services_.keyspace.table(home, database);
  table.erase(entry, key.hash, MissCause::kExpired);
  services_.budget.report(home.unreported_bytes);
  worker_.stats.expired_keys.add();
  touched(database, key);
  // A walk holds no lock under which anybody could be served.
  if ((home.side_flags & store::kSideBlocked) != 0 && locks_ != nullptr) signal(home, database, key, true);
  notify_in(database, config::kExpiredEvent, "expired", key.bytes);
}

void CommandContext::touched(int database, const KeyRef& key) {
  store::Stripe& home = stripe(key);
  ++home.epoch;
  if (home.side_flags != 0) tell_watchers(home, database, key);
}

// Those who watch the key (WATCH), and those who keep what they read of it (CLIENT TRACKING).
void CommandContext::tell_watchers(store::Stripe& home, int database, const KeyRef& key) {
  if ((home.side_flags & store::kSideWatches) != 0 && !unseen_) services_.watches.touch(home, database, key.bytes);
  if ((home.side_flags & (store::kSideTracked | store::kSideBroadcast)) != 0) {
    invalidate_trackers(services_, worker_, home, key.bytes, request_.session->id);
  }
}

// --- cache reads --------------------------------------------------------------------------------------------------

const Entry* CommandContext::read(const KeyRef& key, bool* parked) {
  store::Table* table = table_if_any(key);
  Entry* entry = table == nullptr                                ? nullptr
                 : request_.session->has(session::kNoTouch) ? table->peek(key.bytes, key.hash)
                                                                 : table->find(key.bytes, key.hash);
  if (entry != nullptr) {
    if (__builtin_expect(entry->lasts(), 1) || !entry->has_expiry() || entry->expiry_ms() > worker_.now_ms) {
      // A fresh value of a policy that is in force, or of none.
      if (!entry->has_extension() || (entry->plainly_fresh(worker_.now_ms) &&
                                      worker_.policy_hits.count(entry->policy_number(), policies_))) {
        worker_.stats.keyspace_hits.add();
        return entry;
      }
      return read_slow(key, entry, parked);
    }
    expire(request_.session->database, key, entry);
  }
  if (policies_ == nullptr || policies_->empty()) {
    missed(key);
    return nullptr;
  }
  return read_slow(key, nullptr, parked);
}

const Entry* CommandContext::read_slow(const KeyRef& key, Entry* entry, bool* parked) {
  session::Session& session = *request_.session;
  Freshness freshness = Freshness::kGone;
  const stampede::Policy* policy = nullptr;
  if (entry != nullptr) {
    const store::Extension extension = entry->extension();
    freshness = services_.cache.freshness(extension, worker_.now_ms);
    policy = policies_ != nullptr ? policies_->by_number(extension.policy) : nullptr;
    if (freshness == Freshness::kGone) {
      erase_in(session.database, key, entry);
      entry = nullptr;
    }
  }
  if (policy == nullptr) policy = policy_of(key.bytes);
  if (freshness == Freshness::kFresh) {
    worker_.stats.keyspace_hits.add();
    if (policy != nullptr) policy->stats->hits.fetch_add(1, std::memory_order_relaxed);
    return entry;
  }
  // No policy any more, or a command that may not be told a lie: a stale value is gone.
  if (policy == nullptr || in_transaction_ || session.has(session::kReplyOff) || session.has(session::kReplySkipThis)) {
    missed(key);
    return nullptr;
  }
  store::Stripe& home = stripe(key);
  stampede::Reader reader;
  reader.client = session.id;
  reader.worker = worker_.index;
  reader.ticket = session.next_ticket;
  reader.pipelined = session.pipelined(worker_.now_ms);
  reader.fills_alone = worker_.now_ms < session.fills_alone_until_ms;
  reader.patience_cap_ms = session.patience_cap_ms;
  reader.may_park = parked != nullptr;
  if (entry != nullptr) reader.known_fill_us = known_fill_us(entry->extension());
  reader.tags = services_.cache.tags_of(policy, key.bytes);
  WorkerFlightEvents events(worker_, key, session.database);
  const stampede::ReadOutcome outcome = services_.cache.flights(home).on_read(
      {session.database, key.bytes, key.hash}, entry != nullptr ? stampede::KeyState::kStale : stampede::KeyState::kMissing,
      reader, *policy, worker_.now_us, events);
  services_.cache.settle(home);
  switch (outcome.verdict) {
    case stampede::Verdict::kServeStale:
      worker_.stats.keyspace_hits.add();
      invalidate_reply(services_, worker_, session, key.bytes);
      return entry;
    case stampede::Verdict::kElected:
      remember_lease(session, key, session.database, outcome.token);
      break;
    case stampede::Verdict::kLoadFailed:
      if (parked == nullptr) break;
      *parked = true;
      fail_load(outcome.failure);
      break;
    case stampede::Verdict::kParked: {
      *parked = true;
      session::ParkedRead read;
      read.until_ms = outcome.until_ms;
      read.waiting = 1;
      read.on_holder = outcome.on_holder;
      auto& part = read.parts.emplace_back();
      part.key = std::string(key.bytes);
      part.stripe = key.stripe;
      part.hash = key.hash;
      part.waiting = true;
      part.loads = policy->loads();
      park(worker_, session, reader.ticket, std::move(read));
      break;
    }
    case stampede::Verdict::kNil:
      break;
  }
  missed(key);
  return nullptr;
}

Outcome CommandContext::fail_load(stampede::LoadFailure failure) {
  std::string text = "LOADFAIL ";
  text += stampede::load_failure_text(failure);
  return fail(text);
}

void CommandContext::read_many(std::span<const KeyRef> keys,
                               const std::function<void(size_t, const Entry*)>& each, bool* parked) {
  session::Session& session = *request_.session;
  *parked = false;
  // First everything that can be answered now; a read that is elected for one key must not wait for another.
  std::vector<const Entry*> found(keys.size(), nullptr);
  bool missing = false;
  const size_t leases_before = session.leases.size();
  for (size_t i = 0; i < keys.size(); ++i) {
    // A later key may remove an expired entry of its own, never move the entry of another key: pointers stay valid.
    found[i] = read(keys[i], nullptr);
    missing |= found[i] == nullptr;
  }
  const bool elected = session.leases.size() > leases_before;
  if (missing && !elected && !in_transaction_ && policies_ != nullptr && !policies_->empty() &&
      !session.has(session::kReplyOff) && !session.has(session::kReplySkipThis)) {
    session::ParkedRead read;
    read.shape = session::ParkedRead::Shape::kArray;
    const uint64_t ticket = session.next_ticket;
    stampede::LoadFailure failure = stampede::LoadFailure::kNone;
    for (size_t i = 0; i < keys.size(); ++i) {
      auto& part = read.parts.emplace_back();
      part.key = std::string(keys[i].bytes);
      part.stripe = keys[i].stripe;
      part.hash = keys[i].hash;
      const stampede::Policy* policy = found[i] == nullptr ? policy_of(keys[i].bytes) : nullptr;
      if (policy == nullptr) continue;
      stampede::Reader reader;
      reader.client = session.id;
      reader.worker = worker_.index;
      reader.ticket = ticket;
      reader.index = static_cast<uint32_t>(i);
      reader.pipelined = session.pipelined(worker_.now_ms);
      reader.fills_alone = worker_.now_ms < session.fills_alone_until_ms;
      reader.patience_cap_ms = session.patience_cap_ms;
      reader.tags = services_.cache.tags_of(policy, keys[i].bytes);
      WorkerFlightEvents events(worker_, keys[i], session.database);
      const auto outcome = services_.cache.flights(stripe(keys[i]))
                               .on_read({session.database, keys[i].bytes, keys[i].hash}, stampede::KeyState::kMissing,
                                        reader, *policy, worker_.now_us, events);
      services_.cache.settle(stripe(keys[i]));
      if (outcome.verdict == stampede::Verdict::kElected) {
        remember_lease(session, keys[i], session.database, outcome.token);
      }
      if (outcome.verdict == stampede::Verdict::kLoadFailed) failure = outcome.failure;
      if (outcome.verdict != stampede::Verdict::kParked) continue;
      part.waiting = true;
      part.loads = policy->loads();
      ++read.waiting;
      read.on_holder |= outcome.on_holder;
      read.until_ms = read.waiting == 1 ? outcome.until_ms : std::min(read.until_ms, outcome.until_ms);
    }
    if (failure != stampede::LoadFailure::kNone) {
      if (read.waiting == 0) {
        fail_load(failure);
        *parked = true;
        return;
      }
      read.failure = stampede::load_failure_text(failure);
    }
    if (read.waiting > 0) {
      for (size_t i = 0; i < keys.size(); ++i) {
        if (found[i] == nullptr || !found[i]->is_string()) continue;
        auto& part = read.parts[i];
        base::Blob* blob = found[i]->blob();
        part.value = blob != nullptr ? base::BlobRef::share(blob) : base::BlobRef(base::Blob::copy_of(found[i]->string()));
      }
      park(worker_, session, ticket, std::move(read));
      *parked = true;
      return;
    }
  }
  for (size_t i = 0; i < keys.size(); ++i) each(i, found[i]);
}

// --- writes -------------------------------------------------------------------------------------------------------

store::Times CommandContext::times_for(const stampede::Policy* policy, const KeyRef& key, Entry* existing,
                                       const Expiry& expiry, stampede::PolicyTimes& storage) {
  if (expiry.kind == ExpiryKind::kKeep && existing != nullptr) {
    store::Times times;
    times.expiry_ms = existing->expiry_ms();
    if (existing->has_extension()) {
      storage.extension = existing->extension();
      storage.extension.stale = false;
      times.extension = &storage.extension;
    }
    return times;
  }
  const int64_t at_ms = expiry.kind == ExpiryKind::kKeep ? kNoExpiry : expiry.at_ms;
  if (policy == nullptr) return {at_ms, nullptr};
  const ExpiryKind kind = at_ms == kNoExpiry ? ExpiryKind::kNone : expiry.kind;
  storage = stampede::times_for_write(*policy, key.bytes, services_.cache.salt(), worker_.now_ms, at_ms, kind);
  services_.cache.stamp(*policy, key.bytes, storage.extension);
  return {storage.expiry_ms, &storage.extension};
}

Entry* CommandContext::put_string_in(int database, const KeyRef& key, const store::NewValue& value, const Expiry& expiry) {
  return put_value_in(database, key, value, expiry);
}

Entry* CommandContext::put_value_in(int database, const KeyRef& key, const store::NewValue& value, const Expiry& expiry) {
  store::Stripe& home = stripe(key);
  store::Table& table = services_.keyspace.table(home, database);
  const stampede::Policy* policy = policy_of(key.bytes);
  if (__builtin_expect(policy != nullptr || expiry.kind == ExpiryKind::kKeep || tells_events(), 0)) {
    return put_under_rules(database, key, value, expiry, policy);
  }
  Entry* entry = table.put(key.bytes, key.hash, value, {expiry.at_ms, nullptr});
  services_.budget.report(home.unreported_bytes);
  after_write(database, key, entry, nullptr);
  return entry;
}

Entry* CommandContext::put_under_rules(int database, const KeyRef& key, const store::NewValue& value,
                                       const Expiry& expiry, const stampede::Policy* policy) {
  store::Stripe& home = stripe(key);
  stampede::PolicyTimes storage;
  // Looking also removes what has run out, which is an event of its own.
  Entry* existing = expiry.kind == ExpiryKind::kKeep || tells_events() ? live_entry(database, key, false) : nullptr;
  if (tells_events() && existing == nullptr) notify_in(database, config::kNewKeyEvent, "new", key.bytes);
  const store::Times times = times_for(policy, key, existing, expiry, storage);
  Entry* entry = services_.keyspace.table(home, database).put(key.bytes, key.hash, value, times);
  services_.budget.report(home.unreported_bytes);
  after_write(database, key, entry, policy);
  return entry;
}

// What a copy keeps of the source's times; under another policy it gets that one's tags.
store::Times CommandContext::copied_times(const KeyRef& to, const Entry& source, store::Extension& extension) const {
  store::Times times;
  times.expiry_ms = source.expiry_ms();
  const stampede::Policy* policy = policy_of(to.bytes);
  if (source.has_extension() && policy != nullptr) {
    extension = source.extension();
    extension.policy = policy->number;
    extension.tag_count = 0;
    services_.cache.stamp(*policy, to.bytes, extension);
    times.extension = &extension;
  } else if (source.has_extension()) {
    times.expiry_ms = source.extension().nominal_ms;
  }
  return times;
}

Entry* CommandContext::put_copy(int database, const KeyRef& key, const Entry& source) {
  store::NewValue value;
  value.encoding = source.encoding();
  if (source.blob() != nullptr) {
    value.blob = base::BlobRef::share(source.blob()).detach();
  }
  if (source.container() != nullptr) value.container = source.container()->clone().release();
  // The source may move when the table changes, so its inline bytes are copied first.
  const std::string bytes = source.is_string() && value.blob == nullptr ? std::string(source.string()) : std::string();
  value.bytes = bytes;
  store::Extension extension;
  const store::Times times = copied_times(key, source, extension);
  notify_in(database, config::kNewKeyEvent, "new", key.bytes);
  store::Stripe& home = stripe(key);
  store::Table& table = services_.keyspace.table(home, database);
  Entry* entry = table.put(key.bytes, key.hash, value, times);
  services_.budget.report(home.unreported_bytes);
  after_write(database, key, entry, policy_of(key.bytes));
  return entry;
}

char* CommandContext::writable_string(const KeyRef& key, Entry*& entry, size_t size) {
  store::Stripe& home = stripe(key);
  store::Table& table = services_.keyspace.table(home, request_.session->database);
  char* const bytes = table.writable_string(entry, key.hash, size);
  services_.budget.report(home.unreported_bytes);
  return bytes;
}

void CommandContext::set_expiry(const KeyRef& key, Entry* entry, const Expiry& expiry) {
  store::Stripe& home = stripe(key);
  store::Table& table = services_.keyspace.table(home, request_.session->database);
  stampede::PolicyTimes storage;
  const stampede::Policy* policy = policy_of(key.bytes);
  store::Times times = times_for(policy, key, nullptr, expiry, storage);
  if (policy != nullptr && entry->has_extension()) {
    storage.extension.cost_log2 = entry->extension().cost_log2;
  }
  // PERSIST under a policy with a default TTL means what it says.
  if (expiry.kind == ExpiryKind::kNone) {
    times.expiry_ms = kNoExpiry;
    storage.extension.soft_ms = storage.extension.nominal_ms = kNoExpiry;
  }
  table.set_times(entry, key.hash, times);
  services_.budget.report(home.unreported_bytes);
  worker_.stats.dirty.add();
  touched(request_.session->database, key);
}

void CommandContext::tell_of_write(int database, const KeyRef& key, Entry* entry, const stampede::Policy* policy) {
  store::Stripe& home = stripe(key);
  tell_watchers(home, database, key);
  if ((home.side_flags & store::kSideBlocked) != 0) signal(home, database, key);
  if ((home.side_flags & store::kSideFlights) == 0) return;
  // Nobody sees a transaction half done.
  if (in_transaction_) {
    worker_.filled_keys.push_back({database, std::string(key.bytes)});
  } else {
    tell_of_fill(database, key, entry, policy);
  }
}

void CommandContext::tell_filled_keys() {
  for (const FilledKey& filled : std::exchange(worker_.filled_keys, {})) {
    const KeyRef key = services_.keyspace.placement().locate(filled.key);
    store::Table* const table = services_.keyspace.table_if_any(stripe(key), filled.database);
    Entry* const entry = table == nullptr ? nullptr : table->peek(key.bytes, key.hash);
    if (entry != nullptr && is_live(*entry)) tell_of_fill(filled.database, key, entry, policy_of(key.bytes));
  }
}

void CommandContext::tell_of_fill(int database, const KeyRef& key, Entry* entry, const stampede::Policy* policy) {
  store::Stripe& home = stripe(key);
  stampede::Flights* flights = services_.cache.flights_if_any(home);
  if (flights == nullptr) return;
  stampede::Fill fill;
  fill.writer = request_.session->id;
  fill.tags = services_.cache.tags_of(policy, key.bytes);
  if (entry->is_string()) {
    fill.value = entry->string();
    fill.blob = entry->blob();
  }
  WorkerFlightEvents events(worker_, key, database, entry->container());
  const stampede::FillOutcome outcome =
      flights->on_write({database, key.bytes, key.hash}, fill, policy, worker_.now_us, events);
  services_.cache.settle(home);
  forget_lease(*request_.session, key, database);
  if (!entry->has_extension() || (outcome.fill_us == 0 && !outcome.mark_stale)) return;
  store::Extension extension = entry->extension();
  if (outcome.fill_us > 0) {
    extension.cost_log2 = static_cast<uint8_t>(std::bit_width(static_cast<uint64_t>(outcome.fill_us / 1000)));
  }
  extension.stale |= outcome.mark_stale;
  entry->set_extension(extension);
}

void CommandContext::modified(const KeyRef& key, const Entry* entry) {
  after_write(request_.session->database, key, const_cast<Entry*>(entry), policy_of(key.bytes));
}

void CommandContext::erase_in(int database, const KeyRef& key, Entry* entry) {
  services_.keyspace.table(stripe(key), database).erase(entry, key.hash);
  after_erase(database, key);
}

void CommandContext::after_erase(int database, const KeyRef& key) {
  store::Stripe& home = stripe(key);
  services_.budget.report(home.unreported_bytes);
  worker_.stats.dirty.add();
  touched(database, key);
  if ((home.side_flags & store::kSideBlocked) != 0) signal(home, database, key, true);
  if ((home.side_flags & store::kSideFlights) != 0) {
    if (stampede::Flights* flights = services_.cache.flights_if_any(home)) {
      flights->on_remove({database, key.bytes, key.hash}, request_.session->id, worker_.now_us);
      services_.cache.settle(home);
    }
  }
}

bool CommandContext::remove(const KeyRef& key) {
  const stampede::Policy* policy = policy_of(key.bytes);
  return invalidate(key, policy == nullptr || !policy->delete_soft);
}

bool CommandContext::invalidate(const KeyRef& key, bool hard) {
  const int database = request_.session->database;
  Entry* entry = live_entry(database, key, false);
  const bool was_live = entry != nullptr;
  if (const stampede::Policy* policy = was_live ? policy_of(key.bytes) : nullptr) {
    policy->stats->invalidations.fetch_add(1, std::memory_order_relaxed);
  }
  if (entry == nullptr) {
    // A stale value may still lie there; and a fill under way may bring a value from before this delete.
    store::Table* table = table_if_any(key);
    entry = table != nullptr ? table->peek(key.bytes, key.hash) : nullptr;
  }
  if (entry == nullptr) {
    store::Stripe& home = stripe(key);
    if ((home.side_flags & store::kSideFlights) != 0) {
      if (stampede::Flights* flights = services_.cache.flights_if_any(home)) {
        flights->on_remove({database, key.bytes, key.hash}, request_.session->id, worker_.now_us);
      }
    }
    return false;
  }
  if (hard || !entry->has_extension()) {
    erase(key, entry);
    return was_live;
  }
  store::Extension extension = entry->extension();
  extension.stale = true;
  entry->set_extension(extension);
  worker_.stats.dirty.add();
  touched(database, key);
  if (stampede::Flights* flights = services_.cache.flights_if_any(stripe(key))) {
    flights->on_remove({database, key.bytes, key.hash}, request_.session->id, worker_.now_us);
  }
  return was_live;
}

void CommandContext::walk(uint32_t begin, uint32_t end, const std::function<bool(store::Stripe&)>& visit) {
  for (uint32_t i = begin; i < end; ++i) {
    if (locks_ != nullptr) {
      DCHECK(locks_->holds(i));
      if (!visit(services_.keyspace.stripe(i))) return;
    } else {
      const store::LockSet lock(services_.keyspace, i, store::LockSet::UnlessLong{});
      if (!lock.complete()) throw store::TakesLong();
      if (!visit(services_.keyspace.stripe(i))) return;
    }
  }
}

}  // namespace corral::dispatch

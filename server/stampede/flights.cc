// What reads, writes and removals do to the flights of their key.
// Threading: under the lock of the stripe.
// See: flights.h.
#include "server/stampede/flights.h"

#include <algorithm>
#include <utility>

#include "server/stampede/flights_impl.h"

namespace corral::stampede {
namespace {

constexpr int64_t kLateMemoryMs = 10'000;  // how long a filler whose lease is gone is recognised
constexpr int64_t kLongestSampleUs = 60'000'000;

int64_t ms_of(int64_t us) {
  return us / 1000;
}

// The least time until one of the leases should bring its value; -1 when nobody can say: no sample yet, or
// overdue so far that the filler may be gone.
int64_t predicted_us(const Generation& generation, int64_t expected_us, int64_t now_us) {
  int64_t best = -1;
  const auto look = [&](const Lease& lease) {
    const int64_t expected = lease.known_fill_us > 0 ? lease.known_fill_us : expected_us;
    const int64_t elapsed = now_us - lease.granted_us;
    if (expected == 0 || elapsed > 2 * expected) return;
    const int64_t left = std::max<int64_t>(expected - elapsed, 0);
    if (best < 0 || left < best) best = left;
  };
  look(generation.first);
  if (generation.hedge != nullptr) look(*generation.hedge);
  return best;
}

// The value as a blob that waiters on any core can share; none for a value that is no string.
base::BlobRef blob_of(const Fill& fill) {
  if (fill.blob != nullptr) return base::BlobRef::share(fill.blob);
  return fill.value.data() == nullptr ? base::BlobRef() : base::BlobRef(base::Blob::copy_of(fill.value));
}

}  // namespace

Flights::Flights(const FlightLimits& limits, uint64_t seed, uint32_t stripe)
    : impl_(std::make_unique<Impl>(limits, seed, stripe)) {}
Flights::~Flights() = default;

bool Flights::idle() const {
  return impl_->table.empty();
}
void Flights::set_limits(const FlightLimits& limits) {
  impl_->table.limits = limits;
}
FlightFigures Flights::figures() const {
  return impl_->table.figures();
}

ReadOutcome Flights::on_read(const FlightKey& key, KeyState state, const Reader& reader, const Policy& policy,
                             int64_t now_us, FlightEvents& events) {
  const ReadOutcome outcome = impl_->read(key, state, reader, policy, now_us, events);
  if (outcome.verdict == Verdict::kNil) Impl::count(&policy, &PolicyStats::misses);
  if (outcome.verdict == Verdict::kServeStale) Impl::count(&policy, &PolicyStats::stale_hits);
  return outcome;
}

FillOutcome Flights::on_write(const FlightKey& key, const Fill& fill, const Policy* policy, int64_t now_us,
                              FlightEvents& events) {
  return impl_->write(key, fill, policy, now_us, events);
}

void Flights::on_remove(const FlightKey& key, ClientId by, int64_t) {
  if (Record* record = impl_->table.find(key)) impl_->remove(*record, by);
}

bool Flights::withdraw(const FlightKey&, const Waiter& waiter, bool timed_out, const Policy* policy) {
  Parked* parked = impl_->table.find_waiter(waiter);
  if (parked == nullptr) return false;
  if (timed_out) Impl::holder_wait_lost(*parked, policy, parked->until_ms);
  impl_->table.remove_waiter(*parked);
  if (timed_out) Impl::count(policy, &PolicyStats::wait_timeouts);
  return true;
}

bool Flights::lease_is_good(const FlightKey& key, uint64_t token, uint64_t tags) const {
  const Record* record = impl_->table.find(key);
  return record != nullptr && record->current != nullptr && record->current->lease(token) != nullptr &&
         (tags == kTagsUnknown || record->current->tags == tags);
}

bool Flights::holds_lease(const FlightKey& key, ClientId client) const {
  const Record* record = impl_->table.find(key);
  return record != nullptr && record->current != nullptr && record->current->lease_of(client) != nullptr;
}

// --- reads ---

ReadOutcome Flights::Impl::read(const FlightKey& key, KeyState state, const Reader& reader,
                                const Policy& policy, int64_t now_us, FlightEvents& events) {
  if (!reader.may_elect)
    return {Verdict::kNil, 0, 0, "transactions, scripts and silenced connections are never elected"};
  if (Record* known = table.find(key)) {
    taint_by_tags(*known, reader.tags);
    run_due(key, &policy, now_us, events);
  }
  Record* record = table.find(key);
  if (record != nullptr && record->current != nullptr) {
    return read_live(*record, state, reader, policy, now_us, events);
  }
  return read_free(key, record, state, reader, policy, now_us, events);
}

ReadOutcome Flights::Impl::read_live(Record& record, KeyState state, const Reader& reader,
                                     const Policy& policy, int64_t now_us, FlightEvents& events) {
  if (state == KeyState::kStale) return {Verdict::kServeStale, 0, 0, "stale: somebody is refreshing it"};
  Generation& generation = *record.current;
  const Lease* const own = reader.pipelined ? nullptr : generation.lease_of(reader.client);
  if (own != nullptr && !may_wait_for_own(record, reader, policy, now_us)) {
    count(&policy, &PolicyStats::probes);
    return {Verdict::kNil, 0, 0, "the filler itself asked again"};
  }
  if (!reader.may_park) return {Verdict::kNil, 0, 0, "missing, and this read may not wait"};
  const bool loads = policy.loads();
  // The last fills failed: one reader tries again, the others must not pay for it with their patience.
  if (record.failures >= 2 && !loads) {
    return {Verdict::kNil, 0, 0, "missing, and the last fills failed: only the elected reader tries again"};
  }
  const int64_t patience_ms = std::min(policy.wait_ms, reader.patience_cap_ms);
  if (patience_ms <= 0) {
    if (loads) return not_waited("missing, a load is under way, and nobody may wait for it");
    return {Verdict::kNil, 0, 0, "missing, and the policy lets nobody wait"};
  }
  if (reader.pipelined && !loads) {
    // Replies behind a parked read are held up: only for a fill that is near, and never to give up before it.
    // A quarter of the patience stays in hand for a prediction that is too short.
    const int64_t left_us = predicted_us(generation, expected_fill_us(&policy), now_us);
    if (left_us < 0)
      return {Verdict::kNil, 0, 0, "pipelined connection, and nobody knows when the fill will come"};
    if (left_us > policy.wait_ms * 1000 / 4 || left_us > patience_ms * 750) {
      return {Verdict::kNil, 0, 0, "pipelined connection, and the fill is too far away"};
    }
  }
  if (table.waiters_full()) {
    count(&policy, &PolicyStats::bound_refusals);
    if (loads) return not_waited("missing, and too many reads wait already");
    return {Verdict::kNil, 0, 0, "missing, and too many reads wait already"};
  }
  return park(record, reader, own, patience_ms, policy, now_us, events);
}

// A quiet connection that holds the lease asks for the key again: another caller, to whom a pool gave it, or the
// filler itself, which would wait for itself. Only the end of such a wait tells which.
bool Flights::Impl::may_wait_for_own(const Record& record, const Reader& reader, const Policy& policy,
                                     int64_t now_us) {
  // After a failure of the key the filler may itself be waiting, for a connection of an exhausted pool.
  if (!reader.may_park || reader.fills_alone || record.failures > 0) return false;
  return policy.stats == nullptr || policy.stats->holder_waits_ended.allowed(ms_of(now_us));
}

ReadOutcome Flights::Impl::park(Record& record, const Reader& reader, const Lease* own, int64_t patience_ms,
                                const Policy& policy, int64_t now_us, FlightEvents& events) {
  Generation& generation = *record.current;
  const int64_t now_ms = ms_of(now_us);
  const int64_t expected_us = expected_fill_us(&policy);
  // A little longer than its own lease: when that runs out, this read is the one that had better be promoted.
  if (own != nullptr) patience_ms = std::min(patience_ms, own->deadline_ms + 1 - now_ms);
  Parked& parked = table.add_waiter(generation, {reader.client, reader.worker, reader.ticket, reader.index},
                                    now_ms + patience_ms);
  count(&policy, &PolicyStats::waits);
  if (own != nullptr) {
    generation.on_holder = &parked;
    generation.any_on_holder = parked.waiter.on_holder = true;
    count(&policy, &PolicyStats::holder_waits);
  }
  // A second filler is called when half of the patience is over, but only where it could be done in the other
  // half. Who waits for the end of a lease that was cut to measure has the next filler then.
  const bool until_lease_end = own != nullptr && expected_us > 0;
  if (!generation.hedged && !until_lease_end && expected_us <= patience_ms * 500) {
    generation.hedge_at_ms = std::min(generation.hedge_at_ms, now_ms + patience_ms / 2);
    arm(record, generation, generation.first, events);
  }
  ReadOutcome outcome{Verdict::kParked, 0, parked.until_ms, "missing: waiting for a fill that is under way"};
  outcome.on_holder = own != nullptr;
  return outcome;
}

ReadOutcome Flights::Impl::read_free(const FlightKey& key, Record* record, KeyState state,
                                     const Reader& reader, const Policy& policy, int64_t now_us,
                                     FlightEvents& events) {
  if (policy.loads()) return read_loading(key, record, state, reader, policy, now_us, events);
  const bool stale = state == KeyState::kStale;
  if (record != nullptr && record->mark != nullptr && record->mark->until_us > now_us) {
    record->mark->referenced = true;
    if (stale)
      return {Verdict::kServeStale, 0, 0, "stale: refreshing failed lately, the next attempt is not due yet"};
    return {Verdict::kNil, 0, 0, "hit-for-miss: nobody could fill the key lately"};
  }
  if (table.leases_full()) {
    count(&policy, &PolicyStats::bound_refusals);
    if (stale) return {Verdict::kServeStale, 0, 0, "stale, and too many leases are out to refresh it"};
    return {Verdict::kNil, 0, 0, "missing, and too many leases are out"};
  }
  Record& made = record != nullptr ? *record : table.make(key);
  Generation& generation = table.make_generation(made.current);
  generation.tags = reader.tags;
  Lease& lease = grant(made, generation, reader.client, policy, now_us, events);
  lease.known_fill_us = reader.known_fill_us;
  return {Verdict::kElected, lease.token, 0,
          stale ? "elected to refresh a stale value" : "elected: missing, and no lease was live"};
}

// --- writes and removals ---

FillOutcome Flights::Impl::write(const FlightKey& key, const Fill& fill, const Policy* policy, int64_t now_us,
                                 FlightEvents& events) {
  Record* record = table.find(key);
  if (record == nullptr) return {};
  taint_by_tags(*record, fill.tags);
  if (record->current == nullptr && record->tainted == nullptr)
    return write_without_lease(*record, fill, policy, now_us);
  Generation* tainted = record->tainted.get();
  if (tainted != nullptr && policy != nullptr && policy->guard) {
    const bool own_removal =
        tainted->removed_by == fill.writer && fill.writer != 0 && !tainted->several_removers;
    const bool own_lease = record->current != nullptr && record->current->lease_of(fill.writer) != nullptr &&
                           tainted->lease_of(fill.writer) == nullptr;
    if (!own_removal && !own_lease) return tainted_write(*record, fill, policy, now_us, events);
  }
  return whole_write(*record, fill, policy, now_us, events);
}

FillOutcome Flights::Impl::write_without_lease(Record& record, const Fill& fill, const Policy* policy,
                                               int64_t now_us) {
  // After failures the first value is most likely the late one, whichever pooled connection brings it. It
  // must count as a sample, or leases that are too short could never learn that fills take longer.
  const Mark& mark = *record.mark;
  const bool late = mark.late_client != 0 && (mark.late_client == fill.writer || record.failures > 0);
  if (late) {
    count(policy, &PolicyStats::duplicate_fills);
    const int64_t fill_us = now_us - mark.late_granted_us;
    if (fill_us <= kLongestSampleUs) sample(policy, fill_us);
  }
  record.failures = 0;
  table.drop_mark(record);
  table.settle(record);
  return {};
}

FillOutcome Flights::Impl::tainted_write(Record& record, const Fill& fill, const Policy* policy,
                                         int64_t now_us, FlightEvents& events) {
  Generation& generation = *record.tainted;
  const Lease* own = generation.lease_of(fill.writer);
  const Lease& lease = own != nullptr ? *own : generation.first;
  const int64_t fill_us = std::max<int64_t>(now_us - lease.granted_us, 1);
  if (own != nullptr || generation.hedge == nullptr) sample(policy, fill_us);
  if (!generation.guards_only) count(policy, &PolicyStats::fills);
  base::BlobRef value = generation.waiters == 0 ? base::BlobRef() : blob_of(fill);
  table.take_waiters(generation, answered);
  if (generation.any_on_holder) holder_waits_filled(policy);
  table.remove_lease(generation, lease.token);
  generation.guards_only = true;
  if (generation.leases == 0) table.drop(record.tainted);
  record.failures = 0;
  table.drop_mark(record);
  answer(value.get(), AnswerCause::kFilled, 0, events);
  table.settle(record);
  return {true, fill_us};
}

FillOutcome Flights::Impl::whole_write(Record& record, const Fill& fill, const Policy* policy, int64_t now_us,
                                       FlightEvents& events) {
  Generation* const current = record.current.get();
  Generation* const tainted = record.tainted.get();
  const bool guard = policy != nullptr && policy->guard;
  if (current == nullptr && tainted->guards_only && guard) return {};
  // Whose value is this? The writer's own lease, or that of a filler who is late, or else the oldest there
  // is.
  const Lease* own = current != nullptr ? current->lease_of(fill.writer) : nullptr;
  if (own == nullptr && tainted != nullptr) own = tainted->lease_of(fill.writer);
  const Lease& lease = own != nullptr ? *own : (current != nullptr ? current : tainted)->first;
  const bool late = own == nullptr && record.mark != nullptr && record.mark->late_client != 0 &&
                    record.mark->late_client == fill.writer;
  const int64_t granted_us = late ? record.mark->late_granted_us : lease.granted_us;
  const int64_t fill_us = std::max<int64_t>(now_us - granted_us, 1);
  const bool alone =
      (current != nullptr ? current->leases : 0) + (tainted != nullptr ? tainted->leases : 0) == 1;
  if ((own != nullptr || late || alone) && fill_us <= kLongestSampleUs) sample(policy, fill_us);
  count(policy, late ? &PolicyStats::duplicate_fills : &PolicyStats::fills);

  // Another filler may still be at work; its write is then a duplicate.
  Lease other;
  if (current != nullptr && (own != nullptr || late)) {
    if (current->first.client != fill.writer) other = current->first;
    if (current->hedge != nullptr && current->hedge->client != fill.writer) other = *current->hedge;
  }
  base::BlobRef value;
  if ((current != nullptr && current->waiters > 0) || (tainted != nullptr && tainted->waiters > 0))
    value = blob_of(fill);
  const bool any_on_holder =
      (current != nullptr && current->any_on_holder) || (tainted != nullptr && tainted->any_on_holder);
  silence_tainted(record, policy);
  if (current != nullptr) {
    table.take_waiters(*current, answered);
    table.drop(record.current);
  }
  if (any_on_holder) holder_waits_filled(policy);
  record.failures = 0;
  table.drop_mark(record);
  if (other.client != 0) {
    if (Mark* mark = remember(record, kLateMemoryMs, now_us, events)) {
      mark->late_client = other.client;
      mark->late_granted_us = other.granted_us;
    }
  }
  answer(value.get(), AnswerCause::kFilled, 0, events);
  table.settle(record);
  return {false, fill_us};
}

// An invalidated tag touches no key: what it means for a fill under way is found out when the key is next looked at.
void Flights::Impl::taint_by_tags(Record& record, uint64_t tags) {
  tags_now = tags;
  if (record.current != nullptr && record.current->tags != tags) remove(record, 0);
}

void Flights::Impl::remove(Record& record, ClientId by) {
  Generation* const tainted = record.tainted.get();
  const bool other = tainted != nullptr && tainted->removed_by != by;
  if (record.current == nullptr) {
    if (tainted != nullptr) tainted->several_removers |= other;
    return;
  }
  if (tainted != nullptr) {
    // Two generations are the most. The younger leases stay: their value is good enough for the older
    // waiters, but an older value would be too old for the younger ones.
    const bool several = other || tainted->several_removers;
    table.move_waiters(*tainted, *record.current);
    table.drop(record.tainted);
    record.current->several_removers = several;
  }
  record.tainted = std::move(record.current);
  record.tainted->removed_by = by;
}

}  // namespace corral::stampede

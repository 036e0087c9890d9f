// How leases begin and end: grants, deadlines, hedges, failures, promotions, hit-for-miss.
// Threading: under the lock of the stripe.
// See: flights_impl.h.
#include <algorithm>
#include <utility>

#include "server/stampede/flights_impl.h"

namespace corral::stampede {
namespace {

constexpr int64_t kFirstLeaseMs = 1000;  // without statistics
constexpr int64_t kLoadLeaseMs = 120'000;  // beyond any total time of a load, which always ends by itself
constexpr int64_t kLongestBackoffMs = 60'000;
constexpr int64_t kFailureMemoryMs = 60'000;  // how long a failure counts as the one before
constexpr int64_t kLongestNegativeMs = 86'400'000;
constexpr int64_t kSweepEveryMs = 1000;
constexpr size_t kScratchKept = 1024;

int64_t ms_of(int64_t us) {
  return us / 1000;
}

// The reader on a holder's connection if its time is over, for it goes to the origin anyway; else the oldest who could
// still wait for a fill if it was not to be the filler; in need of better the newest.
Parked& best_filler(Generation& generation, int64_t expected_us, int64_t now_ms) {
  Parked* const on_holder = generation.on_holder;
  if (on_holder != nullptr && on_holder->until_ms <= now_ms + 1) return *on_holder;
  const int64_t needed_ms = std::max<int64_t>((expected_us + 999) / 1000, 1);
  for (Parked* parked = generation.oldest; parked != nullptr; parked = parked->newer) {
    if (parked->until_ms - now_ms >= needed_ms) return *parked;
  }
  return *generation.newest;
}

}  // namespace

void Flights::on_deadline(const FlightKey& key, uint64_t token, const Policy* policy, int64_t now_us,
                          FlightEvents& events, uint64_t tags) {
  if (token == 0) {
    impl_->sweep(now_us, events);
  } else {
    if (Record* record = impl_->table.find(key)) impl_->taint_by_tags(*record, tags);
    impl_->deadline(key, token, policy, now_us, events);
  }
}

bool Flights::end_lease(const FlightKey& key, uint64_t token, int64_t negative_ms, const Policy* policy,
                        int64_t now_us, FlightEvents& events, uint64_t tags) {
  Record* record = impl_->table.find(key);
  if (record == nullptr) return false;
  impl_->taint_by_tags(*record, tags);
  for (auto* place : {&record->current, &record->tainted}) {
    if (*place == nullptr || (*place)->lease(token) == nullptr) continue;
    if (negative_ms >= 0) {
      impl_->release_nothing(*record, *place, token, negative_ms, policy, now_us, events);
    } else {
      impl_->fail(*record, *place, token, false, policy, now_us, events);
    }
    return true;
  }
  return false;
}

void Flights::clear(int database, FlightEvents& events) {
  Impl& impl = *impl_;
  impl.table.for_each([&](Record& record) {
    if (database >= 0 && record.database != database) return;
    for (auto* place : {&record.tainted, &record.current}) {
      if (*place == nullptr) continue;
      impl.table.take_waiters(**place, impl.answered);
      impl.table.drop(*place);
    }
    record.failures = 0;
    impl.table.drop_mark(record);
    impl.answer(nullptr, AnswerCause::kFlushed, 0, events);
    impl.table.settle(record);
  });
}

// --- grants and timers ---

Lease& Flights::Impl::grant(Record& record, Generation& generation, ClientId client, const Policy& policy,
                            int64_t now_us, FlightEvents& events) {
  const int64_t filler_ms = policy.stats != nullptr ? policy.stats->lease_ms() : kFirstLeaseMs;
  const int64_t lease_ms = client == kLoader ? kLoadLeaseMs : filler_ms;
  count(&policy, client == kLoader ? &PolicyStats::loads : &PolicyStats::elections);
  Lease& lease = table.add_lease(generation, table.make_lease(client, now_us, lease_ms));
  arm(record, generation, lease, events);
  return lease;
}

void Flights::Impl::arm(const Record& record, Generation& generation, Lease& lease, FlightEvents& events) {
  const bool may_hedge = !generation.hedged && generation.waiters > 0 && &lease == &generation.first;
  const int64_t at_ms = may_hedge ? std::min(lease.deadline_ms, generation.hedge_at_ms) : lease.deadline_ms;
  if (at_ms >= lease.armed_ms) return;
  lease.armed_ms = at_ms;
  events.arm(at_ms, record.flight_key(), lease.token);
}

void Flights::Impl::plan_hedge(Generation& generation, const Policy& policy, int64_t now_us) {
  if (generation.hedged) return;
  generation.hedge_at_ms = INT64_MAX;
  const Parked* oldest = generation.oldest;
  while (oldest != nullptr && oldest->waiter.on_holder) oldest = oldest->newer;
  if (oldest == nullptr) return;
  const int64_t left_ms = oldest->until_ms - ms_of(now_us);
  if (left_ms > 0 && expected_fill_us(&policy) <= left_ms * 500)
    generation.hedge_at_ms = ms_of(now_us) + left_ms / 2;
}

void Flights::Impl::run_due(const FlightKey& key, const Policy* policy, int64_t now_us,
                            FlightEvents& events) {
  const int64_t now_ms = ms_of(now_us);
  const auto overdue = [now_ms](const std::unique_ptr<Generation>& place) -> const Lease* {
    if (place == nullptr) return nullptr;
    if (place->first.deadline_ms <= now_ms) return &place->first;
    return place->hedge != nullptr && place->hedge->deadline_ms <= now_ms ? place->hedge.get() : nullptr;
  };
  while (Record* record = table.find(key)) {
    std::unique_ptr<Generation>* place = &record->tainted;
    const Lease* lease = overdue(*place);
    if (lease == nullptr) lease = overdue(*(place = &record->current));
    if (lease == nullptr) return;
    fail(*record, *place, lease->token, true, policy, now_us, events);
  }
}

void Flights::Impl::deadline(const FlightKey& key, uint64_t token, const Policy* policy, int64_t now_us,
                             FlightEvents& events) {
  Record* record = table.find(key);
  if (record == nullptr) return;
  auto* place = &record->current;
  if (*place == nullptr || (*place)->lease(token) == nullptr) place = &record->tainted;
  if (*place == nullptr || (*place)->lease(token) == nullptr) return;
  Lease* lease = (*place)->lease(token);
  const int64_t now_ms = ms_of(now_us);
  if (now_ms >= lease->armed_ms) lease->armed_ms = INT64_MAX;
  if (now_ms >= lease->deadline_ms) {
    fail(*record, *place, token, true, policy, now_us, events);
    return;
  }
  if (!(*place)->hedged && (*place)->hedge_at_ms <= now_ms) hedge(*record, *place, policy, now_us, events);
  arm(*record, **place, *(*place)->lease(token), events);
}

// --- second fillers ---

void Flights::Impl::hedge(Record& record, std::unique_ptr<Generation>& place, const Policy* policy,
                          int64_t now_us, FlightEvents& events) {
  Generation& generation = *place;
  generation.hedge_at_ms = INT64_MAX;  // the next waiter asks for it again
  if (generation.waiters == 0 || policy == nullptr) return;
  const bool tainted = &place == &record.tainted;
  if (tainted && record.current != nullptr) return;  // that filler's value serves these waiters as well
  if (table.leases_full()) {
    count(policy, &PolicyStats::bound_refusals);
    return;
  }
  generation.hedged = true;
  count(policy, &PolicyStats::hedges);
  if (tainted) table.make_generation(record.current).tags = tags_now;
  promote(record, generation, tainted ? *record.current : generation, *policy, now_us, events);
}

void Flights::Impl::promote(Record& record, Generation& from, Generation& to, const Policy& policy,
                            int64_t now_us, FlightEvents& events) {
  Parked& chosen = best_filler(from, expected_fill_us(&policy), ms_of(now_us));
  answered.push_back(chosen.waiter);
  const ClientId client = chosen.waiter.client;
  holder_wait_lost(chosen, &policy, ms_of(now_us));
  table.remove_waiter(chosen);
  if (&from == &to) plan_hedge(to, policy, now_us);
  const uint64_t token = grant(record, to, client, policy, now_us, events).token;
  count(&policy, &PolicyStats::promotions);
  answer(nullptr, AnswerCause::kPromoted, token, events);
}

// --- ends ---

void Flights::Impl::fail(Record& record, std::unique_ptr<Generation>& place, uint64_t token, bool ran_out,
                         const Policy* policy, int64_t now_us, FlightEvents& events) {
  Generation& generation = *place;
  const Lease gone = *generation.lease(token);
  if (gone.client == kLoader) return fail_load(record, place, token, LoadFailure::kTimedOut, policy, now_us, events);
  table.remove_lease(generation, token);
  if (generation.guards_only) {
    if (generation.leases == 0) table.drop(place);
    table.settle(record);
    return;
  }
  count(policy, &PolicyStats::failed_leases);
  ++record.failures;
  if (Mark* mark = policy != nullptr ? remember(record, kFailureMemoryMs, now_us, events) : nullptr) {
    mark->late_client = ran_out ? gone.client : 0;
    mark->late_granted_us = gone.granted_us;
  }
  if (generation.leases > 0) return;  // the other of the two may still succeed: no third one meanwhile
  if (policy == nullptr) {
    table.take_waiters(generation, answered);
    table.drop(place);
    answer(nullptr, AnswerCause::kReleased, 0, events);
  } else if (&place == &record.tainted && record.current != nullptr) {
    table.move_waiters(generation, *record.current);
    table.drop(place);
    plan_hedge(*record.current, *policy, now_us);
    arm(record, *record.current, record.current->first, events);
  } else if (record.failures >= 2) {
    give_up(record, *policy, now_us, events);
  } else if (generation.waiters > 0) {
    if (&place == &record.tainted) {  // the successor reads the origin now: nothing is tainted any more
      record.current = std::move(record.tainted);
      generation.tags = tags_now;
      generation.hedged = generation.several_removers = false;
      generation.removed_by = 0;
    }
    promote(record, generation, generation, *policy, now_us, events);
  } else {
    table.drop(place);
  }
  table.settle(record);
}

void Flights::Impl::give_up(Record& record, const Policy& policy, int64_t now_us, FlightEvents& events) {
  for (auto* place : {&record.tainted, &record.current}) {
    if (*place == nullptr) continue;
    table.take_waiters(**place, answered);
    if ((*place)->leases == 0) table.drop(*place);
  }
  count(&policy, &PolicyStats::hit_for_miss);
  if (record.mark != nullptr) {
    Mark& mark = *record.mark;
    mark.backoff_ms =
        mark.backoff_ms == 0 ? policy.negative_ms : std::min(mark.backoff_ms * 2, kLongestBackoffMs);
    mark.until_us = now_us + mark.backoff_ms * 1000;
    mark.dies_ms = ms_of(mark.until_us) + kFailureMemoryMs;
    mark.referenced = true;
  }
  answer(nullptr, AnswerCause::kHitForMiss, 0, events);
}

void Flights::Impl::release_nothing(Record& record, std::unique_ptr<Generation>& place, uint64_t token,
                                    int64_t negative_ms, const Policy* policy, int64_t now_us,
                                    FlightEvents& events) {
  if (&place ==
      &record.tainted) {  // "nothing there" was true before the removal: good for its own waiters only
    table.take_waiters(*place, answered);
    table.remove_lease(*place, token);
    place->guards_only = true;
    if (place->leases == 0) table.drop(place);
  } else {
    silence_tainted(record, policy);
    table.take_waiters(*place, answered);
    table.drop(place);
    record.failures = 0;
    table.drop_mark(record);
    const int64_t memory_ms = std::min(negative_ms, kLongestNegativeMs);
    if (Mark* mark = memory_ms > 0 ? remember(record, memory_ms, now_us, events) : nullptr) {
      mark->until_us = now_us + memory_ms * 1000;
      count(policy, &PolicyStats::hit_for_miss);
    }
  }
  answer(nullptr, AnswerCause::kReleased, 0, events);
  table.settle(record);
}

void Flights::Impl::silence_tainted(Record& record, const Policy* policy) {
  if (record.tainted == nullptr) return;
  table.take_waiters(*record.tainted, answered);
  record.tainted->guards_only = true;
  if (policy == nullptr || !policy->guard) table.drop(record.tainted);
}

Mark* Flights::Impl::remember(Record& record, int64_t memory_ms, int64_t now_us, FlightEvents& events) {
  Mark* mark = table.mark(record);
  if (mark == nullptr) return nullptr;
  mark->dies_ms = std::max(mark->dies_ms, (now_us + 999) / 1000 + memory_ms);
  if (!sweep_armed) {
    sweep_armed = true;
    events.arm(mark->dies_ms, record.flight_key(), 0);
  }
  return mark;
}

void Flights::Impl::sweep(int64_t now_us, FlightEvents& events) {
  const int64_t now_ms = ms_of(now_us);
  const int64_t next_ms = table.sweep_marks(now_ms);
  sweep_armed = next_ms != INT64_MAX;
  if (!sweep_armed) return;
  events.arm(std::max(next_ms, now_ms + kSweepEveryMs), table.any_mark()->record->flight_key(), 0);
}

void Flights::Impl::answer(base::Blob* value, AnswerCause cause, uint64_t token, FlightEvents& events) {
  if (!answered.empty()) events.answer(answered.data(), answered.size(), value, cause, token);
  answered.clear();
  if (answered.capacity() > kScratchKept) answered.shrink_to_fit();
}

}  // namespace corral::stampede

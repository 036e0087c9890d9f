// Expiry in small steps, eviction, and the rest that must not burst.
// Threading: see housekeeping.h.
// See: README.md of this folder, "Housekeeping".
#include "server/dispatch/housekeeping.h"

#include <algorithm>

#include "server/dispatch/blocked_queues.h"
#include "server/dispatch/blocking.h"
#include "server/dispatch/cache_rules.h"
#include "server/dispatch/field_expiry.h"
#include "server/dispatch/publishing.h"
#include "server/dispatch/tracking.h"
#include "server/dispatch/watches.h"
#include "server/store/lock_set.h"

namespace corral::dispatch {
namespace {

constexpr size_t kExpireRecords = 16;   // per lock hold
constexpr size_t kFieldRecords = 8;     // per lock hold; each takes out up to
constexpr size_t kFieldsPerRecord = 16;
constexpr int kEvictPerHold = 16;
constexpr size_t kFreePerStep = 64;     // entries of a flushed table, elements of a large value
constexpr int kEvictStripes = 64;       // most stripes a write looks at when it need not go on
constexpr int64_t kFruitlessForMs = 10;  // how long a walk that found nothing to evict is not repeated
constexpr int64_t kSweepEveryMs = 60000;
constexpr int64_t kAgeEveryMs = 4000;
constexpr uint32_t kStripesPerLook = 16;

// What happens to an entry on its way out.
struct Leaving {
  Services& services;
  WorkerState& worker;
  store::Stripe& stripe;
  int database;
  bool evicted;
};

void on_gone(void* context, const store::Entry& entry, uint64_t hash) {
  auto& leaving = *static_cast<Leaving*>(context);
  const bool expired = entry.has_expiry() && entry.expiry_ms() <= leaving.worker.now_ms;
  (leaving.evicted && !expired ? leaving.worker.stats.evicted_keys : leaving.worker.stats.expired_keys).add();
  if (leaving.services.settings.notify_keyspace_events != 0) {
    const bool evicted = leaving.evicted && !expired;
    publish_event(leaving.services, leaving.worker, leaving.database,
                  evicted ? config::kEvictedEvent : config::kExpiredEvent, evicted ? "evicted" : "expired", entry.key(), 0);
  }
  ++leaving.stripe.epoch;
  if ((leaving.stripe.side_flags & store::kSideWatches) != 0) {
    leaving.services.watches.touch(leaving.stripe, leaving.database, entry.key());
  }
  if ((leaving.stripe.side_flags & (store::kSideTracked | store::kSideBroadcast)) != 0) {
    invalidate_trackers(leaving.services, leaving.worker, leaving.stripe, entry.key(), 0);
  }
  if ((leaving.stripe.side_flags & store::kSideBlocked) != 0 &&
      leaving.services.blocked.find(leaving.stripe, leaving.database, entry.key()) != nullptr) {
    leaving.worker.ready_keys.push_back({leaving.database, leaving.stripe.index, std::string(entry.key()), true});
  }
  static_cast<void>(hash);
}

bool on_fields_due(void* context, store::Entry* entry, uint64_t hash) {
  auto& leaving = *static_cast<Leaving*>(context);
  return expire_fields(leaving.services, leaving.worker, leaving.stripe, leaving.database, entry, hash,
                       kFieldsPerRecord);
}

// Who waits for a key that has left may have to be told (XREADGROUP). The stripe is still held.
void serve_leavers(Services& services, WorkerState& worker, store::LockSet& lock) {
  if (worker.ready_keys.empty()) return;
  const auto policies = services.cache.policies();
  serve_ready(services, worker, policies.get(), lock);
}

// Evicts up to `most` entries of one stripe; returns how many.
int evict_from(Services& services, WorkerState& worker, uint32_t stripe_index, int most) {
  store::LockSet lock(services.keyspace, stripe_index, store::LockSet::UnlessLong{});
  if (!lock.complete()) return 0;
  store::Stripe& stripe = services.keyspace.stripe(stripe_index);
  const auto policy = static_cast<store::EvictionPolicy>(static_cast<int64_t>(services.settings.maxmemory_policy));
  int evicted = 0;
  for (int database = 0; database < services.keyspace.databases() && evicted < most; ++database) {
    store::Table* table = services.keyspace.table_if_any(stripe, database);
    if (table == nullptr || table->size() == 0) continue;
    Leaving leaving{services, worker, stripe, database, true};
    while (evicted < most && services.budget.near_limit() &&
           table->evict_one(policy, worker.now_ms, worker.random, on_gone, &leaving)) {
      ++evicted;
      // The total must see what was given back, or we would evict too much.
      services.budget.flush(stripe.unreported_bytes);
    }
  }
  serve_leavers(services, worker, lock);
  return evicted;
}

// Where chance found too little: visits all stripes in turn until the data fits, or until something was evicted and the
// rest may wait for later writes, or until a whole round found nothing. True unless it is the last.
bool evict_in_turn(Services& services, WorkerState& worker, uint32_t first_stripe, int evicted) {
  const uint32_t stripes = services.keyspace.stripe_count();
  uint32_t fruitless = 0;
  for (uint32_t i = first_stripe; services.budget.over_limit(); i = (i + 1) % stripes) {
    if (evicted > 0 && !services.budget.far_over_limit()) return true;
    const int found = evict_from(services, worker, i, kEvictPerHold);
    worker.stats.evict_scans.add();
    evicted += found;
    fruitless = found > 0 ? 0 : fruitless + 1;
    if (fruitless < stripes) continue;
    worker.nothing_to_evict_ms = worker.now_ms;
    return false;
  }
  return true;
}

}  // namespace

bool make_room(Services& services, WorkerState& worker, uint32_t home_stripe) {
  if (!services.budget.over_limit()) return true;
  const auto policy = static_cast<store::EvictionPolicy>(static_cast<int64_t>(services.settings.maxmemory_policy));
  if (policy == store::EvictionPolicy::kNoEviction) return false;
  const uint32_t stripes = services.keyspace.stripe_count();
  int evicted = 0;
  for (int tried = 0; tried < kEvictStripes && services.budget.over_limit(); ++tried) {
    const uint32_t stripe =
        tried == 0 ? home_stripe : (home_stripe + static_cast<uint32_t>(worker.random.below(stripes))) % stripes;
    evicted += evict_from(services, worker, stripe, kEvictPerHold);
    worker.stats.evict_scans.add();
  }
  const bool known_fruitless = worker.now_ms - worker.nothing_to_evict_ms < kFruitlessForMs;
  if (evicted == 0 && known_fruitless) return !services.budget.over_limit();
  return evict_in_turn(services, worker, home_stripe, evicted);
}

bool Housekeeper::expire_some(int64_t budget_us) {
  const uint32_t stripes = services_.keyspace.stripe_count();
  const uint32_t step = services_.state.workers;
  const uint32_t mine = std::max<uint32_t>(1, (stripes + step - 1 - worker_.index) / step);
  // Nothing more falls due before the wheels' next tick.
  if (stripes_seen_ >= mine) {
    const int64_t tick = worker_.now_ms >> store::TtlWheel::kTickShift;
    if (!backlog_ && tick == round_tick_) return false;
    stripes_seen_ = 0;
    backlog_ = false;
    round_tick_ = tick;
    databases_.clear();
    for (int database = 0; database < services_.keyspace.databases(); ++database) {
      if (services_.keyspace.table_if_any(services_.keyspace.stripe(0), database) != nullptr) databases_.push_back(database);
    }
    age_seconds_ = 0;
    if (worker_.now_ms - last_age_ms_ >= kAgeEveryMs) {
      age_seconds_ = static_cast<uint32_t>(worker_.now_ms / 1000);
      last_age_ms_ = worker_.now_ms;
    }
  }
  const int64_t deadline_us = services_.clock.steady_us() + budget_us;
  while (stripes_seen_ < mine) {
    if (next_stripe_ >= stripes) next_stripe_ = worker_.index % stripes;
    backlog_ |= expire_stripe(next_stripe_);
    next_stripe_ += step;
    ++stripes_seen_;
    // Most stripes have nothing due: looking at the clock would cost more than looking at them.
    if ((found_ || stripes_seen_ % kStripesPerLook == 0) && services_.clock.steady_us() >= deadline_us) break;
  }
  return backlog_ || stripes_seen_ < mine;
}

int64_t Housekeeper::ms_to_next_round() const {
  return ((round_tick_ + 1) << store::TtlWheel::kTickShift) - worker_.now_ms;
}

bool Housekeeper::expire_stripe(uint32_t index) {
  store::Stripe& stripe = services_.keyspace.stripe(index);
  bool more = false;
  found_ = false;
  for (const int database : databases_) {
    store::Table* table = services_.keyspace.table_if_any(stripe, database);
    if (table == nullptr || (age_seconds_ == 0 && table->next_due_ms() > worker_.now_ms)) continue;
    found_ = true;
    store::LockSet lock(services_.keyspace, index, store::LockSet::UnlessLong{});
    if (!lock.complete()) return false;
    table = services_.keyspace.table_if_any(stripe, database);  // SWAPDB may have come in between
    if (table == nullptr) continue;
    if (age_seconds_ != 0) table->set_age_clock(age_seconds_);
    Leaving leaving{services_, worker_, stripe, database, false};
    more |= table->expire_due(worker_.now_ms, kExpireRecords, on_gone, &leaving) >= kExpireRecords;
    more |= table->expire_fields(worker_.now_ms, kFieldRecords, on_fields_due, &leaving) >= kFieldRecords;
    services_.budget.report(stripe.unreported_bytes);
    serve_leavers(services_, worker_, lock);
  }
  return more;
}

void Housekeeper::sweep_tags() {
  stampede::TagTable& tags = services_.cache.tags();
  if (!sweeping_) {
    if (tags.rows() == 0 || worker_.now_ms < next_sweep_ms_) return;
    tags.begin_sweep();
    sweeping_ = true;
    sweep_stripe_ = 0;
    sweep_position_ = 0;
    sweep_database_ = 0;
  }
  const store::LockSet lock(services_.keyspace, sweep_stripe_, store::LockSet::UnlessLong{});
  if (!lock.complete()) return;
  store::Table* table = services_.keyspace.table_if_any(services_.keyspace.stripe(sweep_stripe_), sweep_database_);
  bool done = true;
  if (table != nullptr) {
    const auto mark = [](void* context, const store::Entry& entry, uint64_t /*hash*/) {
      if (entry.has_extension()) static_cast<stampede::TagTable*>(context)->mark(entry.extension());
      return true;
    };
    const auto step = table->scan(sweep_position_, mark, &tags);
    sweep_position_ = step.next;
    done = step.done;
  }
  if (!done) return;
  sweep_position_ = 0;
  if (++sweep_database_ < services_.keyspace.databases()) return;
  sweep_database_ = 0;
  if (++sweep_stripe_ < services_.keyspace.stripe_count()) return;
  tags.end_sweep();
  sweeping_ = false;
  next_sweep_ms_ = worker_.now_ms + kSweepEveryMs;
}

bool Housekeeper::run(int64_t budget_us) {
  bool more = expire_some(budget_us);
  if (services_.budget.near_limit() &&
      services_.settings.maxmemory_policy != static_cast<int64_t>(store::EvictionPolicy::kNoEviction)) {
    evict_from(services_, worker_, static_cast<uint32_t>(worker_.random.below(services_.keyspace.stripe_count())),
               kEvictPerHold);
  }
  if (!worker_.graveyard.empty()) more |= worker_.graveyard.free_some(kFreePerStep, services_.keyspace.large_values());
  if (!services_.keyspace.large_values().empty()) more |= services_.keyspace.large_values().free_some(kFreePerStep);
  more |= trim_tracking(services_, worker_);
  if (worker_.index == 0) sweep_tags();
  return more;
}

}  // namespace corral::dispatch

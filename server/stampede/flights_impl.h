// The rules of Flights on top of FlightTable: reads and writes (flights.cc), ends of leases (flight_ends.cc).
// Threading: under the lock of the stripe.
// See: README.md of this folder, "Flights".
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/stampede/flight_table.h"
#include "server/stampede/flights.h"

namespace corral::stampede {

struct Flights::Impl {
  using Counter = PolicyStats::Counter PolicyStats::*;

  Impl(const FlightLimits& limits, uint64_t seed, uint32_t stripe) : table(seed, stripe) {
    table.limits = limits;
  }

  // --- reads and writes (flights.cc) ---
  ReadOutcome read(const FlightKey& key, KeyState state, const Reader& reader, const Policy& policy,
                   int64_t now_us, FlightEvents& events);
  ReadOutcome read_live(Record& record, KeyState state, const Reader& reader, const Policy& policy,
                        int64_t now_us, FlightEvents& events);
  ReadOutcome read_free(const FlightKey& key, Record* record, KeyState state, const Reader& reader,
                        const Policy& policy, int64_t now_us, FlightEvents& events);
  /// `own`: the lease that the reader's connection holds, when it may wait for that; else null.
  ReadOutcome park(Record& record, const Reader& reader, const Lease* own, int64_t patience_ms,
                   const Policy& policy, int64_t now_us, FlightEvents& events);
  static bool may_wait_for_own(const Record& record, const Reader& reader, const Policy& policy,
                               int64_t now_us);
  FillOutcome write(const FlightKey& key, const Fill& fill, const Policy* policy, int64_t now_us,
                    FlightEvents& events);
  FillOutcome write_without_lease(Record& record, const Fill& fill, const Policy* policy, int64_t now_us);
  FillOutcome tainted_write(Record& record, const Fill& fill, const Policy* policy, int64_t now_us,
                            FlightEvents& events);
  FillOutcome whole_write(Record& record, const Fill& fill, const Policy* policy, int64_t now_us,
                          FlightEvents& events);
  void remove(Record& record, ClientId by);
  void taint_by_tags(Record& record, uint64_t tags);

  // --- ends of leases (flight_ends.cc) ---
  /// What is overdue of a key: timers may be late.
  void run_due(const FlightKey& key, const Policy* policy, int64_t now_us, FlightEvents& events);
  void deadline(const FlightKey& key, uint64_t token, const Policy* policy, int64_t now_us,
                FlightEvents& events);
  /// A lease ended without a value. May free the record.
  void fail(Record& record, std::unique_ptr<Generation>& place, uint64_t token, bool ran_out,
            const Policy* policy, int64_t now_us, FlightEvents& events);
  void give_up(Record& record, const Policy& policy, int64_t now_us, FlightEvents& events);
  void hedge(Record& record, std::unique_ptr<Generation>& place, const Policy* policy, int64_t now_us,
             FlightEvents& events);
  /// Gives the best waiter of `from` a lease in `to`.
  void promote(Record& record, Generation& from, Generation& to, const Policy& policy, int64_t now_us,
               FlightEvents& events);
  void release_nothing(Record& record, std::unique_ptr<Generation>& place, uint64_t token,
                       int64_t negative_ms, const Policy* policy, int64_t now_us, FlightEvents& events);
  void sweep(int64_t now_us, FlightEvents& events);

  // --- loads (flight_loads.cc) ---
  /// No load is under way: begins one, for a reader who then waits, gets the stale value or is told that it failed lately.
  ReadOutcome read_loading(const FlightKey& key, Record* record, KeyState state, const Reader& reader,
                           const Policy& policy, int64_t now_us, FlightEvents& events);
  void fail_load(Record& record, std::unique_ptr<Generation>& place, uint64_t token, LoadFailure failure,
                 const Policy* policy, int64_t now_us, FlightEvents& events);
  void answer_failed(LoadFailure failure, FlightEvents& events);
  /// What a reader gets who may not wait for a load.
  static ReadOutcome not_waited(const char* why) { return {Verdict::kLoadFailed, 0, 0, why, LoadFailure::kNotWaited}; }

  // --- shared by both ---
  /// Gives `client` a lease in the generation and arms its timer.
  Lease& grant(Record& record, Generation& generation, ClientId client, const Policy& policy, int64_t now_us,
               FlightEvents& events);
  /// The timer for what comes next to the generation's lease: its deadline, or the hedge before it.
  void arm(const Record& record, Generation& generation, Lease& lease, FlightEvents& events);
  /// When a second filler is to be called, for the waiters that the generation has now.
  void plan_hedge(Generation& generation, const Policy& policy, int64_t now_us);
  /// Takes the waiters of the tainted generation to be answered. Under `guard` its leases live on, to
  /// recognise late writes; else it goes.
  void silence_tainted(Record& record, const Policy* policy);
  /// Answers what `answered` holds, then empties it.
  void answer(base::Blob* value, AnswerCause cause, uint64_t token, FlightEvents& events);
  /// Keeps the memory of a failure at least `memory_ms` long; null when there is no room for any.
  Mark* remember(Record& record, int64_t memory_ms, int64_t now_us, FlightEvents& events);

  static void count(const Policy* policy, Counter counter, uint64_t times = 1) {
    if (policy != nullptr && policy->stats != nullptr) {
      (policy->stats.get()->*counter).fetch_add(times, std::memory_order_relaxed);
    }
  }
  /// What the end of a read that waited on a holder's own connection says of the policy's clients.
  static void holder_wait_lost(const Parked& parked, const Policy* policy, int64_t now_ms) {
    if (!parked.waiter.on_holder || policy == nullptr || policy->stats == nullptr) return;
    count(policy, &PolicyStats::holder_timeouts);
    policy->stats->holder_waits_ended.lost(now_ms);
  }
  /// `answered` holds those who get the value.
  void holder_waits_filled(const Policy* policy) const {
    if (policy == nullptr || policy->stats == nullptr) return;
    const bool any =
        std::any_of(answered.begin(), answered.end(), [](const Waiter& w) { return w.on_holder; });
    if (any) policy->stats->holder_waits_ended.filled();
  }
  static int64_t expected_fill_us(const Policy* policy) {
    return policy != nullptr && policy->stats != nullptr ? policy->stats->expected_fill_us() : 0;
  }
  static void sample(const Policy* policy, int64_t fill_us) {
    if (policy != nullptr && policy->stats != nullptr) policy->stats->record_fill_us(fill_us);
  }

  FlightTable table;
  std::vector<Waiter> answered;
  bool sweep_armed = false;
  uint64_t tags_now = 0;  // of the key that the present call is about
};

}  // namespace corral::stampede

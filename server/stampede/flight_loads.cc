// Fills that the server makes itself, from an origin: how a load begins, and how it ends without going into the store.
// Threading: under the lock of the stripe.
// See: flights_impl.h; README.md of this folder, "Loads".
#include <algorithm>

#include "server/stampede/flights_impl.h"

namespace corral::stampede {
namespace {

constexpr int64_t kLongestBackoffMs = 60'000;

}  // namespace

std::string_view load_failure_text(LoadFailure failure) {
  switch (failure) {
    case LoadFailure::kTimedOut:
      return "the origin did not answer in time";
    case LoadFailure::kUnreachable:
      return "the origin cannot be reached";
    case LoadFailure::kPaused:
      return "the origin is failing and is only probed";
    case LoadFailure::kOverloaded:
      return "too many loads wait for the origin";
    case LoadFailure::kRefused:
      return "the origin answered with an error";
    case LoadFailure::kUnusable:
      return "the origin's answer cannot be used";
    case LoadFailure::kUnknownOrigin:
      return "the policy's origin is not there any more";
    case LoadFailure::kNotWaited:
      return "the value is still being loaded";
    case LoadFailure::kNone:
      break;
  }
  return "nothing failed";
}

ReadOutcome Flights::Impl::read_loading(const FlightKey& key, Record* record, KeyState state, const Reader& reader,
                                        const Policy& policy, int64_t now_us, FlightEvents& events) {
  const bool stale = state == KeyState::kStale;
  if (record != nullptr && record->mark != nullptr && record->mark->until_us > now_us) {
    record->mark->referenced = true;
    if (stale) return {Verdict::kServeStale, 0, 0, "stale: the load failed lately, the next one is not due yet"};
    if (record->mark->failure == LoadFailure::kNone) return {Verdict::kNil, 0, 0, "the origin has no such value"};
    return {Verdict::kLoadFailed, 0, 0, "the load failed lately, the next one is not due yet", record->mark->failure};
  }
  if (table.leases_full()) {
    count(&policy, &PolicyStats::bound_refusals);
    if (stale) return {Verdict::kServeStale, 0, 0, "stale, and too many loads and leases are out to refresh it"};
    return {Verdict::kLoadFailed, 0, 0, "missing, and too many loads and leases are out", LoadFailure::kOverloaded};
  }
  Record& made = record != nullptr ? *record : table.make(key);
  Generation& generation = table.make_generation(made.current);
  generation.tags = reader.tags;
  generation.hedged = true;  // the origin's own rules say when a call is made again
  const Lease& lease = grant(made, generation, kLoader, policy, now_us, events);
  events.load(key, state, policy, lease.token);
  if (stale) return {Verdict::kServeStale, 0, 0, "stale: a load refreshes it"};
  return read_live(made, state, reader, policy, now_us, events);
}

bool Flights::end_load(const FlightKey& key, uint64_t token, const LoadEnd& end, const Policy* policy, int64_t now_us,
                       FlightEvents& events, uint64_t tags) {
  Impl& impl = *impl_;
  Record* const record = impl.table.find(key);
  if (record == nullptr) return false;
  impl.taint_by_tags(*record, tags);
  for (auto* place : {&record->current, &record->tainted}) {
    if (*place == nullptr || (*place)->lease(token) == nullptr) continue;
    if (end.kind == LoadEnd::Kind::kFailed) {
      impl.fail_load(*record, *place, token, end.failure, policy, now_us, events);
    } else if (end.kind == LoadEnd::Kind::kAbsent) {
      Impl::count(policy, &PolicyStats::loads_absent);
      impl.release_nothing(*record, *place, token, policy != nullptr ? policy->negative_ms : 0, policy, now_us, events);
    } else {
      Impl::count(policy, &PolicyStats::loads_void);
      impl.table.take_waiters(**place, impl.answered);
      impl.table.drop(*place);
      impl.answer(end.value, AnswerCause::kFilled, 0, events);
      impl.table.settle(*record);
    }
    return true;
  }
  return false;
}

void Flights::Impl::fail_load(Record& record, std::unique_ptr<Generation>& place, uint64_t token, LoadFailure failure,
                              const Policy* policy, int64_t now_us, FlightEvents& events) {
  const bool tainted = &place == &record.tainted;
  count(policy, &PolicyStats::loads_failed);
  table.take_waiters(*place, answered);
  table.remove_lease(*place, token);
  table.drop(place);
  // What failed before a removal says nothing of what is there now.
  if (Mark* mark = policy != nullptr && !tainted ? remember(record, policy->negative_ms, now_us, events) : nullptr) {
    mark->failure = failure;
    mark->backoff_ms =
        mark->backoff_ms == 0 ? policy->negative_ms : std::min(mark->backoff_ms * 2, kLongestBackoffMs);
    mark->until_us = now_us + mark->backoff_ms * 1000;
    mark->dies_ms = mark->until_us / 1000 + kLongestBackoffMs;
    mark->referenced = true;
  }
  answer_failed(failure, events);
  table.settle(record);
}

void Flights::Impl::answer_failed(LoadFailure failure, FlightEvents& events) {
  if (!answered.empty()) events.answer_failed(answered.data(), answered.size(), failure);
  answered.clear();
}

}  // namespace corral::stampede

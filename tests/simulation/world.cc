// The rules that must hold whatever happens, checked around every call of the engine.
// Threading: one thread.
// See: world.h.
#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

namespace corral::simulation {

using stampede::AnswerCause;
using stampede::KeyState;
using stampede::Verdict;

World::World(uint64_t seed, bool keep_trace)
    : random_(seed), keep_trace_(keep_trace), now_us_(1'000'000'000) {
  policy_.name = "simulated";
  policy_.pattern = "*";
  policy_.number = 1;
  policy_.stats = std::make_shared<stampede::PolicyStats>();
  policy_.wait_ms = chance(10) ? 0 : between(1, 600);
  policy_.negative_ms = between(100, 2000);
  policy_.stale_ms = chance(50) ? between(1, 5000) : 0;
  policy_.guard = chance(50);
  if (chance(70)) policy_.stats->record_fill_us(between(1, 400) * 1000);
  const bool tight = chance(30);
  limits_.leases = tight ? static_cast<uint32_t>(between(1, 3)) : 64;
  limits_.waiters = tight ? static_cast<uint32_t>(between(0, 4)) : 1024;
  limits_.hit_for_miss = tight ? static_cast<uint32_t>(between(0, 2)) : 64;
  remembers_failures_ = !tight;
  flights_ = std::make_unique<stampede::Flights>(limits_, random_.next(),
                                                 static_cast<uint32_t>(random_.below(4096)));
  const auto count = static_cast<size_t>(between(1, 3));
  for (size_t i = 0; i < count; ++i) keys_.push_back("key:" + std::to_string(i));
  stored_.resize(count);
  for (size_t i = 0; i < count; ++i) tags_.push_back(chance(50) ? 1 : 0);
  failures_.resize(count);
  backoff_ms_.resize(count);
  no_lease_until_us_.resize(count);
  mail_.resize(static_cast<size_t>(between(1, 3)));
  const int64_t clients = between(2, 10);
  for (int64_t i = 0; i < clients; ++i) connect();
}

void World::run(int steps) {
  for (int i = 0; i < steps && problem_.empty(); ++i) {
    ++step_;
    step();
    check_limits();
  }
  if (problem_.empty()) drain();
}

void World::note(const std::string& text) {
  if (keep_trace_) trace_ += std::to_string(step_) + " @" + std::to_string(now_us_) + " " + text + "\n";
}

void World::expect(bool holds, const std::string& what) {
  if (holds || !problem_.empty()) return;
  problem_ = what;
  note("PROBLEM " + what);
}

stampede::FlightKey World::flight_key(int key) const {
  // One hash for all keys: telling them apart must not lean on it.
  return {key % 2, keys_[static_cast<size_t>(key)], 0x5bd1e995};
}

int World::good_leases(int key) const {
  int good = 0;
  for (const auto& [token, grant] : grants_) {
    if (grant.key == key && flights_->lease_is_good(flight_key(key), token, tags_[static_cast<size_t>(key)]))
      ++good;
  }
  return good;
}

size_t World::queued_on(int key) const {
  return static_cast<size_t>(std::count_if(queued_.begin(), queued_.end(),
                                           [key](const auto& part) { return part.second.key == key; }));
}

void World::begin_call(int key) {
  call_key_ = key;
  fill_answered_ = false;
  failed_before_ = stats().failed_leases;
  promoted_before_ = stats().promotions;
  hedged_before_ = stats().hedges;
  unfillable_before_ = stats().hit_for_miss;
}

void World::end_call() {
  if (call_key_ >= 0) {
    const auto key = static_cast<size_t>(call_key_);
    failures_[key] += static_cast<int>(stats().failed_leases - failed_before_);
    if (stats().hit_for_miss > unfillable_before_ && !releasing_) {
      backoff_ms_[key] =
          backoff_ms_[key] == 0 ? policy_.negative_ms : std::min<int64_t>(backoff_ms_[key] * 2, 60'000);
      no_lease_until_us_[key] = now_us_ + backoff_ms_[key] * 1000;
    }
    expect(good_leases(call_key_) <= 2, "more than two live leases on a key");
  }
  call_key_ = -1;
}

void World::granted(int key, stampede::ClientId client, uint64_t token, bool hedge) {
  expect(token != 0, "token 0 was given");
  expect(tokens_.insert(token).second, "a token was given twice");
  Grant grant;
  grant.key = key;
  grant.client = client;
  grant.token = token;
  grant.granted_us = now_us_;
  grant.deadline_ms = (now_us_ + 999) / 1000 + stats().lease_ms();
  grants_.emplace(token, grant);
  expect(flights_->lease_is_good(flight_key(key), token), "a lease was not live when it was given");
  expect(good_leases(key) <= (hedge ? 2 : 1), "a second live lease that is no hedge");
}

// Of the newer of the good leases the client has; -1 without.
int64_t World::own_deadline_ms(int key, stampede::ClientId client) const {
  int64_t deadline_ms = -1;
  for (const auto& [token, grant] : grants_) {
    if (grant.key != key || grant.client != client || !flights_->lease_is_good(flight_key(key), token))
      continue;
    deadline_ms = std::max(deadline_ms, grant.deadline_ms);
  }
  return deadline_ms;
}

void World::check_limits() {
  const stampede::FlightFigures figures = flights_->figures();
  expect(figures.leases <= limits_.leases, "more leases than the limit");
  expect(figures.waiters <= limits_.waiters, "more waiters than the limit");
  expect(figures.hit_for_miss <= limits_.hit_for_miss, "more marks than the limit");
  expect(figures.waiters == queued_.size(), "the engine has " + std::to_string(figures.waiters) +
                                                " waiters, the world " + std::to_string(queued_.size()));
}

void World::check_read(int key, KeyState state, const stampede::ReadOutcome& outcome,
                       const stampede::Reader& reader, int64_t own_deadline_ms) {
  const auto at = static_cast<size_t>(key);
  if (outcome.verdict == Verdict::kParked) {
    const int64_t patience_ms = std::min(policy_.wait_ms, reader.patience_cap_ms);
    const bool on_holder = own_deadline_ms >= 0 && !reader.pipelined;
    const int64_t until_ms = now_ms() + patience_ms;
    expect(outcome.on_holder == on_holder, "a read on a holder's connection was not told from another");
    expect(outcome.until_ms == (on_holder ? std::min(until_ms, own_deadline_ms + 1) : until_ms),
           "a read was parked past its bound");
    expect(!on_holder || !reader.fills_alone, "a connection that fills alone waits for itself");
    expect(!on_holder || failures_[at] == 0 || !remembers_failures_,
           "a holder's connection waits after a failure");
    expect(!on_holder || holder_waits_.allowed(now_ms()), "no pause after a wait in vain");
    expect(state == KeyState::kMissing, "a read of a stale value was parked");
    expect(good_leases(key) > 0, "a read waits without anybody filling");
  }
  if (outcome.verdict == Verdict::kServeStale)
    expect(state == KeyState::kStale, "a missing key was called stale");
  if (outcome.verdict == Verdict::kNil && state == KeyState::kStale) {
    expect(!reader.may_elect, "a stale value was withheld");
  }
  if (outcome.verdict == Verdict::kElected) {
    expect(reader.may_elect, "a read that must not be elected was");
    expect(!remembers_failures_ || now_us_ >= no_lease_until_us_[at], "elected during hit-for-miss");
  }
}

void World::answer(const stampede::Waiter* waiters, size_t count, base::Blob* value, AnswerCause cause,
                   uint64_t token) {
  expect(count > 0, "an answer to nobody");
  uint64_t last_arrival = 0;
  int key = -1;
  std::vector<Mail> by_worker(mail_.size());
  for (size_t i = 0; i < count; ++i) {
    const auto part = queued_.find({waiters[i].client, waiters[i].ticket, waiters[i].index});
    if (part == queued_.end()) {
      expect(false, "a waiter was answered that was not queued (twice, or after it withdrew)");
      return;
    }
    key = part->second.key;
    expect(call_key_ < 0 || call_key_ == key, "a waiter of another key was answered");
    expect(part->second.arrival >= last_arrival, "not oldest first");
    last_arrival = part->second.arrival;
    if (part->second.on_holder && cause == AnswerCause::kPromoted && policy_on_) holder_waits_.lost(now_ms());
    if (part->second.on_holder && cause == AnswerCause::kFilled && policy_on_) holder_waits_.filled();
    queued_.erase(part);
    by_worker[waiters[i].worker].waiters.push_back(waiters[i]);
  }
  note("answer " + std::to_string(count) + " of key " + std::to_string(key) + " cause " +
       std::to_string(static_cast<int>(cause)) + " first client " + std::to_string(waiters[0].client));
  expect((cause == AnswerCause::kFilled) == (value != nullptr), "value and cause disagree");
  if (cause == AnswerCause::kFilled) {
    expect(!fill_answered_, "one fill answered in two calls");
    fill_answered_ = true;
    expect(value->view() == written_, "waiters got another value than the one written");
  }
  const auto at = static_cast<size_t>(key);
  const int failures = failures_[at] + static_cast<int>(stats().failed_leases - failed_before_);
  if (cause == AnswerCause::kPromoted) {
    const bool hedge = stats().hedges > hedged_before_;
    expect(count == 1, "more than one promoted at once");
    expect(hedge || failures == 1 || !remembers_failures_,
           "a promotion after " + std::to_string(failures) + " failures");
    granted(key, waiters[0].client, token, hedge);
  }
  if (cause == AnswerCause::kHitForMiss) {
    expect(failures >= 2 || !remembers_failures_, "hit-for-miss after fewer than two failures");
    expect(queued_on(key) == 0, "hit-for-miss left somebody waiting");
  }
  for (size_t worker = 0; worker < by_worker.size(); ++worker) {
    Mail& mail = by_worker[worker];
    if (mail.waiters.empty()) continue;
    mail.cause = cause;
    mail.token = token;
    mail.key = key;
    mail_[worker].push_back(std::move(mail));
  }
}

void World::arm(int64_t at_ms, const stampede::FlightKey& key, uint64_t token) {
  expect(at_ms >= now_ms(), "a timer in the past");
  const auto at = std::find(keys_.begin(), keys_.end(), key.key);
  timers_.push_back({at_ms, TimerKind::kLease, static_cast<int>(at - keys_.begin()), token, 0, 0});
}

}  // namespace corral::simulation

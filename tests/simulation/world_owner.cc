// The owner's side of parked reads and leases, as the dispatcher plays it.
// Threading: one thread.
// See: world.h.
#include <algorithm>
#include <utility>

#include "tests/simulation/world.h"

namespace corral::simulation {

using stampede::ClientId;

// The elected client's program: what it will do, and when.
void World::take_on(ClientId client, int key, uint64_t token) {
  const auto at = clients_.find(client);
  if (at == clients_.end()) return;
  at->second.leases.emplace_back(key, token);
  const uint64_t dice = random_.below(100);
  if (dice < 12) return;  // silent: never comes back
  Act act = Act::kSet;
  if (dice >= 50) act = Act::kSetElsewhere;
  if (dice >= 58) act = Act::kTokenSet;
  if (dice >= 68) act = Act::kRelease;
  if (dice >= 76) act = Act::kReleaseNegative;
  if (dice >= 82) act = Act::kDie;
  if (dice >= 92) act = Act::kDeleteThenSet;
  const int64_t takes_us = chance(80) ? between(0, 150'000) : between(0, 3'000'000);
  jobs_.push_back({now_us_ + takes_us, act, client, key, token});
}

void World::before_own_write(ClientId id, int key) {
  const auto at = clients_.find(id);
  if (at == clients_.end() || flights_->holds_lease(flight_key(key), id)) return;
  std::vector<uint64_t> tickets;
  for (const auto& [ticket, read] : at->second.parked) {
    for (const Part& part : read.parts) {
      if (part.waiting && part.key == key) tickets.push_back(ticket);
    }
  }
  for (const uint64_t ticket : tickets) give_up(id, ticket, false);
}

void World::end_lease(int key, uint64_t token, int64_t negative_ms) {
  const auto at = static_cast<size_t>(key);
  const bool good = flights_->lease_is_good(flight_key(key), token, tags_[at]);
  begin_call(key);
  releasing_ = negative_ms >= 0;
  const bool ended =
      flights_->end_lease(flight_key(key), token, negative_ms, policy(), now_us_, *this, tags_[at]);
  note("end lease of key " + std::to_string(key) + (negative_ms >= 0 ? " with nothing" : "") +
       (ended ? "" : ": gone"));
  expect(ended || !good, "a good lease could not be ended");
  expect(!flights_->lease_is_good(flight_key(key), token), "a lease outlived its end");
  end_call();
  releasing_ = false;
  if (good && negative_ms >= 0) {
    expect(queued_on(key) == 0, "a negative release left somebody waiting");
    failures_[at] = 0;
    backoff_ms_[at] = 0;
    no_lease_until_us_[at] = now_us_ + negative_ms * 1000;
  }
  grants_.erase(token);
  if (!good) return;
  for (auto& [other, grant] : grants_) grant.unclear |= grant.key == key;
}

void World::drop_client(ClientId id) {
  const auto at = clients_.find(id);
  if (at == clients_.end()) return;
  note("client " + std::to_string(id) + " closes");
  for (const auto& [ticket, read] : at->second.parked) {
    for (uint32_t i = 0; i < read.parts.size(); ++i) {
      if (read.parts[i].waiting) withdraw(id, at->second.worker, ticket, i, read.parts[i].key, false);
    }
  }
  const auto leases = at->second.leases;
  clients_.erase(at);
  for (const auto& [key, token] : leases) end_lease(key, token, -1);
  connect();
}

bool World::withdraw(ClientId id, uint32_t worker, uint64_t ticket, uint32_t index, int key, bool timed_out) {
  const auto at = queued_.find({id, ticket, index});
  const bool known = at != queued_.end();
  if (known && at->second.on_holder && timed_out && policy_on_) holder_waits_.lost(at->second.until_ms);
  if (known) queued_.erase(at);
  const bool queued = flights_->withdraw(flight_key(key), {id, worker, ticket, index}, timed_out, policy());
  expect(queued == known, queued ? "withdrew a read that was answered" : "a waiting read was lost");
  return queued;
}

void World::give_up(ClientId id, uint64_t ticket, bool timed_out) {
  const auto at = clients_.find(id);
  if (at == clients_.end()) return;
  const auto held = at->second.parked.find(ticket);
  if (held == at->second.parked.end()) return;
  Read& read = held->second;
  for (uint32_t i = 0; i < read.parts.size(); ++i) {
    Part& part = read.parts[i];
    if (!part.waiting || !withdraw(id, at->second.worker, ticket, i, part.key, timed_out)) continue;
    part.waiting = false;
    --read.waiting;
  }
  // Where an answer is under way, a timeout leaves it to come; everything else answers now and ignores it.
  if (read.waiting == 0 || !timed_out) at->second.parked.erase(held);
}

void World::deliver_mail() {
  std::deque<Mail>& queue = mail_[random_.below(mail_.size())];
  if (queue.empty()) return;
  const Mail mail = queue.front();
  queue.pop_front();
  for (const stampede::Waiter& waiter : mail.waiters) {
    const bool promoted = mail.cause == stampede::AnswerCause::kPromoted;
    const auto at = clients_.find(waiter.client);
    if (at == clients_.end()) {
      if (promoted) end_lease(mail.key, mail.token, -1);
      continue;
    }
    if (promoted) take_on(waiter.client, mail.key, mail.token);
    const auto held = at->second.parked.find(waiter.ticket);
    if (held == at->second.parked.end()) continue;  // it gave up meanwhile
    Part& part = held->second.parts[waiter.index];
    expect(part.waiting, "an answer for a part that does not wait");
    part.waiting = false;
    --held->second.waiting;
    if (held->second.waiting == 0) {
      at->second.parked.erase(held);
    } else if (promoted) {
      give_up(waiter.client, waiter.ticket, false);
    }
  }
}

}  // namespace corral::simulation

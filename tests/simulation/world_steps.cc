// What happens in the world: random steps, and the drain at the end.
// Threading: one thread.
// See: world.h.
#include <algorithm>
#include <utility>

#include "tests/simulation/world.h"

namespace corral::simulation {

using stampede::ClientId;
using stampede::KeyState;
using stampede::Verdict;

void World::step() {
  const uint64_t dice = random_.below(100);
  if (dice < 26) return read_one();
  if (dice < 31) return read_many();
  if (dice < 49) return run_job();
  if (dice < 59) return deliver_mail();
  if (dice < 71) return deliver_timer();
  if (dice < 83) return advance();
  if (dice < 86) return plain_write();
  if (dice < 90) return remove_key();
  if (dice < 91) return soft_delete();
  if (dice < 92) return invalidate_tag();
  if (dice < 95) return expire_key();
  if (dice < 97) return close_client();
  if (dice < 98) return unblock();
  if (chance(20)) return flush();
  if (chance(30)) return toggle_policy();
  return read_one();
}

World::Client& World::connect() {
  Client client;
  client.id = next_client_++;
  client.worker = static_cast<uint32_t>(random_.below(mail_.size()));
  client.pipelined = chance(30);
  client.fills_alone = chance(10);
  if (chance(30)) client.patience_cap_ms = between(1, 300);
  return clients_.emplace(client.id, client).first->second;
}

World::Client* World::any_client() {
  if (clients_.empty()) return nullptr;
  return &std::next(clients_.begin(), static_cast<int64_t>(random_.below(clients_.size())))->second;
}

// --- reads ---

Verdict World::read_key(Client& client, int key, bool may_park, uint64_t ticket, uint32_t index, Read& read) {
  const Stored& stored = stored_[static_cast<size_t>(key)];
  const bool there = stored.exists && now_ms() < stored.hard_ms;
  if (!policy_on_ || (there && !stored.marked && now_ms() < stored.soft_ms)) return Verdict::kNil;
  stampede::Reader reader;
  reader.client = client.id;
  reader.worker = client.worker;
  reader.ticket = ticket;
  reader.index = index;
  reader.may_park = may_park;
  reader.may_elect = !chance(3);
  reader.pipelined = client.pipelined;
  reader.fills_alone = client.fills_alone;
  reader.patience_cap_ms = client.patience_cap_ms;
  reader.tags = tags_[static_cast<size_t>(key)];
  if (chance(20)) reader.known_fill_us = between(1, 300'000);
  const KeyState state = there ? KeyState::kStale : KeyState::kMissing;
  begin_call(key);
  const stampede::ReadOutcome outcome =
      flights_->on_read(flight_key(key), state, reader, policy_, now_us_, *this);
  note("read key " + std::to_string(key) + " by client " + std::to_string(client.id) +
       (there ? " stale" : " missing") + " -> " + std::to_string(static_cast<int>(outcome.verdict)) + " " +
       outcome.why);
  check_read(key, state, outcome, reader, own_deadline_ms(key, client.id));
  if (outcome.verdict == Verdict::kElected) {
    granted(key, client.id, outcome.token, false);
    take_on(client.id, key, outcome.token);
  }
  if (outcome.verdict == Verdict::kParked) {
    queued_.emplace(PartId{client.id, ticket, index},
                    Queued{key, outcome.until_ms, step_, outcome.on_holder});
    read.parts[index].waiting = true;
    ++read.waiting;
    read.answer_by_ms = std::max(read.answer_by_ms, outcome.until_ms);
  }
  end_call();
  return outcome.verdict;
}

void World::read_one() {
  Client* client = any_client();
  // A pooled connection has one command at a time; a multiplexed one any number.
  if (client == nullptr || (!client->pipelined && !client->parked.empty())) return;
  const int key = any_key();
  Read read;
  read.parts.push_back({key, false});
  const uint64_t ticket = client->next_ticket++;
  if (read_key(*client, key, !chance(5), ticket, 0, read) != Verdict::kParked) return;
  timers_.push_back({read.answer_by_ms, TimerKind::kPatience, key, 0, client->id, ticket});
  client->parked.emplace(ticket, std::move(read));
}

// A read of several keys: one that takes a lease anywhere never waits.
void World::read_many() {
  Client* client = any_client();
  if (client == nullptr || (!client->pipelined && !client->parked.empty())) return;
  const uint64_t ticket = client->next_ticket++;
  Read read;
  bool elected = false;
  for (int key = 0; key < static_cast<int>(keys_.size()); ++key) read.parts.push_back({key, false});
  for (uint32_t i = 0; i < read.parts.size(); ++i) {
    elected |= read_key(*client, read.parts[i].key, !elected, ticket, i, read) == Verdict::kElected;
  }
  for (uint32_t i = 0; elected && i < read.parts.size(); ++i) {
    if (!read.parts[i].waiting) continue;
    const bool queued = withdraw(client->id, client->worker, ticket, i, read.parts[i].key, false);
    // Reading another key may have run no timer of this one, so nobody answered it in between.
    expect(queued, "a part parked under the same locks was gone");
    --read.waiting;
  }
  if (read.waiting == 0) return;
  if (elected) return expect(false, "a read that took a lease waits");
  timers_.push_back({read.answer_by_ms, TimerKind::kPatience, 0, 0, client->id, ticket});
  client->parked.emplace(ticket, std::move(read));
}

// --- writes and removals ---

void World::write(ClientId writer, int key) {
  before_own_write(writer, key);
  const auto at = static_cast<size_t>(key);
  written_ = "value " + std::to_string(step_);
  // With the guard, a write of a filler whose key somebody else removed meanwhile must be stored stale.
  bool must_mark = false;
  for (auto& [token, grant] : grants_) {
    if (grant.key != key) continue;
    const bool clear = !grant.unclear && now_ms() < grant.deadline_ms;
    if (grant.client == writer && clear && grant.removals == 1 && grant.removals_by_others == 1 &&
        grant.tag_moves == 0)
      must_mark = policy_.guard;
    if (grant.client == writer && clear && grant.removals == 0 && grant.tag_moves == 1)
      must_mark = policy_.guard;
  }
  begin_call(key);
  const stampede::FillOutcome outcome =
      flights_->on_write(flight_key(key), {writer, written_, nullptr, tags_[at]}, policy(), now_us_, *this);
  note("write key " + std::to_string(key) + " by client " + std::to_string(writer) +
       (outcome.mark_stale ? " stored stale" : ""));
  if (policy_on_ && must_mark)
    expect(outcome.mark_stale, "a value from before a removal was stored as fresh");
  expect(!outcome.mark_stale || (policy_on_ && policy_.guard), "stored stale without guard");
  if (!outcome.mark_stale) expect(queued_on(key) == 0, "a fill left somebody waiting");
  end_call();
  failures_[at] = 0;
  backoff_ms_[at] = 0;
  no_lease_until_us_[at] = 0;
  for (auto& [token, grant] : grants_) {
    if (grant.key == key) grant.unclear = true;  // ended, or maybe taken for the one that wrote
  }
  const int64_t ttl_ms = between(1, 3000);
  stored_[at] = {true, outcome.mark_stale, now_ms() + ttl_ms, now_ms() + ttl_ms + policy_.stale_ms};
}

void World::plain_write() {
  Client* client = any_client();
  if (client != nullptr) write(client->id, any_key());
}

void World::removed(int key, ClientId by) {
  begin_call(key);
  flights_->on_remove(flight_key(key), by, now_us_);
  end_call();
  expect(good_leases(key) == 0, "a lease is good after a removal");
  for (auto& [token, grant] : grants_) {
    if (grant.key != key) continue;
    ++grant.removals;
    if (grant.client != by) ++grant.removals_by_others;
  }
}

void World::remove_key() {
  Client* client = any_client();
  if (client == nullptr) return;
  const int key = any_key();
  before_own_write(client->id, key);
  note("delete key " + std::to_string(key) + " by client " + std::to_string(client->id));
  stored_[static_cast<size_t>(key)].exists = false;
  removed(key, client->id);
}

void World::soft_delete() {
  Client* client = any_client();
  if (client == nullptr) return;
  const int key = any_key();
  note("invalidate key " + std::to_string(key) + " by client " + std::to_string(client->id));
  stored_[static_cast<size_t>(key)].marked = true;
  removed(key, client->id);
}

// Touches no key: the engine learns of it when the key is next looked at.
void World::invalidate_tag() {
  const int key = any_key();
  uint64_t& tags = tags_[static_cast<size_t>(key)];
  if (tags == 0) return;
  ++tags;
  note("a tag of key " + std::to_string(key) + " is invalidated");
  stored_[static_cast<size_t>(key)].marked = true;
  for (auto& [token, grant] : grants_) {
    if (grant.key != key) continue;
    ++grant.tag_moves;
    expect(!flights_->lease_is_good(flight_key(key), token, tags),
           "a lease is good after its tag was invalidated");
  }
}

void World::expire_key() {
  Stored& stored = stored_[static_cast<size_t>(any_key())];
  (chance(50) ? stored.soft_ms : stored.hard_ms) = now_ms();
  note("a key comes to its soft or hard expiry");
}

// --- fillers ---

// A connection with a read parked is not free, unless it is multiplexed: a pool gives the filler another one.
World::Client* World::free_connection(ClientId preferred) {
  const auto free = [](const Client& client) { return client.pipelined || client.parked.empty(); };
  const auto own = clients_.find(preferred);
  if (own != clients_.end() && free(own->second)) return &own->second;
  for (auto& [id, client] : clients_) {
    if (free(client)) return &client;
  }
  return nullptr;
}

void World::run_job() {
  std::vector<size_t> due;
  for (size_t i = 0; i < jobs_.size(); ++i) {
    if (jobs_[i].due_us <= now_us_) due.push_back(i);
  }
  if (due.empty()) return;
  const size_t chosen = due[random_.below(due.size())];
  const Job job = jobs_[chosen];
  jobs_.erase(jobs_.begin() + static_cast<int64_t>(chosen));
  if (clients_.find(job.client) == clients_.end()) return;
  const Client* const connection =
      free_connection(job.act == Act::kSetElsewhere ? any_client()->id : job.client);
  if (connection == nullptr &&
      job.act != Act::kDie) {  // the pool is exhausted: the filler waits for its turn
    jobs_.push_back(job);
    return;
  }
  switch (job.act) {
    case Act::kSet:
    case Act::kSetElsewhere:
      return write(connection->id, job.key);
    case Act::kTokenSet:
      if (flights_->lease_is_good(flight_key(job.key), job.token, tags_[static_cast<size_t>(job.key)])) {
        token_write(job, connection->id);
      }
      return;
    case Act::kRelease:
      return end_lease(job.key, job.token, -1);
    case Act::kReleaseNegative:
      return end_lease(job.key, job.token, between(0, 2000));
    case Act::kDie:
      return drop_client(job.client);
    case Act::kDeleteThenSet: {
      stored_[static_cast<size_t>(job.key)].exists = false;
      removed(job.key, connection->id);
      write(connection->id, job.key);
      return;
    }
  }
}

// A fill by token is taken only when nothing can have overtaken it.
void World::token_write(const Job& job, ClientId writer) {
  const auto grant = grants_.find(job.token);
  if (grant != grants_.end()) {
    expect(grant->second.removals == 0 && grant->second.tag_moves == 0, "a token was good after a removal");
  }
  write(writer, job.key);
}

void World::close_client() {
  if (const Client* client = any_client()) drop_client(client->id);
}

void World::unblock() {
  const Client* client = any_client();
  if (client != nullptr && !client->parked.empty()) give_up(client->id, client->parked.begin()->first, false);
}

void World::deliver_timer() {
  std::vector<size_t> due;
  for (size_t i = 0; i < timers_.size(); ++i) {
    if (timers_[i].at_ms <= now_ms()) due.push_back(i);
  }
  if (due.empty()) return;
  const size_t chosen = due[random_.below(due.size())];
  const Timer timer = timers_[chosen];
  timers_.erase(timers_.begin() + static_cast<int64_t>(chosen));
  if (timer.kind == TimerKind::kPatience) return give_up(timer.client, timer.ticket, true);
  note("timer of key " + std::to_string(timer.key) + (timer.token == 0 ? ": sweep" : ""));
  begin_call(timer.key);
  flights_->on_deadline(flight_key(timer.key), timer.token, policy(), now_us_, *this,
                        tags_[static_cast<size_t>(timer.key)]);
  end_call();
}

// --- the rest of the world ---

void World::advance() {
  now_us_ += chance(85) ? between(0, 60'000) : between(0, 2'000'000);
}

void World::flush() {
  const int database = chance(50) ? -1 : static_cast<int>(between(0, 1));
  note("flush " + std::to_string(database));
  begin_call(-1);
  flights_->clear(database, *this);
  for (int key = 0; key < static_cast<int>(keys_.size()); ++key) {
    if (database >= 0 && key % 2 != database) continue;
    const auto at = static_cast<size_t>(key);
    expect(queued_on(key) == 0, "a flush left somebody waiting");
    expect(good_leases(key) == 0, "a lease outlived a flush");
    failures_[at] = 0;
    backoff_ms_[at] = 0;
    no_lease_until_us_[at] = 0;
    stored_[at].exists = false;
    for (auto& [token, grant] : grants_) grant.unclear |= grant.key == key;
  }
  end_call();
}

void World::toggle_policy() {
  policy_on_ = !policy_on_;
  remembers_failures_ = false;
  note(policy_on_ ? "the policy is back" : "the policy is removed");
}

// Nobody reads any more; time passes until all timers and mails are through. Nothing may be left then.
void World::drain() {
  note("drain");
  jobs_.clear();
  for (int round = 0; problem_.empty() && round < 100'000; ++round) {
    ++step_;
    deliver_mail();
    deliver_timer();
    check_limits();
    const bool mail =
        std::any_of(mail_.begin(), mail_.end(), [](const auto& queue) { return !queue.empty(); });
    jobs_.clear();
    if (mail) continue;
    if (timers_.empty()) break;
    const auto next = std::min_element(timers_.begin(), timers_.end(),
                                       [](const Timer& a, const Timer& b) { return a.at_ms < b.at_ms; });
    now_us_ = std::max(now_us_, next->at_ms * 1000);
  }
  for (const auto& [id, client] : clients_) expect(client.parked.empty(), "a read was never answered");
  const stampede::FlightFigures figures = flights_->figures();
  expect(timers_.empty(), "timers without end");
  expect(figures.leases == 0 && figures.waiters == 0 && figures.hit_for_miss == 0,
         "something was left behind");
  expect(figures.bytes <= 2048, "an idle engine keeps " + std::to_string(figures.bytes) + " bytes");
  expect(flights_->idle(), "not idle after everything is over");
}

}  // namespace corral::simulation

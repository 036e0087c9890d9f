// Chained hash tables for records and waiters, the ring of marks, and the count of bytes.
// Threading: under the lock of the stripe.
// See: flight_table.h.
#include "server/stampede/flight_table.h"

#include <algorithm>
#include <utility>

#include "server/base/check.h"
#include "server/base/random.h"

namespace corral::stampede {
namespace {

constexpr size_t kFirstBuckets = 8;
constexpr size_t kMostIdleBuckets = 64;  // what an empty table keeps
constexpr size_t kPageWaiters = 64;

uint64_t mix(uint64_t z) {  // one to one
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint64_t hash_of(const Waiter& waiter) {
  return mix(waiter.client * 0x9e3779b97f4a7c15 ^
             mix(waiter.ticket + (static_cast<uint64_t>(waiter.index) << 48)));
}

bool same(const Waiter& a, const Waiter& b) {
  return a.client == b.client && a.ticket == b.ticket && a.index == b.index;
}

uint64_t bytes_of(const Record& record) {
  return sizeof(Record) + record.key.capacity();
}

}  // namespace

Lease* Generation::lease(uint64_t token) {
  if (leases > 0 && first.token == token) return &first;
  return hedge != nullptr && hedge->token == token ? hedge.get() : nullptr;
}

Lease* Generation::lease_of(ClientId client) {
  if (hedge != nullptr && hedge->client == client) return hedge.get();
  return leases > 0 && first.client == client ? &first : nullptr;
}

FlightTable::FlightTable(uint64_t seed, uint32_t stripe) : next_number_(stripe) {
  base::Random random(seed);
  key_before_ = random.next();
  key_behind_ = random.next();
}

FlightTable::~FlightTable() = default;

FlightFigures FlightTable::figures() const {
  const uint64_t buckets = buckets_.capacity() + waiter_buckets_.capacity();
  return {leases_, waiters_, marks_, bytes_ + buckets * sizeof(void*)};
}

void FlightTable::count_leases(int32_t change) {
  leases_ += static_cast<uint64_t>(static_cast<int64_t>(change));
  if (limits.server != nullptr)
    limits.server->leases.fetch_add(static_cast<uint32_t>(change), std::memory_order_relaxed);
}

void FlightTable::count_waiters(int64_t change) {
  waiters_ += static_cast<uint64_t>(change);
  if (limits.server != nullptr)
    limits.server->waiters.fetch_add(static_cast<uint32_t>(change), std::memory_order_relaxed);
}

// --- records ---

std::unique_ptr<Record>* FlightTable::bucket_of(uint64_t hash) const {
  // Not the lowest bits: they chose the stripe and are the same for all keys here.
  return const_cast<std::unique_ptr<Record>*>(&buckets_[(hash >> 16) & (buckets_.size() - 1)]);
}

Record* FlightTable::find(const FlightKey& key) const {
  if (records_ == 0) return nullptr;
  for (Record* record = bucket_of(key.hash)->get(); record != nullptr; record = record->next.get()) {
    if (record->hash == key.hash && record->database == key.database && record->key == key.key) return record;
  }
  return nullptr;
}

Record& FlightTable::make(const FlightKey& key) {
  if (Record* known = find(key)) return *known;
  if (records_ >= buckets_.size()) grow_records();
  auto record = std::make_unique<Record>();
  record->key = key.key;
  record->hash = key.hash;
  record->database = key.database;
  std::unique_ptr<Record>& bucket = *bucket_of(key.hash);
  record->next = std::move(bucket);
  bucket = std::move(record);
  ++records_;
  bytes_ += bytes_of(*bucket);
  return *bucket;
}

void FlightTable::settle(Record& record) {
  if (record.current != nullptr || record.tainted != nullptr || record.mark != nullptr) return;
  std::unique_ptr<Record>* at = bucket_of(record.hash);
  while (at->get() != &record) at = &(*at)->next;
  bytes_ -= bytes_of(record);
  --records_;
  const std::unique_ptr<Record> dead = std::move(*at);
  *at = std::move(dead->next);
  if (records_ == 0 && buckets_.size() > kMostIdleBuckets) {
    buckets_.clear();
    buckets_.shrink_to_fit();
  }
}

void FlightTable::grow_records() {
  std::vector<std::unique_ptr<Record>> old(std::max(buckets_.size() * 2, kFirstBuckets));
  old.swap(buckets_);
  for (auto& bucket : old) {
    while (bucket != nullptr) {
      std::unique_ptr<Record> record = std::move(bucket);
      bucket = std::move(record->next);
      std::unique_ptr<Record>& place = *bucket_of(record->hash);
      record->next = std::move(place);
      place = std::move(record);
    }
  }
}

// --- generations and leases ---

uint64_t FlightTable::next_token() {
  // A permutation between two secrets: every number gives another token, and no token tells of the next one.
  while (true) {
    const uint64_t token = mix(next_number_ ^ key_before_) ^ key_behind_;
    next_number_ += 4096;  // the stripes of a server take turns
    if (token != 0) return token;
  }
}

Lease FlightTable::make_lease(ClientId client, int64_t now_us, int64_t lease_ms) {
  Lease lease;
  lease.token = next_token();
  lease.client = client;
  lease.granted_us = now_us;
  lease.deadline_ms = (now_us + 999) / 1000 + lease_ms;
  return lease;
}

Generation& FlightTable::make_generation(std::unique_ptr<Generation>& place) {
  place = std::make_unique<Generation>();
  bytes_ += sizeof(Generation);
  return *place;
}

Lease& FlightTable::add_lease(Generation& generation, const Lease& lease) {
  count_leases(1);
  if (generation.leases++ == 0) return generation.first = lease;
  CHECK(generation.hedge == nullptr);
  generation.hedge = std::make_unique<Lease>(lease);
  bytes_ += sizeof(Lease);
  return *generation.hedge;
}

void FlightTable::remove_lease(Generation& generation, uint64_t token) {
  DCHECK(generation.lease(token) != nullptr);
  if (generation.hedge != nullptr) {
    if (generation.first.token == token) generation.first = *generation.hedge;
    generation.hedge.reset();
    bytes_ -= sizeof(Lease);
  }
  --generation.leases;
  count_leases(-1);
}

void FlightTable::drop(std::unique_ptr<Generation>& place) {
  CHECK(place->waiters == 0);
  count_leases(-static_cast<int32_t>(place->leases));
  bytes_ -= sizeof(Generation) + (place->hedge != nullptr ? sizeof(Lease) : 0);
  place.reset();
}

// --- waiters ---

Parked*& FlightTable::waiter_bucket_of(const Waiter& waiter) {
  return waiter_buckets_[hash_of(waiter) & (waiter_buckets_.size() - 1)];
}

void FlightTable::grow_waiters() {
  std::vector<Parked*> old(std::max(waiter_buckets_.size() * 2, kFirstBuckets));
  old.swap(waiter_buckets_);
  for (Parked* parked : old) {
    while (parked != nullptr) {
      Parked*& place = waiter_bucket_of(parked->waiter);
      Parked* const next = std::exchange(parked->next, place);
      place = std::exchange(parked, next);
    }
  }
}

// Places are handed out in the order of the pages, so that a herd is woken in the order of memory.
Parked* FlightTable::new_parked() {
  if (free_waiters_ != nullptr) {
    Parked* const parked = free_waiters_;
    free_waiters_ = parked->next;
    return parked;
  }
  if (fresh_waiters_ == waiter_pages_.size() * kPageWaiters) {
    waiter_pages_.push_back(std::make_unique<Parked[]>(kPageWaiters));
    bytes_ += kPageWaiters * sizeof(Parked);
  }
  Parked* const parked = &waiter_pages_[fresh_waiters_ / kPageWaiters][fresh_waiters_ % kPageWaiters];
  ++fresh_waiters_;
  return parked;
}

void FlightTable::no_waiter_left() {
  free_waiters_ = nullptr;
  fresh_waiters_ = 0;
  bytes_ -= waiter_pages_.size() * kPageWaiters * sizeof(Parked);
  waiter_pages_.clear();
  if (waiter_buckets_.size() > kMostIdleBuckets) {
    waiter_buckets_.clear();
    waiter_buckets_.shrink_to_fit();
  }
}

Parked& FlightTable::add_waiter(Generation& generation, const Waiter& waiter, int64_t until_ms) {
  if (waiters_ >= waiter_buckets_.size()) grow_waiters();
  Parked* const parked = new_parked();
  Parked*& bucket = waiter_bucket_of(waiter);
  *parked = {waiter, until_ms, &generation, generation.newest, nullptr, bucket};
  (generation.newest != nullptr ? generation.newest->newer : generation.oldest) = parked;
  generation.newest = parked;
  bucket = parked;
  ++generation.waiters;
  count_waiters(1);
  return *parked;
}

Parked* FlightTable::find_waiter(const Waiter& waiter) {
  if (waiters_ == 0) return nullptr;
  Parked* parked = waiter_bucket_of(waiter);
  while (parked != nullptr && !same(parked->waiter, waiter)) parked = parked->next;
  return parked;
}

void FlightTable::remove_waiter(Parked& parked) {
  Generation& generation = *parked.generation;
  (parked.older != nullptr ? parked.older->newer : generation.oldest) = parked.newer;
  (parked.newer != nullptr ? parked.newer->older : generation.newest) = parked.older;
  if (generation.on_holder == &parked) generation.on_holder = nullptr;
  --generation.waiters;
  count_waiters(-1);
  Parked** at = &waiter_bucket_of(parked.waiter);
  while (*at != &parked) at = &(*at)->next;
  *at = std::exchange(parked.next, free_waiters_);
  free_waiters_ = &parked;
  if (waiters_ == 0) no_waiter_left();
}

void FlightTable::take_waiters(Generation& generation, std::vector<Waiter>& out) {
  out.reserve(out.size() + generation.waiters);
  if (generation.waiters < waiters_) {
    while (generation.oldest != nullptr) {
      out.push_back(generation.oldest->waiter);
      remove_waiter(*generation.oldest);
    }
  } else if (waiters_ > 0) {
    for (const Parked* parked = generation.oldest; parked != nullptr; parked = parked->newer) {
      out.push_back(parked->waiter);
    }
    generation.oldest = generation.newest = generation.on_holder = nullptr;
    generation.waiters = 0;
    count_waiters(-static_cast<int64_t>(waiters_));
    std::fill(waiter_buckets_.begin(), waiter_buckets_.end(), nullptr);
    no_waiter_left();
  }
}

void FlightTable::move_waiters(Generation& from, Generation& to) {
  if (from.oldest == nullptr) return;
  for (Parked* parked = from.oldest; parked != nullptr; parked = parked->newer) parked->generation = &to;
  from.newest->newer = to.oldest;
  (to.oldest != nullptr ? to.oldest->older : to.newest) = from.newest;
  to.oldest = from.oldest;
  to.waiters += std::exchange(from.waiters, 0);
  if (from.on_holder != nullptr) to.on_holder = from.on_holder;
  to.any_on_holder |= from.any_on_holder;
  from.oldest = from.newest = from.on_holder = nullptr;
}

// --- marks ---

Mark* FlightTable::mark(Record& record) {
  if (record.mark != nullptr || limits.hit_for_miss == 0) return record.mark.get();
  while (marks_ >= limits.hit_for_miss) evict_mark();
  record.mark = std::make_unique<Mark>();
  Mark& mark = *record.mark;
  mark.record = &record;
  if (hand_ == nullptr) {
    hand_ = mark.behind = mark.ahead = &mark;
  } else {  // just behind the hand: the last one it comes to
    mark.ahead = hand_;
    mark.behind = hand_->behind;
    mark.behind->ahead = mark.ahead->behind = &mark;
  }
  ++marks_;
  bytes_ += sizeof(Mark);
  return &mark;
}

void FlightTable::drop_mark(Record& record) {
  if (record.mark == nullptr) return;
  Mark& mark = *record.mark;
  if (hand_ == &mark) hand_ = mark.ahead == &mark ? nullptr : mark.ahead;
  mark.behind->ahead = mark.ahead;
  mark.ahead->behind = mark.behind;
  --marks_;
  bytes_ -= sizeof(Mark);
  record.mark.reset();
}

void FlightTable::evict_mark() {
  while (hand_->referenced) {
    hand_->referenced = false;
    hand_ = hand_->ahead;
  }
  Record& record = *hand_->record;
  drop_mark(record);
  settle(record);
}

int64_t FlightTable::sweep_marks(int64_t now_ms) {
  int64_t next_ms = INT64_MAX;
  Mark* mark = hand_;
  for (uint64_t left = marks_; left > 0; --left) {
    Mark* const ahead = mark->ahead;
    if (mark->dies_ms <= now_ms) {
      Record& record = *mark->record;
      drop_mark(record);
      settle(record);
    } else {
      next_ms = std::min(next_ms, mark->dies_ms);
    }
    mark = ahead;
  }
  return next_ms;
}

}  // namespace corral::stampede

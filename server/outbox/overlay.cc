// Sets of records by database and key, in 64 stripes.
// Threading: any thread; see overlay.h.
// See: README.md of this folder, "Overlay".
#include "server/outbox/overlay.h"

#include <utility>

namespace corral::outbox {

Overlay::Overlay(const base::HashSecret& secret) : secret_(secret) {
  for (size_t i = 0; i < kStripes; ++i) stripes_.push_back(std::make_unique<Stripe>(secret));
}

// The set takes the low bits of the hash.
Overlay::Stripe& Overlay::stripe_of(uint32_t db, std::string_view key) const {
  return *stripes_[(Hash{&secret_}(Name{db, key}) >> 48) % kStripes];
}

RecordPtr Overlay::pending(uint32_t db, std::string_view key) const {
  if (size() == 0) return nullptr;
  Stripe& stripe = stripe_of(db, key);
  RecordPtr found;
  stripe.lock.lock();
  const auto at = stripe.records.find(Name{db, key});
  if (at != stripe.records.end()) found = *at;
  stripe.lock.unlock();
  return found;
}

void Overlay::put(RecordPtr record) {
  Stripe& stripe = stripe_of(record->db, record->key);
  Records::node_type old;  // freed behind the lock
  RecordPtr replaced;
  stripe.lock.lock();
  const auto at = stripe.records.find(record);
  if (at == stripe.records.end()) {
    stripe.records.insert(std::move(record));
    size_.fetch_add(1, std::memory_order_relaxed);
  } else if (!is_newer(**at, *record)) {
    // The set finds a record by the key inside it, so the node leaves for the exchange.
    old = stripe.records.extract(at);
    replaced = std::exchange(old.value(), std::move(record));
    stripe.records.insert(std::move(old));
  }
  stripe.lock.unlock();
}

void Overlay::settle(const Record& record) {
  Stripe& stripe = stripe_of(record.db, record.key);
  Records::node_type gone;
  stripe.lock.lock();
  const auto at = stripe.records.find(Name{record.db, record.key});
  if (at != stripe.records.end() && !is_newer(**at, record)) {
    gone = stripe.records.extract(at);
    size_.fetch_sub(1, std::memory_order_relaxed);
  }
  stripe.lock.unlock();
}

std::vector<RecordPtr> Overlay::all() const {
  std::vector<RecordPtr> result;
  result.reserve(size());
  for (const auto& stripe : stripes_) {
    stripe->lock.lock();
    result.insert(result.end(), stripe->records.begin(), stripe->records.end());
    stripe->lock.unlock();
  }
  return result;
}

}  // namespace corral::outbox

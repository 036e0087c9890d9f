// Locking of stripes.
// Threading: see lock_set.h.
// See: lock_set.h.
#include "server/store/lock_set.h"

#include <algorithm>

#include "server/base/check.h"

namespace corral::store {

// Only the number of sets this thread holds: 0 or 1.
constinit thread_local int LockSet::held_by_thread_ = 0;

LockSet::LockSet(Keyspace& keyspace, std::span<uint32_t> stripes) : keyspace_(keyspace) {
  enter();
  arrange(stripes);
  lock_many();
}

LockSet::LockSet(Keyspace& keyspace, std::span<uint32_t> stripes, UnlessLong) : keyspace_(keyspace) {
  enter();
  arrange(stripes);
  for (size_t i = 0; i < many_.size(); ++i) {
    if (keyspace.stripe(many_[i]).lock.lock_unless_long()) continue;
    for (size_t held = 0; held < i; ++held) keyspace.stripe(many_[held]).lock.unlock();
    many_ = {};
    complete_ = false;
    return;
  }
}

void LockSet::arrange(std::span<uint32_t> stripes) {
  std::sort(stripes.begin(), stripes.end());
  const auto end = std::unique(stripes.begin(), stripes.end());
  many_ = stripes.first(static_cast<size_t>(end - stripes.begin()));
}

LockSet::LockSet(Keyspace& keyspace, All) : keyspace_(keyspace), all_(true) {
  enter();
  for (uint32_t i = 0; i < keyspace.stripe_count(); ++i) keyspace.stripe(i).lock.lock();
}

LockSet::LockSet(Keyspace& keyspace, All, UnlessLong) : keyspace_(keyspace), all_(true) {
  enter();
  for (uint32_t i = 0; i < keyspace.stripe_count(); ++i) {
    if (keyspace.stripe(i).lock.lock_unless_long()) continue;
    for (uint32_t held = 0; held < i; ++held) keyspace.stripe(held).lock.unlock();
    all_ = false;
    complete_ = false;
    return;
  }
}

void LockSet::take_long() {
  long_ = true;
  if (all_) {
    for (uint32_t i = 0; i < keyspace_.stripe_count(); ++i) keyspace_.stripe(i).lock.take_long();
    return;
  }
  for (const uint32_t stripe : many_) keyspace_.stripe(stripe).lock.take_long();
  for (const uint32_t stripe : added()) keyspace_.stripe(stripe).lock.take_long();
  if (one_ != kNone) keyspace_.stripe(one_).lock.take_long();
}

void LockSet::lock_many() {
  for (size_t i = 0; i < many_.size(); ++i) {
    CHECK(i == 0 || many_[i - 1] < many_[i]);
    CHECK(many_[i] < keyspace_.stripe_count());
    keyspace_.stripe(many_[i]).lock.lock();
  }
}

void LockSet::release_many() {
  DeferredFrees frees;
  if (all_) {
    for (uint32_t i = 0; i < keyspace_.stripe_count(); ++i) release(keyspace_.stripe(i), frees);
  } else {
    for (const uint32_t stripe : many_) release(keyspace_.stripe(stripe), frees);
    for (const uint32_t stripe : added()) release(keyspace_.stripe(stripe), frees);
    if (one_ != kNone) release(keyspace_.stripe(one_), frees);
  }
  if (!frees.empty()) frees.run(&keyspace_.large_values());
}

void LockSet::release(Stripe& stripe, DeferredFrees& frees) {
  if (!stripe.deferred.empty()) frees.take(stripe.deferred);
  stripe.lock.unlock();
}

void LockSet::release_with_frees(Stripe& stripe) {
  DeferredFrees frees;
  release(stripe, frees);
  frees.run(&keyspace_.large_values());
}

bool LockSet::holds(uint32_t stripe) const {
  return all_ || stripe == one_ || std::binary_search(many_.begin(), many_.end(), stripe) ||
         std::ranges::find(added(), stripe) != added().end();
}

bool LockSet::try_add(uint32_t stripe) {
  if (holds(stripe)) return true;
  if (!keyspace_.stripe(stripe).lock.try_lock()) return false;
  if (added_ == nullptr) added_ = std::make_unique<std::vector<uint32_t>>();
  added_->push_back(stripe);
  if (long_) keyspace_.stripe(stripe).lock.take_long();
  return true;
}

}  // namespace corral::store

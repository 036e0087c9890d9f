// The only way to lock stripes: all that a command needs, at once, in ascending order.
// Threading: lives on one thread's stack; can be neither moved nor stored.
// See: README.md of this folder, "Locks".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "server/base/check.h"
#include "server/store/keyspace.h"

namespace corral::store {

/// Thrown by walks over stripes when one is held by somebody who takes long.
struct TakesLong {};

/// Holds stripes from construction to destruction. Asserts in every build that the thread holds no other set and that
/// the order is ascending. On destruction releases the locks, then frees what the stripes deferred.
class LockSet {
 public:
  /// One stripe: the fast path.
  LockSet(Keyspace& keyspace, uint32_t stripe) CORRAL_NO_THREAD_SAFETY_ANALYSIS : keyspace_(keyspace),
                                                                                  one_(stripe) {
    enter();
    keyspace.stripe(stripe).lock.lock();
  }
  /// One stripe, unless its holder takes long: then nothing is held and complete() is false.
  struct UnlessLong {};
  LockSet(Keyspace& keyspace, uint32_t stripe, UnlessLong) CORRAL_NO_THREAD_SAFETY_ANALYSIS : keyspace_(keyspace) {
    enter();
    if (__builtin_expect(keyspace.stripe(stripe).lock.lock_unless_long(), 1)) {
      one_ = stripe;
    } else {
      complete_ = false;
    }
  }
  LockSet(Keyspace& keyspace, std::span<uint32_t> stripes, UnlessLong) CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  /// Any number of stripe numbers, in any order, repeated or not. Sorts `stripes` in place; they must outlive the set.
  LockSet(Keyspace& keyspace, std::span<uint32_t> stripes) CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  /// All stripes.
  struct All {};
  LockSet(Keyspace& keyspace, All) CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  LockSet(Keyspace& keyspace, All, UnlessLong) CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  ~LockSet() CORRAL_NO_THREAD_SAFETY_ANALYSIS {
    held_by_thread_ = 0;
    if (__builtin_expect(one_ != kNone && added_ == nullptr, 1)) {
      release_one();
    } else {
      release_many();
    }
  }
  LockSet(const LockSet&) = delete;
  LockSet& operator=(const LockSet&) = delete;
  void* operator new(size_t) = delete;

  /// Takes one more stripe if that needs no waiting, in whatever order: who never waits cannot deadlock. True when the
  /// stripe is held now. For serving a blocked command whose keys the writer did not lock (BLMOVE).
  bool try_add(uint32_t stripe) CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  bool holds(uint32_t stripe) const;
  bool holds_all() const { return all_; }
  /// False when a holder who takes long was in the way; nothing is held then.
  bool complete() const { return complete_; }
  /// Says of all stripes held that it takes long.
  void take_long() CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  /// The thread turns to other work while the set stays; until return_to() it can hold no other.
  static void leave_thread() { held_by_thread_ = 0; }
  static void return_to_thread() { held_by_thread_ = 1; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static void enter() {
    CHECK(held_by_thread_ == 0);
    held_by_thread_ = 1;
  }
  std::span<const uint32_t> added() const { return added_ == nullptr ? std::span<const uint32_t>() : *added_; }
  void arrange(std::span<uint32_t> stripes);
  void lock_many() CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  void release_many() CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  void release_one() CORRAL_NO_THREAD_SAFETY_ANALYSIS {
    Stripe& stripe = keyspace_.stripe(one_);
    if (__builtin_expect(stripe.deferred.empty(), 1)) {
      stripe.lock.unlock();
    } else {
      release_with_frees(stripe);
    }
  }
  static void release(Stripe& stripe, DeferredFrees& frees) CORRAL_NO_THREAD_SAFETY_ANALYSIS;
  void release_with_frees(Stripe& stripe) CORRAL_NO_THREAD_SAFETY_ANALYSIS;

  static constinit thread_local int held_by_thread_;
  Keyspace& keyspace_;
  std::span<uint32_t> many_;  // sorted, unique
  uint32_t one_ = kNone;
  std::unique_ptr<std::vector<uint32_t>> added_;  // null: none; rare, and one word to set up
  bool all_ = false;
  bool complete_ = true;
  bool long_ = false;
};

}  // namespace corral::store

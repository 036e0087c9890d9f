// The only way to lock stripes: all that a command needs, at once, in ascending order.
// Threading: lives on one thread's stack; can be neither moved nor stored.
// See: README.md of this folder, "Locks".
#pragma once

#include <cstdint>
#include <span>

#include "server/store/keyspace.h"

namespace corral::store {

/// Holds stripes from construction to destruction. Asserts in every build that the thread holds no other set and that
/// the order is ascending. On destruction releases the locks, then frees what the stripes deferred.
class LockSet {
 public:
  /// One stripe: the fast path.
  LockSet(Keyspace& keyspace, uint32_t stripe);
  /// Any number of stripe numbers, in any order, repeated or not. Sorts `stripes` in place.
  LockSet(Keyspace& keyspace, std::span<uint32_t> stripes);
  /// All stripes.
  struct All {};
  LockSet(Keyspace& keyspace, All);
  ~LockSet();
  LockSet(const LockSet&) = delete;
  LockSet& operator=(const LockSet&) = delete;
  void* operator new(size_t) = delete;

  bool holds(uint32_t stripe) const;
  bool holds_all() const { return all_; }

 private:
  Keyspace& keyspace_;
  std::span<uint32_t> many_;  // sorted, unique
  uint32_t one_ = UINT32_MAX;
  bool all_ = false;
};

}  // namespace corral::store

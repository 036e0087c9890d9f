// Who waits for a key, by stripe: requests of blocking commands in the order in which they came.
// Threading: every call under the lock of the key's stripe.
// See: README.md of this folder, "Blocking commands".
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/session/blocked_request.h"
#include "server/store/keyspace.h"

namespace corral::dispatch {

/// Stripe::side_flags has kSideBlocked while somebody waits in the stripe, so that a write elsewhere costs one test.
class BlockedQueues {
 public:
  using Queue = std::deque<std::shared_ptr<session::BlockedRequest>>;
  explicit BlockedQueues(uint32_t stripes) : tables_(stripes) {}

  void add(store::Stripe& stripe, int database, std::string_view key,
           const std::shared_ptr<session::BlockedRequest>& request);
  void remove(store::Stripe& stripe, int database, std::string_view key, const session::BlockedRequest* request);
  /// Null when nobody waits for the key.
  Queue* find(const store::Stripe& stripe, int database, std::string_view key);
  /// The keys of the database that somebody waits for (SWAPDB, FLUSHDB).
  std::vector<std::string> keys(const store::Stripe& stripe, int database) const;

 private:
  using Map = std::unordered_map<std::string, Queue>;
  std::vector<std::unique_ptr<Map>> tables_;  // by stripe, made at first use
};

}  // namespace corral::dispatch

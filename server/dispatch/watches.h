// WATCH: which transactions must fail when a key changes.
// Threading: every call under the lock of the key's stripe.
// See: README.md of this folder, "Transactions".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/dispatch/named_key.h"
#include "server/session/session.h"
#include "server/store/keyspace.h"

namespace corral::dispatch {

/// Per stripe: key -> marks of the sessions that watch it. Stripe::side_flags has kSideWatches while there are any, so
/// that a write to a stripe without watches costs one test.
class Watches {
 public:
  explicit Watches(uint32_t stripes) : tables_(stripes) {}

  void add(store::Stripe& stripe, int database, std::string_view key, const std::shared_ptr<session::WatchMark>& mark);
  void remove(store::Stripe& stripe, int database, std::string_view key, const session::WatchMark* mark);
  /// The key changed.
  void touch(store::Stripe& stripe, int database, std::string_view key);
  /// FLUSHDB, SWAPDB: marks the watchers of every key of the database (-1: of all) that `exists` says yes to.
  template <typename Exists>
  void touch_all(store::Stripe& stripe, int database, Exists exists) {
    if (!tables_[stripe.index]) return;
    for (auto& [name, marks] : *tables_[stripe.index]) {
      const auto [key_database, key] = split_named_key(name);
      if ((database < 0 || key_database == database) && exists(key_database, key)) {
        for (auto& mark : marks) mark->spoil();
      }
    }
  }

 private:
  using Marks = std::vector<std::shared_ptr<session::WatchMark>>;
  using Map = std::unordered_map<std::string, Marks>;
  std::vector<std::unique_ptr<Map>> tables_;  // by stripe, made at first use
};

}  // namespace corral::dispatch

// The stampede engine tied to the store: policies in force, the flights of each stripe, tags.
// Threading: policies() any thread; flights by stripe under the stripe's lock; tags any thread.
// See: README.md of this folder, "Stampede protection".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "server/config/settings.h"
#include "server/stampede/flights.h"
#include "server/stampede/policy.h"
#include "server/stampede/tags.h"
#include "server/store/keyspace.h"

namespace corral::dispatch {

enum class Freshness : uint8_t { kFresh, kStale, kGone };

class CacheRules {
 public:
  CacheRules(const config::Settings& settings, uint32_t stripes, uint64_t seed);

  /// The policies in force; the snapshot stays valid while held. Takes a leaf mutex: once per loop turn and only when
  /// version() changed.
  std::shared_ptr<const stampede::PolicyTable> policies() const;
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  /// Replaces the table: change(current) -> new table. One change at a time.
  template <typename Change>
  void change_policies(Change change) {
    std::lock_guard lock(mutex_);
    policies_ = std::make_shared<const stampede::PolicyTable>(change(*policies_));
    version_.fetch_add(1, std::memory_order_release);
  }

  /// The flights of a stripe, made at first use. Under the stripe's lock.
  stampede::Flights& flights(store::Stripe& stripe);
  /// Null when the stripe never had any.
  stampede::Flights* flights_if_any(const store::Stripe& stripe) { return flights_[stripe.index].get(); }
  /// Keeps Stripe::side_flags in step after a call into the flights.
  void settle(store::Stripe& stripe);

  stampede::TagTable& tags() { return tags_; }
  uint64_t salt() const { return salt_; }

  /// What the times and tags of an entry with an extension say now.
  Freshness freshness(const store::Extension& extension, int64_t now_ms) const {
    if (extension.tag_count > 0) {
      const stampede::TagState state = tags_.state(extension);
      if (state == stampede::TagState::kRemoved) return Freshness::kGone;
      if (state == stampede::TagState::kStale) return Freshness::kStale;
    }
    if (extension.stale) return Freshness::kStale;
    return extension.soft_ms != store::kNoExpiry && extension.soft_ms <= now_ms ? Freshness::kStale : Freshness::kFresh;
  }
  /// Adds the policy's tags and declared prefixes to the extension of an entry written now.
  void stamp(const stampede::Policy& policy, std::string_view key, store::Extension& extension);
  /// Where the tags and prefixes that the policy gives this key stand: another number as soon as one is invalidated. 0
  /// for a policy without any, and for none.
  uint64_t tags_of(const stampede::Policy* policy, std::string_view key);
  /// Takes over cache-max-leases, cache-max-waiters and cache-max-hit-for-miss. Any thread; what is out stays out.
  void limits_changed();

 private:
  const config::Settings& settings_;
  uint64_t seed_;
  uint64_t salt_;
  mutable std::mutex mutex_;
  std::shared_ptr<const stampede::PolicyTable> policies_;
  std::atomic<uint64_t> version_{1};
  stampede::FlightTotals totals_;
  std::atomic<uint32_t> most_marks_{0};  // of one stripe
  std::vector<std::unique_ptr<stampede::Flights>> flights_;
  stampede::TagTable tags_;
};

}  // namespace corral::dispatch

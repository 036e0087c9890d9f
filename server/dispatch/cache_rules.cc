// Policies in force, flights by stripe, tags on entries.
// Threading: see cache_rules.h.
// See: cache_rules.h.
#include "server/dispatch/cache_rules.h"

#include <algorithm>

namespace corral::dispatch {
namespace {

// A limit of the whole server divided by the stripes, rounded up, and never so small that one hot key could not use it.
uint32_t share(int64_t whole, uint32_t stripes, uint32_t floor) {
  const int64_t part = (whole + stripes - 1) / stripes;
  return static_cast<uint32_t>(std::clamp<int64_t>(part, std::min<int64_t>(floor, whole), UINT32_MAX));
}

}  // namespace

CacheRules::CacheRules(const config::Settings& settings, uint32_t stripes, uint64_t seed)
    : settings_(settings),
      seed_(seed),
      salt_(0),
      policies_(std::make_shared<const stampede::PolicyTable>()),
      flights_(stripes),
      tags_(static_cast<uint32_t>(static_cast<int64_t>(settings.cache_max_tags))) {}

std::shared_ptr<const stampede::PolicyTable> CacheRules::policies() const {
  std::lock_guard lock(mutex_);
  return policies_;
}

stampede::Flights& CacheRules::flights(store::Stripe& stripe) {
  auto& flights = flights_[stripe.index];
  if (!flights) {
    const auto stripes = static_cast<uint32_t>(flights_.size());
    stampede::FlightLimits limits;
    limits.leases = share(settings_.cache_max_leases, stripes, 64);
    // A single hot key lives in one stripe and may have all the waiters of the server.
    limits.waiters = share(settings_.cache_max_waiters, stripes, 65536);
    limits.hit_for_miss = share(settings_.cache_max_hit_for_miss, stripes, 64);
    flights = std::make_unique<stampede::Flights>(limits, seed_, stripe.index);
  }
  return *flights;
}

void CacheRules::settle(store::Stripe& stripe) {
  const auto& flights = flights_[stripe.index];
  if (flights && !flights->idle()) {
    stripe.side_flags |= store::kSideFlights;
  } else {
    stripe.side_flags &= ~static_cast<uint32_t>(store::kSideFlights);
  }
}

void CacheRules::stamp(const stampede::Policy& policy, std::string_view key, store::Extension& extension) {
  const auto add = [&](stampede::TagSpace space, const std::string& text) {
    if (extension.tag_count >= store::kMaxTagsPerEntry) return;
    const std::string name = stampede::expand_template(policy.pattern, text, key);
    if (!name.empty()) extension.tags[extension.tag_count++] = tags_.stamp(space, name);
  };
  for (const std::string& text : policy.tags) add(stampede::TagSpace::kTag, text);
  for (const std::string& text : policy.prefixes) add(stampede::TagSpace::kPrefix, text);
}

}  // namespace corral::dispatch

// Policies in force, flights by stripe, tags on entries.
// Threading: see cache_rules.h.
// See: cache_rules.h.
#include "server/dispatch/cache_rules.h"

#include <algorithm>

namespace corral::dispatch {
namespace {

constexpr uint32_t kLeastMarks = 64;  // of a stripe, unless the server may have fewer

uint32_t most(int64_t limit) { return static_cast<uint32_t>(std::clamp<int64_t>(limit, 0, UINT32_MAX)); }

uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

CacheRules::CacheRules(const config::Settings& settings, uint32_t stripes, uint64_t seed)
    : settings_(settings),
      seed_(seed),
      salt_(0),
      policies_(std::make_shared<const stampede::PolicyTable>()),
      flights_(stripes),
      tags_(static_cast<uint32_t>(static_cast<int64_t>(settings.cache_max_tags))) {
  limits_changed();
}

std::shared_ptr<const stampede::PolicyTable> CacheRules::policies() const {
  std::lock_guard lock(mutex_);
  return policies_;
}

stampede::Flights& CacheRules::flights(store::Stripe& stripe) {
  auto& flights = flights_[stripe.index];
  stampede::FlightLimits limits;
  limits.leases = limits.waiters = UINT32_MAX;  // those of the server count: one hot key may have them all
  limits.hit_for_miss = most_marks_.load(std::memory_order_relaxed);
  limits.server = &totals_;
  if (flights) {
    flights->set_limits(limits);
  } else {
    flights = std::make_unique<stampede::Flights>(limits, seed_, stripe.index);
  }
  return *flights;
}

void CacheRules::limits_changed() {
  totals_.most_leases.store(most(settings_.cache_max_leases), std::memory_order_relaxed);
  totals_.most_waiters.store(most(settings_.cache_max_waiters), std::memory_order_relaxed);
  // A stripe's marks are a ring of its own, so each gets its share, rounded up.
  const auto stripes = static_cast<int64_t>(flights_.size());
  const int64_t marks = settings_.cache_max_hit_for_miss;
  most_marks_.store(most(std::max((marks + stripes - 1) / stripes, std::min<int64_t>(marks, kLeastMarks))),
                    std::memory_order_relaxed);
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

uint64_t CacheRules::tags_of(const stampede::Policy* policy, std::string_view key) {
  if (policy == nullptr || (policy->tags.empty() && policy->prefixes.empty())) return 0;
  store::Extension extension;
  stamp(*policy, key, extension);
  uint64_t place = 1;
  for (int i = 0; i < extension.tag_count; ++i) {
    place = mix(place ^ (static_cast<uint64_t>(extension.tags[i].id) << 32 | extension.tags[i].epoch));
  }
  return place >> 1;  // never the number that stands for "not known"
}

}  // namespace corral::dispatch

// The ordered table of policies, and the soft and hard expiry that a policy gives a write.
// Threading: immutable once built.
// See: policy.h.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/base/glob.h"
#include "server/stampede/policy.h"

namespace corral::stampede {
namespace {

// Times far outside of any calendar must not wrap around.
int64_t add_saturated(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

}  // namespace

PolicyTable::PolicyTable(std::vector<Policy> policies) {
  for (Policy& policy : policies) *this = with(std::move(policy));
}

PolicyTable::Matcher PolicyTable::matcher_of(const Policy& policy) {
  const std::string_view pattern = policy.pattern;
  Matcher matcher;
  matcher.literal_bytes = std::min(pattern.find_first_of("*?[\\"), pattern.size());
  if (matcher.literal_bytes == pattern.size()) {
    matcher.kind = Matcher::kLiteral;
  } else if (matcher.literal_bytes + 1 == pattern.size() && pattern.back() == '*') {
    matcher.kind = Matcher::kPrefix;
  } else {
    matcher.kind = Matcher::kGlob;
  }
  return matcher;
}

const Policy* PolicyTable::match(std::string_view key) const {
  for (size_t i = 0; i < policies_.size(); ++i) {
    const std::string_view pattern = policies_[i].pattern;
    const Matcher& matcher = matchers_[i];
    if (!key.starts_with(pattern.substr(0, matcher.literal_bytes))) continue;
    switch (matcher.kind) {
      case Matcher::kLiteral:
        if (key.size() == pattern.size()) return &policies_[i];
        break;
      case Matcher::kPrefix:
        return &policies_[i];
      case Matcher::kGlob:
        if (base::glob_matches(pattern.substr(matcher.literal_bytes), key.substr(matcher.literal_bytes))) {
          return &policies_[i];
        }
    }
  }
  return nullptr;
}

const Policy* PolicyTable::by_name(std::string_view name) const {
  for (const Policy& policy : policies_) {
    if (policy.name == name) return &policy;
  }
  return nullptr;
}

const Policy* PolicyTable::by_number(uint16_t number) const {
  for (const Policy& policy : policies_) {
    if (policy.number == number) return &policy;
  }
  return nullptr;
}

PolicyTable PolicyTable::with(Policy policy) const {
  PolicyTable table = *this;
  const auto place = std::find_if(table.policies_.begin(), table.policies_.end(),
                                  [&](const Policy& other) { return other.name == policy.name; });
  if (place != table.policies_.end()) {
    policy.number = place->number;
    policy.stats = place->stats;
    table.matchers_[static_cast<size_t>(place - table.policies_.begin())] = matcher_of(policy);
    *place = std::move(policy);
    return table;
  }
  // Numbers live on in entries, so one is used again only after all 65,535 had their turn.
  while (table.next_number_ == 0 || table.by_number(table.next_number_) != nullptr) ++table.next_number_;
  policy.number = table.next_number_++;
  if (policy.stats == nullptr) policy.stats = std::make_shared<PolicyStats>();
  table.matchers_.push_back(matcher_of(policy));
  table.policies_.push_back(std::move(policy));
  return table;
}

PolicyTable PolicyTable::without(std::string_view name) const {
  PolicyTable table = *this;
  for (size_t i = 0; i < table.policies_.size(); ++i) {
    if (table.policies_[i].name != name) continue;
    table.policies_.erase(table.policies_.begin() + static_cast<ptrdiff_t>(i));
    table.matchers_.erase(table.matchers_.begin() + static_cast<ptrdiff_t>(i));
    break;
  }
  return table;
}

double jitter_of_key(std::string_view key, uint64_t salt) {
  // Not base::hash_bytes: its secret differs from server to server, and its bits choose stripes and buckets.
  return static_cast<double>(XXH3_64bits_withSeed(key.data(), key.size(), salt) >> 11) * 0x1.0p-53;
}

PolicyTimes times_for_write(const Policy& policy, std::string_view key, uint64_t salt, int64_t now_ms,
                            int64_t nominal_ms, ExpiryKind kind) {
  PolicyTimes times;
  times.extension.policy = policy.number;
  times.extension.filled_ms = now_ms;
  if (nominal_ms == store::kNoExpiry && kind != ExpiryKind::kKeep && policy.ttl_ms > 0) {
    nominal_ms = add_saturated(now_ms, policy.ttl_ms);
    kind = ExpiryKind::kRelative;
  }
  times.extension.nominal_ms = nominal_ms;
  times.expiry_ms = nominal_ms;
  if (nominal_ms == store::kNoExpiry) return times;
  if (kind == ExpiryKind::kAbsolute) {
    times.extension.soft_ms = nominal_ms;
    return times;
  }
  const int64_t ttl_ms = std::max<int64_t>(nominal_ms - now_ms, 0);
  const double spread = policy.exact ? 0.0 : policy.jitter * jitter_of_key(key, salt);
  const double share = policy.soft * (1.0 - spread);
  // A share of 1 must give the TTL itself, also where a double cannot hold it.
  const int64_t soft_ttl_ms =
      share >= 1.0 ? ttl_ms : static_cast<int64_t>(static_cast<double>(ttl_ms) * share);
  times.extension.soft_ms = std::min(now_ms + std::min(soft_ttl_ms, ttl_ms), nominal_ms);
  times.expiry_ms = add_saturated(nominal_ms, policy.stale_ms);
  return times;
}

}  // namespace corral::stampede

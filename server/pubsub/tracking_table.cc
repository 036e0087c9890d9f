// Tracked keys by stripe.
// Threading: see tracking_table.h.
// See: tracking_table.h
#include "server/pubsub/tracking_table.h"

#include <algorithm>
#include <utility>

namespace corral::pubsub {

void TrackingTable::remember(uint32_t stripe, std::string_view key, Tracker tracker) {
  auto& table = tables_[stripe];
  if (!table) table = std::make_unique<Map>();
  auto found = table->find(key);
  if (found == table->end()) {
    found = table->emplace(std::string(key), std::vector<Tracker>()).first;
    keys_.fetch_add(1, std::memory_order_relaxed);
  }
  std::vector<Tracker>& trackers = found->second;
  const auto at =
      std::lower_bound(trackers.begin(), trackers.end(), tracker.client,
                       [](const Tracker& known, uint64_t client) { return known.client < client; });
  if (at != trackers.end() && at->client == tracker.client) return;
  trackers.insert(at, tracker);
  items_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<Tracker> TrackingTable::take(uint32_t stripe, std::string_view key) {
  auto& table = tables_[stripe];
  if (!table) return {};
  const auto found = table->find(key);
  if (found == table->end()) return {};
  std::vector<Tracker> trackers = std::move(found->second);
  table->erase(found);
  if (table->empty()) table.reset();
  keys_.fetch_sub(1, std::memory_order_relaxed);
  items_.fetch_sub(trackers.size(), std::memory_order_relaxed);
  return trackers;
}

std::optional<std::string> TrackingTable::any_key(uint32_t stripe, uint64_t chance,
                                                  std::optional<std::string_view> spared) const {
  constexpr size_t kMostBuckets = 64;
  const auto& table = tables_[stripe];
  if (!table) return std::nullopt;
  const size_t buckets = table->bucket_count();
  for (size_t i = 0; i < std::min(buckets, kMostBuckets); ++i) {
    const size_t bucket = (chance + i) % buckets;
    for (auto at = table->begin(bucket); at != table->end(bucket); ++at) {
      if (at->first != spared) return at->first;
    }
  }
  for (const auto& [key, trackers] : *table) {
    if (key != spared) return key;
  }
  return std::nullopt;
}

void TrackingTable::clear(uint32_t stripe) {
  const std::unique_ptr<Map> table = std::move(tables_[stripe]);
  if (!table) return;
  uint64_t items = 0;
  for (const auto& [key, trackers] : *table) items += trackers.size();
  keys_.fetch_sub(table->size(), std::memory_order_relaxed);
  items_.fetch_sub(items, std::memory_order_relaxed);
}

void TrackingTable::add_prefix(const std::string& prefix) {
  const std::lock_guard lock(prefix_mutex_);
  ++prefixes_[prefix];
}

void TrackingTable::remove_prefix(const std::string& prefix) {
  const std::lock_guard lock(prefix_mutex_);
  const auto found = prefixes_.find(prefix);
  if (found != prefixes_.end() && --found->second == 0) prefixes_.erase(found);
}

uint64_t TrackingTable::prefixes() const {
  const std::lock_guard lock(prefix_mutex_);
  return prefixes_.size();
}

}  // namespace corral::pubsub

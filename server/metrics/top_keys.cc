// Counting in sets, and putting tables together.
// Threading: see top_keys.h.
// See: top_keys.h.
#include "server/metrics/top_keys.h"

#include <algorithm>

namespace corral::metrics {

void TopKeys::add(std::string_view key, uint64_t hash, uint64_t weight) {
  total_ += weight;
  if (key.size() > kMaxKeyBytes || weight == 0) return;
  Counter* const set = &counters_[hash % (kCounters / kWays) * kWays];
  Counter* lightest = set;
  for (Counter* counter = set; counter != set + kWays; ++counter) {
    if (counter->weight > 0 && counter->hash == hash && counter->name == key) {
      counter->weight += weight;
      return;
    }
    if (counter->weight < lightest->weight) lightest = counter;
  }
  lightest->hash = hash;
  lightest->inherited = lightest->weight;
  lightest->weight += weight;
  lightest->name.assign(key);
}

void TopKeys::clear() {
  for (Counter& counter : counters_) counter = {};
  total_ = 0;
}

void TopKeys::append_to(std::vector<Key>& keys) const {
  for (const Counter& counter : counters_) {
    if (counter.weight > 0) keys.push_back({counter.name, counter.weight - counter.inherited});
  }
}

void TopKeys::merge(std::vector<Key>& keys, size_t most) {
  std::ranges::sort(keys, {}, &Key::name);
  size_t kept = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (kept > 0 && keys[kept - 1].name == keys[i].name) {
      keys[kept - 1].weight += keys[i].weight;
    } else {
      if (kept != i) keys[kept] = std::move(keys[i]);
      ++kept;
    }
  }
  keys.resize(kept);
  std::ranges::stable_sort(keys, std::ranges::greater{}, &Key::weight);
  if (keys.size() > most) keys.resize(most);
}

}  // namespace corral::metrics

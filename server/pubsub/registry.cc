// Counting listeners.
// Threading: see registry.h.
// See: registry.h.
#include "server/pubsub/registry.h"

#include "server/base/check.h"
#include "server/base/glob.h"

namespace corral::pubsub {

Registry::Shard& Registry::shard(Kind kind, std::string_view name) {
  if (kind == Kind::kPattern) return patterns_;
  auto& shards = kind == Kind::kChannel ? channels_ : shard_channels_;
  return shards[std::hash<std::string_view>()(name) % kShards];
}

void Registry::add(Kind kind, std::string_view name, uint32_t worker) {
  Shard& home = shard(kind, name);
  const std::unique_lock lock(home.mutex);
  Listeners& listeners = home.names[std::string(name)];
  if (listeners.total == 0) {
    listeners.by_worker.resize(workers_);
    names_.fetch_add(1, std::memory_order_relaxed);
  }
  ++listeners.by_worker[worker];
  ++listeners.total;
}

void Registry::remove(Kind kind, std::string_view name, uint32_t worker) {
  Shard& home = shard(kind, name);
  const std::unique_lock lock(home.mutex);
  const auto at = home.names.find(std::string(name));
  CHECK(at != home.names.end() && at->second.by_worker[worker] > 0);
  --at->second.by_worker[worker];
  if (--at->second.total > 0) return;
  home.names.erase(at);
  names_.fetch_sub(1, std::memory_order_relaxed);
}

Listeners Registry::listeners(Kind kind, std::string_view name) const {
  const Shard& home = shard(kind, name);
  const std::shared_lock lock(home.mutex);
  const auto at = home.names.find(std::string(name));
  return at == home.names.end() ? Listeners{} : at->second;
}

void Registry::for_each_match(std::string_view channel,
                              const std::function<void(const std::string&, const Listeners&)>& visit) const {
  const std::shared_lock lock(patterns_.mutex);
  for (const auto& [pattern, listeners] : patterns_.names) {
    if (base::glob_matches(pattern, channel)) visit(pattern, listeners);
  }
}

size_t Registry::patterns() const {
  const std::shared_lock lock(patterns_.mutex);
  return patterns_.names.size();
}

size_t Registry::count(Kind kind) const {
  if (kind == Kind::kPattern) return patterns();
  size_t names = 0;
  for (const Shard& home : kind == Kind::kChannel ? channels_ : shard_channels_) {
    const std::shared_lock lock(home.mutex);
    names += home.names.size();
  }
  return names;
}
std::vector<std::string> Registry::names(Kind kind) const {
  std::vector<std::string> out;
  const auto collect = [&out](const Shard& home) {
    const std::shared_lock lock(home.mutex);
    for (const auto& [name, listeners] : home.names) out.push_back(name);
  };
  if (kind == Kind::kPattern) {
    collect(patterns_);
  } else {
    for (const Shard& home : kind == Kind::kChannel ? channels_ : shard_channels_) collect(home);
  }
  return out;
}

}  // namespace corral::pubsub

// Channels, patterns and shard channels with the number of their listeners on each worker.
// Threading: any thread; shards are leaf locks, never two at once.
// See: README.md of this folder.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace corral::pubsub {

enum class Kind : uint8_t { kChannel, kPattern, kShardChannel };

/// Listeners of one name, by worker.
struct Listeners {
  std::vector<uint32_t> by_worker;
  uint32_t total = 0;
};

class Registry {
 public:
  explicit Registry(uint32_t workers) : workers_(workers) {}

  /// One more, one less listener of `name` on `worker`. The caller knows that the client is new to the name, or was there.
  void add(Kind kind, std::string_view name, uint32_t worker);
  void remove(Kind kind, std::string_view name, uint32_t worker);

  /// The listeners of a channel or shard channel; empty when there are none. O(1) and a copy of one number per worker.
  Listeners listeners(Kind kind, std::string_view name) const;
  /// Calls visit(pattern, listeners) for each pattern that matches the channel, under the patterns' lock.
  void for_each_match(std::string_view channel,
                      const std::function<void(const std::string&, const Listeners&)>& visit) const;
  /// Whether anybody listens to anything: lets keyspace events end after one test.
  bool empty() const { return names_.load(std::memory_order_relaxed) == 0; }
  size_t patterns() const;
  /// Names with listeners.
  size_t count(Kind kind) const;
  /// Names with listeners, for PUBSUB CHANNELS; in no order.
  std::vector<std::string> names(Kind kind) const;

 private:
  static constexpr size_t kShards = 64;
  using Map = std::unordered_map<std::string, Listeners>;
  struct Shard {
    mutable std::shared_mutex mutex;
    Map names;
  };
  Shard& shard(Kind kind, std::string_view name);
  const Shard& shard(Kind kind, std::string_view name) const {
    return const_cast<Registry*>(this)->shard(kind, name);
  }

  uint32_t workers_;
  std::array<Shard, kShards> channels_;
  std::array<Shard, kShards> shard_channels_;
  Shard patterns_;
  std::atomic<size_t> names_{0};
};

}  // namespace corral::pubsub

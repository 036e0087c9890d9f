// Which clients have read which keys and want to be told when they change (CLIENT TRACKING).
// Threading: what takes a stripe: under that stripe's lock; the counts: any thread.
// See: README.md of this folder, "Tracking".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace corral::pubsub {

/// A client that reads, and the worker its connection belongs to.
struct Tracker {
  uint64_t client = 0;
  uint32_t worker = 0;
};

/// Keys are known by name alone, whatever their database, as in Redis. Clients that have gone stay until their key
/// changes; whoever delivers finds out.
class TrackingTable {
 public:
  explicit TrackingTable(uint32_t stripes) : tables_(stripes) {}

  /// O(log trackers of the key), and a move of those behind the new one.
  void remember(uint32_t stripe, std::string_view key, Tracker tracker);
  /// Takes the key out with its trackers, in order of their ids.
  std::vector<Tracker> take(uint32_t stripe, std::string_view key);
  /// Some key of the stripe but `spared`, chosen by `chance`; none when there is no other.
  std::optional<std::string> any_key(uint32_t stripe, uint64_t chance,
                                     std::optional<std::string_view> spared = std::nullopt) const;
  bool empty(uint32_t stripe) const { return !tables_[stripe]; }
  void clear(uint32_t stripe);

  uint64_t keys() const { return keys_.load(std::memory_order_relaxed); }
  uint64_t items() const { return items_.load(std::memory_order_relaxed); }

  /// Prefixes of the clients that are told of everything (BCAST), each with how many want it.
  void add_prefix(const std::string& prefix);
  void remove_prefix(const std::string& prefix);
  uint64_t prefixes() const;

  /// Clients in any mode, and those in mode BCAST. The latter is read under stripes' locks: sequentially consistent.
  std::atomic<uint32_t> clients{0};
  std::atomic<uint32_t> broadcast_clients{0};

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  using Map = std::unordered_map<std::string, std::vector<Tracker>, Hash, std::equal_to<>>;

  std::vector<std::unique_ptr<Map>> tables_;  // by stripe, made at first use
  std::atomic<uint64_t> keys_{0};
  std::atomic<uint64_t> items_{0};
  mutable std::mutex prefix_mutex_;  // a leaf lock
  std::unordered_map<std::string, uint32_t> prefixes_;
};

}  // namespace corral::pubsub

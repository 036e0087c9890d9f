// The heaviest keys of a stream, in bounded memory: Space-Saving, in sets of eight counters.
// Threading: one thread at a time.
// See: Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams", 2005.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace corral::metrics {

/// A key belongs to one set of counters by its hash. One that has none takes over the lightest of its set, with its
/// weight: that much it may be overestimated. So a key with more than about 8 / kCounters of all weight is not missed.
class TopKeys {
 public:
  static constexpr size_t kCounters = 1024;
  static constexpr size_t kMaxKeyBytes =
      1024;  // longer keys are not kept: their names would be the larger part of it

  struct Key {
    std::string name;
    uint64_t weight = 0;  // what was seen of it for certain
  };

  /// O(8).
  void add(std::string_view key, uint64_t hash, uint64_t weight);
  void clear();
  /// All that has been added, long keys too.
  uint64_t total() const { return total_; }
  /// Appends every key that is kept, in no order.
  void append_to(std::vector<Key>& keys) const;

  /// Adds up what several tables say of the same key and leaves the `most` heaviest, the heaviest first, equal ones by
  /// name. O(n log n).
  static void merge(std::vector<Key>& keys, size_t most);

 private:
  static constexpr size_t kWays = 8;
  struct Counter {
    uint64_t hash = 0;
    uint64_t weight = 0;  // 0: free
    uint64_t inherited = 0;
    std::string name;
  };

  std::array<Counter, kCounters> counters_;
  uint64_t total_ = 0;
};

}  // namespace corral::metrics

// Counters of one command on one worker; summed over the workers when somebody asks.
// Threading: written by one worker with relaxed stores, read by any.
// See: README.md of this folder.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace corral::metrics {

/// A counter with one writer: a relaxed load and store is a plain add in machine code.
class Counter {
 public:
  void add(uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  void reset() { value_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// Calls by duration: bucket i counts durations in [2^(i-1), 2^i) of the given unit, bucket 0 those below 1.
template <size_t kBuckets>
class LogHistogram {
 public:
  void record(uint64_t value) {
    size_t bucket = static_cast<size_t>(std::bit_width(value));
    if (bucket >= kBuckets) bucket = kBuckets - 1;
    auto& cell = cells_[bucket];
    cell.store(cell.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  uint64_t count(size_t bucket) const { return cells_[bucket].load(std::memory_order_relaxed); }
  static constexpr size_t size() { return kBuckets; }
  void reset() {
    for (auto& cell : cells_) cell.store(0, std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, kBuckets> cells_{};
};

struct CommandStats {
  Counter cycles;       // processor cycles inside the handler and its locks
  Counter rejected;     // refused before the handler ran
  Counter failed;       // the handler answered an error
  LogHistogram<40> calls;  // by their cycles; the number of calls is the sum
  void record(uint64_t spent_cycles) {
    cycles.add(spent_cycles);
    calls.record(spent_cycles);
  }
};

}  // namespace corral::metrics

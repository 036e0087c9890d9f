// Up to which size a container stays compact: Redis' configuration names and defaults.
// Threading: numbers are relaxed atomics, so that the server may change them at any time.
// See: README.md of this folder, "Compact and large".
#pragma once

#include <atomic>
#include <cstdint>

namespace corral::types {

/// A number that another thread may change: the next reader has the new one.
class Threshold {
 public:
  Threshold(int64_t value) : value_(value) {}  // NOLINT: reads and is written like a number
  Threshold(const Threshold& other) : value_(int64_t{other}) {}
  Threshold& operator=(const Threshold& other) { return *this = int64_t{other}; }
  Threshold& operator=(int64_t value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  operator int64_t() const { return value_.load(std::memory_order_relaxed); }  // NOLINT: as above

 private:
  std::atomic<int64_t> value_;
};

struct Thresholds {
  // Positive: entries; negative: -1 … -5 for 4, 8, 16, 32, 64 KiB per node of a list.
  Threshold list_max_listpack_size = -2;
  int64_t list_compress_depth = 0;  // nodes are not compressed
  Threshold hash_max_listpack_entries = 512;
  Threshold hash_max_listpack_value = 64;
  Threshold set_max_intset_entries = 512;
  Threshold set_max_listpack_entries = 128;  // from 7.2 on; small sets of strings answer "hashtable" all the same
  Threshold set_max_listpack_value = 64;
  Threshold zset_max_listpack_entries = 128;
  Threshold zset_max_listpack_value = 64;
  Threshold stream_node_max_bytes = 4096;
  Threshold stream_node_max_entries = 100;
};

}  // namespace corral::types

// What this machine needs at the least to bring one value to many sockets.
// Threading: starts threads of its own and joins them.
// See: README.md of this folder, "S5".
#pragma once

#include <cstdint>
#include <string>

namespace corral::bench {

// Of some rounds; last_ns is 0 when it did not work.
struct Floor {
  uint64_t last_ns = 0;  // from the start to the last byte read, the best round
  uint64_t cpu_ns =
      0;  // what the writers spent, the mean: the kernel counts a thread's time by ticks of some ms
};

// Plain threads write `value` to `connections` loopback sockets, each thread to its share, while the calling
// thread reads all of them.
Floor measure_floor(uint64_t connections, uint64_t writers, const std::string& value);

}  // namespace corral::bench

// What this machine needs at the least to bring one value to many sockets.
// Threading: starts threads of its own and joins them.
// See: README.md of this folder, "S5".
#pragma once

#include <cstdint>
#include <string>

namespace corral::bench {

// Plain threads write `value` to `connections` loopback sockets, each thread to its share, while the calling
// thread reads all of them. The time from the start to the last byte read, in ns, the best of some rounds; 0
// when it did not work.
uint64_t measure_floor_ns(uint64_t connections, uint64_t writers, const std::string& value);

}  // namespace corral::bench

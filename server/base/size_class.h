// The allocator's size classes, computed inline.
// Threading: pure function.
// See: README.md of this folder, "Memory".
#pragma once

#include <bit>
#include <cstddef>

namespace corral::base {

/// What the allocator makes of a request. The same classes as allocated_size() (a test compares them), but inline, since
/// every change of a value needs it.
inline size_t size_class(size_t bytes) {
  if (bytes <= 128) return bytes <= 8 ? 8 : (bytes + 15) & ~size_t{15};
  const int log = 63 - std::countl_zero(bytes - 1);
  const size_t step = size_t{1} << (log - 2);
  return (bytes + step - 1) & ~(step - 1);
}

}  // namespace corral::base

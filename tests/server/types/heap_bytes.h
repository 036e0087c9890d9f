// What this thread holds of the heap, as the allocator itself counts it.
// Threading: counts the calling thread only.
// See: server/base/memory.h.
#pragma once

#include <cstdint>
#include <optional>

#if defined(CORRAL_JEMALLOC)
#include <jemalloc/jemalloc.h>
#endif

namespace corral::types {

/// Bytes allocated less bytes freed by this thread, in size classes; nothing under the sanitizers' allocators.
inline std::optional<int64_t> heap_bytes() {
#if defined(CORRAL_JEMALLOC)
  uint64_t allocated = 0;
  uint64_t freed = 0;
  size_t size = sizeof allocated;
  if (mallctl("thread.allocated", &allocated, &size, nullptr, 0) != 0) return std::nullopt;
  if (mallctl("thread.deallocated", &freed, &size, nullptr, 0) != 0) return std::nullopt;
  return static_cast<int64_t>(allocated - freed);
#else
  return std::nullopt;
#endif
}

}  // namespace corral::types

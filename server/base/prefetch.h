// Asking for a cache line before it is needed.
// Threading: any.
// See: ../store/README.md, "Prefetch".
#pragma once

namespace corral::base {

/// Asks for the line at an address, which need not be mapped. The empty statement keeps g++ 12 from taking a function
/// that only prefetches for one without effects, whose calls it may drop: it did.
[[gnu::always_inline]] inline void prefetch(const void* address) {
  asm volatile("" : : "r"(address));
  __builtin_prefetch(address);
}

/// The same for a line that will be written, so that it is fetched only once.
[[gnu::always_inline]] inline void prefetch_to_write(const void* address) {
  asm volatile("" : : "r"(address));
  __builtin_prefetch(address, 1);
}

}  // namespace corral::base

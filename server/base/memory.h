// Allocation calls of the server: one arena per worker, sized frees, true sizes.
// Threading: any thread; bind_thread_arena once per worker thread at its start.
// See: README.md of this folder, "Memory".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace corral::base {

/// Makes an arena and binds the calling thread to it for good. Without jemalloc (sanitizer builds) does nothing.
void bind_thread_arena();

/// Never returns null: out of memory stops the process (the memory budget acts long before).
void* allocate(size_t bytes);
/// `bytes` must be the size given to allocate(): a sized free needs no look-up.
void release(void* memory, size_t bytes);
/// What allocate(bytes) really takes: the allocator's size class.
size_t allocated_size(size_t bytes);

/// Figures of the allocator for INFO and MEMORY STATS; zero where the allocator cannot tell.
struct AllocatorFigures {
  uint64_t allocated = 0;
  uint64_t active = 0;
  uint64_t resident = 0;
  uint64_t retained = 0;
};
AllocatorFigures allocator_figures();
/// "jemalloc-5.3.0" or "libc".
const char* allocator_name();
/// Returns unused pages to the system now (MEMORY PURGE).
void purge_allocator();
/// The allocator's own report, for people (MEMORY MALLOC-STATS). Takes milliseconds.
std::string allocator_report();
/// Memory of the process that is in RAM, as the kernel sees it; 0 when it cannot be read.
uint64_t resident_bytes();

}  // namespace corral::base

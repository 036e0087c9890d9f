// jemalloc where the build has it, malloc under the sanitizers.
// Threading: see memory.h.
// See: memory.h; jemalloc issues 460 and 2483 on arenas and binding.
#include "server/base/memory.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "server/base/check.h"

#if defined(CORRAL_JEMALLOC)
#include <jemalloc/jemalloc.h>

// background_thread moves purging off the loops. Freed pages go back after a second: with jemalloc's ten the longest turn of a
// growing table is the same (0.15 to 0.35 ms on a quiet machine), and a million keys take a byte more each.
extern "C" {
const char* malloc_conf =
    "background_thread:true,metadata_thp:disabled,muzzy_decay_ms:0,dirty_decay_ms:1000,tcache_max:4096,"
    "slab_sizes:32-32:4|64-64:4|128-128:4|256-256:4|512-512:4|1024-1024:8|2048-2048:8";
}
#endif

namespace corral::base {

#if defined(CORRAL_JEMALLOC)

void bind_thread_arena() {
  unsigned arena = 0;
  size_t size = sizeof arena;
  if (mallctl("arenas.create", &arena, &size, nullptr, 0) != 0) return;
  mallctl("thread.arena", nullptr, nullptr, &arena, sizeof arena);
}

void* allocate(size_t bytes) {
  void* memory = std::malloc(bytes);  // jemalloc's own; unlike mallocx() it has a fast path
  CHECK(memory != nullptr);
  return memory;
}
void release(void* memory, size_t bytes) { sdallocx(memory, bytes, 0); }
size_t allocated_size(size_t bytes) { return nallocx(bytes, 0); }

AllocatorFigures allocator_figures() {
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, size);
  AllocatorFigures figures;
  const auto read = [](const char* name, uint64_t& out) {
    size_t value = 0;
    size_t value_size = sizeof value;
    if (mallctl(name, &value, &value_size, nullptr, 0) == 0) out = value;
  };
  read("stats.allocated", figures.allocated);
  read("stats.active", figures.active);
  read("stats.resident", figures.resident);
  read("stats.retained", figures.retained);
  return figures;
}
const char* allocator_name() { return "jemalloc-5.3.0"; }
void purge_allocator() {
  mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // 4096 stands for all arenas
}
std::string allocator_report() {
  std::string report;
  const auto append = [](void* out, const char* text) { static_cast<std::string*>(out)->append(text); };
  malloc_stats_print(append, &report, nullptr);
  return report;
}

#else

void bind_thread_arena() {}
void* allocate(size_t bytes) {
  void* memory = std::malloc(bytes);
  CHECK(memory != nullptr);
  return memory;
}
void release(void* memory, size_t /*bytes*/) { std::free(memory); }
size_t allocated_size(size_t bytes) {
  // jemalloc's classes, so that accounting and its tests do not depend on the build.
  if (bytes <= 8) return 8;
  if (bytes <= 128) return (bytes + 15) & ~size_t{15};
  size_t step = 16;
  while (step * 8 < bytes) step *= 2;
  return (bytes + step - 1) & ~(step - 1);
}
AllocatorFigures allocator_figures() { return {}; }
const char* allocator_name() { return "libc"; }
void purge_allocator() {}
std::string allocator_report() { return "Stats not supported for the current allocator"; }

#endif

uint64_t resident_bytes() {
  std::ifstream figures("/proc/self/statm");
  uint64_t total_pages = 0;
  uint64_t resident_pages = 0;
  if (!(figures >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace corral::base

// Counting what Lua allocates.
// Threading: see lua_memory.h.
// See: lua_memory.h.
#include "server/scripting/lua_memory.h"

#include <cstdlib>

namespace corral::scripting {

void* LuaMemory::allocate(void* self, void* memory, size_t old_bytes, size_t new_bytes) {
  auto& own = *static_cast<LuaMemory*>(self);
  const size_t used = own.used();
  if (memory == nullptr) old_bytes = 0;
  if (new_bytes == 0) {
    std::free(memory);
    own.used_.store(used - old_bytes, std::memory_order_relaxed);
    return nullptr;
  }
  // Lua takes it for granted that shrinking works.
  const bool grows = new_bytes > old_bytes;
  if (grows && (used > own.limit_ || new_bytes - old_bytes > own.limit_ - used)) return nullptr;
  void* const fresh = std::realloc(memory, new_bytes);
  if (fresh == nullptr) return grows ? nullptr : memory;
  own.used_.store(used - old_bytes + new_bytes, std::memory_order_relaxed);
  return fresh;
}

}  // namespace corral::scripting

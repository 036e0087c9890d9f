// The memory of one Lua state: counted, and bounded.
// Threading: as the state; used() may be read by any thread.
// See: README.md of this folder, "Bounds".
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace corral::scripting {

class LuaMemory {
 public:
  /// Bytes the state may have; what would pass it fails, and Lua makes an error of the script of that.
  void set_limit(size_t bytes) { limit_ = bytes; }
  size_t limit() const { return limit_; }
  /// Who finds itself by its state: Interpreter::of().
  void set_owner(void* owner) { owner_ = owner; }
  void* owner() const { return owner_; }
  size_t used() const { return used_.load(std::memory_order_relaxed); }

  /// Counts bytes that are allocated elsewhere for the state; false when it may not have them.
  bool take(size_t bytes) {
    const size_t before = used();
    if (before > limit_ || bytes > limit_ - before) return false;
    used_.store(before + bytes, std::memory_order_relaxed);
    return true;
  }
  void give_back(size_t bytes) { used_.store(used() - bytes, std::memory_order_relaxed); }

  /// lua_Alloc; `self` is the LuaMemory.
  static void* allocate(void* self, void* memory, size_t old_bytes, size_t new_bytes);

 private:
  std::atomic<size_t> used_{0};
  size_t limit_ = SIZE_MAX;
  void* owner_ = nullptr;
};

}  // namespace corral::scripting

// Bytes being built outside of Lua, counted as memory of the state.
// Threading: as the state.
// See: README.md of this folder, "Bounds".
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "server/scripting/lua.h"
#include "server/scripting/lua_memory.h"

namespace corral::scripting {

class CountedText {
 public:
  explicit CountedText(lua_State* state) : state_(state) {
    void* memory = nullptr;
    lua_getallocf(state, &memory);
    memory_ = static_cast<LuaMemory*>(memory);
  }
  ~CountedText() { memory_->give_back(counted_); }
  CountedText(const CountedText&) = delete;
  CountedText& operator=(const CountedText&) = delete;

  void push(unsigned char byte) {
    if (bytes_.size() == counted_) grow(1);
    bytes_.push_back(static_cast<char>(byte));
  }
  void append(std::string_view bytes) {
    if (bytes.size() > counted_ - bytes_.size()) grow(bytes.size());
    bytes_.append(bytes);
  }
  /// Pushes the bytes as a string of Lua.
  void push_result() { lua_pushlstring(state_, bytes_.data(), bytes_.size()); }
  std::string_view view() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  static constexpr size_t kLeast = 256;

  // Raises an error of the script when the state may not have so much.
  void grow(size_t more) {
    const size_t wanted = std::max({kLeast, counted_ * 2, bytes_.size() + more});
    if (!memory_->take(wanted - counted_)) luaL_error(state_, "not enough memory");
    counted_ = wanted;
    bytes_.reserve(wanted);
  }

  lua_State* state_;
  LuaMemory* memory_;
  std::string bytes_;
  size_t counted_ = 0;
};

}  // namespace corral::scripting

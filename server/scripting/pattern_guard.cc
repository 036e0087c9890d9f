// A look at the pattern before Lua sees it.
// Threading: see pattern_guard.h.
// See: pattern_guard.h.
#include "server/scripting/pattern_guard.h"

#include <algorithm>
#include <string_view>

namespace corral::scripting {
namespace {

// Each of them is one more level of recursion in Lua's matcher, of about a hundred bytes.
constexpr int kMostDeepeners = 2000;

int guarded(lua_State* state) {
  if (lua_type(state, 2) == LUA_TSTRING) {
    size_t size = 0;
    const char* text = lua_tolstring(state, 2, &size);
    const auto deepens = [](char c) { return std::string_view("*+-?()").find(c) != std::string_view::npos; };
    if (size > kMostDeepeners && std::count_if(text, text + size, deepens) > kMostDeepeners) {
      return luaL_error(state, "pattern too complex");
    }
  }
  // In this function's place, so that its errors name it and the line that called it.
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

}  // namespace

void guard_patterns(lua_State* state) {
  for (const char* name : {"find", "match", "gmatch", "gfind", "gsub"}) {
    lua_getfield(state, -1, name);
    lua_pushcclosure(state, guarded, 1);
    lua_setfield(state, -2, name);
  }
}

}  // namespace corral::scripting

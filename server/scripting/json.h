// The library `cjson`: what its functions share.
// Threading: as the state.
// See: README.md of this folder, "Libraries".
#pragma once

#include "server/scripting/lua.h"

namespace corral::scripting {

/// What cjson.encode_max_depth() and the like set. Lives in a userdata of the state.
struct JsonSettings {
  int sparse_convert = 0;
  int sparse_ratio = 2;
  int sparse_safe = 10;
  int encode_max_depth = 1000;
  int decode_max_depth = 1000;
  enum Invalid : int { kRefuse = 0, kAllow = 1, kNull = 2 };
  int encode_invalid_numbers = kRefuse;
  int decode_invalid_numbers = kAllow;
  int keep_buffer = 1;
  int number_precision = 14;
};

/// cjson.encode(value) and cjson.decode(text); the settings are their first upvalue.
int json_encode(lua_State* state);
int json_decode(lua_State* state);

inline JsonSettings& json_settings(lua_State* state) {
  return *static_cast<JsonSettings*>(lua_touserdata(state, lua_upvalueindex(1)));
}

}  // namespace corral::scripting

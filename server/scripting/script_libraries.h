// The libraries Redis gives to scripts: cjson, cmsgpack, struct, bit.
// Threading: as the state.
// See: README.md of this folder, "Libraries".
#pragma once

#include "server/scripting/lua.h"

namespace corral::scripting {

/// Sets all of them as globals.
void open_script_libraries(lua_State* state);

void open_json(lua_State* state);
void open_message_pack(lua_State* state);
void open_struct(lua_State* state);
void open_bit(lua_State* state);

}  // namespace corral::scripting

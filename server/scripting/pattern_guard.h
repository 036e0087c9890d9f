// Bounds for Lua's pattern matching, whose depth and time follow the pattern.
// Threading: as the state.
// See: README.md of this folder, "Sandbox".
#pragma once

#include "server/scripting/lua.h"

namespace corral::scripting {

/// Wraps find, match, gmatch, gfind and gsub of the table of string functions on top of the stack: a pattern with so many
/// repetitions or captures that matching could use up the stack of the thread is an error of the script.
void guard_patterns(lua_State* state);

}  // namespace corral::scripting

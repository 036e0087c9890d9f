// Lua 5.1, for the files of this folder only.
// Threading: a lua_State belongs to one worker.
// See: README.md of this folder, "Lua".
#pragma once

// Debian's library compiled as C++: its errors are exceptions, so objects on the way are destroyed.
#include <lua5.1/lua.hpp>

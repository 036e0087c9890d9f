// The table `redis` of scripts: call, pcall and the rest.
// Threading: as the state.
// See: README.md of this folder, "redis.call".
#pragma once

#include "server/scripting/lua.h"

namespace corral::scripting {

/// Sets the globals `redis`, `pcall`, `math.random` and `math.randomseed`, the libraries cjson, cmsgpack, struct and bit, and
/// the error handler. Call before seal_globals().
void open_redis(lua_State* state);

/// Pushes a table with what of `redis` there is while a library is loaded.
void push_loading_api(lua_State* state);

/// redis.call and redis.pcall: in redis_call.cc.
int redis_call(lua_State* state);
int redis_pcall(lua_State* state);

}  // namespace corral::scripting

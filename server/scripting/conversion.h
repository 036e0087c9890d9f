// Replies of commands as Lua values, and Lua values as replies.
// Threading: as the state.
// See: README.md of this folder, "Values".
#pragma once

#include "protocol/reply_writer.h"
#include "server/scripting/interpreter.h"

namespace corral::scripting {

/// Pushes one encoded reply as a Lua value. `encoded` is what our own commands wrote.
/// `failed`: whether it is an error (then a table with "err", and the statistics have it already).
void push_reply(lua_State* state, protocol::Bytes encoded, bool* failed);

/// Writes the value on top of the stack.
void write_reply(lua_State* state, Run& run, protocol::ReplyWriter& reply);

}  // namespace corral::scripting

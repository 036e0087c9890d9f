// Errors of scripts: how they are raised, what is noted of them, and the reply they become.
// Threading: as the state.
// See: README.md of this folder, "Errors".
#pragma once

#include <string>
#include <string_view>

#include "protocol/reply_writer.h"
#include "server/scripting/interpreter.h"
#include "server/scripting/lua.h"

namespace corral::scripting {

/// Pushes {err = text}. "-CODE words" and plain words are both understood; without a code word it is ERR.
/// `counted`: the error is in the statistics already.
void push_error(lua_State* state, std::string_view text, bool counted = false);
/// Raises it.
[[noreturn]] void raise_error(lua_State* state, std::string_view text);

/// Pushes the function that notes source and line of an error where it was raised.
void push_error_handler(lua_State* state);
/// Makes that function, as the global Redis has for it.
void open_error_handler(lua_State* state);

/// The reply for the error value on top of the stack; it is counted.
void write_failure(lua_State* state, Run& run, protocol::ReplyWriter& reply);
/// The reply for a table with an "err" field, at `index`.
void write_error_table(lua_State* state, int index, Run& run, protocol::ReplyWriter& reply);
/// The text of an error value, for people.
std::string error_text(lua_State* state, int index);

}  // namespace corral::scripting

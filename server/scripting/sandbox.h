// What a script may reach: Redis' list of globals, all of them read-only, nothing of the machine.
// Threading: as the state.
// See: README.md of this folder, "Sandbox".
#pragma once

#include <string_view>

#include "server/scripting/lua.h"

namespace corral::scripting {

/// Opens the libraries scripts may use and takes the rest away. The stack stays as it was.
void open_libraries(lua_State* state);

/// Replaces the table on top of the stack by a read-only view of it; only views are ever shown to scripts.
/// The table itself stays writable for us, who keep it.
void push_read_only(lua_State* state);

/// Makes the globals read-only; the real table goes to the registry. After this, every chunk sees the view.
void seal_globals(lua_State* state);
/// Pushes the real table of globals (KEYS and ARGV are set there).
void push_real_globals(lua_State* state);

/// Takes the table on top of the stack and makes it what global names mean from now on (code of a library that is being
/// loaded sees less). The view of the globals stays the same object.
void show_instead_of_globals(lua_State* state);
/// Gives the table on top of the stack the metatable that makes an error of reading what is not there.
void refuse_missing(lua_State* state);

/// If the value at `index` is a view, replaces it by the table behind: for functions that iterate without metamethods.
void look_behind(lua_State* state, int index);

/// Compiles text, never bytecode, which can break the interpreter. Returns what luaL_loadbuffer() returns and pushes what it
/// pushes. `name`: "@user_script".
int compile_text(lua_State* state, std::string_view text, const char* name);

/// Raises the text as it is, without a position.
[[noreturn]] void raise_text(lua_State* state, const char* text);

}  // namespace corral::scripting

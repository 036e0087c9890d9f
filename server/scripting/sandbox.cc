// Read-only views, and replacements for functions that would get around them.
// Threading: see sandbox.h.
// See: sandbox.h.
#include "server/scripting/sandbox.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/scripting/pattern_guard.h"

namespace corral::scripting {
namespace {

constexpr char kReadOnlyText[] = "Attempt to modify a readonly table";

// Keys in the registry and in the metatables of views: addresses nobody can make from inside a script.
constexpr char kBehind = 0;       // view's metatable → the table behind
constexpr char kShownMeta = 0;    // view's metatable → what getmetatable() answers
constexpr char kRealGlobals = 0;
constexpr char kStringMeta = 0;   // registry → the view of the metatable of strings

void* key(const char& address) { return const_cast<char*>(&address); }

void push_keyed(lua_State* state, int table, const char& address) {
  lua_pushlightuserdata(state, key(address));
  lua_rawget(state, table < 0 && table > LUA_REGISTRYINDEX ? table - 1 : table);
}

// Pushes the table behind the view at `index` and returns true, or pushes nothing.
bool push_behind(lua_State* state, int index) {
  if (lua_type(state, index) != LUA_TTABLE || lua_getmetatable(state, index) == 0) return false;
  push_keyed(state, -1, kBehind);
  lua_remove(state, -2);
  if (lua_istable(state, -1)) return true;
  lua_pop(state, 1);
  return false;
}

int refuse_change(lua_State* state) { return luaL_error(state, kReadOnlyText); }

void check_writable(lua_State* state, int index) {
  if (push_behind(state, index)) raise_text(state, kReadOnlyText);
}

int missing_global(lua_State* state) {
  return luaL_error(state, "Script attempted to access nonexistent global variable '%s'",
                    luaL_optstring(state, 2, "?"));
}

int raw_set(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  check_writable(state, 1);
  luaL_checkany(state, 2);
  luaL_checkany(state, 3);
  lua_settop(state, 3);
  lua_rawset(state, 1);
  return 1;
}

int raw_get(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  luaL_checkany(state, 2);
  lua_settop(state, 2);
  look_behind(state, 1);
  lua_rawget(state, 1);
  return 1;
}

int get_metatable(lua_State* state) {
  luaL_checkany(state, 1);
  if (lua_type(state, 1) == LUA_TSTRING) {
    push_keyed(state, LUA_REGISTRYINDEX, kStringMeta);
    return 1;
  }
  if (lua_getmetatable(state, 1) == 0) {
    lua_pushnil(state);
    return 1;
  }
  push_keyed(state, -1, kBehind);
  const bool view = lua_istable(state, -1);
  lua_pop(state, 1);
  if (view) {
    push_keyed(state, -1, kShownMeta);
    return 1;
  }
  luaL_getmetafield(state, 1, "__metatable");  // pushes nothing when there is none
  return 1;
}

int set_metatable(lua_State* state) {
  const int type = lua_type(state, 2);
  luaL_checktype(state, 1, LUA_TTABLE);
  luaL_argcheck(state, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table expected");
  if (luaL_getmetafield(state, 1, "__metatable") != 0) luaL_error(state, "cannot change a protected metatable");
  check_writable(state, 1);
  lua_settop(state, 2);
  look_behind(state, 2);
  lua_setmetatable(state, 1);
  return 1;
}

int next_field(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_settop(state, 2);
  look_behind(state, 1);
  if (lua_next(state, 1) != 0) return 2;
  lua_pushnil(state);
  return 1;
}

int pairs(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_pushvalue(state, 1);
  lua_pushnil(state);
  return 3;
}

// The wrapped function in this one's place, so that its errors name it and the line that called it.
int wrapped(lua_State* state) { return lua_tocfunction(state, lua_upvalueindex(1))(state); }

// table.insert: the function of Lua, unless its table is a view.
int guarded(lua_State* state) {
  if (lua_gettop(state) > 0) check_writable(state, 1);
  return wrapped(state);
}

// table.foreach: the function of Lua, on the table behind.
int seen_through(lua_State* state) {
  if (lua_gettop(state) > 0) look_behind(state, 1);
  return wrapped(state);
}

// Lua's own computes the number of results in an int, which may overflow.
int unpack(lua_State* state) {
  constexpr int kMost = 1000000;
  luaL_checktype(state, 1, LUA_TTABLE);
  const int first = luaL_optint(state, 2, 1);
  const int last = lua_isnoneornil(state, 3) ? static_cast<int>(lua_objlen(state, 1)) : luaL_checkint(state, 3);
  if (first > last) return 0;
  const int64_t count = int64_t{last} - first + 1;
  if (count > kMost || lua_checkstack(state, static_cast<int>(count)) == 0) {
    return luaL_error(state, "too many results to unpack");
  }
  for (int64_t i = first; i <= last; ++i) lua_rawgeti(state, 1, static_cast<int>(i));
  return static_cast<int>(count);
}

// What load() and loadstring() answer.
int load_text(lua_State* state, std::string_view text, const char* name) {
  if (compile_text(state, text, name) == 0) return 1;
  lua_pushnil(state);
  lua_insert(state, -2);
  return 2;
}

int load_string(lua_State* state) {
  size_t size = 0;
  const char* text = luaL_checklstring(state, 1, &size);
  return load_text(state, {text, size}, luaL_optstring(state, 2, text));
}

// Gives the pieces that load()'s function returns; before one that begins as bytecode a space goes out.
const char* read_piece(lua_State* state, void* first, size_t* size) {
  constexpr int kPiece = 3;  // where it stays while it is read
  auto& at_begin = *static_cast<bool*>(first);
  if (!at_begin && lua_toboolean(state, kPiece + 1) != 0) {
    lua_pushboolean(state, 0);
    lua_replace(state, kPiece + 1);
    return lua_tolstring(state, kPiece, size);
  }
  luaL_checkstack(state, 2, "too many nested functions");
  lua_pushvalue(state, 1);
  lua_call(state, 0, 1);
  if (lua_isnil(state, -1)) {
    *size = 0;
    return nullptr;
  }
  if (lua_isstring(state, -1) == 0) luaL_error(state, "reader function must return a string");
  lua_replace(state, kPiece);
  const char* piece = lua_tolstring(state, kPiece, size);
  if (!at_begin || *size == 0 || piece[0] != LUA_SIGNATURE[0]) {
    at_begin = false;
    return piece;
  }
  at_begin = false;
  lua_pushboolean(state, 1);
  lua_replace(state, kPiece + 1);
  *size = 1;
  return " ";
}

int load(lua_State* state) {
  const char* name = luaL_optstring(state, 2, "=(load)");
  luaL_checktype(state, 1, LUA_TFUNCTION);
  lua_settop(state, 4);
  lua_pushstring(state, name);  // kept, see compile_text()
  bool first = true;
  if (lua_load(state, read_piece, &first, name) == 0) return 1;
  lua_pushnil(state);
  lua_insert(state, -2);
  return 2;
}

void open_library(lua_State* state, lua_CFunction open, const char* name) {
  lua_pushcfunction(state, open);
  lua_pushstring(state, name);
  lua_call(state, 1, 0);
}

// Wraps `table.name`, whatever it was, by `wrapper`.
void wrap(lua_State* state, const char* name, lua_CFunction wrapper) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, wrapper, 1);
  lua_setfield(state, -2, name);
}

void remove_globals(lua_State* state) {
  for (const char* name : {"print", "dofile", "loadfile", "getfenv", "setfenv", "newproxy", "require", "module",
                           "package", "os", "io", "debug"}) {
    lua_pushnil(state);
    lua_setglobal(state, name);
  }
}

void replace_globals(lua_State* state) {
  const luaL_Reg functions[] = {{"rawset", raw_set},
                                {"rawget", raw_get},
                                {"getmetatable", get_metatable},
                                {"setmetatable", set_metatable},
                                {"next", next_field},
                                {"unpack", unpack},
                                {"loadstring", load_string},
                                {"load", load}};
  for (const luaL_Reg& function : functions) lua_register(state, function.name, function.func);
  lua_pushcfunction(state, next_field);
  lua_pushcclosure(state, pairs, 1);
  lua_setglobal(state, "pairs");
}

}  // namespace

void raise_text(lua_State* state, const char* text) {
  lua_pushstring(state, text);
  lua_error(state);
  std::abort();  // lua_error() does not return
}

int compile_text(lua_State* state, std::string_view text, const char* name) {
  // The name is kept on the stack meanwhile: the compiler of this version of Lua does not hold it itself.
  lua_pushstring(state, name);
  std::string spaced;  // behind a space, bytecode is but text
  if (!text.empty() && text[0] == LUA_SIGNATURE[0]) text = spaced.append(" ").append(text);
  const int status = luaL_loadbuffer(state, text.data(), text.size(), name);
  lua_remove(state, -2);
  return status;
}

void look_behind(lua_State* state, int index) {
  if (!push_behind(state, index)) return;
  lua_replace(state, index);
}

void open_libraries(lua_State* state) {
  open_library(state, luaopen_base, "");
  open_library(state, luaopen_table, LUA_TABLIBNAME);
  open_library(state, luaopen_string, LUA_STRLIBNAME);
  open_library(state, luaopen_math, LUA_MATHLIBNAME);
  remove_globals(state);
  replace_globals(state);
  lua_getglobal(state, LUA_TABLIBNAME);
  wrap(state, "insert", guarded);  // remove and sort find nothing in a view
  for (const char* name : {"foreach", "foreachi"}) wrap(state, name, seen_through);
  lua_pop(state, 1);
  lua_getglobal(state, LUA_STRLIBNAME);
  guard_patterns(state);
  lua_pop(state, 1);
}

void push_read_only(lua_State* state) {
  lua_newtable(state);                      // table, view
  lua_createtable(state, 0, 4);             // table, view, meta
  lua_pushvalue(state, -3);
  lua_setfield(state, -2, "__index");
  lua_pushcfunction(state, refuse_change);
  lua_setfield(state, -2, "__newindex");
  lua_pushlightuserdata(state, key(kBehind));
  lua_pushvalue(state, -4);
  lua_rawset(state, -3);
  lua_setmetatable(state, -2);
  lua_remove(state, -2);
}

void seal_globals(lua_State* state) {
  // Libraries first.
  lua_pushnil(state);
  while (lua_next(state, LUA_GLOBALSINDEX) != 0) {
    if (lua_istable(state, -1) && !lua_rawequal(state, -1, LUA_GLOBALSINDEX)) {
      lua_pushvalue(state, -2);
      lua_insert(state, -2);
      push_read_only(state);  // name, name, view
      lua_rawset(state, LUA_GLOBALSINDEX);
    } else {
      lua_pop(state, 1);
    }
  }
  // Strings find their methods in the real table; what getmetatable("") shows is a view.
  lua_pushlightuserdata(state, key(kStringMeta));
  lua_newtable(state);
  lua_getglobal(state, LUA_STRLIBNAME);
  lua_setfield(state, -2, "__index");
  push_read_only(state);
  lua_rawset(state, LUA_REGISTRYINDEX);
  // The globals themselves.
  lua_pushlightuserdata(state, key(kRealGlobals));
  lua_pushvalue(state, LUA_GLOBALSINDEX);
  lua_rawset(state, LUA_REGISTRYINDEX);
  lua_pushvalue(state, LUA_GLOBALSINDEX);
  push_read_only(state);  // view
  lua_getmetatable(state, -1);
  lua_pushlightuserdata(state, key(kShownMeta));
  lua_createtable(state, 0, 1);
  lua_pushcfunction(state, missing_global);
  lua_setfield(state, -2, "__index");
  lua_pushvalue(state, -1);
  lua_setmetatable(state, LUA_GLOBALSINDEX);  // the real table asks it for what it has not
  push_read_only(state);
  lua_rawset(state, -3);
  lua_pop(state, 1);
  lua_pushvalue(state, -1);
  lua_setglobal(state, "_G");
  lua_replace(state, LUA_GLOBALSINDEX);
}

void show_instead_of_globals(lua_State* state) {
  lua_getmetatable(state, LUA_GLOBALSINDEX);
  lua_insert(state, -2);
  lua_pushlightuserdata(state, key(kBehind));
  lua_pushvalue(state, -2);
  lua_rawset(state, -4);
  lua_setfield(state, -2, "__index");
  lua_pop(state, 1);
}

void refuse_missing(lua_State* state) {
  lua_createtable(state, 0, 1);
  lua_pushcfunction(state, missing_global);
  lua_setfield(state, -2, "__index");
  lua_setmetatable(state, -2);
}

void push_real_globals(lua_State* state) { push_keyed(state, LUA_REGISTRYINDEX, kRealGlobals); }

}  // namespace corral::scripting

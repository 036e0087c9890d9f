// The table `cjson` and its settings, as lua-cjson 2.1.0.
// Threading: as the state.
// See: https://kyne.com.au/~mark/software/lua-cjson-manual.html; json.h.
#include "server/scripting/json.h"

#include <climits>
#include <cstdio>
#include <cstring>
#include <new>

#include "server/scripting/script_libraries.h"

namespace corral::scripting {
namespace {

void check_count(lua_State* state, int most) {
  luaL_argcheck(state, lua_gettop(state) <= most, most + 1, "found too many arguments");
  lua_settop(state, most);
}

int integer_option(lua_State* state, int argument, int& setting, int least, int most) {
  if (!lua_isnil(state, argument)) {
    const lua_Integer value = luaL_checkinteger(state, argument);
    char message[64];
    std::snprintf(message, sizeof message, "expected integer between %d and %d", least, most);
    luaL_argcheck(state, least <= value && value <= most, 1, message);
    setting = static_cast<int>(value);
  }
  lua_pushinteger(state, setting);
  return 1;
}

// Off, on, or (where there is one) the third choice by its name.
int choice_option(lua_State* state, int argument, int& setting, const char* third) {
  if (!lua_isnil(state, argument)) {
    if (lua_isboolean(state, argument)) {
      setting = lua_toboolean(state, argument);
    } else {
      const char* const names[] = {"off", "on", third, nullptr};
      setting = luaL_checkoption(state, argument, nullptr, names);
    }
  }
  if (setting == JsonSettings::kNull && third != nullptr) {
    lua_pushstring(state, third);
  } else {
    lua_pushboolean(state, setting);
  }
  return 1;
}

int encode_sparse_array(lua_State* state) {
  check_count(state, 3);
  JsonSettings& settings = json_settings(state);
  choice_option(state, 1, settings.sparse_convert, nullptr);
  integer_option(state, 2, settings.sparse_ratio, 0, INT_MAX);
  integer_option(state, 3, settings.sparse_safe, 0, INT_MAX);
  return 3;
}
int encode_max_depth(lua_State* state) {
  check_count(state, 1);
  return integer_option(state, 1, json_settings(state).encode_max_depth, 1, INT_MAX);
}
int decode_max_depth(lua_State* state) {
  check_count(state, 1);
  return integer_option(state, 1, json_settings(state).decode_max_depth, 1, INT_MAX);
}
int encode_number_precision(lua_State* state) {
  check_count(state, 1);
  return integer_option(state, 1, json_settings(state).number_precision, 1, 14);
}
int encode_keep_buffer(lua_State* state) {
  check_count(state, 1);
  return choice_option(state, 1, json_settings(state).keep_buffer, nullptr);
}
int encode_invalid_numbers(lua_State* state) {
  check_count(state, 1);
  return choice_option(state, 1, json_settings(state).encode_invalid_numbers, "null");
}
int decode_invalid_numbers(lua_State* state) {
  check_count(state, 1);
  return choice_option(state, 1, json_settings(state).decode_invalid_numbers, nullptr);
}

int push_library(lua_State* state);

constexpr luaL_Reg kFunctions[] = {
    {"encode", json_encode},
    {"decode", json_decode},
    {"encode_sparse_array", encode_sparse_array},
    {"encode_max_depth", encode_max_depth},
    {"decode_max_depth", decode_max_depth},
    {"encode_number_precision", encode_number_precision},
    {"encode_keep_buffer", encode_keep_buffer},
    {"encode_invalid_numbers", encode_invalid_numbers},
    {"decode_invalid_numbers", decode_invalid_numbers},
    {"new", push_library},
};

// A library with settings of its own; also cjson.new().
int push_library(lua_State* state) {
  lua_newtable(state);
  new (lua_newuserdata(state, sizeof(JsonSettings))) JsonSettings;
  for (const luaL_Reg& function : kFunctions) {
    lua_pushvalue(state, -1);
    lua_pushcclosure(state, function.func, 1);
    lua_setfield(state, -3, function.name);
  }
  lua_pop(state, 1);
  lua_pushlightuserdata(state, nullptr);
  lua_setfield(state, -2, "null");
  lua_pushliteral(state, "cjson");
  lua_setfield(state, -2, "_NAME");
  lua_pushliteral(state, "2.1.0");
  lua_setfield(state, -2, "_VERSION");
  return 1;
}

}  // namespace

void open_json(lua_State* state) {
  push_library(state);
  lua_setglobal(state, "cjson");
}

}  // namespace corral::scripting

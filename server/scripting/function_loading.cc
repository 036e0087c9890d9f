// redis.register_function, and the run that calls it.
// Threading: see function_loading.h.
// See: function_loading.h.
#include "server/scripting/function_loading.h"

#include <algorithm>

#include "server/scripting/error_report.h"
#include "server/scripting/redis_api.h"
#include "server/scripting/sandbox.h"

namespace corral::scripting {
namespace {

constexpr char kLoadGlobals = 0;  // registry → what code sees while it is loaded

std::string text_at(lua_State* state, int index) {
  size_t size = 0;
  const char* bytes = lua_tolstring(state, index, &size);
  return {bytes, size};
}

uint32_t read_flags(lua_State* state, int table) {
  uint32_t flags = 0;
  for (int i = 1;; ++i) {
    lua_rawgeti(state, table, i);
    if (lua_isnil(state, -1)) break;
    const uint32_t flag = lua_isstring(state, -1) != 0 ? script_flag(text_at(state, -1)) : 0;
    if (flag == 0) raise_error(state, "unknown flag given");
    flags |= flag;
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
  return flags;
}

// redis.register_function{function_name=, callback=, flags=, description=}: leaves the callback on top of the stack.
void read_named(lua_State* state, Function& function) {
  if (!lua_istable(state, 1)) {
    raise_error(state, "calling redis.register_function with a single argument is only applicable to Lua table "
                       "(representing named arguments).");
  }
  bool named = false;
  int callback = 0;
  lua_pushnil(state);
  while (lua_next(state, 1) != 0) {
    lua_pushvalue(state, -2);  // a copy, since reading a number as text changes it
    if (lua_isstring(state, -1) == 0) {
      raise_error(state, "named argument key given to redis.register_function is not a string");
    }
    const std::string key = text_at(state, -1);
    lua_pop(state, 1);
    if (protocol::equals_ignore_case(key, "function_name")) {
      if (lua_isstring(state, -1) == 0) raise_error(state, "function_name argument given to redis.register_function must be a string");
      lua_pushvalue(state, -1);
      function.name = text_at(state, -1);
      named = true;
      lua_pop(state, 1);
    } else if (protocol::equals_ignore_case(key, "description")) {
      if (lua_isstring(state, -1) == 0) raise_error(state, "description argument given to redis.register_function must be a string");
      function.description = text_at(state, -1);
    } else if (protocol::equals_ignore_case(key, "callback")) {
      if (!lua_isfunction(state, -1)) {
        raise_error(state, "callback argument given to redis.register_function must be a function");
      }
      callback = luaL_ref(state, LUA_REGISTRYINDEX);
      continue;
    } else if (protocol::equals_ignore_case(key, "flags")) {
      if (!lua_istable(state, -1)) {
        raise_error(state, "flags argument to redis.register_function must be a table representing function flags");
      }
      function.flags = read_flags(state, lua_gettop(state));
    } else {
      raise_error(state, "unknown argument given to redis.register_function");
    }
    lua_pop(state, 1);
  }
  if (!named) raise_error(state, "redis.register_function must get a function name argument");
  if (callback == 0) raise_error(state, "redis.register_function must get a callback argument");
  lua_rawgeti(state, LUA_REGISTRYINDEX, callback);
  luaL_unref(state, LUA_REGISTRYINDEX, callback);
}

int register_function(lua_State* state) {
  Loading* loading = Interpreter::of(state).loading();
  if (loading == nullptr) raise_error(state, "redis.register_function can only be called on FUNCTION LOAD command");
  auto function = std::make_unique<Function>();
  const int count = lua_gettop(state);
  if (count < 1 || count > 2) raise_error(state, "wrong number of arguments to redis.register_function");
  if (count == 1) {
    read_named(state, *function);
  } else {
    if (lua_isstring(state, 1) == 0) raise_error(state, "first argument to redis.register_function must be a string");
    if (!lua_isfunction(state, 2)) raise_error(state, "second argument to redis.register_function must be a function");
    lua_pushvalue(state, 1);
    function->name = text_at(state, -1);
    lua_pop(state, 1);
  }
  if (!is_plain_name(function->name)) {
    raise_error(state, "Library names can only contain letters, numbers, or underscores(_) and must be at least one "
                       "character long");
  }
  const auto& others = loading->library->functions;
  if (std::any_of(others.begin(), others.end(), [&](const auto& other) { return other->name == function->name; })) {
    raise_error(state, "Function already exists in the library");
  }
  loading->references.push_back(luaL_ref(state, LUA_REGISTRYINDEX));
  loading->library->functions.push_back(std::move(function));
  return 0;
}

struct Source {
  std::string_view text;
  bool compiled = false;
};

int run_code(lua_State* state) {
  auto& source = *static_cast<Source*>(lua_touserdata(state, 1));
  push_error_handler(state);
  const int handler = lua_gettop(state);
  if (compile_text(state, source.text, "@user_function") != 0) return lua_error(state);
  source.compiled = true;
  lua_pushlightuserdata(state, const_cast<char*>(&kLoadGlobals));
  lua_rawget(state, LUA_REGISTRYINDEX);
  show_instead_of_globals(state);
  const int status = lua_pcall(state, 0, 0, handler);
  push_real_globals(state);
  show_instead_of_globals(state);
  if (status != 0) return lua_error(state);
  return 0;
}

}  // namespace

void open_loading(lua_State* state) {
  lua_pushlightuserdata(state, const_cast<char*>(&kLoadGlobals));
  lua_newtable(state);
  push_loading_api(state);
  lua_pushcfunction(state, register_function);
  lua_setfield(state, -2, "register_function");
  refuse_missing(state);
  push_read_only(state);
  lua_setfield(state, -2, "redis");
  refuse_missing(state);
  lua_rawset(state, LUA_REGISTRYINDEX);
}

std::string load_library(Interpreter& interpreter, Library& library, size_t head_length, std::vector<int>& references) {
  Loading loading{&library, {}, interpreter.services().clock.steady_us()};
  Source source{std::string_view(library.code).substr(head_length)};
  std::string error;
  interpreter.set_loading(&loading);
  const bool done = interpreter.protect(run_code, &source, error);
  interpreter.set_loading(nullptr);
  if (!done) {
    error = (source.compiled ? "Error registering functions: " : "Error compiling function: ") + error;
  } else if (library.functions.empty()) {
    error = "No functions registered";
  }
  if (error.empty()) {
    references = std::move(loading.references);
    return {};
  }
  for (const int reference : loading.references) interpreter.forget(reference);
  return error;
}

}  // namespace corral::scripting

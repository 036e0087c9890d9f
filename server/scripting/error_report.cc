// Error tables as Redis 7.0 makes them.
// Threading: see error_report.h.
// See: error_report.h.
#include "server/scripting/error_report.h"

#include <cstdlib>
#include <optional>

namespace corral::scripting {
namespace {

constexpr char kHandlerName[] = "__redis__err__handler";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kEnds = "\r\n";
  const size_t begin = text.find_first_not_of(kEnds);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kEnds) - begin + 1);
}

// The field as text: a string, or a number as Lua prints it.
std::optional<std::string> text_field(lua_State* state, int table, const char* name) {
  lua_getfield(state, table, name);
  std::optional<std::string> text;
  if (lua_isstring(state, -1) != 0) {
    size_t size = 0;
    const char* bytes = lua_tolstring(state, -1, &size);
    text.emplace(bytes, size);
  }
  lua_pop(state, 1);
  return text;
}

bool is_counted(lua_State* state, int table) {
  lua_getfield(state, table, "ignore_error_stats_update");
  const bool counted = lua_toboolean(state, -1) != 0;
  lua_pop(state, 1);
  return counted;
}

void answer(Run& run, protocol::ReplyWriter& reply, std::string_view text, bool counted) {
  // A C text in Redis: it ends at the first NUL, and at newlines that end it.
  text = protocol::c_text(text);
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
  if (!counted) run.ctx.worker().stats.count_error(text);
  run.ctx.note_failure();
  reply.error(text);
}

// __redis__err__handler(error): notes where it was raised, as Redis' function of that name.
int note_source(lua_State* state) {
  lua_settop(state, 1);
  if (!lua_istable(state, 1)) {
    std::string text = "ERR ";
    if (lua_isstring(state, 1) != 0) {
      size_t size = 0;
      const char* bytes = lua_tolstring(state, 1, &size);
      text.append(bytes, size);
    } else if (lua_isboolean(state, 1)) {
      text += lua_toboolean(state, 1) != 0 ? "true" : "false";
    } else if (lua_isnil(state, 1)) {
      text += "nil";
    } else {
      text += lua_pushfstring(state, "%s: %p", luaL_typename(state, 1), lua_topointer(state, 1));
    }
    lua_newtable(state);
    lua_pushlstring(state, text.data(), text.size());
    lua_setfield(state, -2, "err");
    lua_replace(state, 1);
  }
  lua_Debug where;
  bool known = lua_getstack(state, 1, &where) != 0;
  if (known) lua_getinfo(state, "Sl", &where);
  if (known && where.what[0] == 'C') {
    known = lua_getstack(state, 2, &where) != 0;
    if (known) lua_getinfo(state, "Sl", &where);
  }
  if (known) {
    lua_pushstring(state, where.source);
    lua_setfield(state, 1, "source");
    lua_pushinteger(state, where.currentline);
    lua_setfield(state, 1, "line");
  }
  lua_settop(state, 1);
  return 1;
}

}  // namespace

void push_error(lua_State* state, std::string_view text, bool counted) {
  std::string_view code = "ERR";
  if (!text.empty() && text[0] == '-') {
    text = trimmed(text);
    text.remove_prefix(1);
    const size_t space = text.find(' ');
    if (space != std::string_view::npos) {
      code = text.substr(0, space);
      text.remove_prefix(space + 1);
    }
  }
  std::string whole(code);
  whole.append(" ").append(trimmed(text));
  lua_createtable(state, 0, 2);
  lua_pushlstring(state, whole.data(), whole.size());
  lua_setfield(state, -2, "err");
  if (counted) {
    lua_pushboolean(state, 1);
    lua_setfield(state, -2, "ignore_error_stats_update");
  }
}

void raise_error(lua_State* state, std::string_view text) {
  push_error(state, text);
  lua_error(state);
  std::abort();  // lua_error() does not return
}

void open_error_handler(lua_State* state) { lua_register(state, kHandlerName, note_source); }
void push_error_handler(lua_State* state) { lua_pushcfunction(state, note_source); }

void write_failure(lua_State* state, Run& run, protocol::ReplyWriter& reply) {
  const int at = lua_gettop(state);
  if (!lua_istable(state, at)) {
    std::string text = "ERR Error running script " + std::string(run.name) + ", ";
    text += lua_isstring(state, at) != 0 ? std::string(lua_tostring(state, at)).substr(0, 100) : "execution failure";
    answer(run, reply, text, false);
    return;
  }
  const auto error = text_field(state, at, "err");
  const auto source = text_field(state, at, "source");
  const auto line = text_field(state, at, "line");
  // Redis 7.0 crashes when a script raises a table without the field.
  std::string text = error ? std::string(protocol::c_text(*error)) : "ERR unknown error";
  if (source && line) {
    text.append(" script: ").append(run.name).append(", on ").append(protocol::c_text(*source)).append(":").append(*line).append(".");
  }
  answer(run, reply, text, is_counted(state, at));
}

void write_error_table(lua_State* state, int index, Run& run, protocol::ReplyWriter& reply) {
  const auto error = text_field(state, index, "err");
  answer(run, reply, error.value_or("ERR unknown error"), is_counted(state, index));
}

std::string error_text(lua_State* state, int index) {
  if (lua_istable(state, index)) {
    lua_pushstring(state, "err");
    lua_rawget(state, index < 0 ? index - 1 : index);
    std::string text = lua_isstring(state, -1) != 0 ? lua_tostring(state, -1) : "unknown error";
    lua_pop(state, 1);
    return text;
  }
  const char* text = lua_type(state, index) == LUA_TSTRING ? lua_tostring(state, index) : nullptr;
  return text != nullptr ? text : "unknown error";
}

}  // namespace corral::scripting

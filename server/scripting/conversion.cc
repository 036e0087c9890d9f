// Both directions of conversion.
// Threading: see conversion.h.
// See: conversion.h.
#include "server/scripting/conversion.h"

#include <cmath>
#include <limits>
#include <string>

#include "server/base/check.h"
#include "server/scripting/error_report.h"

namespace corral::scripting {
namespace {

using protocol::Bytes;

constexpr int kMostNesting = 1000;  // of replies; no command nests deeper than a few levels

// Walks over one encoded reply.
class ReplyPusher {
 public:
  ReplyPusher(lua_State* state, Bytes encoded) : state_(state), rest_(encoded) {}

  void push(int depth = 0) {
    CHECK(!rest_.empty() && depth < kMostNesting);
    luaL_checkstack(state_, 6, "reply is nested too deeply");
    const char type = rest_[0];
    const Bytes text = line();
    switch (type) {
      case '+': return push_field("ok", text);
      case '-': return push_error(state_, std::string(1, '-').append(text), true);
      case ':': return lua_pushnumber(state_, static_cast<lua_Number>(integer(text)));
      case '$': return push_bulk(integer(text));
      case '*': return push_array(integer(text), depth);
      case '_': return lua_pushnil(state_);
      case '#': return lua_pushboolean(state_, text == "t" ? 1 : 0);
      case ',': return push_number(text);
      case '(': return push_field("big_number", text);
      case '=': return push_verbatim(integer(text));
      case '%': return push_map(integer(text), depth);
      case '~': return push_set(integer(text), depth);
      default: CHECK(false);
    }
  }

 private:
  // The text of the line behind its type byte.
  Bytes line() {
    const size_t end = rest_.find("\r\n");
    CHECK(end != Bytes::npos);
    const Bytes text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 2);
    return text;
  }
  Bytes payload(int64_t size) {
    CHECK(size >= 0 && static_cast<size_t>(size) + 2 <= rest_.size());
    const Bytes bytes = rest_.substr(0, static_cast<size_t>(size));
    rest_.remove_prefix(static_cast<size_t>(size) + 2);
    return bytes;
  }
  static int64_t integer(Bytes text) {
    const auto value = protocol::parse_int64(text);
    CHECK(value.has_value());
    return *value;
  }

  void push_string(Bytes bytes) { lua_pushlstring(state_, bytes.data(), bytes.size()); }
  void push_field(const char* name, Bytes value) {
    lua_createtable(state_, 0, 1);
    push_string(value);
    lua_setfield(state_, -2, name);
  }
  void push_bulk(int64_t size) {
    if (size < 0) return lua_pushboolean(state_, 0);
    push_string(payload(size));
  }
  void push_number(Bytes text) {
    lua_createtable(state_, 0, 1);
    lua_pushnumber(state_, protocol::parse_double(text).value_or(std::numeric_limits<double>::quiet_NaN()));
    lua_setfield(state_, -2, "double");
  }
  void push_verbatim(int64_t size) {
    const Bytes bytes = payload(size);
    lua_createtable(state_, 0, 1);
    lua_createtable(state_, 0, 2);
    push_string(bytes.substr(4));
    lua_setfield(state_, -2, "string");
    push_string(bytes.substr(0, 3));
    lua_setfield(state_, -2, "format");
    lua_setfield(state_, -2, "verbatim_string");
  }
  void push_array(int64_t size, int depth) {
    if (size < 0) return lua_pushboolean(state_, 0);
    lua_createtable(state_, static_cast<int>(size), 0);
    for (int i = 1; i <= size; ++i) {
      push(depth + 1);
      lua_rawseti(state_, -2, i);
    }
  }
  void push_map(int64_t pairs, int depth) {
    lua_createtable(state_, 0, 1);
    lua_newtable(state_);  // growing, as Redis' does: then pairs() visits both in the same order
    for (int64_t i = 0; i < pairs; ++i) {
      push(depth + 1);
      push(depth + 1);
      lua_rawset(state_, -3);
    }
    lua_setfield(state_, -2, "map");
  }
  void push_set(int64_t size, int depth) {
    lua_createtable(state_, 0, 1);
    lua_newtable(state_);
    for (int64_t i = 0; i < size; ++i) {
      push(depth + 1);
      lua_pushboolean(state_, 1);
      lua_rawset(state_, -3);
    }
    lua_setfield(state_, -2, "set");
  }

  lua_State* state_;
  Bytes rest_;
};

// As the processor converts it in Redis: what does not fit is the least number.
int64_t to_integer(lua_Number number) {
  constexpr double kBound = 9223372036854775808.0;
  if (!(number >= -kBound && number < kBound)) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(number);
}

// Simple strings and the like must stay one line.
std::string one_line(Bytes text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '\r' || c == '\n') c = ' ';
  }
  return out;
}

Bytes text_at(lua_State* state, int index) {
  size_t size = 0;
  const char* bytes = lua_tolstring(state, index, &size);
  return {bytes, size};
}

class ReplyBuilder {
 public:
  ReplyBuilder(lua_State* state, Run& run, protocol::ReplyWriter& reply) : state_(state), run_(run), reply_(reply) {}

  // Writes the value on top of the stack and takes it away.
  void write() {
    if (lua_checkstack(state_, 4) == 0) {
      run_.ctx.worker().stats.count_error("ERR");
      reply_.error("ERR reached lua stack limit");
      lua_pop(state_, 1);
      return;
    }
    switch (lua_type(state_, -1)) {
      case LUA_TSTRING:
        reply_.bulk(text_at(state_, -1));
        break;
      case LUA_TBOOLEAN:
        write_boolean(lua_toboolean(state_, -1) != 0);
        break;
      case LUA_TNUMBER:
        reply_.integer(to_integer(lua_tonumber(state_, -1)));
        break;
      case LUA_TTABLE:
        write_table();
        break;
      default:
        reply_.null();
        break;
    }
    lua_pop(state_, 1);
  }

 private:
  void write_boolean(bool value) {
    if (run_.resp_version >= 3) return reply_.boolean(value);
    value ? reply_.integer(1) : reply_.null();
  }
  // As printf() shows it, the result of 0/0 has a sign.
  void write_double(double value) {
    if (!std::isnan(value) || !std::signbit(value)) return reply_.number(value);
    reply_.raw(reply_.resp3() ? ",-nan\r\n" : "$4\r\n-nan\r\n");
  }
  bool field(const char* name, int type) {
    lua_pushstring(state_, name);
    lua_rawget(state_, -2);
    if (lua_type(state_, -1) == type) return true;
    lua_pop(state_, 1);
    return false;
  }
  // A string too, or a number that stands for one: what the text fields of tables may be.
  void write_table() {
    if (field("err", LUA_TSTRING)) {
      lua_pop(state_, 1);
      return write_error_table(state_, lua_gettop(state_), run_, reply_);
    }
    if (field("ok", LUA_TSTRING)) {
      reply_.simple(one_line(text_at(state_, -1)));
    } else if (field("double", LUA_TNUMBER)) {
      write_double(lua_tonumber(state_, -1));
    } else if (field("map", LUA_TTABLE)) {
      write_pairs(true);
    } else if (field("set", LUA_TTABLE)) {
      write_pairs(false);
    } else if (field("big_number", LUA_TSTRING)) {
      reply_.big_number(one_line(text_at(state_, -1)));
    } else if (field("verbatim_string", LUA_TTABLE)) {
      write_verbatim();
    } else {
      return write_array();
    }
    lua_pop(state_, 1);
  }
  int64_t count_pairs() {
    int64_t count = 0;
    lua_pushnil(state_);
    while (lua_next(state_, -2) != 0) {
      lua_pop(state_, 1);
      ++count;
    }
    return count;
  }
  void write_pairs(bool with_values) {
    const int64_t count = count_pairs();
    with_values ? reply_.map(count) : reply_.set(count);
    lua_pushnil(state_);
    while (lua_next(state_, -2) != 0) {
      // The key is needed for the next step: write a copy.
      lua_pushvalue(state_, -2);
      write();
      if (with_values) {
        write();
      } else {
        lua_pop(state_, 1);
      }
    }
  }
  void write_verbatim() {
    if (field("format", LUA_TSTRING)) {
      if (lua_pushstring(state_, "string"), lua_rawget(state_, -3), lua_isstring(state_, -1) != 0) {
        const Bytes format = text_at(state_, -2);
        std::string padded(format.substr(0, 3));
        padded.resize(3, ' ');
        reply_.verbatim(text_at(state_, -1), padded);
        lua_pop(state_, 2);
        return;
      }
      lua_pop(state_, 2);
    }
    reply_.null();
  }
  void write_array() {
    int count = 0;
    for (;;) {
      lua_rawgeti(state_, -1, count + 1);
      const bool last = lua_isnil(state_, -1);
      lua_pop(state_, 1);
      if (last) break;
      ++count;
    }
    reply_.array(count);
    for (int i = 1; i <= count; ++i) {
      lua_rawgeti(state_, -1, i);
      write();
    }
  }

  lua_State* state_;
  Run& run_;
  protocol::ReplyWriter& reply_;
};

}  // namespace

void push_reply(lua_State* state, Bytes encoded, bool* failed) {
  *failed = !encoded.empty() && encoded[0] == '-';
  ReplyPusher(state, encoded).push();
}

void write_reply(lua_State* state, Run& run, protocol::ReplyWriter& reply) { ReplyBuilder(state, run, reply).write(); }

}  // namespace corral::scripting

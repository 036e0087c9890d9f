// cjson.encode
// Threading: as the state.
// See: json.h.
#include <climits>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "server/scripting/counted_text.h"
#include "server/scripting/json.h"
#include "server/scripting/sandbox.h"

namespace corral::scripting {
namespace {

class Encoder {
 public:
  Encoder(lua_State* state, const JsonSettings& settings) : state_(state), settings_(settings), out_(state) {}

  // Writes the value on top of the stack, which stays there.
  void write(int depth) {
    switch (lua_type(state_, -1)) {
      case LUA_TSTRING: return write_string(-1);
      case LUA_TNUMBER: return write_number(-1);
      case LUA_TBOOLEAN: return out_.append(lua_toboolean(state_, -1) != 0 ? "true" : "false");
      case LUA_TNIL: return out_.append("null");
      case LUA_TTABLE: return write_table(depth + 1);
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(state_, -1) == nullptr) return out_.append("null");
        [[fallthrough]];
      default: fail(-1, "type not supported");
    }
  }
  void push_result() { out_.push_result(); }

 private:
  void fail(int index, const char* reason) {
    luaL_error(state_, "Cannot serialise %s: %s", lua_typename(state_, lua_type(state_, index)), reason);
  }

  void write_string(int index) {
    size_t size = 0;
    const char* text = lua_tolstring(state_, index, &size);
    out_.push('"');
    size_t plain = 0;
    for (size_t i = 0; i < size; ++i) {
      char escape[8];
      const size_t length = escape_of(static_cast<unsigned char>(text[i]), escape);
      if (length == 0) continue;
      out_.append({text + plain, i - plain});
      out_.append({escape, length});
      plain = i + 1;
    }
    out_.append({text + plain, size - plain});
    out_.push('"');
  }
  // Length of the escape, 0 when the byte stands for itself.
  static size_t escape_of(unsigned char byte, char* out) {
    constexpr std::string_view kNamed = "\b\t\n\f\r\"/\\";
    constexpr std::string_view kNames = "btnfr\"/\\";
    const size_t named = kNamed.find(static_cast<char>(byte));
    if (named != std::string_view::npos) {
      out[0] = '\\';
      out[1] = kNames[named];
      return 2;
    }
    if (byte >= 32 && byte != 127) return 0;
    return static_cast<size_t>(std::snprintf(out, 8, "\\u%04x", byte));
  }

  void write_number(int index) {
    const double number = lua_tonumber(state_, index);
    if (!std::isfinite(number)) {
      if (settings_.encode_invalid_numbers == JsonSettings::kNull) return out_.append("null");
      if (settings_.encode_invalid_numbers == JsonSettings::kRefuse) fail(index, "must not be NaN or Inf");
      if (std::isnan(number)) return out_.append("nan");
    }
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%.*g", settings_.number_precision, number);
    out_.append({text, static_cast<size_t>(length)});
  }

  void write_table(int depth) {
    if (depth > settings_.encode_max_depth || lua_checkstack(state_, 4) == 0) {
      luaL_error(state_, "Cannot serialise, excessive nesting (%d)", depth);
    }
    lua_pushvalue(state_, -1);
    look_behind(state_, lua_gettop(state_));
    const int length = array_length();
    length > 0 ? write_array(length, depth) : write_object(depth);
    lua_pop(state_, 1);
  }
  // -1 when it is no array.
  int array_length() {
    double most = 0;
    double items = 0;
    lua_pushnil(state_);
    while (lua_next(state_, -2) != 0) {
      const double key = lua_type(state_, -2) == LUA_TNUMBER ? lua_tonumber(state_, -2) : 0;
      if (!(key >= 1) || std::floor(key) != key || key > INT_MAX) {
        lua_pop(state_, 2);
        return -1;
      }
      most = std::max(most, key);
      ++items;
      lua_pop(state_, 1);
    }
    if (settings_.sparse_ratio > 0 && most > items * settings_.sparse_ratio && most > settings_.sparse_safe) {
      if (settings_.sparse_convert == 0) fail(-1, "excessively sparse array");
      return -1;
    }
    return static_cast<int>(most);
  }
  void write_array(int length, int depth) {
    out_.push('[');
    for (int i = 1; i <= length; ++i) {
      if (i > 1) out_.push(',');
      lua_rawgeti(state_, -1, i);
      write(depth);
      lua_pop(state_, 1);
    }
    out_.push(']');
  }
  void write_object(int depth) {
    out_.push('{');
    bool first = true;
    lua_pushnil(state_);
    while (lua_next(state_, -2) != 0) {
      if (!first) out_.push(',');
      first = false;
      const int type = lua_type(state_, -2);
      if (type == LUA_TNUMBER) {
        out_.push('"');
        write_number(-2);
        out_.push('"');
      } else if (type == LUA_TSTRING) {
        write_string(-2);
      } else {
        fail(-2, "table key must be a number or string");
      }
      out_.push(':');
      write(depth);
      lua_pop(state_, 1);
    }
    out_.push('}');
  }

  lua_State* state_;
  const JsonSettings& settings_;
  CountedText out_;
};

}  // namespace

int json_encode(lua_State* state) {
  luaL_argcheck(state, lua_gettop(state) == 1, 1, "expected 1 argument");
  Encoder encoder(state, json_settings(state));
  encoder.write(0);
  encoder.push_result();
  return 1;
}

}  // namespace corral::scripting

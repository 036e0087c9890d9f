// The library `cmsgpack`: MessagePack as Redis' scripts expect it.
// Threading: as the state.
// See: README.md of this folder, "Libraries".
#include <bit>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "server/scripting/counted_text.h"
#include "server/scripting/sandbox.h"
#include "server/scripting/script_libraries.h"

namespace corral::scripting {
namespace {

constexpr int kMostLevels = 16;          // of tables that are packed; deeper ones become nil
constexpr int kMostUnpackLevels = 1000;  // of what is unpacked

bool is_whole(double number) {
  constexpr double kBound = 9223372036854775808.0;
  return number >= -kBound && number < kBound && std::floor(number) == number;
}

class Packer {
 public:
  explicit Packer(lua_State* state) : state_(state), bytes_(state) {}

  // Packs the value at `index`, which is left there.
  void pack(int index, int level) {
    luaL_checkstack(state_, 6, "too many nested tables");
    int type = lua_type(state_, index);
    if (type == LUA_TTABLE && level == kMostLevels) type = LUA_TNIL;
    switch (type) {
      case LUA_TSTRING: return pack_string(index);
      case LUA_TBOOLEAN: return byte(lua_toboolean(state_, index) != 0 ? 0xc3 : 0xc2);
      case LUA_TNUMBER: return pack_number(lua_tonumber(state_, index));
      case LUA_TTABLE: return pack_table(index, level);
      default: return byte(0xc0);
    }
  }
  void push_result() { bytes_.push_result(); }

 private:
  void byte(unsigned value) { bytes_.push(static_cast<unsigned char>(value)); }
  template <typename Word>
  void word(unsigned code, Word value) {
    byte(code);
    for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8) {
      byte(static_cast<unsigned>(value >> shift) & 0xff);
    }
  }
  void pack_string(int index) {
    size_t size = 0;
    const char* text = lua_tolstring(state_, index, &size);
    if (size < 32) {
      byte(0xa0 | static_cast<unsigned>(size));
    } else if (size <= 0xff) {
      word(0xd9, static_cast<uint8_t>(size));
    } else if (size <= 0xffff) {
      word(0xda, static_cast<uint16_t>(size));
    } else {
      word(0xdb, static_cast<uint32_t>(size));
    }
    bytes_.append({text, size});
  }
  void pack_number(double number) {
    if (is_whole(number)) return pack_integer(static_cast<int64_t>(number));
    const auto single = static_cast<float>(number);
    if (static_cast<double>(single) == number) {
      word(0xca, std::bit_cast<uint32_t>(single));
    } else {
      word(0xcb, std::bit_cast<uint64_t>(number));
    }
  }
  void pack_integer(int64_t n) {
    if (n >= 0) {
      if (n <= 127) return byte(static_cast<unsigned>(n));
      if (n <= 0xff) return word(0xcc, static_cast<uint8_t>(n));
      if (n <= 0xffff) return word(0xcd, static_cast<uint16_t>(n));
      if (n <= 0xffffffffLL) return word(0xce, static_cast<uint32_t>(n));
      return word(0xcf, static_cast<uint64_t>(n));
    }
    if (n >= -32) return byte(static_cast<unsigned>(n) & 0xff);
    if (n >= -128) return word(0xd0, static_cast<uint8_t>(n));
    if (n >= -32768) return word(0xd1, static_cast<uint16_t>(n));
    if (n >= -2147483648LL) return word(0xd2, static_cast<uint32_t>(n));
    word(0xd3, static_cast<uint64_t>(n));
  }
  void pack_table(int index, int level) {
    lua_pushvalue(state_, index);
    const int table = lua_gettop(state_);
    look_behind(state_, table);
    size_t count = 0;
    if (is_array(table, count)) {
      head(0x90, 0xdc, count);
      for (size_t i = 1; i <= count; ++i) {
        lua_rawgeti(state_, table, static_cast<int>(i));
        pack(lua_gettop(state_), level + 1);
        lua_pop(state_, 1);
      }
    } else {
      head(0x80, 0xde, count);
      lua_pushnil(state_);
      while (lua_next(state_, table) != 0) {
        const int value = lua_gettop(state_);
        pack(value - 1, level + 1);
        pack(value, level + 1);
        lua_pop(state_, 1);
      }
    }
    lua_pop(state_, 1);
  }
  void head(unsigned fixed, unsigned code, size_t count) {
    if (count <= 15) return byte(fixed | static_cast<unsigned>(count));
    if (count <= 0xffff) return word(code, static_cast<uint16_t>(count));
    word(code + 1, static_cast<uint32_t>(count));
  }
  // An array has the keys 1 to count. `count` is the number of keys either way.
  bool is_array(int table, size_t& count) {
    double most = 0;
    bool array = true;
    lua_pushnil(state_);
    while (lua_next(state_, table) != 0) {
      lua_pop(state_, 1);
      ++count;
      const double key = lua_type(state_, -1) == LUA_TNUMBER ? lua_tonumber(state_, -1) : 0;
      if (key <= 0 || key > INT_MAX || std::floor(key) != key) array = false;
      if (key > most) most = key;
    }
    return array && most == static_cast<double>(count);
  }
  lua_State* state_;
  CountedText bytes_;
};

// Reads values from bytes; the position moves on.
class Unpacker {
 public:
  Unpacker(lua_State* state, std::string_view bytes) : state_(state), rest_(bytes) {}

  size_t left() const { return rest_.size(); }

  // Pushes the next value.
  void unpack(int level = 0) {
    luaL_checkstack(state_, 4, "too many return values at once; use unpack_one or unpack_limit instead.");
    if (level > kMostUnpackLevels) bad_format();
    const unsigned code = static_cast<unsigned char>(take(1)[0]);
    if (code <= 0x7f) return lua_pushnumber(state_, code);
    if (code >= 0xe0) return lua_pushnumber(state_, static_cast<int>(code) - 256);
    if (code <= 0x8f) return push_map(code & 15, level);
    if (code <= 0x9f) return push_array(code & 15, level);
    if (code <= 0xbf) return push_string(code & 31);
    switch (code) {
      case 0xc0: return lua_pushnil(state_);
      case 0xc2: return lua_pushboolean(state_, 0);
      case 0xc3: return lua_pushboolean(state_, 1);
      case 0xca: return lua_pushnumber(state_, static_cast<double>(std::bit_cast<float>(word<uint32_t>())));
      case 0xcb: return lua_pushnumber(state_, std::bit_cast<double>(word<uint64_t>()));
      case 0xcc: return lua_pushnumber(state_, word<uint8_t>());
      case 0xcd: return lua_pushnumber(state_, word<uint16_t>());
      case 0xce: return lua_pushnumber(state_, word<uint32_t>());
      case 0xcf: return lua_pushnumber(state_, static_cast<double>(word<uint64_t>()));
      case 0xd0: return lua_pushnumber(state_, static_cast<int8_t>(word<uint8_t>()));
      case 0xd1: return lua_pushnumber(state_, static_cast<int16_t>(word<uint16_t>()));
      case 0xd2: return lua_pushnumber(state_, static_cast<int32_t>(word<uint32_t>()));
      case 0xd3: return lua_pushnumber(state_, static_cast<double>(static_cast<int64_t>(word<uint64_t>())));
      case 0xd9: return push_string(word<uint8_t>());
      case 0xda: return push_string(word<uint16_t>());
      case 0xdb: return push_string(word<uint32_t>());
      case 0xdc: return push_array(word<uint16_t>(), level);
      case 0xdd: return push_array(word<uint32_t>(), level);
      case 0xde: return push_map(word<uint16_t>(), level);
      case 0xdf: return push_map(word<uint32_t>(), level);
      default: bad_format();
    }
  }

 private:
  void bad_format() { luaL_error(state_, "Bad data format in input."); }
  std::string_view take(size_t size) {
    if (size > rest_.size()) luaL_error(state_, "Missing bytes in input.");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <typename Word>
  Word word() {
    uint64_t value = 0;
    for (const char byte : take(sizeof(Word))) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<Word>(value);
  }
  void push_string(size_t size) {
    const std::string_view text = take(size);
    lua_pushlstring(state_, text.data(), text.size());
  }
  void push_array(size_t count, int level) {
    lua_newtable(state_);
    for (size_t i = 1; i <= count; ++i) {
      lua_pushnumber(state_, static_cast<lua_Number>(i));
      unpack(level + 1);
      lua_settable(state_, -3);
    }
  }
  void push_map(size_t count, int level) {
    lua_newtable(state_);
    for (size_t i = 0; i < count; ++i) {
      unpack(level + 1);
      unpack(level + 1);
      lua_settable(state_, -3);
    }
  }

  lua_State* state_;
  std::string_view rest_;
};

// cmsgpack.pack(value …)
int pack(lua_State* state) {
  const int count = lua_gettop(state);
  if (count == 0) return luaL_argerror(state, 0, "MessagePack pack needs input.");
  Packer packer(state);
  for (int i = 1; i <= count; ++i) packer.pack(i, 0);
  packer.push_result();
  return 1;
}

// `limit` values from `offset` on; with neither, all of them. With them, the first result is where the next call begins.
int unpack_from(lua_State* state, lua_Integer limit, lua_Integer offset) {
  size_t size = 0;
  const char* bytes = luaL_checklstring(state, 1, &size);
  const bool all = limit == 0 && offset == 0;
  if (offset < 0 || limit < 0) {
    return luaL_error(state, "Invalid request to unpack with offset of %d and limit of %d.", static_cast<int>(offset),
                      static_cast<int>(size));
  }
  if (offset > static_cast<lua_Integer>(size)) {
    return luaL_error(state, "Start offset %d greater than input length %d.", static_cast<int>(offset),
                      static_cast<int>(size));
  }
  if (all) limit = INT_MAX;
  Unpacker unpacker(state, std::string_view(bytes, size).substr(static_cast<size_t>(offset)));
  int count = 0;
  for (; unpacker.left() > 0 && count < limit; ++count) unpacker.unpack();
  if (all) return count;
  luaL_checkstack(state, 1, "in function mp_unpack_full");
  const size_t left = unpacker.left();
  lua_pushinteger(state, left == 0 ? -1 : static_cast<lua_Integer>(size - left));
  lua_insert(state, 2);
  return count + 1;
}

int unpack(lua_State* state) { return unpack_from(state, 0, 0); }

int unpack_one(lua_State* state) {
  const lua_Integer offset = luaL_optinteger(state, 2, 0);
  lua_settop(state, 1);
  return unpack_from(state, 1, offset);
}

int unpack_limit(lua_State* state) {
  const lua_Integer limit = luaL_checkinteger(state, 2);
  const lua_Integer offset = luaL_optinteger(state, 3, 0);
  lua_settop(state, 1);
  return unpack_from(state, limit, offset);
}

constexpr luaL_Reg kFunctions[] = {{"pack", pack},
                                   {"unpack", unpack},
                                   {"unpack_one", unpack_one},
                                   {"unpack_limit", unpack_limit},
                                   {nullptr, nullptr}};

}  // namespace

void open_message_pack(lua_State* state) {
  lua_newtable(state);
  luaL_register(state, nullptr, kFunctions);
  const auto fact = [state](const char* name, const char* text) {
    lua_pushstring(state, text);
    lua_setfield(state, -2, name);
  };
  fact("_NAME", "cmsgpack");
  fact("_VERSION", "lua-cmsgpack 0.4.0");
  fact("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo");
  fact("_DESCRIPTION", "MessagePack C implementation for Lua");
  lua_setglobal(state, "cmsgpack");
}

}  // namespace corral::scripting

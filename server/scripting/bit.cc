// The library `bit`: operations on 32-bit numbers, as LuaBitOp defines them.
// Threading: as the state.
// See: https://bitop.luajit.org/semantics.html; README.md of this folder, "Libraries".
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "server/scripting/script_libraries.h"

namespace corral::scripting {
namespace {

// Any number modulo 2^32: adding this leaves the integer in the low bits of the double.
uint32_t bits(lua_State* state, int index) {
  const double shifted = luaL_checknumber(state, index) + 6755399441055744.0;
  uint64_t word = 0;
  std::memcpy(&word, &shifted, sizeof word);
  return static_cast<uint32_t>(word);
}

int give(lua_State* state, uint32_t value) {
  lua_pushnumber(state, static_cast<lua_Number>(static_cast<int32_t>(value)));
  return 1;
}

int tobit(lua_State* state) { return give(state, bits(state, 1)); }
int bnot(lua_State* state) { return give(state, ~bits(state, 1)); }
int bswap(lua_State* state) { return give(state, __builtin_bswap32(bits(state, 1))); }

template <typename Operation>
int fold(lua_State* state, Operation operation) {
  uint32_t value = bits(state, 1);
  for (int i = lua_gettop(state); i > 1; --i) value = operation(value, bits(state, i));
  return give(state, value);
}
int band(lua_State* state) {
  return fold(state, [](uint32_t a, uint32_t b) { return a & b; });
}
int bor(lua_State* state) {
  return fold(state, [](uint32_t a, uint32_t b) { return a | b; });
}
int bxor(lua_State* state) {
  return fold(state, [](uint32_t a, uint32_t b) { return a ^ b; });
}

template <typename Operation>
int shift(lua_State* state, Operation operation) {
  const uint32_t value = bits(state, 1);
  return give(state, operation(value, static_cast<int>(bits(state, 2) & 31)));
}
int lshift(lua_State* state) {
  return shift(state, [](uint32_t a, int n) { return a << n; });
}
int rshift(lua_State* state) {
  return shift(state, [](uint32_t a, int n) { return a >> n; });
}
int arshift(lua_State* state) {
  return shift(state, [](uint32_t a, int n) { return static_cast<uint32_t>(static_cast<int32_t>(a) >> n); });
}
int rol(lua_State* state) {
  return shift(state, [](uint32_t a, int n) { return std::rotl(a, n); });
}
int ror(lua_State* state) {
  return shift(state, [](uint32_t a, int n) { return std::rotr(a, n); });
}

// bit.tohex(x [, digits]): negative digits give capitals.
int tohex(lua_State* state) {
  const uint32_t value = bits(state, 1);
  int64_t digits = lua_isnone(state, 2) ? 8 : static_cast<int32_t>(bits(state, 2));
  const bool capitals = digits < 0;
  digits = std::min<int64_t>(8, capitals ? -digits : digits);
  char text[8];
  uint32_t rest = value;
  for (int64_t i = digits; i > 0; --i) {
    text[i - 1] = (capitals ? "0123456789ABCDEF" : "0123456789abcdef")[rest & 15];
    rest >>= 4;
  }
  lua_pushlstring(state, text, static_cast<size_t>(digits));
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"tobit", tobit},   {"bnot", bnot},     {"band", band}, {"bor", bor}, {"bxor", bxor},   {"lshift", lshift},
    {"rshift", rshift}, {"arshift", arshift}, {"rol", rol}, {"ror", ror}, {"bswap", bswap}, {"tohex", tohex},
    {nullptr, nullptr},
};

}  // namespace

void open_bit(lua_State* state) {
  lua_newtable(state);
  luaL_register(state, nullptr, kFunctions);
  lua_setglobal(state, "bit");
}

}  // namespace corral::scripting

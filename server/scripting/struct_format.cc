// The library `struct`: numbers and strings packed by a format, as Roberto Ierusalimschy's lua_struct does it.
// Threading: as the state.
// See: http://www.inf.puc-rio.br/~roberto/struct/; README.md of this folder, "Libraries".
#include <algorithm>
#include <bit>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "server/scripting/script_libraries.h"

namespace corral::scripting {
namespace {

constexpr int kMaxIntegerBytes = 32;
constexpr int kNaturalAlign = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads one format, option by option.
class Format {
 public:
  Format(lua_State* state, const char* text) : state_(state), next_(text) {}

  // False at the end.
  bool step() {
    if (*next_ == '\0') return false;
    option_ = *next_++;
    size_ = size_of_option();
    return true;
  }
  char option() const { return option_; }
  size_t size() const { return size_; }
  bool big_endian() const { return big_endian_; }
  size_t padding(size_t at) const {
    if (size_ == 0 || option_ == 'c') return 0;
    const size_t unit = std::min<size_t>(size_, static_cast<size_t>(align_));
    return (unit - (at & (unit - 1))) & (unit - 1);
  }
  // An option that is no item: byte order, alignment, a space.
  void control() {
    switch (option_) {
      case ' ': return;
      case '>': big_endian_ = true; return;
      case '<': big_endian_ = false; return;
      case '!': {
        const int align = number(kNaturalAlign);
        if (align <= 0 || (align & (align - 1)) != 0) luaL_error(state_, "alignment %d is not a power of 2", align);
        align_ = align;
        return;
      }
      default:
        luaL_argerror(state_, 1, lua_pushfstring(state_, "invalid format option '%c'", option_));
    }
  }

 private:
  int number(int otherwise) {
    if (!is_digit(*next_)) return otherwise;
    int value = 0;
    do {
      const int digit = *next_ - '0';
      if (value > (INT_MAX - digit) / 10) luaL_error(state_, "integral size overflow");
      value = value * 10 + digit;
      ++next_;
    } while (is_digit(*next_));
    return value;
  }
  size_t size_of_option() {
    switch (option_) {
      case 'B': case 'b': case 'x': return 1;
      case 'H': case 'h': return sizeof(short);
      case 'L': case 'l': return sizeof(long);
      case 'T': return sizeof(size_t);
      case 'f': return sizeof(float);
      case 'd': return sizeof(double);
      case 'c': return static_cast<size_t>(number(1));
      case 'I': case 'i': {
        const int size = number(sizeof(int));
        if (size > kMaxIntegerBytes) {
          luaL_error(state_, "integral size %d is larger than limit of %d", size, kMaxIntegerBytes);
        }
        return static_cast<size_t>(size);
      }
      default: return 0;
    }
  }

  lua_State* state_;
  const char* next_;
  char option_ = '\0';
  size_t size_ = 0;
  bool big_endian_ = false;
  int align_ = 1;
};

bool is_integer_option(char option) { return option != '\0' && std::strchr("bBhHlLTiI", option) != nullptr; }

uint64_t to_bits(double number) {
  if (std::isnan(number)) return uint64_t{1} << 63;
  if (number < 0) return number <= -9223372036854775808.0 ? uint64_t{1} << 63 : static_cast<uint64_t>(static_cast<int64_t>(number));
  return number >= 18446744073709551616.0 ? 0 : static_cast<uint64_t>(number);
}

void put_integer(luaL_Buffer* out, uint64_t value, size_t size, bool big_endian) {
  char bytes[kMaxIntegerBytes];
  for (size_t i = 0; i < size; ++i) {
    bytes[big_endian ? size - 1 - i : i] = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  luaL_addlstring(out, bytes, size);
}

double get_integer(const char* bytes, size_t size, bool big_endian, bool is_signed) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[big_endian ? i : size - 1 - i]);
  }
  if (!is_signed) return static_cast<double>(value);
  if (size > 0 && size < 8) {
    const uint64_t mask = ~uint64_t{0} << (size * 8 - 1);
    if ((value & mask) != 0) value |= mask;
  }
  return static_cast<double>(static_cast<int64_t>(value));
}

template <typename Float>
void put_float(luaL_Buffer* out, Float value, bool big_endian) {
  char bytes[sizeof(Float)];
  std::memcpy(bytes, &value, sizeof value);
  if (big_endian) std::reverse(bytes, bytes + sizeof bytes);
  luaL_addlstring(out, bytes, sizeof bytes);
}

template <typename Float>
double get_float(const char* from, bool big_endian) {
  char bytes[sizeof(Float)];
  std::memcpy(bytes, from, sizeof bytes);
  if (big_endian) std::reverse(bytes, bytes + sizeof bytes);
  Float value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

// struct.pack(format, value …)
int pack(lua_State* state) {
  Format format(state, luaL_checkstring(state, 1));
  int argument = 2;
  size_t total = 0;
  lua_pushnil(state);  // parts the arguments from the pieces of the buffer
  luaL_Buffer out;
  luaL_buffinit(state, &out);
  while (format.step()) {
    size_t size = format.size();
    size_t padding = format.padding(total);
    total += padding;
    while (padding-- > 0) luaL_addchar(&out, '\0');
    const char option = format.option();
    if (is_integer_option(option)) {
      put_integer(&out, to_bits(luaL_checknumber(state, argument++)), size, format.big_endian());
    } else if (option == 'x') {
      luaL_addchar(&out, '\0');
    } else if (option == 'f') {
      put_float(&out, static_cast<float>(luaL_checknumber(state, argument++)), format.big_endian());
    } else if (option == 'd') {
      put_float(&out, luaL_checknumber(state, argument++), format.big_endian());
    } else if (option == 'c' || option == 's') {
      size_t length = 0;
      const char* text = luaL_checklstring(state, argument++, &length);
      if (size == 0) size = length;
      luaL_argcheck(state, length >= size, argument, "string too short");
      luaL_addlstring(&out, text, size);
      if (option == 's') {
        luaL_addchar(&out, '\0');
        ++size;
      }
    } else {
      format.control();
    }
    total += size;
  }
  luaL_pushresult(&out);
  return 1;
}

// struct.unpack(format, bytes [, position])
int unpack(lua_State* state) {
  Format format(state, luaL_checkstring(state, 1));
  size_t length = 0;
  const char* data = luaL_checklstring(state, 2, &length);
  const lua_Integer from = luaL_optinteger(state, 3, 1);
  luaL_argcheck(state, from != 0, 3, "offset must be 1 or greater");
  size_t at = static_cast<size_t>(from) - 1;
  int results = 0;
  while (format.step()) {
    size_t size = format.size();
    at += format.padding(at);
    luaL_argcheck(state, size <= length && at <= length - size, 2, "data string too short");
    luaL_checkstack(state, 2, "too many results");
    const char option = format.option();
    if (is_integer_option(option)) {
      lua_pushnumber(state, get_integer(data + at, size, format.big_endian(), option >= 'a'));
      ++results;
    } else if (option == 'f' || option == 'd') {
      lua_pushnumber(state, option == 'f' ? get_float<float>(data + at, format.big_endian())
                                          : get_float<double>(data + at, format.big_endian()));
      ++results;
    } else if (option == 'c') {
      if (size == 0) {
        if (results == 0 || lua_isnumber(state, -1) == 0) luaL_error(state, "format 'c0' needs a previous size");
        const lua_Number wanted = lua_tonumber(state, -1);
        lua_pop(state, 1);
        --results;
        luaL_argcheck(state, wanted >= 0 && wanted <= static_cast<double>(length - at), 2, "data string too short");
        size = static_cast<size_t>(wanted);
      }
      lua_pushlstring(state, data + at, size);
      ++results;
    } else if (option == 's') {
      const void* end = std::memchr(data + at, '\0', length - at);
      if (end == nullptr) return luaL_error(state, "unfinished string in data");
      size = static_cast<size_t>(static_cast<const char*>(end) - (data + at)) + 1;
      lua_pushlstring(state, data + at, size - 1);
      ++results;
    } else if (option != 'x') {
      format.control();
    }
    at += size;
  }
  lua_pushinteger(state, static_cast<lua_Integer>(at + 1));
  return results + 1;
}

// struct.size(format)
int size(lua_State* state) {
  Format format(state, luaL_checkstring(state, 1));
  size_t total = 0;
  while (format.step()) {
    total += format.padding(total);
    if (format.option() == 's') luaL_argerror(state, 1, "option 's' has no fixed size");
    if (format.option() == 'c' && format.size() == 0) luaL_argerror(state, 1, "option 'c0' has no fixed size");
    const char option = format.option();
    const bool named = is_digit(option) || (option >= 'a' && option <= 'z') || (option >= 'A' && option <= 'Z');
    if (!named) format.control();
    total += format.size();
  }
  lua_pushinteger(state, static_cast<lua_Integer>(total));
  return 1;
}

constexpr luaL_Reg kFunctions[] = {{"pack", pack}, {"unpack", unpack}, {"size", size}, {nullptr, nullptr}};

}  // namespace

void open_struct(lua_State* state) {
  lua_newtable(state);
  luaL_register(state, nullptr, kFunctions);
  lua_setglobal(state, "struct");
}

}  // namespace corral::scripting

// cjson.decode
// Threading: as the state.
// See: json.h.
#include <cctype>
#include <cstring>
#include <string_view>

#include "protocol/c_number.h"
#include "server/scripting/counted_text.h"
#include "server/scripting/json.h"

namespace corral::scripting {
namespace {

enum class Token : uint8_t { kObjectBegin, kObjectEnd, kArrayBegin, kArrayEnd, kString, kNumber, kBoolean, kNull, kColon,
                             kComma, kEnd, kError };
// As errors name them.
constexpr const char* kTokenNames[] = {"T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER",
                                       "T_BOOLEAN",   "T_NULL",    "T_COLON",     "T_COMMA",   "T_END"};

class Decoder {
 public:
  // `text` ends with a NUL, as every string of Lua.
  Decoder(lua_State* state, const JsonSettings& settings, std::string_view text)
      : state_(state), settings_(settings), begin_(text.data()), next_(text.data()), string_(state) {}

  // Pushes the value of the whole text.
  void decode() {
    step();
    push_value();
    step();
    if (token_ != Token::kEnd) fail("the end");
  }

 private:
  void fail(const char* expected) {
    const char* found = token_ == Token::kError ? error_ : kTokenNames[static_cast<size_t>(token_)];
    luaL_error(state_, "Expected %s but found %s at character %d", expected, found, static_cast<int>(at_ + 1));
  }
  void set(Token token) { token_ = token; }
  void set_error(const char* text) {
    token_ = Token::kError;
    error_ = text;
    at_ = static_cast<size_t>(next_ - begin_);
  }

  void step() {
    while (*next_ == ' ' || *next_ == '\t' || *next_ == '\n' || *next_ == '\r') ++next_;
    at_ = static_cast<size_t>(next_ - begin_);
    constexpr std::string_view kSingle = "{}[]:,";
    constexpr Token kTokens[] = {Token::kObjectBegin, Token::kObjectEnd, Token::kArrayBegin,
                                 Token::kArrayEnd,    Token::kColon,     Token::kComma};
    const char c = *next_;
    if (c == '\0') return set(Token::kEnd);
    if (const size_t single = kSingle.find(c); single != std::string_view::npos) {
      ++next_;
      return set(kTokens[single]);
    }
    if (c == '"') return read_string();
    if (c == '-' || (c >= '0' && c <= '9')) {
      if (settings_.decode_invalid_numbers == 0 && is_invalid_number()) return set_error("invalid number");
      return read_number();
    }
    if (word("true")) return set_boolean(true);
    if (word("false")) return set_boolean(false);
    if (word("null")) return set(Token::kNull);
    // Only what is known to be a number of that kind, so that all other nonsense is an invalid token.
    constexpr std::string_view kMayBegin = "+iInN";
    if (kMayBegin.find(c) != std::string_view::npos && settings_.decode_invalid_numbers != 0 && is_invalid_number()) {
      return read_number();
    }
    set_error("invalid token");
  }
  bool word(const char* text) {
    const size_t size = std::strlen(text);
    if (std::strncmp(next_, text, size) != 0) return false;
    next_ += size;
    return true;
  }
  void set_boolean(bool value) {
    token_ = Token::kBoolean;
    number_ = value ? 1 : 0;
  }

  // Whether what comes is no number in the sense of JSON: inf, nan, hexadecimal, a plus sign, leading zeros.
  bool is_invalid_number() const {
    const char* p = next_;
    if (*p == '+') return true;
    if (*p == '-') ++p;
    if (*p == '0') {
      const char ch2 = static_cast<char>(p[1] | 0x20);
      return ch2 == 'x' || (p[1] >= '0' && p[1] <= '9');
    }
    if (*p <= '9') return false;
    return strncasecmp(p, "inf", 3) == 0 || strncasecmp(p, "nan", 3) == 0;
  }
  // All that the C library reads as a number: also hexadecimal, infinity and not-a-number.
  void read_number() {
    const char* const end = protocol::read_c_double(next_, number_);  // Lua ends its strings by a NUL
    if (end == next_) return set_error("invalid number");
    token_ = Token::kNumber;
    next_ = end;
  }

  void read_string() {
    string_.clear();
    ++next_;
    while (*next_ != '"') {
      const char* plain = next_;
      while (*next_ != '"' && *next_ != '\\' && *next_ != '\0') ++next_;
      string_.append({plain, static_cast<size_t>(next_ - plain)});
      if (*next_ == '\0') return set_error("unexpected end of string");
      if (*next_ == '"') break;
      if (next_[1] == 'u') {
        if (!read_unicode()) return set_error("invalid unicode escape code");
        continue;
      }
      constexpr std::string_view kNames = "\"\\/btnfr";
      constexpr std::string_view kValues = "\"\\/\b\t\n\f\r";
      const size_t which = next_[1] == '\0' ? std::string_view::npos : kNames.find(next_[1]);
      if (which == std::string_view::npos) return set_error("invalid escape code");
      string_.push(static_cast<unsigned char>(kValues[which]));
      next_ += 2;
    }
    ++next_;
    token_ = Token::kString;
  }
  // Four hexadecimal digits; -1 when there are none.
  static int hex4(const char* digits) {
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = digits[i];
      const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
      if (digit < 0) return -1;
      value = value << 4 | digit;
    }
    return value;
  }
  bool read_unicode() {
    int code = hex4(next_ + 2);
    if (code < 0) return false;
    size_t length = 6;
    if ((code & 0xf800) == 0xd800) {  // one of a pair
      if ((code & 0x400) != 0 || next_[6] != '\\' || next_[7] != 'u') return false;
      const int low = hex4(next_ + 8);
      if (low < 0 || (low & 0xfc00) != 0xdc00) return false;
      code = (((code & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
      length = 12;
    }
    push_utf8(static_cast<unsigned>(code));
    next_ += length;
    return true;
  }
  void push_utf8(unsigned code) {
    const auto byte = [this](unsigned value) { string_.push(static_cast<unsigned char>(value)); };
    if (code <= 0x7f) return byte(code);
    if (code <= 0x7ff) {
      byte(code >> 6 | 0xc0);
    } else {
      if (code <= 0xffff) {
        byte(code >> 12 | 0xe0);
      } else {
        byte(code >> 18 | 0xf0);
        byte((code >> 12 & 0x3f) | 0x80);
      }
      byte((code >> 6 & 0x3f) | 0x80);
    }
    byte((code & 0x3f) | 0x80);
  }

  void push_value() {
    switch (token_) {
      case Token::kString: return string_.push_result();
      case Token::kNumber: return lua_pushnumber(state_, number_);
      case Token::kBoolean: return lua_pushboolean(state_, number_ != 0 ? 1 : 0);
      case Token::kNull: return lua_pushlightuserdata(state_, nullptr);
      case Token::kObjectBegin: return push_object();
      case Token::kArrayBegin: return push_array();
      default: fail("value");
    }
  }
  void descend(int slots) {
    if (++depth_ > settings_.decode_max_depth || lua_checkstack(state_, slots) == 0) {
      luaL_error(state_, "Found too many nested data structures (%d) at character %d", depth_,
                 static_cast<int>(next_ - begin_));
    }
  }
  void push_object() {
    descend(3);
    lua_newtable(state_);
    step();
    if (token_ == Token::kObjectEnd) {
      --depth_;
      return;
    }
    for (;;) {
      if (token_ != Token::kString) fail("object key string");
      string_.push_result();
      step();
      if (token_ != Token::kColon) fail("colon");
      step();
      push_value();
      lua_rawset(state_, -3);
      step();
      if (token_ == Token::kObjectEnd) {
        --depth_;
        return;
      }
      if (token_ != Token::kComma) fail("comma or object end");
      step();
    }
  }
  void push_array() {
    descend(2);
    lua_newtable(state_);
    step();
    if (token_ == Token::kArrayEnd) {
      --depth_;
      return;
    }
    for (int i = 1;; ++i) {
      push_value();
      lua_rawseti(state_, -2, i);
      step();
      if (token_ == Token::kArrayEnd) {
        --depth_;
        return;
      }
      if (token_ != Token::kComma) fail("comma or array end");
      step();
    }
  }

  lua_State* state_;
  const JsonSettings& settings_;
  const char* begin_;
  const char* next_;
  Token token_ = Token::kEnd;
  const char* error_ = nullptr;
  size_t at_ = 0;
  double number_ = 0;
  int depth_ = 0;
  CountedText string_;
};

}  // namespace

int json_decode(lua_State* state) {
  luaL_argcheck(state, lua_gettop(state) == 1, 1, "expected 1 argument");
  size_t size = 0;
  const char* text = luaL_checklstring(state, 1, &size);
  if (size >= 2 && (text[0] == '\0' || text[1] == '\0')) {
    return luaL_error(state, "JSON parser does not support UTF-16 or UTF-32");
  }
  Decoder(state, json_settings(state), {text, size}).decode();
  return 1;
}

}  // namespace corral::scripting

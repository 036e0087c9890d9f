// Scans templates for what they refer to.
// Threading: pure functions.
// See: placeholders.h; PostgreSQL's manual, "Lexical Structure".
#include "server/origin/placeholders.h"

#include <algorithm>

namespace corral::origin {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool name_byte(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 128;
}

size_t behind(std::string_view text, std::string_view end, size_t from) {
  const size_t found = text.find(end, from);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

// Behind /* … */, which nest.
size_t behind_comment(std::string_view sql, size_t at) {
  size_t depth = 0;
  do {
    if (sql.substr(at, 2) == "/*") {
      ++depth;
      at += 2;
    } else if (sql.substr(at, 2) == "*/") {
      --depth;
      at += 2;
    } else {
      ++at;
    }
  } while (depth > 0 && at < sql.size());
  return std::min(at, sql.size());
}

// Behind E'…', where a backslash takes the next byte with it; `at` is the quote.
size_t behind_escapes(std::string_view sql, size_t at) {
  for (++at; at < sql.size() && sql[at] != '\''; ++at) {
    if (sql[at] == '\\') ++at;
  }
  return std::min(at + 1, sql.size());
}

// Behind $tag$ … $tag$, or `at` when no such quote begins there.
size_t behind_dollar_quote(std::string_view sql, size_t at) {
  size_t end = at + 1;
  if (end < sql.size() && digit(sql[end])) return at;
  while (end < sql.size() && name_byte(sql[end])) ++end;
  if (end >= sql.size() || sql[end] != '$') return at;
  const std::string_view tag = sql.substr(at, end + 1 - at);
  return behind(sql, tag, end + 1);
}

}  // namespace

size_t most_placeholder(std::string_view text) {
  size_t most = 0;
  for (size_t at = 0; at + 2 < text.size(); ++at) {
    if (text[at] == '{' && digit(text[at + 1]) && text[at + 2] == '}') {
      most = std::max(most, static_cast<size_t>(text[at + 1] - '0'));
    }
  }
  return most;
}

size_t most_parameter(std::string_view sql) {
  constexpr size_t kMost = 65'536;
  size_t most = 0;
  for (size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == '\'' || c == '"') {
      const bool escapes =
          c == '\'' && at > 0 && (sql[at - 1] | 0x20) == 'e' && (at == 1 || !name_byte(sql[at - 2]));
      at = escapes ? behind_escapes(sql, at) : behind(sql, std::string_view(&sql[at], 1), at + 1);
    } else if (sql.substr(at, 2) == "--") {
      at = behind(sql, "\n", at);
    } else if (sql.substr(at, 2) == "/*") {
      at = behind_comment(sql, at);
    } else if (c == '$' && (at == 0 || !name_byte(sql[at - 1]))) {
      const size_t end = behind_dollar_quote(sql, at);
      size_t number = 0;
      for (++at; at < sql.size() && digit(sql[at]); ++at) {
        number = std::min(number * 10 + static_cast<size_t>(sql[at] - '0'), kMost);
      }
      most = std::max(most, number);
      at = std::max(at, end);
    } else {
      ++at;
    }
  }
  return most;
}

}  // namespace corral::origin

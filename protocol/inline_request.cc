// The inline half of the request parser: a line of words, quoted as in a shell.
// Threading: one parser per connection, used by the connection's worker only.
// See: README.md of this folder, "Requests"; request_parser.cc for the other half.
#include "protocol/error_text.h"
#include "protocol/request_parser.h"

namespace corral::protocol {
namespace {

// Between words every white space of the C locale is skipped, but only these four end an unquoted word.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool ends_word(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_quote(char c) { return c == '"' || c == '\''; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

char escaped(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return c;
  }
}

// One byte of a double-quoted part that is no closing quote; returns where the next begins.
const char* take_quoted_byte(const char* cursor, const char* end, std::string& out) {
  if (*cursor != '\\' || cursor + 1 == end) {
    out += *cursor;
    return cursor + 1;
  }
  if (cursor[1] == 'x' && end - cursor >= 4 && hex_value(cursor[2]) >= 0 && hex_value(cursor[3]) >= 0) {
    out += static_cast<char>(hex_value(cursor[2]) * 16 + hex_value(cursor[3]));
    return cursor + 4;
  }
  out += escaped(cursor[1]);
  return cursor + 2;
}

// Reads the quoted part that `cursor` stands on. Returns behind the closing quote, which must end the word, or nullptr.
const char* take_quoted_part(const char* cursor, const char* end, std::string& out) {
  const char quote = *cursor++;
  while (cursor < end) {
    if (*cursor == quote) {
      ++cursor;
      return cursor == end || is_space(*cursor) ? cursor : nullptr;
    }
    if (quote == '"') {
      cursor = take_quoted_byte(cursor, end, out);
    } else {
      if (*cursor == '\\' && cursor + 1 < end && cursor[1] == '\'') ++cursor;
      out += *cursor++;
    }
  }
  return nullptr;
}

}  // namespace

RequestParser::Result RequestParser::parse_inline(Bytes input, std::vector<Bytes>& arguments) {
  const size_t old_size = arguments.size();
  size_t at = 0;
  switch (find_line_end(input, 0, '\n', at)) {
    case Line::kWhole:
      break;
    case Line::kIncomplete:
      wanted_ = 0;
      return {ParseStatus::kNeedMore, 0};
    default:
      error_ = error_text::kTooBigInline;
      return fail(old_size, arguments);
  }
  Bytes line = input.substr(0, at);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!split_inline(line, arguments)) {
    error_ = error_text::kUnbalancedQuotes;
    return fail(old_size, arguments);
  }
  forget();
  return {ParseStatus::kRequest, at + 1};
}

bool RequestParser::split_inline(Bytes line, std::vector<Bytes>& arguments) {
  const char* cursor = line.data();
  const char* const end = cursor + line.size();
  std::string().swap(unquoted_);
  for (;;) {
    while (cursor < end && is_space(*cursor)) ++cursor;
    if (cursor == end) return true;
    const char* const word = cursor;
    while (cursor < end && !ends_word(*cursor) && !is_quote(*cursor)) ++cursor;
    if (cursor == end || !is_quote(*cursor)) {
      arguments.emplace_back(word, static_cast<size_t>(cursor - word));
      continue;
    }
    // A quoted part ends its word, so that one word has at most one. Unquoting never makes a line longer: reserving
    // its size once keeps the views valid.
    unquoted_.reserve(line.size());
    const size_t start = unquoted_.size();
    unquoted_.append(word, cursor);
    cursor = take_quoted_part(cursor, end, unquoted_);
    if (cursor == nullptr) return false;
    arguments.emplace_back(unquoted_.data() + start, unquoted_.size() - start);
  }
}

}  // namespace corral::protocol

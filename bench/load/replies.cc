// Finding where one reply ends, in RESP2 and in both memcached protocols.
// Threading: pure functions.
// See: bench/load/requests.h
#include <charconv>
#include <system_error>

#include "bench/load/requests.h"

namespace corral::bench {
namespace {

// Length of the line with its CR LF, 0 when the end has not come.
size_t line_length(std::string_view bytes) {
  const size_t newline = bytes.find('\n');
  return newline == std::string_view::npos ? 0 : newline + 1;
}

// The number behind the first `skip` bytes of a line; -1 for a null and for anything unreadable.
int64_t number_in(std::string_view line, size_t skip) {
  int64_t number = -1;
  if (line.size() <= skip) return -1;
  const auto result = std::from_chars(line.data() + skip, line.data() + line.size(), number);
  return result.ec == std::errc() ? number : -1;
}

size_t next_resp(std::string_view bytes, ReplyKind& kind) {
  const size_t line = line_length(bytes);
  if (line == 0) return 0;
  switch (bytes[0]) {
    case '+':
    case ':':
    case '_':
      return line;
    case '-':
      kind = ReplyKind::kError;
      return line;
    case '$': {
      const int64_t size = number_in(bytes.substr(0, line), 1);
      if (size < 0) {
        kind = ReplyKind::kMiss;
        return line;
      }
      const size_t whole = line + static_cast<size_t>(size) + 2;
      return whole <= bytes.size() ? whole : 0;
    }
    case '*': {
      size_t used = line;
      for (int64_t left = number_in(bytes.substr(0, line), 1); left > 0; --left) {
        const size_t element = next_resp(bytes.substr(used), kind);
        if (element == 0) return 0;
        used += element;
      }
      return used;
    }
    default:
      kind = ReplyKind::kError;
      return bytes.size();
  }
}

size_t next_meta(std::string_view bytes, ReplyKind& kind) {
  const size_t line = line_length(bytes);
  if (line == 0) return 0;
  const std::string_view code = bytes.substr(0, 2);
  if (code == "HD" || code == "MN") return line;
  if (code == "EN" || code == "NF") {
    kind = ReplyKind::kMiss;
    return line;
  }
  const int64_t size = code == "VA" ? number_in(bytes.substr(0, line), 3) : -1;
  if (size < 0) {
    kind = ReplyKind::kError;
    return line;
  }
  const size_t whole = line + static_cast<size_t>(size) + 2;
  return whole <= bytes.size() ? whole : 0;
}

size_t next_text(std::string_view bytes, ReplyKind& kind) {
  size_t used = 0;
  kind = ReplyKind::kMiss;  // until a VALUE shows up
  for (;;) {
    const size_t line = line_length(bytes.substr(used));
    if (line == 0) return 0;
    const std::string_view text = bytes.substr(used, line);
    if (text == "END\r\n") return used + line;
    if (!text.starts_with("VALUE ")) {
      const bool known = text == "STORED\r\n" || text == "DELETED\r\n" || text.starts_with("VERSION ") ||
                         (text[0] >= '0' && text[0] <= '9');
      if (text != "NOT_FOUND\r\n") kind = known ? ReplyKind::kPlain : ReplyKind::kError;
      return used + line;
    }
    kind = ReplyKind::kPlain;
    const int64_t size = number_in(text, text.rfind(' ') + 1);
    if (size < 0) {
      kind = ReplyKind::kError;
      return bytes.size();
    }
    used += line + static_cast<size_t>(size) + 2;
    if (used > bytes.size()) return 0;
  }
}

}  // namespace

size_t next_reply(Protocol protocol, std::string_view bytes, ReplyKind& kind) {
  kind = ReplyKind::kPlain;
  switch (protocol) {
    case Protocol::kResp:
      return next_resp(bytes, kind);
    case Protocol::kMemcachedMeta:
      return next_meta(bytes, kind);
    case Protocol::kMemcachedText:
      return next_text(bytes, kind);
  }
  return 0;
}

}  // namespace corral::bench

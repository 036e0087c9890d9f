// Formats what MONITOR shows.
// Threading: pure functions.
// See: monitor_line.h.
#include "server/dispatch/monitor_line.h"

#include "protocol/number.h"
#include "server/config/words.h"

namespace corral::dispatch {

std::string quoted(protocol::Bytes bytes) { return config::quoted(bytes); }

bool is_secret(std::span<const protocol::Bytes> arguments, size_t i) {
  using protocol::equals_ignore_case;
  if (i == 0) return false;
  if (equals_ignore_case(arguments[0], "auth")) return true;
  if (equals_ignore_case(arguments[0], "hello")) {
    const auto follows_auth = [&](size_t behind) { return i >= 2 + behind && equals_ignore_case(arguments[i - behind], "auth"); };
    return follows_auth(1) || follows_auth(2);
  }
  if (i >= 2 && equals_ignore_case(arguments[0], "acl") && equals_ignore_case(arguments[1], "setuser")) return true;
  return i >= 3 && i % 2 == 1 && equals_ignore_case(arguments[0], "config") && equals_ignore_case(arguments[1], "set") &&
         equals_ignore_case(arguments[i - 1], "requirepass");
}

std::string monitor_line(int64_t now_us, int database, std::string_view address,
                         std::span<const protocol::Bytes> arguments) {
  const std::string micros = protocol::int64_text(now_us % 1'000'000);
  std::string line(1, '+');
  line += protocol::int64_text(now_us / 1'000'000);
  line += '.';
  line.append(6 - micros.size(), '0').append(micros);
  line += " [";
  line += protocol::int64_text(database);
  line += ' ';
  line += address;
  line += ']';
  for (size_t i = 0; i < arguments.size(); ++i) {
    line += ' ';
    line += config::quoted(is_secret(arguments, i) ? kRedacted : arguments[i]);
  }
  return line += "\r\n";
}

}  // namespace corral::dispatch

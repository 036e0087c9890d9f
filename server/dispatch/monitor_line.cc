// Formats what MONITOR shows.
// Threading: pure functions.
// See: monitor_line.h.
#include "server/dispatch/monitor_line.h"

#include "protocol/number.h"
#include "server/config/words.h"

namespace corral::dispatch {

std::string quoted(protocol::Bytes bytes) { return config::quoted(bytes); }

std::string monitor_line(int64_t now_us, int database, std::string_view address,
                         std::span<const protocol::Bytes> arguments) {
  const std::string micros = protocol::int64_text(now_us % 1'000'000);
  std::string line = protocol::int64_text(now_us / 1'000'000);
  line += '.';
  line.append(6 - micros.size(), '0').append(micros);
  line += " [";
  line += protocol::int64_text(database);
  line += ' ';
  line += address;
  line += ']';
  for (const protocol::Bytes argument : arguments) {
    line += ' ';
    line += config::quoted(argument);
  }
  return line;
}

}  // namespace corral::dispatch

// Formats a log line and writes it with one call.
// Threading: see log.h.
// See: log.h.
#include "server/base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace corral::base {

Log::Log(const Clock& clock, LogLevel level, const std::string& path) : clock_(clock), level_(level), fd_(1) {
  if (path.empty()) return;
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd >= 0) {
    fd_ = fd;
  } else {
    warning("cannot open the log file " + path + ", logging to standard output");
  }
}

Log::~Log() {
  if (fd_ > 2) close(fd_);
}

void Log::write(LogLevel level, std::string_view text) const {
  if (!enabled(level)) return;
  static constexpr char kMarks[] = {'.', '-', '*', '#'};
  const int64_t ms = clock_.wall_ms();
  const time_t seconds = static_cast<time_t>(ms / 1000);
  tm parts{};
  localtime_r(&seconds, &parts);
  char stamp[40];
  const size_t length = strftime(stamp, sizeof stamp, "%d %b %Y %H:%M:%S", &parts);
  std::string line = std::to_string(getpid()) + ":C ";
  line.append(stamp, length);
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03d ", static_cast<int>(ms % 1000));
  line += fraction;
  line += kMarks[static_cast<int>(level)];
  line += ' ';
  line += text;
  line += '\n';
  [[maybe_unused]] const ssize_t written = ::write(fd_, line.data(), line.size());
}

}  // namespace corral::base

// One line per event on standard output or a file, with a level.
// Threading: any thread; one write call per line.
// See: README.md of this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/clock.h"

namespace corral::base {

enum class LogLevel : uint8_t { kDebug, kVerbose, kNotice, kWarning };

/// Writes `pid:role time mark text` as Redis does, so that people's log tools keep working. Never called while a
/// stripe is held.
class Log {
 public:
  /// `path` empty: standard output. A file that cannot be opened: standard output, and a line that says so.
  Log(const Clock& clock, LogLevel level, const std::string& path);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  bool enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view text) const;
  void notice(std::string_view text) const { write(LogLevel::kNotice, text); }
  void warning(std::string_view text) const { write(LogLevel::kWarning, text); }

 private:
  const Clock& clock_;
  std::atomic<LogLevel> level_;
  int fd_;
};

}  // namespace corral::base

// The last commands that were slow or large (SLOWLOG, COMMANDLOG) and the spikes of named events (LATENCY).
// Threading: any worker; leaf mutexes, taken only for the rare slow event.
// See: README.md of this folder.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace corral::metrics {

struct LoggedCommand {
  uint64_t id = 0;
  int64_t at_seconds = 0;
  int64_t amount = 0;                  // microseconds, or bytes
  std::vector<std::string> arguments;  // shortened as Redis does: 32 arguments, 128 bytes each
  std::string client_address;
  std::string client_name;
};

class CommandLog {
 public:
  static constexpr size_t kMaxArguments = 32;
  static constexpr size_t kMaxArgumentBytes = 128;

  /// Keeps the entry as the newest and drops the oldest beyond `max_length`.
  void add(LoggedCommand command, size_t max_length);
  /// Newest first; count < 0: all.
  std::vector<LoggedCommand> newest(int64_t count) const;
  size_t size() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::deque<LoggedCommand> entries_;
  uint64_t next_id_ = 0;
};

struct CommandLogs {
  CommandLog slow;
  CommandLog large_requests;
  CommandLog large_replies;
};

/// Per event the last 160 seconds that had a spike, the worst of each, as Redis' latency monitor keeps them.
class LatencyMonitor {
 public:
  struct Sample {
    int64_t at_seconds = 0;
    int64_t ms = 0;
  };
  static constexpr size_t kSamples = 160;

  void add(const std::string& event, int64_t at_seconds, int64_t ms);
  /// Oldest first; empty for an unknown event.
  std::vector<Sample> history(const std::string& event) const;
  struct Latest {
    std::string event;
    Sample last;
    int64_t max_ms = 0;
  };
  std::vector<Latest> latest() const;
  /// Forgets one event (or all with an empty name); returns how many were forgotten.
  size_t reset(const std::string& event);

 private:
  struct Series {
    std::deque<Sample> samples;
    int64_t max_ms = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Series> events_;
};

}  // namespace corral::metrics

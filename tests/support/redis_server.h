// A real redis-server 7.0 that lives as long as one object, to compare with.
// Threading: used by the thread that made it; the server ends with that thread.
// See: tests/README.md.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace corral::test_support {

/// Starts redis-server on a unix socket in a directory of its own, without persistence, and waits until it answers
/// PING. Throws std::runtime_error with the server's output when it does not start.
class RedisServer {
 public:
  /// `arguments` are appended to the command line, e.g. {"--requirepass", "secret"}.
  explicit RedisServer(const std::vector<std::string>& arguments = {});
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  const std::string& socket_path() const { return socket_path_; }

 private:
  void start(const std::vector<std::string>& arguments);
  void wait_until_ready();
  bool answers() const;
  void stop();

  std::string directory_;
  std::string socket_path_;
  pid_t process_ = -1;
  int output_ = -1;  // what the server logs
};

}  // namespace corral::test_support

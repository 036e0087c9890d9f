// A server program (ours) that lives as long as one object and listens on a unix socket of its own.
// Threading: used by the thread that made it; the server ends with that thread.
// See: tests/README.md.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace corral::test_support {

/// Starts `program --port 0 --unixsocket <own directory>/server.sock` and waits until it answers PING.
/// Throws std::runtime_error with the program's output when it does not.
class ServerProcess {
 public:
  /// `arguments` are appended to the command line.
  explicit ServerProcess(const std::string& program, const std::vector<std::string>& arguments = {});
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  /// The program that CORRAL_SERVER in the environment names. Throws when it names none.
  static std::string corral_program();

  const std::string& socket_path() const { return socket_path_; }
  const std::string& directory() const { return directory_; }
  pid_t process() const { return process_; }
  bool is_running();
  /// All that the program wrote so far: its log, and what a sanitizer says of it.
  std::string output() const;
  /// Asks it to end by SIGTERM. The exit status, -signal when a signal ended it, empty when it did not end in
  /// time (it is killed then).
  std::optional<int> stop();

 private:
  void start(const std::string& program, const std::vector<std::string>& arguments);
  void wait_until_ready();
  bool wait_for_exit(int limit_ms);
  void kill_now();

  std::string directory_;
  std::string socket_path_;
  pid_t process_ = -1;
  int handle_ = -1;  // pidfd: readable when the process has ended
  std::optional<int> exit_status_;
};

}  // namespace corral::test_support

// A real PostgreSQL that lives as long as one object, in a folder of its own.
// Threading: used by the thread that made it; the server ends with that thread.
// See: tests/README.md.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

struct pg_conn;

namespace corral::test_support {

/// initdb, postgres on a unix socket, user "postgres" without a password. Throws std::runtime_error with the server's output
/// when it does not start. The clusters that Debian's package may have made are not touched.
class PostgresServer {
 public:
  /// `options` are of the form "max_connections=20".
  explicit PostgresServer(std::vector<std::string> options = {});
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  const std::string& socket_directory() const { return directory_; }
  /// Runs statements as the superuser; the first column of the last one's rows. Throws on errors.
  std::vector<std::string> ask(const std::string& statements);

  /// Ends the server as a crash would.
  void stop();
  /// After stop(): the same data again.
  void start();

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };

  std::string directory_;
  std::vector<std::string> options_;
  pid_t process_ = -1;
  int output_ = -1;  // what the server logs
  std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace corral::test_support

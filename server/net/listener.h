// Listening sockets (TCP and Unix) and the round-robin hand-out of accepted clients to workers.
// Threading: lives on worker 0's loop; open() before the workers start.
// See: README.md of this folder, "Accept".
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/base/result.h"
#include "server/dispatch/services.h"
#include "server/net/worker.h"

namespace corral::net {

/// One acceptor for all workers: the kernel's own spreading (shared listening sockets, SO_REUSEPORT) is uneven at tens of
/// connections, round robin is not.
class Listener {
 public:
  Listener(dispatch::Services& services, std::vector<std::unique_ptr<Worker>>& workers)
      : services_(services), workers_(workers) {}
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Binds what Settings say. An address with a leading '-' may fail; port 0 opens no TCP socket. Fails when nothing could be
  /// opened, or when the Unix socket's path cannot be used.
  base::Status open();
  /// Begins to accept on worker 0's loop; call on its thread, or before it runs.
  void start();
  /// Stops accepting and closes; on worker 0's thread.
  void stop();
  /// What a client is told that may not come in (too many clients, protected mode); null: it may.
  const char* reason_to_refuse(const NewConnection& incoming) const;

 private:
  struct Socket {
    uv_poll_t poll{};
    Listener* listener = nullptr;
    int fd = -1;
    bool unix_socket = false;
  };
  base::Status open_tcp(const std::string& address, int port);
  base::Status open_unix(const std::string& path);
  void add(int fd, bool unix_socket);
  void accept_some(Socket& socket);
  void turn_away(int fd, const char* text);

  dispatch::Services& services_;
  std::vector<std::unique_ptr<Worker>>& workers_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::string unix_path_;
  size_t next_worker_ = 0;
};

}  // namespace corral::net

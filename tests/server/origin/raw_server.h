// A server that says exactly what a test tells it to, also what no HTTP server should.
// Threading: every connection has a thread; all of them end with the object.
// See: tests/README.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace corral::origin {

/// One accepted connection.
class Peer {
 public:
  Peer(int socket, int number) : socket_(socket), number_(number) {}

  int number() const { return number_; }  ///< 1 for the first connection
  /// Head and body (by its Content-Length) of one request; empty when the other side has closed.
  std::string read_request();
  /// False when the other side is gone.
  bool send(std::string_view bytes);
  /// Until the other side closes, or the server ends.
  void wait_until_closed();
  /// Closes by a reset instead of an end.
  void reset_at_close();

 private:
  int socket_;
  int number_;
};

/// Listens on a port of 127.0.0.1 that the kernel chooses. A connection is closed when `serve` returns.
class RawServer {
 public:
  explicit RawServer(std::function<void(Peer&)> serve);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  int connections() const { return connections_.load(); }

 private:
  void accept_all();

  std::function<void(Peer&)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;  // of what follows
  bool closing_ = false;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace corral::origin

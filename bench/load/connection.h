// One client socket, connected, non-blocking, without Nagle's delay.
// Threading: one thread.
// See: bench/README.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/options.h"

namespace corral::bench {

// Nanoseconds of the monotonic clock.
uint64_t now_ns();

class Connection {
 public:
  Connection() = default;
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Writes the reason to stderr and returns false when the server cannot be reached.
  bool open(const Options& options);

  // Sends what the socket takes and keeps the rest for flush(). False when the connection is lost.
  bool send(std::string_view bytes);
  bool flush();
  bool has_unsent() const { return sent_ < unsent_.size(); }

  // Appends what has arrived to received(). False when the connection is lost.
  bool receive();
  std::string_view received() const { return {buffer_.data(), filled_}; }
  void drop_received(size_t bytes);

  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  std::string unsent_;
  size_t sent_ = 0;
  std::string buffer_;
  size_t filled_ = 0;
};

}  // namespace corral::bench

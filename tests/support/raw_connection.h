// A blocking client connection that sends bytes as they are and reads replies.
// Threading: one thread at a time.
// See: tests/README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/reply_reader.h"

namespace corral::test_support {

/// A connected socket. Every call that waits does so for at most kWaitLimitMs and then throws std::runtime_error, so that
/// a test which would hang fails instead.
class RawConnection {
 public:
  static constexpr int kWaitLimitMs = 20'000;

  /// Throw std::runtime_error when nobody listens.
  static RawConnection to_unix(const std::string& path);
  static RawConnection to_port(uint16_t port);  ///< 127.0.0.1

  RawConnection(RawConnection&& other) noexcept;
  RawConnection& operator=(RawConnection&&) = delete;
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection();

  /// Sends all of it. False when the other side has closed.
  bool send(protocol::Bytes bytes);
  /// No more will be sent; the server answers what it has and closes.
  void end_sending();

  /// The next reply; empty when the other side closed first. Throws when the bytes are no reply.
  std::optional<protocol::Reply> next();
  /// Encoded bytes of the reply that next() returned last.
  protocol::Bytes last_encoded() const { return reader_.last_encoded(); }
  /// Everything up to the end of the stream, undecoded.
  std::string read_to_end();

 private:
  explicit RawConnection(int socket) : socket_(socket) {}
  size_t receive(char* out, size_t room);

  int socket_;
  protocol::ReplyReader reader_;
};

/// A request as an array of bulks.
std::string encode_request(const std::vector<std::string>& arguments);

}  // namespace corral::test_support

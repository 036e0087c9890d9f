// A stream to one address: looked up, connected, encrypted if so wished; bytes out, bytes in.
// Threading: the origin thread only.
// See: README.md of this folder, "Deadlines, Connections".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/origin/name_lookup.h"
#include "server/origin/origin_loop.h"
#include "server/origin/tls_client.h"

namespace corral::origin {

struct LinkTarget {
  std::string host;  ///< a name, an address or, with a slash in front, a unix socket
  uint16_t port = 0;
  std::shared_ptr<const TlsClient> tls;  ///< null: none
  uint64_t connect_timeout_ms = 0;
};

class SocketLink {
 public:
  /// Told from within events of the loop; none of them may destroy the link.
  class Owner {
   public:
    virtual void on_open() = 0;
    /// Any piece of the stream.
    virtual void on_bytes(std::string_view bytes) = 0;
    /// Once; nothing comes after it. `timed_out`: connecting took too long.
    virtual void on_closed(const std::string& reason, bool timed_out) = 0;

   protected:
    ~Owner() = default;
  };

  SocketLink(OriginLoop& loop, const LinkTarget& target, Owner& owner);
  ~SocketLink();
  SocketLink(const SocketLink&) = delete;
  SocketLink& operator=(const SocketLink&) = delete;

  /// Once, right behind the constructor. on_open() or on_closed() comes later.
  void open();
  /// Adds to what is to be sent. flush() sends.
  void append(std::string_view bytes) { unsent_ += bytes; }
  void flush();
  size_t unsent_bytes() const { return unsent_.size() - sent_; }
  /// on_closed() comes in the next turn.
  void close_soon(std::string reason);

 private:
  enum class State : uint8_t { kLookingUp, kConnecting, kShakingHands, kOpen, kClosed };

  void found(std::vector<Address> addresses, const std::string& error);
  void connect_next();
  void watch_connecting();
  void connected();
  void shake_hands();
  void opened();
  void ready(int status, int events);
  void read_some();
  bool write_some();
  void watch();
  void close(std::string reason, bool timed_out = false);
  void drop_socket();

  OriginLoop& loop_;
  const LinkTarget target_;
  Owner& owner_;
  State state_ = State::kLookingUp;
  int fd_ = -1;
  std::unique_ptr<TlsSession> tls_;
  std::unique_ptr<Poll> poll_;
  std::optional<NameLookup> lookup_;
  std::vector<Address> addresses_;
  size_t next_address_ = 0;
  std::string last_error_;
  Timer timer_;
  std::string unsent_;
  size_t sent_ = 0;  // of unsent_
  int watched_ = 0;
  bool tls_wants_write_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace corral::origin

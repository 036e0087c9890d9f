// A server that does what a test tells it to: listens on a port of its own, hands out what comes, sends what it is given.
// Threading: the test's thread, which also runs the loop.
// See: server/origin/README.md.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/origin/origin_loop.h"

namespace corral::origin {

class FakeServer {
 public:
  /// Who has connected. Destroying it, or close(), ends the connection.
  class Peer {
   public:
    using Heard = std::function<void(Peer&, std::string_view bytes)>;

    Peer(OriginLoop& loop, int fd, Heard heard) : fd_(fd), heard_(std::move(heard)) {
      poll_ = std::make_unique<Poll>(loop, fd, [this](int, int) {
        std::array<char, 65'536> bytes;
        const ssize_t size = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (size <= 0) return close();
        heard_(*this, {bytes.data(), static_cast<size_t>(size)});
      });
      poll_->watch(UV_READABLE);
    }
    ~Peer() { close(); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void say(std::string_view bytes) { (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    void close() {
      poll_.reset();
      if (fd_ >= 0) ::close(fd_);
      fd_ = -1;
    }

   private:
    int fd_;
    Heard heard_;
    std::unique_ptr<Poll> poll_;
  };

  FakeServer(OriginLoop& loop, Peer::Heard heard) : loop_(loop), heard_(std::move(heard)) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd_, any, size) != 0 || listen(fd_, 64) != 0 || getsockname(fd_, any, &size) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    port_ = ntohs(address.sin_port);
    poll_ = std::make_unique<Poll>(loop, fd_, [this](int, int) {
      const int peer = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer >= 0) peers_.push_back(std::make_unique<Peer>(loop_, peer, heard_));
    });
    poll_->watch(UV_READABLE);
  }
  ~FakeServer() {
    poll_.reset();
    ::close(fd_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  uint16_t port() const { return port_; }
  std::string host_port() const { return "127.0.0.1:" + std::to_string(port_); }
  size_t connected() const { return peers_.size(); }  ///< ever
  Peer& peer(size_t index) { return *peers_.at(index); }

 private:
  OriginLoop& loop_;
  Peer::Heard heard_;
  int fd_ = -1;
  uint16_t port_ = 0;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::unique_ptr<Poll> poll_;
};

}  // namespace corral::origin

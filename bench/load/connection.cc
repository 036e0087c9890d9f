// Client sockets: connect, send, receive, without any blocking after the connect.
// Threading: one thread.
// See: bench/load/connection.h
#include "bench/load/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <utility>

namespace corral::bench {
namespace {

constexpr size_t kReadBytes = 16 * 1024;

int connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const int reason = errno;
    close(fd);
    errno = reason;
    return -1;
  }
  return fd;
}

int connect_tcp(const std::string& host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    errno = EINVAL;
    return -1;
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const int reason = errno;
    close(fd);
    errno = reason;
    return -1;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

}  // namespace

uint64_t now_ns() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count());
}

Connection::Connection(Connection&& other) noexcept {
  *this = std::move(other);
}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(unsent_, other.unsent_);
  std::swap(sent_, other.sent_);
  std::swap(buffer_, other.buffer_);
  std::swap(filled_, other.filled_);
  return *this;
}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

bool Connection::open(const Options& options) {
  fd_ = options.unix_path.empty() ? connect_tcp(options.host, options.port) : connect_unix(options.unix_path);
  if (fd_ < 0 || fcntl(fd_, F_SETFL, O_NONBLOCK) != 0) {
    std::fprintf(stderr, "corral-load: cannot connect: %s\n", std::strerror(errno));
    return false;
  }
  return true;
}

bool Connection::send(std::string_view bytes) {
  if (has_unsent()) {
    unsent_.append(bytes);
    return flush();
  }
  const ssize_t taken = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (taken == static_cast<ssize_t>(bytes.size())) return true;
  if (taken < 0 && errno != EAGAIN && errno != EINTR) return false;
  unsent_.assign(bytes.substr(taken < 0 ? 0 : static_cast<size_t>(taken)));
  sent_ = 0;
  return true;
}

bool Connection::flush() {
  while (has_unsent()) {
    const ssize_t taken = ::send(fd_, unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
    if (taken < 0) return errno == EAGAIN || errno == EINTR;
    sent_ += static_cast<size_t>(taken);
  }
  unsent_.clear();
  sent_ = 0;
  return true;
}

bool Connection::receive() {
  if (buffer_.size() < filled_ + kReadBytes) buffer_.resize(2 * filled_ + kReadBytes);
  const ssize_t got = recv(fd_, buffer_.data() + filled_, buffer_.size() - filled_, 0);
  if (got > 0) filled_ += static_cast<size_t>(got);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void Connection::drop_received(size_t bytes) {
  if (bytes < filled_) std::memmove(buffer_.data(), buffer_.data() + bytes, filled_ - bytes);
  filled_ -= bytes;
}

}  // namespace corral::bench

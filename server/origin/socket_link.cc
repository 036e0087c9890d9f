// Connecting, reading and writing without ever waiting.
// Threading: see socket_link.h.
// See: socket_link.h.
#include "server/origin/socket_link.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace corral::origin {
namespace {

constexpr size_t kReadBytes = 65'536;
// So many reads in one turn; the rest waits for the next one.
constexpr int kMostReads = 8;

}  // namespace

SocketLink::SocketLink(OriginLoop& loop, const LinkTarget& target, Owner& owner)
    : loop_(loop),
      target_(target),
      owner_(owner),
      timer_(loop, [this] { close("connecting took longer than connect-timeout", true); }) {}

SocketLink::~SocketLink() {
  drop_socket();
}

void SocketLink::drop_socket() {
  poll_.reset();
  tls_.reset();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void SocketLink::open() {
  timer_.start_ms(target_.connect_timeout_ms);
  if (!target_.host.starts_with('/')) {
    lookup_.emplace(loop_, target_.host, target_.port,
                    [this](std::vector<Address> addresses, const std::string& error) {
                      found(std::move(addresses), error);
                    });
    return;
  }
  Address address;
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  if (target_.host.size() >= sizeof path.sun_path) return close_soon("the path of the socket is too long");
  target_.host.copy(path.sun_path, target_.host.size());
  std::memcpy(&address.bytes, &path, sizeof path);
  address.size = sizeof path;
  loop_.next_turn([this, address, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) found({address}, {});
  });
}

void SocketLink::found(std::vector<Address> addresses, const std::string& error) {
  if (state_ != State::kLookingUp) return;
  if (addresses.empty()) return close("the host " + target_.host + " was not found: " + error);
  addresses_ = std::move(addresses);
  state_ = State::kConnecting;
  connect_next();
}

// One address after the other, until one takes the connection.
void SocketLink::connect_next() {
  while (next_address_ < addresses_.size()) {
    drop_socket();
    const Address& address = addresses_[next_address_++];
    fd_ = socket(address.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
      last_error_ = uv_strerror(-errno);
      continue;
    }
    if (address.get()->sa_family != AF_UNIX) {
      const int on = 1;
      setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (connect(fd_, address.get(), address.size) == 0) return connected();
    if (errno == EINPROGRESS) return watch_connecting();
    last_error_ = uv_strerror(-errno);
  }
  close("cannot connect: " + last_error_);
}

void SocketLink::watch_connecting() {
  poll_ = std::make_unique<Poll>(loop_, fd_, [this](int, int) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return connected();
    last_error_ = uv_strerror(-error);
    connect_next();
  });
  if (poll_->error() != 0) return close(uv_strerror(poll_->error()));
  poll_->watch(UV_WRITABLE);
}

void SocketLink::connected() {
  poll_ = nullptr;  // before another one watches the same descriptor
  poll_ = std::make_unique<Poll>(loop_, fd_, [this](int status, int events) { ready(status, events); });
  if (poll_->error() != 0) return close(uv_strerror(poll_->error()));
  if (!target_.tls) return opened();
  state_ = State::kShakingHands;
  tls_ = std::make_unique<TlsSession>(*target_.tls, fd_, target_.host);
  shake_hands();
}

void SocketLink::shake_hands() {
  const TlsSession::Outcome outcome = tls_->shake_hands();
  if (outcome == TlsSession::Outcome::kDone) return opened();
  if (outcome == TlsSession::Outcome::kClosed) return close("the server closed the connection");
  if (outcome == TlsSession::Outcome::kFailed) return close(tls_->error());
  watched_ = outcome == TlsSession::Outcome::kWantWrite ? UV_WRITABLE : UV_READABLE;
  poll_->watch(watched_);
}

void SocketLink::opened() {
  state_ = State::kOpen;
  timer_.stop();
  watch();
  owner_.on_open();
}

void SocketLink::ready(int status, int events) {
  if (state_ == State::kShakingHands) return shake_hands();
  // libuv reports an ended peer as an error, also when there is something left to read.
  if (status < 0 || (events & UV_READABLE) != 0 || tls_) read_some();
  if (state_ != State::kOpen) return;
  if (status < 0) return close("the connection was lost");
  flush();
}

void SocketLink::read_some() {
  std::array<char, kReadBytes> bytes;
  for (int i = 0; i < kMostReads && state_ == State::kOpen; ++i) {
    size_t moved = 0;
    if (tls_) {
      const TlsSession::Outcome outcome = tls_->read(bytes.data(), bytes.size(), moved);
      if (outcome == TlsSession::Outcome::kWantRead) return;
      if (outcome == TlsSession::Outcome::kWantWrite) {
        tls_wants_write_ = true;
        return;
      }
      if (outcome == TlsSession::Outcome::kClosed) return close("the server closed the connection");
      if (outcome == TlsSession::Outcome::kFailed) return close(tls_->error());
    } else {
      const ssize_t size = recv(fd_, bytes.data(), bytes.size(), 0);
      if (size == 0) return close("the server closed the connection");
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (size < 0) return close("the connection was lost");
      moved = static_cast<size_t>(size);
    }
    owner_.on_bytes({bytes.data(), moved});
    if (!tls_ && moved < bytes.size()) return;
  }
  // What OpenSSL has decrypted already makes no event.
  if (tls_ && state_ == State::kOpen) {
    loop_.next_turn([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired() && state_ == State::kOpen) ready(0, UV_READABLE);
    });
  }
}

// False when it has closed.
bool SocketLink::write_some() {
  while (sent_ < unsent_.size()) {
    const char* const from = unsent_.data() + sent_;
    const size_t size = unsent_.size() - sent_;
    size_t moved = 0;
    if (tls_) {
      const TlsSession::Outcome outcome = tls_->write(from, size, moved);
      if (outcome == TlsSession::Outcome::kClosed || outcome == TlsSession::Outcome::kFailed) {
        close_soon("the connection was lost");
        return false;
      }
      if (outcome != TlsSession::Outcome::kDone) return true;
    } else {
      const ssize_t done = ::send(fd_, from, size, MSG_NOSIGNAL);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0 && errno == EAGAIN) return true;
      if (done < 0) {
        close_soon("the connection was lost");
        return false;
      }
      moved = static_cast<size_t>(done);
    }
    sent_ += moved;
  }
  unsent_.clear();
  sent_ = 0;
  return true;
}

void SocketLink::flush() {
  if (state_ != State::kOpen) return;
  tls_wants_write_ = false;
  if (write_some()) watch();
}

void SocketLink::watch() {
  const bool write = unsent_bytes() > 0 || tls_wants_write_;
  const int wanted = UV_READABLE | (write ? UV_WRITABLE : 0);
  if (wanted != watched_) poll_->watch(wanted);
  watched_ = wanted;
}

void SocketLink::close_soon(std::string reason) {
  loop_.next_turn([this, reason = std::move(reason), alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) close(reason);
  });
}

void SocketLink::close(std::string reason, bool timed_out) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  timer_.stop();
  lookup_.reset();
  drop_socket();
  owner_.on_closed(reason, timed_out);
}

}  // namespace corral::origin

// Sockets of the test client.
// Threading: one thread at a time.
// See: tests/README.md.
#include "tests/support/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "protocol/reply_writer.h"
#include "tests/support/reply_encoding.h"

namespace corral::test_support {
namespace {

void wait_for(int socket, short events) {
  pollfd wait{socket, events, 0};
  if (poll(&wait, 1, RawConnection::kWaitLimitMs) <= 0) throw std::runtime_error("the other side does not answer");
}

int connect_to(const sockaddr* address, socklen_t size) {
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("no socket");
  if (connect(fd, address, size) != 0) {
    close(fd);
    throw std::runtime_error("nobody listens");
  }
  return fd;
}

}  // namespace

RawConnection RawConnection::to_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long: " + path);
  path.copy(address.sun_path, path.size());
  return RawConnection(connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

RawConnection RawConnection::to_port(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return RawConnection(connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

RawConnection::RawConnection(RawConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), reader_(std::move(other.reader_)) {}

RawConnection::~RawConnection() {
  if (socket_ >= 0) close(socket_);
}

bool RawConnection::send(protocol::Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawConnection::end_sending() { shutdown(socket_, SHUT_WR); }

// 0 at the end of the stream. A reset counts as an end: the server closed with bytes of ours unread.
size_t RawConnection::receive(char* out, size_t room) {
  wait_for(socket_, POLLIN);
  const ssize_t size = recv(socket_, out, room, 0);
  return size > 0 ? static_cast<size_t>(size) : 0;
}

std::optional<protocol::Reply> RawConnection::next() {
  std::array<char, 16 * 1024> piece;
  for (;;) {
    if (auto reply = reader_.next()) return reply;
    if (!reader_.error().empty()) throw std::runtime_error("not a reply: " + reader_.error());
    const size_t size = receive(piece.data(), piece.size());
    if (size == 0) return std::nullopt;
    reader_.feed({piece.data(), size});
  }
}

std::string RawConnection::read_to_end() {
  std::array<char, 16 * 1024> piece;
  std::string out;
  while (const size_t size = receive(piece.data(), piece.size())) out.append(piece.data(), size);
  return out;
}

std::string encode_request(const std::vector<std::string>& arguments) {
  protocol::ReplyBuffer buffer;
  protocol::ReplyWriter writer(buffer, 2);
  writer.array(static_cast<int64_t>(arguments.size()));
  for (const std::string& argument : arguments) writer.bulk(argument);
  return bytes_of(buffer);
}

}  // namespace corral::test_support

// Blocking sockets, one thread for each.
// Threading: see raw_server.h.
// See: raw_server.h.
#include "tests/server/origin/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "protocol/number.h"

namespace corral::origin {

std::string Peer::read_request() {
  constexpr std::string_view kLength = "Content-Length: ";
  std::string request;
  size_t needed = std::string::npos;
  std::array<char, 65'536> bytes{};
  for (;;) {
    const size_t head = request.find("\r\n\r\n");
    if (head != std::string::npos && needed == std::string::npos) {
      needed = head + 4;
      if (const size_t at = request.find(kLength); at < head) {
        const size_t begin = at + kLength.size();
        needed += static_cast<size_t>(
            *protocol::parse_int64(request.substr(begin, request.find('\r', begin) - begin)));
      }
    }
    if (request.size() >= needed && needed != std::string::npos) return request;
    const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return {};
    request.append(bytes.data(), static_cast<size_t>(count));
  }
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void Peer::wait_until_closed() {
  std::array<char, 4096> bytes{};
  while (recv(socket_, bytes.data(), bytes.size(), 0) > 0) continue;
}

void Peer::reset_at_close() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

RawServer::RawServer(std::function<void(Peer&)> serve) : serve_(std::move(serve)) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 128) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

void RawServer::accept_all() {
  for (;;) {
    const int socket = accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    if (closing_) {
      close(socket);
      return;
    }
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket, number = ++connections_] {
      Peer peer(socket, number);
      serve_(peer);
      const std::lock_guard closing(mutex_);
      sockets_.erase(std::find(sockets_.begin(), sockets_.end(), socket));
      close(socket);
    });
  }
}

RawServer::~RawServer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace corral::origin

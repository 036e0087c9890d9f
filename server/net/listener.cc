// Binding, accepting, refusing.
// Threading: see listener.h.
// See: README.md of this folder, "Accept".
#include "server/net/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/base/check.h"

namespace corral::net {
namespace {

constexpr int kAcceptsPerTurn = 256;
constexpr const char* kTooMany = "-ERR max number of clients reached\r\n";
// Redis' own words: tools look for them.
constexpr const char* kProtected =
    "-DENIED Redis is running in protected mode because protected mode is enabled and no password is "
    "set for the default user. In this mode connections are only accepted from the loopback interface. "
    "If you want to connect from external computers to Redis you may adopt one of the following "
    "solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from "
    "the loopback interface by connecting to Redis from the same host the server is running, however "
    "MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make "
    "this change permanent. 2) Alternatively you can just disable the protected mode by editing the "
    "Redis configuration file, and setting the protected mode option to 'no', and then restarting the "
    "server. 3) If you started the server manually just for testing, restart it with the "
    "'--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: "
    "You only need to do one of the above things in order for the server to start accepting "
    "connections from the outside.\r\n";

std::string address_text(const sockaddr_storage& address) {
  char host[INET6_ADDRSTRLEN] = "?";
  int port = 0;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    port = ntohs(v4.sin_port);
    return std::string(host) + ":" + std::to_string(port);
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
  port = ntohs(v6.sin6_port);
  return std::string("[").append(host).append("]:").append(std::to_string(port));
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("[::ffff:127.");
}

}  // namespace

Listener::~Listener() {
  for (const auto& socket : sockets_) {
    if (socket->fd >= 0) ::close(socket->fd);
  }
  if (!unix_path_.empty()) unlink(unix_path_.c_str());
}

base::Status Listener::open() {
  std::vector<std::string> addresses;
  std::string unix_path;
  {
    const std::lock_guard lock(services_.settings.text_mutex);
    addresses = services_.settings.bind;
    unix_path = services_.settings.unixsocket;
  }
  const int port = static_cast<int>(static_cast<int64_t>(services_.settings.port));
  if (addresses.empty()) addresses = {"*", "-::*"};
  for (std::string address : addresses) {
    if (port == 0) break;
    const bool optional = address.starts_with("-");
    if (optional) address.erase(0, 1);
    if (const base::Status opened = open_tcp(address, port); !opened && !optional) return opened;
  }
  if (!unix_path.empty()) {
    if (base::Status opened = open_unix(unix_path); !opened) return opened;
  }
  if (sockets_.empty()) return base::Error{"no address to listen on: set 'bind' and 'port', or 'unixsocket'"};
  return base::Ok{};
}

base::Status Listener::open_tcp(const std::string& address, int port) {
  const std::string what = address + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const bool any4 = address == "*";
  const bool any6 = address == "::*";
  hints.ai_family = any4 ? AF_INET : any6 ? AF_INET6 : AF_UNSPEC;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  if (const int error = getaddrinfo(any4 || any6 ? nullptr : address.c_str(), service.c_str(), &hints, &found); error != 0) {
    return base::Error{"cannot listen on " + what + ": " + gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return base::Error{"cannot listen on " + what + ": " + std::strerror(errno)};
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (found->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const int backlog = static_cast<int>(static_cast<int64_t>(services_.settings.tcp_backlog));
  if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, backlog) != 0) {
    const int error = errno;
    ::close(fd);
    std::string hint;
    if (error == EADDRINUSE) hint = " (another server has it; choose a free one with --port)";
    return base::Error{"cannot listen on " + what + ": " + std::strerror(error) + hint};
  }
  add(fd, false);
  return base::Ok{};
}

base::Status Listener::open_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return base::Error{"the path of unixsocket is too long (" + std::to_string(sizeof address.sun_path - 1) +
                       " bytes at most): " + path};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  struct stat there {};
  if (lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) {
      return base::Error{"cannot listen on the Unix socket " + path +
                         ": something that is no socket is there already"};
    }
    unlink(path.c_str());  // left behind by a server that was killed
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int backlog = static_cast<int>(static_cast<int64_t>(services_.settings.tcp_backlog));
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, backlog) != 0) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return base::Error{"cannot listen on the Unix socket " + path + ": " + why};
  }
  unix_path_ = path;
  if (const int64_t mode = services_.settings.unixsocketperm; mode != 0) chmod(path.c_str(), static_cast<mode_t>(mode));
  add(fd, true);
  return base::Ok{};
}

void Listener::add(int fd, bool unix_socket) {
  auto& socket = sockets_.emplace_back(std::make_unique<Socket>());
  socket->listener = this;
  socket->fd = fd;
  socket->unix_socket = unix_socket;
}

void Listener::start() {
  for (const auto& socket : sockets_) {
    socket->poll.data = socket.get();
    CHECK(uv_poll_init(workers_[0]->loop().handle(), &socket->poll, socket->fd) == 0);
    uv_poll_start(&socket->poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
      auto* ready = static_cast<Socket*>(poll->data);
      ready->listener->accept_some(*ready);
    });
  }
}

void Listener::stop() {
  for (const auto& socket : sockets_) {
    if (socket->fd < 0) continue;
    uv_poll_stop(&socket->poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&socket->poll), nullptr);
    ::close(socket->fd);
    socket->fd = -1;
  }
}

void Listener::turn_away(int fd, const char* text) {
  workers_[0]->count_rejected();
  [[maybe_unused]] const ssize_t sent = ::send(fd, text, std::strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::close(fd);
}

const char* Listener::reason_to_refuse(const NewConnection& incoming) const {
  if (static_cast<int64_t>(services_.clients.size()) >= services_.settings.maxclients) return kTooMany;
  const bool open_to_all = services_.settings.protected_mode == 0 || !services_.users.default_needs_no_password();
  return open_to_all || incoming.unix_socket || is_loopback(incoming.address) ? nullptr : kProtected;
}

void Listener::accept_some(Socket& socket) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int fd = accept4(socket.fd, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      // Out of descriptors: the client waits in the backlog; the poll handle will call again, at the pace of the loop.
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        services_.log.warning(std::string("cannot accept a client: ") + std::strerror(errno));
      }
      return;
    }
    NewConnection incoming;
    incoming.fd = fd;
    incoming.unix_socket = socket.unix_socket;
    if (socket.unix_socket) {
      incoming.address = incoming.local_address = unix_path_ + ":0";
    } else {
      incoming.address = address_text(peer);
      sockaddr_storage local{};
      size = sizeof local;
      getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size);
      incoming.local_address = address_text(local);
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      if (const int seconds = static_cast<int>(static_cast<int64_t>(services_.settings.tcp_keepalive_seconds)); seconds > 0) {
        const int interval = seconds / 3 > 0 ? seconds / 3 : 1;
        const int probes = 3;
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
      }
    }
    if (const char* refused = reason_to_refuse(incoming)) {
      turn_away(fd, refused);
      continue;
    }
    workers_[next_worker_]->adopt(std::move(incoming));
    next_worker_ = (next_worker_ + 1) % workers_.size();
  }
}

}  // namespace corral::net

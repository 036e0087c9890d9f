// The floor: write() to every socket and nothing else, read by the same client that waits for the server.
// Threading: see floor.h
// See: floor.h
#include "bench/stampede/floor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "bench/stampede/wire.h"

namespace corral::bench {
namespace {

constexpr uint64_t kLimitNs = 20 * kSecond;
constexpr int kRounds = 5;  // the first one also pays for memory

struct Listener {
  int fd = -1;
  uint16_t port = 0;
  ~Listener() {
    if (fd >= 0) close(fd);
  }
};

bool listen_on_loopback(Listener& listener) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener.fd < 0 || bind(listener.fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener.fd, 511) != 0 ||
      getsockname(listener.fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::perror("cannot listen");
    return false;
  }
  listener.port = ntohs(address.sin_port);
  return true;
}

uint64_t thread_cpu_ns() {
  rusage spent{};
  getrusage(RUSAGE_THREAD, &spent);
  const auto in_ns = [](const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_usec) * 1000;
  };
  return in_ns(spent.ru_utime) + in_ns(spent.ru_stime);
}

uint64_t read_all(std::vector<Connection>& clients, Poller& poller, size_t value_bytes) {
  const uint64_t limit_ns = now_ns() + kLimitNs;
  size_t complete = 0;
  while (complete < clients.size()) {
    if (now_ns() > limit_ns) return 0;
    poller.wait(limit_ns);
    for (const uint64_t number : poller.ready()) {
      if (!clients[number].receive()) return 0;
      if (clients[number].received().size() < value_bytes) continue;
      clients[number].drop_received(clients[number].received().size());
      ++complete;
    }
  }
  return now_ns();
}

}  // namespace

Floor measure_floor(uint64_t connections, uint64_t writers, const std::string& value) {
  Listener listener;
  Floor best;
  if (!listen_on_loopback(listener)) return best;
  Options options;
  options.port = listener.port;
  Poller poller;
  std::vector<Connection> clients(connections);
  std::vector<int> peers;
  for (size_t i = 0; i < connections; ++i) {
    if (!clients[i].open(options)) return best;
    poller.watch(clients[i].fd(), i);
    peers.push_back(accept(listener.fd, nullptr, nullptr));
  }
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<uint64_t> failed{0};
    std::atomic<uint64_t> cpu_ns{0};
    std::vector<std::thread> threads;
    const uint64_t begun_ns = now_ns();
    for (uint64_t writer = 0; writer < writers; ++writer) {
      threads.emplace_back([&, writer] {
        for (size_t i = writer; i < peers.size(); i += writers) {
          if (send(peers[i], value.data(), value.size(), MSG_NOSIGNAL) < 0) ++failed;
        }
        cpu_ns += thread_cpu_ns();
      });
    }
    const uint64_t ended_ns = read_all(clients, poller, value.size());
    for (std::thread& thread : threads) thread.join();
    if (failed != 0 || ended_ns == 0) break;
    if (best.last_ns == 0 || ended_ns - begun_ns < best.last_ns) best.last_ns = ended_ns - begun_ns;
    best.cpu_ns += cpu_ns / kRounds;
  }
  for (const int peer : peers) close(peer);
  return best;
}

}  // namespace corral::bench

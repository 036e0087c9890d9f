// Closed loop over bare epoll: prebuilt batches, one write each, answers compared as a whole.
// Threading: one thread.
// See: bench/load/loops.h
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/loops.h"
#include "bench/load/requests.h"

namespace corral::bench {
namespace {

// A server that answers nothing at all for so long counts as dead.
constexpr uint64_t kStallLimitNs = 30'000'000'000;

struct Client {
  Connection connection;
  uint64_t sent_at_ns = 0;
  std::string_view expected;  // of the batch in flight
  bool waiting = false;
};

class ClosedLoop {
 public:
  explicit ClosedLoop(const Options& options)
      : options_(options), requests_(options), clients_(options.connections) {
    wanted_ = options.mode == Mode::kPreload && options.requests == 0 ? options.keys : options.requests;
  }
  ~ClosedLoop() {
    if (epoll_ >= 0) close(epoll_);
  }
  ClosedLoop(const ClosedLoop&) = delete;
  ClosedLoop& operator=(const ClosedLoop&) = delete;

  Report run() {
    report_.finished = connect_all() && drive();
    report_.duration_ns = now_ns() - started_ns_;
    return report_;
  }

 private:
  bool connect_all();
  bool drive();
  bool serve(Client& client, uint32_t events);
  bool send_next(Client& client, uint64_t now);
  bool watch(Client& client, uint32_t events, int operation);
  bool batch_complete(Client& client);

  bool enough(uint64_t now) const {
    return (wanted_ != 0 && issued_ >= wanted_) || (deadline_ns_ != 0 && now >= deadline_ns_);
  }

  const Options& options_;
  Requests requests_;
  std::vector<Client> clients_;
  Report report_;
  int epoll_ = -1;
  uint64_t wanted_ = 0;
  uint64_t issued_ = 0;
  uint64_t in_flight_ = 0;
  uint64_t started_ns_ = 0;
  uint64_t deadline_ns_ = 0;
};

bool ClosedLoop::watch(Client& client, uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &client;
  return epoll_ctl(epoll_, operation, client.connection.fd(), &event) == 0;
}

bool ClosedLoop::connect_all() {
  started_ns_ = now_ns();
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  for (Client& client : clients_) {
    if (!client.connection.open(options_) || !watch(client, EPOLLIN, EPOLL_CTL_ADD)) return false;
  }
  return epoll_ >= 0;
}

bool ClosedLoop::send_next(Client& client, uint64_t now) {
  if (enough(now)) return true;
  const Batch& batch = requests_.next();
  client.expected = batch.expected;
  client.sent_at_ns = now;
  client.waiting = true;
  ++in_flight_;
  issued_ += options_.pipeline;
  if (!client.connection.send(batch.bytes)) return false;
  return !client.connection.has_unsent() || watch(client, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

// True when every reply of the batch is there. The usual case is one comparison of all bytes; only an
// unusual answer (a miss, an error, a counter) or a part of one is taken apart.
bool ClosedLoop::batch_complete(Client& client) {
  const std::string_view bytes = client.connection.received();
  if (!client.expected.empty() && bytes == client.expected) return true;
  size_t used = 0;
  uint64_t misses = 0;
  for (uint32_t i = 0; i < options_.pipeline; ++i) {
    ReplyKind kind;
    const size_t size = next_reply(options_.protocol, bytes.substr(used), kind);
    if (size == 0) return false;
    used += size;
    if (kind == ReplyKind::kMiss) ++misses;
  }
  // Complete: now count what is wrong, which is rare and may be slow.
  report_.misses += misses;
  const std::string_view right = requests_.expected_reply();
  for (used = 0; used < bytes.size();) {
    ReplyKind kind;
    const size_t size = next_reply(options_.protocol, bytes.substr(used), kind);
    const std::string_view reply = bytes.substr(used, size == 0 ? std::string_view::npos : size);
    const bool wrong =
        kind == ReplyKind::kError || (kind == ReplyKind::kPlain && !right.empty() && reply != right);
    if (wrong) report_.note_error(reply);
    used += reply.size();
  }
  return true;
}

bool ClosedLoop::serve(Client& client, uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    if (!client.connection.flush()) return false;
    if (!client.connection.has_unsent() && !watch(client, EPOLLIN, EPOLL_CTL_MOD)) return false;
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return true;
  if (!client.connection.receive()) return false;
  if (!client.waiting) {
    if (!client.connection.received().empty()) report_.note_error(client.connection.received());
    client.connection.drop_received(client.connection.received().size());
    return true;
  }
  if (!batch_complete(client)) return true;
  const uint64_t now = now_ns();
  client.connection.drop_received(client.connection.received().size());
  client.waiting = false;
  --in_flight_;
  report_.requests += options_.pipeline;
  report_.latency.record(now - client.sent_at_ns);
  return send_next(client, now);
}

bool ClosedLoop::drive() {
  started_ns_ = now_ns();
  if (options_.seconds > 0) deadline_ns_ = started_ns_ + static_cast<uint64_t>(options_.seconds * 1e9);
  for (Client& client : clients_) {
    if (!send_next(client, now_ns())) return false;
  }
  std::array<epoll_event, 128> events;
  uint64_t quiet_since_ns = 0;  // 0: something arrived in the last turn
  while (in_flight_ > 0) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < count; ++i) {
      if (!serve(*static_cast<Client*>(events[static_cast<size_t>(i)].data.ptr),
                 events[static_cast<size_t>(i)].events)) {
        report_.note_error("connection lost");
        return false;
      }
    }
    if (count > 0) {
      quiet_since_ns = 0;
    } else if (quiet_since_ns == 0) {
      quiet_since_ns = now_ns();
    } else if (now_ns() - quiet_since_ns > kStallLimitNs) {
      report_.note_error("no answer for 30 seconds");
      return false;
    }
  }
  return true;
}

}  // namespace

Report run_closed_loop(const Options& options) {
  return ClosedLoop(options).run();
}

}  // namespace corral::bench

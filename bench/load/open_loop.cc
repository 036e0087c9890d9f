// Open loop: requests leave at fixed moments, and latency counts from the moment they were due.
// Threading: one thread.
// See: bench/load/loops.h
#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <ctime>
#include <deque>

#include "bench/load/connection.h"
#include "bench/load/loops.h"
#include "bench/load/requests.h"

namespace corral::bench {
namespace {

// After the last request: how long a stalled server may take to answer what is outstanding.
constexpr uint64_t kDrainLimitNs = 30'000'000'000;

class OpenLoop {
 public:
  explicit OpenLoop(const Options& options)
      : options_(options),
        requests_(options),
        interval_ns_(static_cast<uint64_t>(1e9 / options.rate_per_s)),
        total_(static_cast<uint64_t>(options.rate_per_s * options.seconds)) {}

  Report run() {
    report_.open_loop = true;
    report_.finished = connection_.open(options_) && drive();
    return report_;
  }

 private:
  bool drive();
  bool send_due(uint64_t now);
  bool wait_until(uint64_t due_ns, uint64_t now);
  void take_replies(uint64_t now);

  const Options& options_;
  Requests requests_;
  Connection connection_;
  Report report_;
  std::deque<uint64_t> due_times_ns_;  // of the requests that are not answered yet, oldest first
  uint64_t interval_ns_;
  uint64_t total_;
  uint64_t issued_ = 0;
  uint64_t started_ns_ = 0;
};

bool OpenLoop::send_due(uint64_t now) {
  for (;;) {
    const uint64_t due = started_ns_ + issued_ * interval_ns_;
    if (issued_ == total_ || due > now) return true;
    report_.late_max_ns = std::max(report_.late_max_ns, now - due);
    due_times_ns_.push_back(due);
    ++issued_;
    if (!connection_.send(requests_.next().bytes)) return false;
  }
}

void OpenLoop::take_replies(uint64_t now) {
  const std::string_view bytes = connection_.received();
  const std::string_view right = requests_.expected_reply();
  size_t used = 0;
  while (used < bytes.size() && !due_times_ns_.empty()) {
    ReplyKind kind;
    const size_t size = next_reply(options_.protocol, bytes.substr(used), kind);
    if (size == 0) break;
    const std::string_view reply = bytes.substr(used, size);
    if (kind == ReplyKind::kMiss) ++report_.misses;
    if (kind == ReplyKind::kError || (kind == ReplyKind::kPlain && !right.empty() && reply != right)) {
      report_.note_error(reply);
    }
    report_.latency.record(now - due_times_ns_.front());
    due_times_ns_.pop_front();
    ++report_.requests;
    used += size;
  }
  connection_.drop_received(used);
}

// Waits for the socket, at most until the next request is due. False when the connection is lost.
bool OpenLoop::wait_until(uint64_t due_ns, uint64_t now) {
  pollfd watched{connection_.fd(), POLLIN, 0};
  if (connection_.has_unsent()) watched.events |= POLLOUT;
  const uint64_t left = due_ns > now ? due_ns - now : 0;
  const timespec timeout{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
  if (ppoll(&watched, 1, &timeout, nullptr) <= 0) return true;
  if ((watched.revents & POLLOUT) != 0 && !connection_.flush()) return false;
  if ((watched.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    if (!connection_.receive()) return false;
    take_replies(now_ns());
  }
  return true;
}

bool OpenLoop::drive() {
  prctl(PR_SET_TIMERSLACK, 1UL);  // the usual 50 us of slack would be a third of what is measured
  started_ns_ = now_ns();
  const uint64_t give_up_ns = started_ns_ + total_ * interval_ns_ + kDrainLimitNs;
  for (;;) {
    const uint64_t now = now_ns();
    if (issued_ == total_ && due_times_ns_.empty()) break;
    if (now > give_up_ns || !send_due(now)) {
      report_.note_error("connection lost or no answer for 30 seconds");
      return false;
    }
    const uint64_t next_due = issued_ == total_ ? give_up_ns : started_ns_ + issued_ * interval_ns_;
    if (!wait_until(next_due, now)) {
      report_.note_error("connection lost");
      return false;
    }
  }
  report_.duration_ns = now_ns() - started_ns_;
  return true;
}

}  // namespace

Report run_open_loop(const Options& options) {
  return OpenLoop(options).run();
}

}  // namespace corral::bench

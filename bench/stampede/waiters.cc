// Very many reads that wait for one key, and the time from its SET to the last answer.
// One connection per reader; one more is the filler, one more asks the server how many wait.
// Threading: single-threaded program, but for the floor's writers.
// See: README.md of this folder, "S5".
#include <linux/net_tstamp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "bench/stampede/floor.h"
#include "bench/stampede/wire.h"

namespace corral::bench {
namespace {

constexpr uint64_t kLimitNs = 30 * kSecond;
constexpr uint64_t kQuietNs = 300 * kMillisecond;  // everybody waits and nothing happens

struct Waiter {
  Connection connection;
  std::string received;
  uint64_t arrived_ns = 0;  // at the socket, by the kernel's clock of the day
  uint64_t read_ns = 0;     // by this program
};

// Reads and takes the kernel's time of arrival along. False when the connection is lost.
bool receive(Waiter& waiter) {
  char bytes[4096];
  alignas(cmsghdr) char control[256];
  iovec part{bytes, sizeof(bytes)};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t got = recvmsg(waiter.connection.fd(), &message, 0);
  if (got <= 0) return false;
  waiter.received.append(bytes, static_cast<size_t>(got));
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
    waiter.arrived_ns = static_cast<uint64_t>(stamp.tv_sec) * kSecond + static_cast<uint64_t>(stamp.tv_nsec);
  }
  return true;
}

struct Outcome {
  uint64_t answered = 0;
  uint64_t wrong = 0;  // lost, or something else than the value
  uint64_t early = 0;  // answered before the SET
  std::vector<uint64_t> read_after_ns;
  std::vector<uint64_t> arrived_ns;
};

class Crowd {
 public:
  Crowd(const Options& server, uint64_t count, std::string key, size_t value_bytes)
      : server_(server), waiters_(count), key_(std::move(key)), value_(value_bytes, 'v') {
    expected_.append("$").append(std::to_string(value_bytes)).append("\r\n").append(value_).append("\r\n");
  }

  bool run() {
    if (!filler_.open(server_) || !watcher_.open(server_)) return false;
    for (size_t i = 0; i < waiters_.size(); ++i) {
      Connection& connection = waiters_[i].connection;
      if (!connection.open(server_)) return false;
      const int on = 1;
      setsockopt(connection.fd(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
      poller_.watch(connection.fd(), i);
      waiters_[i].received.reserve(expected_.size());
    }
    outcome_.read_after_ns.reserve(waiters_.size());
    outcome_.arrived_ns.reserve(waiters_.size());
    if (ask(filler_, {"GET", key_}) != "$-1\r\n") return complain("the first reader was not elected");
    if (!all_wait()) return complain("not all of the reads came to wait");
    ask(watcher_, {"CONFIG", "RESETSTAT"});
    drain(now_ns() + kQuietNs, true);
    const std::string before = ask(watcher_, {"INFO", "everything"});
    if (!fill()) return complain("the SET failed");
    print(info_number(before, "cmdstat_get", "calls="), ask(watcher_, {"INFO", "everything"}));
    return true;
  }

 private:
  static bool complain(const char* what) {
    std::fprintf(stderr, "corral-waiters: %s\n", what);
    return false;
  }

  bool all_wait() {
    std::string request;
    append_request(request, {"GET", key_});
    for (Waiter& waiter : waiters_) {
      if (!waiter.connection.send(request)) return false;
    }
    const uint64_t limit_ns = now_ns() + kLimitNs;
    while (now_ns() < limit_ns) {
      waiting_ = info_number(ask(watcher_, {"INFO", "stampede"}), "waiters");
      if (waiting_ + outcome_.answered >= waiters_.size()) return true;
      drain(now_ns() + 20 * kMillisecond, true);
    }
    return false;
  }

  bool fill() {
    std::string request;
    append_request(request, {"SET", key_, value_, "PX", "60000"});
    set_ns_ = now_ns();
    if (!filler_.send(request)) return false;
    drain(set_ns_ + kLimitNs, false);
    return next_answer(filler_) == "+OK\r\n";
  }

  // Takes answers until the time is up or everybody has one.
  void drain(uint64_t until_ns, bool before_the_set) {
    while (now_ns() < until_ns && outcome_.answered < waiters_.size()) {
      poller_.wait(until_ns);
      for (const uint64_t number : poller_.ready()) hear(waiters_[number], before_the_set);
    }
  }

  void hear(Waiter& waiter, bool before_the_set) {
    if (waiter.read_ns != 0) return;
    const bool lost = !receive(waiter);
    if (!lost && waiter.received.size() < expected_.size() && waiter.received[0] == '$' &&
        waiter.received != "$-1\r\n") {
      return;  // the rest will come
    }
    waiter.read_ns = now_ns();
    ++outcome_.answered;
    if (before_the_set) ++outcome_.early;
    if (lost || waiter.received != expected_) {
      ++outcome_.wrong;
      return;
    }
    if (before_the_set) return;
    outcome_.read_after_ns.push_back(waiter.read_ns - set_ns_);
    if (waiter.arrived_ns != 0) outcome_.arrived_ns.push_back(waiter.arrived_ns);
  }

  static double quantile_ms(std::vector<uint64_t>& values, double share) {
    if (values.empty()) return -1;
    std::sort(values.begin(), values.end());
    const size_t at =
        std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())));
    return static_cast<double>(values[at]) / 1e6;
  }

  void print(uint64_t gets_while_waiting, const std::string& info) {
    auto& reads = outcome_.read_after_ns;
    const auto count = [](uint64_t number) { return static_cast<unsigned long long>(number); };
    std::printf("{\"waiting\": %llu, \"answered\": %llu, \"early\": %llu, \"wrong\": %llu, ", count(waiting_),
                count(outcome_.answered), count(outcome_.early), count(outcome_.wrong));
    std::printf(
        "\"first_ms\": %.3f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, \"last_ms\": %.3f, ",
        quantile_ms(reads, 0), quantile_ms(reads, 0.5), quantile_ms(reads, 0.99), quantile_ms(reads, 0.999),
        quantile_ms(reads, 1));
    std::printf("\"arrivals_ms\": %.3f, ",
                quantile_ms(outcome_.arrived_ns, 1) - quantile_ms(outcome_.arrived_ns, 0));
    std::printf(
        "\"gets_while_waiting\": %llu, \"gets\": %llu, \"longest_turn_us\": %llu, \"busy_us\": %llu}\n",
        count(gets_while_waiting), count(info_number(info, "cmdstat_get", "calls=")),
        count(info_number(info, "loop_turn_max_us")), count(info_number(info, "loop_busy_us")));
  }

  const Options& server_;
  std::vector<Waiter> waiters_;
  std::string key_;
  std::string value_;
  std::string expected_;
  Poller poller_;
  Connection filler_;
  Connection watcher_;
  Outcome outcome_;
  uint64_t waiting_ = 0;
  uint64_t set_ns_ = 0;
};

int run(int argc, char** argv) {
  Arguments arguments(argc, argv);
  Options server;
  server.port = static_cast<uint16_t>(arguments.number("port", 6379));
  const uint64_t count = arguments.number("waiters", 10'000);
  const uint64_t value_bytes = arguments.number("value-bytes", 1024);
  const uint64_t floor_writers = arguments.number("floor-writers", 0);
  const std::string key = arguments.text("key", "cache:hot");
  if (!arguments.check() || !allow_files((floor_writers > 0 ? 2 : 1) * count + 50)) return 2;
  if (floor_writers > 0) {
    const uint64_t floor_ns = measure_floor_ns(count, floor_writers, std::string(value_bytes, 'v'));
    std::printf("{\"floor_ms\": %.3f}\n", static_cast<double>(floor_ns) / 1e6);
    return floor_ns == 0 ? 1 : 0;
  }
  return Crowd(server, count, key, value_bytes).run() ? 0 : 1;
}

}  // namespace
}  // namespace corral::bench

int main(int argc, char** argv) {
  return corral::bench::run(argc, argv);
}

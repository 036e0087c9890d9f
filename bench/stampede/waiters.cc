// Very many reads that wait for one key, and the time from its SET to the last answer.
// One connection per reader, or several readers on each; one more is the filler, one more asks the server how many wait.
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
  std::string received;     // bytes of answers that are not complete yet
  uint64_t reads = 0;       // that wait on this connection
  uint64_t answered = 0;    // of them
  uint64_t arrived_ns = 0;  // the last bytes at the socket, by the kernel's clock of the day
};

// Reads and takes the kernel's time of arrival along. False when the connection is lost.
bool receive(Waiter& waiter) {
  char bytes[65536];
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

// What the server has spent so far, from a text of INFO, which gives seconds with six decimals.
double cpu_ms(const std::string& info) {
  double ms = 0;
  for (const char* name : {"used_cpu_user", "used_cpu_sys"}) {
    const uint64_t seconds = info_number(info, name);
    const std::string behind = std::string(":").append(std::to_string(seconds)).append(".");
    const uint64_t microseconds = info_number(info, name, behind);
    ms += static_cast<double>(seconds) * 1e3 + static_cast<double>(microseconds) / 1e3;
  }
  return ms;
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
  Crowd(const Options& server, uint64_t count, uint64_t connections, std::string key, size_t value_bytes)
      : server_(server),
        count_(count),
        waiters_(connections),
        key_(std::move(key)),
        value_(value_bytes, 'v') {
    for (size_t i = 0; i < connections; ++i)
      waiters_[i].reads = count / connections + (i < count % connections ? 1 : 0);
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
    outcome_.read_after_ns.reserve(count_);
    outcome_.arrived_ns.reserve(count_);
    if (ask(filler_, {"GET", key_}) != "$-1\r\n") return complain("the first reader was not elected");
    if (!all_wait()) return complain("not all of the reads came to wait");
    ask(watcher_, {"CONFIG", "RESETSTAT"});
    drain(now_ns() + kQuietNs, true);
    const std::string before = ask(watcher_, {"INFO", "everything"});
    if (!fill()) return complain("the SET failed");
    const std::string after = ask(watcher_, {"INFO", "everything"});
    print(info_number(before, "cmdstat_get", "calls="), cpu_ms(after) - cpu_ms(before), after);
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
    for (uint64_t round = 0; round * waiters_.size() < count_;
         ++round) {  // as independent callers would: in turn
      for (Waiter& waiter : waiters_) {
        if (round < waiter.reads && !waiter.connection.send(request)) return false;
      }
    }
    const uint64_t limit_ns = now_ns() + kLimitNs;
    while (now_ns() < limit_ns) {
      waiting_ = info_number(ask(watcher_, {"INFO", "stampede"}), "waiters");
      if (waiting_ + outcome_.answered >= count_) return true;
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
    while (now_ns() < until_ns && outcome_.answered < count_) {
      poller_.wait(until_ns);
      for (const uint64_t number : poller_.ready()) hear(waiters_[number], before_the_set);
    }
  }

  void hear(Waiter& waiter, bool before_the_set) {
    if (waiter.answered == waiter.reads) return;
    if (!receive(waiter)) {
      outcome_.wrong += waiter.reads - waiter.answered;
      outcome_.answered += waiter.reads - waiter.answered;
      waiter.answered = waiter.reads;
      return;
    }
    std::string_view rest = waiter.received;
    while (!rest.empty()) {
      const bool right = rest.starts_with(expected_);
      const size_t size = right ? expected_.size() : rest.starts_with("$-1\r\n") ? 5 : 0;
      if (size == 0) break;  // the rest will come
      rest.remove_prefix(size);
      take(waiter, right, before_the_set);
    }
    waiter.received.erase(0, waiter.received.size() - rest.size());
  }

  void take(Waiter& waiter, bool right, bool before_the_set) {
    ++waiter.answered;
    ++outcome_.answered;
    if (before_the_set) ++outcome_.early;
    if (!right) ++outcome_.wrong;
    if (before_the_set || !right) return;
    outcome_.read_after_ns.push_back(now_ns() - set_ns_);
    if (waiter.arrived_ns != 0) outcome_.arrived_ns.push_back(waiter.arrived_ns);
  }

  static double quantile_ms(std::vector<uint64_t>& values, double share) {
    if (values.empty()) return -1;
    std::sort(values.begin(), values.end());
    const size_t at =
        std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())));
    return static_cast<double>(values[at]) / 1e6;
  }

  void print(uint64_t gets_while_waiting, double server_cpu_ms, const std::string& info) {
    auto& reads = outcome_.read_after_ns;
    const auto count = [](uint64_t number) { return static_cast<unsigned long long>(number); };
    std::printf("{\"waiting\": %llu, \"answered\": %llu, \"early\": %llu, \"wrong\": %llu, ", count(waiting_),
                count(outcome_.answered), count(outcome_.early), count(outcome_.wrong));
    std::printf(
        "\"first_ms\": %.3f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, \"last_ms\": %.3f, ",
        quantile_ms(reads, 0), quantile_ms(reads, 0.5), quantile_ms(reads, 0.99), quantile_ms(reads, 0.999),
        quantile_ms(reads, 1));
    std::printf("\"arrivals_ms\": %.3f, \"cpu_ms\": %.3f, ",
                quantile_ms(outcome_.arrived_ns, 1) - quantile_ms(outcome_.arrived_ns, 0), server_cpu_ms);
    std::printf(
        "\"gets_while_waiting\": %llu, \"gets\": %llu, \"longest_turn_us\": %llu, \"busy_us\": %llu}\n",
        count(gets_while_waiting), count(info_number(info, "cmdstat_get", "calls=")),
        count(info_number(info, "loop_turn_max_us")), count(info_number(info, "loop_busy_us")));
  }

  const Options& server_;
  uint64_t count_;
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
  const uint64_t connections = std::clamp<uint64_t>(arguments.number("connections", count), 1, count);
  const std::string key = arguments.text("key", "cache:hot");
  if (!arguments.check() || !allow_files((floor_writers > 0 ? 2 : 1) * connections + 50)) return 2;
  if (floor_writers > 0) {
    const size_t each = count / connections * value_bytes;
    const Floor floor = measure_floor(connections, floor_writers, std::string(each, 'v'));
    std::printf("{\"floor_ms\": %.3f, \"floor_cpu_ms\": %.3f}\n", static_cast<double>(floor.last_ns) / 1e6,
                static_cast<double>(floor.cpu_ns) / 1e6);
    return floor.last_ns == 0 ? 1 : 0;
  }
  return Crowd(server, count, connections, key, value_bytes).run() ? 0 : 1;
}

}  // namespace
}  // namespace corral::bench

int main(int argc, char** argv) {
  return corral::bench::run(argc, argv);
}

// Many keys of one TTL, written within a second and then read round and round; whoever misses writes at once.
// Prints how many misses fell into each tenth of a second: one line of JSON.
// Threading: single-threaded program.
// See: README.md of this folder, "S8".
#include <poll.h>

#include <cstdio>

#include "bench/stampede/wire.h"

namespace corral::bench {
namespace {

constexpr uint64_t kBucketNs = 100 * kMillisecond;
constexpr uint64_t kBatch = 100;
constexpr int kAnswerLimitMs = 10'000;

struct Plan {
  Options server;
  uint64_t keys;
  uint64_t warm_ms;         // the keys are written evenly over so long
  uint64_t quiet_until_ms;  // from the first write on; nothing is read before
  uint64_t until_ms;
  uint64_t round_ms;  // how long one reading of all keys takes
  std::string ttl_ms;
  std::string prefix;
};

class Sweep {
 public:
  explicit Sweep(const Plan& plan) : plan_(plan) {}

  bool run() {
    if (!connection_.open(plan_.server)) return false;
    start_ns_ = now_ns();
    if (!warm()) return false;
    warmed_ns_ = now_ns() - start_ns_;
    std::printf("{\"warmed_ms\": %.1f}\n", static_cast<double>(warmed_ns_) / 1e6);
    std::fflush(stdout);
    pause_until(start_ns_ + plan_.quiet_until_ms * kMillisecond);
    counts_.resize(plan_.until_ms * kMillisecond / kBucketNs + 1);
    for (uint64_t round = 0; now_ns() < start_ns_ + plan_.until_ms * kMillisecond; ++round) {
      if (!read_all()) return false;
    }
    print();
    return true;
  }

 private:
  std::string key(uint64_t number) const { return plan_.prefix + std::to_string(number); }

  void append_set(std::string& out, uint64_t number) const {
    append_request(out, {"SET", key(number), "value-of-thirty-two-bytes-in-all", "PX", plan_.ttl_ms});
  }

  void pause_until(uint64_t at_ns) {
    while (now_ns() < at_ns) poller_.wait(at_ns);
  }

  bool warm() {
    for (uint64_t from = 0; from < plan_.keys; from += kBatch) {
      pause_until(start_ns_ + plan_.warm_ms * kMillisecond * from / plan_.keys);
      std::string batch;
      const uint64_t to = std::min(from + kBatch, plan_.keys);
      for (uint64_t number = from; number < to; ++number) append_set(batch, number);
      if (!exchange(batch, to - from)) return false;
    }
    return true;
  }

  bool read_all() {
    const uint64_t begun_ns = now_ns();
    for (uint64_t from = 0; from < plan_.keys; from += kBatch) {
      pause_until(begun_ns + plan_.round_ms * kMillisecond * from / plan_.keys);
      std::string batch;
      const uint64_t to = std::min(from + kBatch, plan_.keys);
      for (uint64_t number = from; number < to; ++number) append_request(batch, {"GET", key(number)});
      if (!exchange(batch, to - from)) return false;
      const uint64_t bucket = (now_ns() - start_ns_) / kBucketNs;
      batch.clear();
      uint64_t misses = 0;
      for (uint64_t i = 0; i < missed_.size(); ++i) {
        if (!missed_[i]) continue;
        append_set(batch, from + i);
        ++misses;
      }
      if (bucket < counts_.size()) counts_[bucket] += misses;
      if (misses > 0 && !exchange(batch, misses)) return false;
    }
    return true;
  }

  // Sends, and waits for so many replies; missed_ tells which of them were nil.
  bool exchange(const std::string& batch, uint64_t replies) {
    missed_.clear();
    if (!connection_.send(batch)) return lost();
    while (missed_.size() < replies) {
      const auto events = static_cast<short>(connection_.has_unsent() ? POLLIN | POLLOUT : POLLIN);
      pollfd watched{connection_.fd(), events, 0};
      if (poll(&watched, 1, kAnswerLimitMs) <= 0) return lost();
      if (connection_.has_unsent() && !connection_.flush()) return lost();
      if ((watched.revents & POLLIN) != 0 && !connection_.receive()) return lost();
      ReplyKind kind;
      size_t used = 0;
      while (const size_t size = next_reply(Protocol::kResp, connection_.received().substr(used), kind)) {
        if (kind == ReplyKind::kError) return lost();
        missed_.push_back(kind == ReplyKind::kMiss);
        used += size;
      }
      connection_.drop_received(used);
    }
    return true;
  }

  static bool lost() {
    std::fprintf(stderr, "corral-sweep: an error, a lost connection, or no answer\n");
    return false;
  }

  void print() const {
    std::printf("{\"per_tenth_of_second\": [");
    for (size_t i = 0; i < counts_.size(); ++i) std::printf("%s%u", i == 0 ? "" : ", ", counts_[i]);
    std::printf("]}\n");
  }

  const Plan& plan_;
  Connection connection_;
  Poller poller_;
  std::vector<bool> missed_;
  std::vector<uint32_t> counts_;
  uint64_t start_ns_ = 0;
  uint64_t warmed_ns_ = 0;
};

int run(int argc, char** argv) {
  Arguments arguments(argc, argv);
  Plan plan;
  plan.server.port = static_cast<uint16_t>(arguments.number("port", 6379));
  plan.keys = arguments.number("keys", 100'000);
  plan.warm_ms = arguments.number("warm-ms", 1000);
  plan.quiet_until_ms = arguments.number("quiet-until-ms", 17'000);
  plan.until_ms = arguments.number("until-ms", 22'000);
  plan.round_ms = arguments.number("round-ms", 400);
  plan.ttl_ms = arguments.text("ttl-ms", "20000");
  plan.prefix = arguments.text("prefix", "cache:");
  if (!arguments.check()) return 2;
  return Sweep(plan).run() ? 0 : 1;
}

}  // namespace
}  // namespace corral::bench

int main(int argc, char** argv) {
  return corral::bench::run(argc, argv);
}

// Many callers, each with a connection of its own, doing plain cache-aside; the origin is a timer and a log.
// What happened is printed line by line, and judged elsewhere (samples.py).
// Threading: single-threaded program.
// See: README.md of this folder.
#include <cstdio>
#include <queue>
#include <random>

#include "bench/stampede/wire.h"

namespace corral::bench {
namespace {

constexpr uint64_t kDrainNs = 10 * kSecond;  // what is under way when the time is up may take so long
constexpr uint64_t kBetweenWavesNs = 100 * kMillisecond;

enum class Fault { kNone, kKilled, kSilent };

struct Plan {
  Options server;
  uint64_t callers;
  uint64_t waves;  // so many waves, each on a key of its own; 0: one key, again and again for `seconds`
  uint64_t seconds;
  uint64_t think_from_ms, think_to_ms;
  uint64_t origin_ms;
  uint64_t fault_after_ms;  // from the beginning of the origin call to the death of the process that made it
  uint64_t value_bytes;
  bool fill;  // false: the origin finds nothing, and nobody writes
  Fault fault;
  std::string ttl_ms;
  std::string key;
};

enum class Step { kIdle, kThinking, kReading, kAtOrigin, kWriting };

struct Caller {
  Connection connection;
  Step step = Step::kIdle;
  uint64_t begun_ns = 0;
  uint64_t get_ns = 0;  // how long the GET took
  uint64_t origin_ns = 0;
  bool missed = false;
  bool victim = false;
  uint64_t alarm = 0;  // number of the timer that counts
};

struct Timer {
  uint64_t due_ns;
  size_t caller;
  uint64_t alarm;
  bool operator>(const Timer& other) const { return due_ns > other.due_ns; }
};

class Herd {
 public:
  explicit Herd(const Plan& plan) : plan_(plan), callers_(plan.callers), value_(plan.value_bytes, 'v') {}

  int run() {
    for (size_t i = 0; i < callers_.size(); ++i) {
      if (!connect(i)) return 2;
    }
    start_ns_ = now_ns();
    std::printf("begin %llu\n", static_cast<unsigned long long>(start_ns_ / 1000));
    stop_ns_ = start_ns_ + plan_.seconds * kSecond;
    plan_.waves > 0 ? run_waves() : run_on();
    std::printf("end %llu %llu\n", us(now_ns()), span_us(late_ns_));
    return 0;
  }

 private:
  bool connect(size_t number) {
    Caller& caller = callers_[number];
    caller.connection = Connection();
    if (!caller.connection.open(plan_.server)) return false;
    poller_.watch(caller.connection.fd(), number);
    return true;
  }

  void run_on() {
    request_for(plan_.key);
    for (size_t i = 0; i < callers_.size(); ++i) think(i);
    while (now_ns() < stop_ns_ || (busy_ > 0 && now_ns() < stop_ns_ + kDrainNs)) turn();
    complain_about_the_unanswered();
  }

  void run_waves() {
    for (wave_ = 0; wave_ < plan_.waves; ++wave_) {
      request_for(plan_.key + ":" + std::to_string(wave_));
      faulty_ = false;
      for (size_t i = 0; i < callers_.size(); ++i) {
        if (callers_[i].connection.fd() < 0 && !connect(i)) return;
        read(i);
      }
      const uint64_t limit_ns = now_ns() + plan_.seconds * kSecond;
      while (busy_ > 0 && now_ns() < limit_ns) turn();
      complain_about_the_unanswered();
      const uint64_t pause_until_ns = now_ns() + kBetweenWavesNs;
      while (now_ns() < pause_until_ns) poller_.wait(pause_until_ns);
    }
  }

  void request_for(const std::string& key) {
    get_.clear();
    set_.clear();
    append_request(get_, {"GET", key});
    append_request(set_, {"SET", key, value_, "PX", plan_.ttl_ms});
  }

  void turn() {
    const uint64_t next_ns = timers_.empty() ? now_ns() + 100 * kMillisecond : timers_.top().due_ns;
    poller_.wait(next_ns);
    for (const uint64_t number : poller_.ready()) hear(number);
    while (!timers_.empty() && timers_.top().due_ns <= now_ns()) {
      const Timer timer = timers_.top();
      timers_.pop();
      if (callers_[timer.caller].alarm != timer.alarm) continue;
      late_ns_ = std::max(late_ns_, now_ns() - timer.due_ns);
      ring(timer.caller);
    }
  }

  void alarm_at(size_t number, uint64_t due_ns) {
    callers_[number].alarm = ++alarms_;
    timers_.push({due_ns, number, alarms_});
  }

  void think(size_t number) {
    std::uniform_int_distribution<uint64_t> pause(plan_.think_from_ms * 1000, plan_.think_to_ms * 1000);
    callers_[number].step = Step::kThinking;
    alarm_at(number, now_ns() + pause(random_) * 1000);
  }

  void read(size_t number) {
    Caller& caller = callers_[number];
    caller.step = Step::kReading;
    caller.missed = caller.victim = false;
    caller.begun_ns = now_ns();
    ++busy_;
    if (!caller.connection.send(get_)) lose(number, "lost its connection");
  }

  void ring(size_t number) {
    Caller& caller = callers_[number];
    if (caller.step == Step::kThinking) {
      if (now_ns() < stop_ns_) read(number);
    } else if (caller.step == Step::kAtOrigin && caller.victim && plan_.fault == Fault::kKilled) {
      print_origin(number, "killed");
      leave(number);
      caller.connection = Connection();
    } else if (caller.step == Step::kAtOrigin) {
      print_origin(number, caller.victim ? "silent" : "done");
      if (caller.victim) return leave(number);
      if (!plan_.fill) return finish(number);
      caller.step = Step::kWriting;
      if (!caller.connection.send(set_)) lose(number, "lost its connection");
    }
  }

  void hear(size_t number) {
    Caller& caller = callers_[number];
    if (!caller.connection.receive()) return lose(number, "was disconnected");
    ReplyKind kind;
    const size_t size = next_reply(Protocol::kResp, caller.connection.received(), kind);
    if (size == 0) return;
    const std::string reply(caller.connection.received().substr(0, size));
    caller.connection.drop_received(size);
    if (kind == ReplyKind::kError || !caller.connection.received().empty()) return lose(number, reply);
    if (caller.step == Step::kWriting && reply == "+OK\r\n") return finish(number);
    if (caller.step != Step::kReading) return lose(number, reply);
    caller.get_ns = now_ns() - caller.begun_ns;
    if (kind == ReplyKind::kMiss) return go_to_origin(number);
    if (bulk_bytes(reply) != value_) return lose(number, reply);
    finish(number);
  }

  void go_to_origin(size_t number) {
    Caller& caller = callers_[number];
    caller.missed = true;
    caller.step = Step::kAtOrigin;
    caller.origin_ns = now_ns();
    caller.victim = plan_.fault != Fault::kNone && !faulty_;
    faulty_ = true;
    const bool dies = caller.victim && plan_.fault == Fault::kKilled;
    alarm_at(number, caller.origin_ns + (dies ? plan_.fault_after_ms : plan_.origin_ms) * kMillisecond);
  }

  void finish(size_t number) {
    const Caller& caller = callers_[number];
    std::printf("call %llu %llu %llu %d %llu\n", us(caller.begun_ns), span_us(caller.get_ns),
                span_us(now_ns() - caller.begun_ns), caller.missed ? 1 : 0,
                static_cast<unsigned long long>(wave_));
    leave(number);
  }

  // The call is over, counted or not.
  void leave(size_t number) {
    --busy_;
    callers_[number].step = Step::kIdle;
    if (plan_.waves == 0) think(number);
  }

  void lose(size_t number, std::string_view why) {
    if (callers_[number].step == Step::kReading || callers_[number].step == Step::kWriting ||
        callers_[number].step == Step::kAtOrigin) {
      --busy_;
    }
    const size_t line = why.find('\r');
    std::printf("error caller %zu: %.*s\n", number, static_cast<int>(std::min<size_t>(line, why.size())),
                why.data());
    callers_[number].step = Step::kIdle;
    callers_[number].alarm = ++alarms_;
    if (!connect(number)) return;
    if (plan_.waves == 0) think(number);
  }

  void complain_about_the_unanswered() {
    for (size_t i = 0; i < callers_.size() && busy_ > 0; ++i) {
      const Step step = callers_[i].step;
      if (step == Step::kReading || step == Step::kWriting || step == Step::kAtOrigin)
        lose(i, "got no answer");
    }
  }

  void print_origin(size_t number, const char* how) {
    std::printf("origin %llu %llu %zu %llu %s\n", us(callers_[number].origin_ns), us(now_ns()), number,
                static_cast<unsigned long long>(wave_), how);
  }

  unsigned long long us(uint64_t at_ns) const { return (at_ns - start_ns_) / 1000; }
  static unsigned long long span_us(uint64_t ns) { return ns / 1000; }

  const Plan& plan_;
  std::vector<Caller> callers_;
  std::string value_;
  std::string get_;
  std::string set_;
  Poller poller_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::minstd_rand random_{12345};
  uint64_t alarms_ = 0;
  uint64_t late_ns_ = 0;  // how late this program itself was at worst: what the machine adds to every figure
  uint64_t start_ns_ = 0;
  uint64_t stop_ns_ = 0;
  uint64_t wave_ = 0;
  uint64_t busy_ = 0;
  bool faulty_ = false;  // this wave has had its fault
};

bool read_plan(int argc, char** argv, Plan& plan) {
  Arguments arguments(argc, argv);
  plan.server.port = static_cast<uint16_t>(arguments.number("port", 6379));
  plan.callers = arguments.number("callers", 200);
  plan.waves = arguments.number("waves", 0);
  plan.seconds = arguments.number("seconds", 22);
  plan.think_from_ms = arguments.number("think-from-ms", 40);
  plan.think_to_ms = arguments.number("think-to-ms", 60);
  plan.origin_ms = arguments.number("origin-ms", 100);
  plan.fault_after_ms = arguments.number("fault-after-ms", 30);
  plan.value_bytes = arguments.number("value-bytes", 100);
  plan.fill = arguments.number("fill", 1) != 0;
  plan.ttl_ms = arguments.text("ttl-ms", "2000");
  plan.key = arguments.text("key", "cache:hot");
  const std::string fault = arguments.text("fault", "none");
  plan.fault = fault == "killed" ? Fault::kKilled : fault == "silent" ? Fault::kSilent : Fault::kNone;
  if (plan.fault == Fault::kNone && fault != "none") {
    std::fprintf(stderr, "--fault takes none, killed or silent\n");
    return false;
  }
  return arguments.check() && allow_files(plan.callers + 20);
}

}  // namespace
}  // namespace corral::bench

int main(int argc, char** argv) {
  corral::bench::Plan plan;
  if (!corral::bench::read_plan(argc, argv, plan)) return 2;
  return corral::bench::Herd(plan).run();
}

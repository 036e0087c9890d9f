// Requests, waiting, and blocking questions of the clients of this folder.
// Threading: one thread.
// See: wire.h
#include "bench/stampede/wire.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace corral::bench {
namespace {

constexpr uint64_t kTimer = UINT64_MAX;
constexpr int kAnswerLimitMs = 10'000;

// Nothing here can be measured without it.
int or_die(int fd, const char* what) {
  if (fd >= 0) return fd;
  std::perror(what);
  std::exit(2);
}

}  // namespace

Arguments::Arguments(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--") || i + 1 == argc) {
      wrong_ = std::string(word) + " is no option, or has no value";
      return;
    }
    pairs_.push_back({std::string(word.substr(2)), argv[++i]});
  }
}

std::string Arguments::text(std::string_view name, std::string_view otherwise) {
  std::string value(otherwise);
  for (Pair& pair : pairs_) {
    if (pair.name != name) continue;
    pair.used = true;
    value = pair.value;
  }
  return value;
}

uint64_t Arguments::number(std::string_view name, uint64_t otherwise) {
  const std::string value = text(name, "");
  if (value.empty()) return otherwise;
  uint64_t out = 0;
  const char* end = value.data() + value.size();
  const auto result = std::from_chars(value.data(), end, out);
  if (result.ec != std::errc() || result.ptr != end) wrong_ = "--" + std::string(name) + " takes a number";
  return out;
}

bool Arguments::check() const {
  std::string wrong = wrong_;
  for (const Pair& pair : pairs_) {
    if (!pair.used && wrong.empty()) wrong = "no option is called --" + pair.name;
  }
  if (!wrong.empty()) std::fprintf(stderr, "%s\n", wrong.c_str());
  return wrong.empty();
}

void append_request(std::string& out, std::initializer_list<std::string_view> words) {
  out.append("*").append(std::to_string(words.size())).append("\r\n");
  for (const std::string_view word : words) {
    out.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
  }
}

bool allow_files(uint64_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return true;
  std::fprintf(stderr, "%llu open files are allowed and %llu needed: raise ulimit -n\n",
               static_cast<unsigned long long>(limit.rlim_cur), static_cast<unsigned long long>(wanted));
  return false;
}

std::string_view bulk_bytes(std::string_view reply) {
  const size_t line = reply.find('\n');
  if (line == std::string_view::npos || reply[0] != '$' || reply.size() < line + 3) return {};
  return reply.substr(line + 1, reply.size() - line - 3);
}

Poller::Poller()
    : epoll_(or_die(epoll_create1(EPOLL_CLOEXEC), "epoll")),
      timer_(or_die(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd")) {
  watch(timer_, kTimer);
}

Poller::~Poller() {
  close(timer_);
  close(epoll_);
}

void Poller::watch(int fd, uint64_t number) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  or_die(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void Poller::wait(uint64_t until_ns) {
  ready_.clear();
  // A timer of the kernel's, because epoll_wait itself only knows whole milliseconds.
  itimerspec due{};
  due.it_value.tv_sec = static_cast<time_t>(until_ns / kSecond);
  due.it_value.tv_nsec = static_cast<long>(until_ns % kSecond) + (until_ns == 0 ? 1 : 0);
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &due, nullptr);
  std::array<epoll_event, 512> events;
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
  for (int i = 0; i < count; ++i) {
    const uint64_t number = events[static_cast<size_t>(i)].data.u64;
    if (number != kTimer) ready_.push_back(number);
  }
}

std::string next_answer(Connection& connection) {
  for (;;) {
    ReplyKind kind;
    const size_t size = next_reply(Protocol::kResp, connection.received(), kind);
    if (size > 0) {
      std::string reply(connection.received().substr(0, size));
      connection.drop_received(size);
      return reply;
    }
    pollfd watched{connection.fd(), POLLIN, 0};
    if (poll(&watched, 1, kAnswerLimitMs) <= 0 || !connection.receive()) return {};
  }
}

std::string ask(Connection& connection, std::initializer_list<std::string_view> words) {
  std::string request;
  append_request(request, words);
  return connection.send(request) ? next_answer(connection) : std::string();
}

uint64_t info_number(std::string_view info, std::string_view name, std::string_view after) {
  const std::string line = std::string("\n").append(name).append(":");
  size_t at = info.find(line);
  if (at == std::string_view::npos) return 0;
  at = info.find(after, at);
  if (at == std::string_view::npos) return 0;
  uint64_t number = 0;
  std::from_chars(info.data() + at + after.size(), info.data() + info.size(), number);
  return number;
}

}  // namespace corral::bench

// What the clients of this folder share: command lines, requests, waiting for sockets, one blocking question.
// Threading: one thread; nothing is shared.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/requests.h"

namespace corral::bench {

constexpr uint64_t kMillisecond = 1'000'000;  // in ns
constexpr uint64_t kSecond = 1'000'000'000;   // in ns

// `--name value` pairs. Every name must be asked for before check() is called.
class Arguments {
 public:
  Arguments(int argc, char** argv);
  std::string text(std::string_view name, std::string_view otherwise);
  uint64_t number(std::string_view name, uint64_t otherwise);
  // False, with the reason on stderr, when something was not understood.
  bool check() const;

 private:
  struct Pair {
    std::string name;
    std::string value;
    bool used = false;
  };
  std::vector<Pair> pairs_;
  std::string wrong_;
};

// Appends one request as an array of bulk strings.
void append_request(std::string& out, std::initializer_list<std::string_view> words);

// Raises the limit on open files to the hard one; false, with the reason on stderr, when fewer are allowed.
bool allow_files(uint64_t wanted);

// The bytes of a bulk string's reply; empty for anything else.
std::string_view bulk_bytes(std::string_view reply);

// Sockets to wait for, each with a number of the caller's choice.
class Poller {
 public:
  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  void watch(int fd, uint64_t number);
  // Fills ready() with the numbers of what can be read, or with nothing once now_ns() is `until_ns`.
  void wait(uint64_t until_ns);
  const std::vector<uint64_t>& ready() const { return ready_; }

 private:
  int epoll_ = -1;
  int timer_ = -1;
  std::vector<uint64_t> ready_;
};

// Waits for a reply, 10 s at most. Empty when none came.
std::string next_answer(Connection& connection);
// Sends one request and waits for its reply.
std::string ask(Connection& connection, std::initializer_list<std::string_view> words);

// The number of `name:` in a text of INFO; `after` is searched for behind the name, as in "calls=". 0 when
// missing.
uint64_t info_number(std::string_view info, std::string_view name, std::string_view after = ":");

}  // namespace corral::bench

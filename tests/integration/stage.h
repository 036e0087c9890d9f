// A scene of several clients, played to a server, and what they hear.
// Threading: one thread drives all connections.
// See: tests/README.md.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "protocol/number.h"
#include "server/config/words.h"
#include "tests/support/raw_connection.h"

namespace corral {

/// What one client says: requests in one write, separated by ';'. Then `waiting` clients must wait, and `replies` replies
/// are read from it.
struct Line {
  size_t client;
  std::string requests;  // empty: it only listens; "close": it goes
  size_t replies = 1;
  int waiting = -1;  // -1: as many as before
};

/// For `replies`: up to the message of an event of the key `end`.
inline constexpr size_t kToTheEnd = SIZE_MAX;

class Stage {
 public:
  explicit Stage(const std::string& socket)
      : socket_(socket), control_(test_support::RawConnection::to_unix(socket)) {}

  std::vector<std::string> play(const std::vector<Line>& scene) {
    for (const Line& line : scene) {
      while (clients_.size() <= line.client) add_client();
      if (line.requests == "close") {
        clients_[line.client] = nullptr;
      } else if (!line.requests.empty()) {
        clients_[line.client]->send(encoded(line.requests));
      }
      if (line.waiting >= 0) await_waiting(line.waiting);
      for (size_t i = 0; i < line.replies; ++i) {
        hear(line);
        if (line.replies == kToTheEnd && heard_.back().ends_with("\r\nend\r\n")) break;
      }
    }
    return heard_;
  }

 private:
  void add_client() {
    clients_.push_back(
        std::make_unique<test_support::RawConnection>(test_support::RawConnection::to_unix(socket_)));
    ids_.push_back(std::to_string(ask(*clients_.back(), "CLIENT ID").integer));
  }

  static protocol::Reply ask(test_support::RawConnection& connection, const std::string& request) {
    connection.send(test_support::encode_request(*config::split_words(request)));
    return connection.next().value();
  }

  // "#2" stands for the number that the server gave client 2.
  std::string encoded(const std::string& requests) const {
    std::string out;
    size_t begin = 0;
    while (begin <= requests.size()) {
      const size_t end = std::min(requests.find(';', begin), requests.size());
      auto words = *config::split_words(requests.substr(begin, end - begin));
      for (std::string& word : words) {
        if (word.starts_with('#'))
          word = ids_.at(static_cast<size_t>(protocol::parse_int64(word.substr(1)).value()));
      }
      out += test_support::encode_request(words);
      begin = end + 1;
    }
    return out;
  }

  // Asks until the server says so: nothing else tells that a request has begun to wait.
  void await_waiting(int clients) {
    const std::string expected = "blocked_clients:" + std::to_string(clients) + "\r\n";
    const auto limit = std::chrono::steady_clock::now() +
                       std::chrono::milliseconds(test_support::RawConnection::kWaitLimitMs);
    while (ask(control_, "INFO clients").text.find(expected) == std::string::npos) {
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("never: " + expected);
      std::this_thread::yield();
    }
  }

  void hear(const Line& line) {
    test_support::RawConnection& client = *clients_[line.client];
    const bool got = client.next().has_value();
    // Tells the connection's number, which is each server's own.
    if (line.requests.starts_with("HELLO")) return;
    heard_.push_back(std::to_string(line.client) + ' ' + line.requests + ": " +
                     (got ? std::string(client.last_encoded()) : "closed"));
  }

  std::string socket_;
  test_support::RawConnection control_;
  std::deque<std::unique_ptr<test_support::RawConnection>> clients_;
  std::vector<std::string> ids_;
  std::vector<std::string> heard_;
};

}  // namespace corral

// Calls of an HTTP endpoint from a test: the loop runs until the answer is there.
// Threading: the test's thread.
// See: server/origin/http_endpoint.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.h"
#include "server/config/words.h"
#include "server/origin/http_endpoint.h"
#include "server/origin/origin_loop.h"

namespace corral::origin {

/// An endpoint with a loop of its own. What takes longer than 20 s ends with an exception.
class Caller {
 public:
  /// `words`: the configuration line behind the name.
  explicit Caller(const std::string& words)
      : guard_(loop_, [] { throw std::runtime_error("no answer within 20 s"); }) {
    guard_.start_ms(20'000);
    const auto split = config::split_words(words);
    auto definition = Definition::parse("test", {split->begin(), split->end()});
    if (!definition) throw std::runtime_error(definition.error());
    auto made = HttpEndpoint::make(loop_, clock_, definition.value(), 0);
    if (!made) throw std::runtime_error(made.error());
    endpoint_ = std::move(made.value());
  }

  Answer call(const Request& request) {
    std::optional<Answer> answer;
    endpoint_->start(request, [&](Answer given) { answer = std::move(given); });
    if (answer) throw std::runtime_error("answered inside of start()");
    while (!answer) loop_.turn();
    return std::move(*answer);
  }

  OriginLoop& loop() { return loop_; }
  HttpEndpoint& endpoint() { return *endpoint_; }
  void destroy_endpoint() { endpoint_.reset(); }

 private:
  base::SystemClock clock_;
  OriginLoop loop_;
  Timer guard_;
  std::unique_ptr<HttpEndpoint> endpoint_;
};

inline Request load_of(const std::string& key, uint64_t timeout_ms = 20'000) {
  Request request;
  request.captures = {key, key};
  request.timeout_us = timeout_ms * 1000;
  return request;
}

inline Request store_of(const std::string& key, const std::string& text, uint64_t timeout_ms = 20'000) {
  Request request = load_of(key, timeout_ms);
  request.operation = Operation::kStore;
  request.value.text = text;
  request.epoch = 3;
  request.version = 41;
  request.idempotency_key = "1-2-3";
  return request;
}

inline Request remove_of(const std::string& key) {
  Request request = load_of(key);
  request.operation = Operation::kRemove;
  request.epoch = 3;
  request.version = 42;
  return request;
}

/// A configuration line for a server on 127.0.0.1, with everything over /items/{1}.
inline std::string line_for(int port, const std::string& more = "") {
  return "http://127.0.0.1:" + std::to_string(port) +
         " load \"GET /items/{1}\" store \"PUT /items/{1}\" remove \"DELETE /items/{1}\" " + more;
}

}  // namespace corral::origin

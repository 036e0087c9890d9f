// What tests of endpoints share: requests, collected answers, turning the loop until they are there.
// Threading: the test's thread runs the loop.
// See: server/origin/README.md.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "server/origin/attempt.h"
#include "server/origin/definition.h"
#include "server/origin/origin_loop.h"

namespace corral::origin {

/// Far beyond what any test takes, so that it fails instead of hanging.
inline constexpr uint64_t kLongUs = 30'000'000;

inline Definition definition_of(const std::vector<std::string_view>& words) {
  base::Result<Definition> definition = Definition::parse("o", words);
  if (!definition) throw std::runtime_error(definition.error());
  return definition.value();
}

inline Request load_of(std::vector<std::string> captures) {
  Request request;
  request.captures = std::move(captures);
  request.timeout_us = kLongUs;
  return request;
}

inline Request store_of(std::vector<std::string> captures, std::string text, uint64_t version = 1) {
  Request request = load_of(std::move(captures));
  request.operation = Operation::kStore;
  request.value.text = std::move(text);
  request.version = version;
  return request;
}

inline Request remove_of(std::vector<std::string> captures, uint64_t version = 1) {
  Request request = load_of(std::move(captures));
  request.operation = Operation::kRemove;
  request.version = version;
  return request;
}

/// Answers in the order in which they came, with the number that was given to the call.
class Answers {
 public:
  explicit Answers(OriginLoop& loop) : loop_(loop) {}

  Endpoint::Done next(size_t number) {
    return [this, number](Answer answer) { came_.emplace_back(number, std::move(answer)); };
  }
  /// Turns the loop until `count` have come; fails the test when that takes too long.
  void await(size_t count) {
    bool late = false;
    Timer limit(loop_, [&] { late = true; });
    limit.start_ms(kLongUs / 1000);
    while (came_.size() < count && !late) loop_.turn();
    EXPECT_FALSE(late) << came_.size() << " of " << count << " answers came";
  }
  size_t size() const { return came_.size(); }
  const Answer& of(size_t number) const {
    for (const auto& [given, answer] : came_) {
      if (given == number) return answer;
    }
    ADD_FAILURE() << "no answer for " << number;
    static const Answer none;
    return none;
  }

 private:
  OriginLoop& loop_;
  std::vector<std::pair<size_t, Answer>> came_;
};

/// Asks one thing and waits for its answer.
inline Answer ask(OriginLoop& loop, Endpoint& endpoint, const Request& request) {
  Answers answers(loop);
  EXPECT_NE(endpoint.start(request, answers.next(0)), 0U);
  EXPECT_EQ(answers.size(), 0U) << "an endpoint answers later";
  answers.await(1);
  return answers.size() == 1 ? answers.of(0) : Answer{};
}

}  // namespace corral::origin

// The same requests to the server in process and to a real redis-server: every reply must be the same.
// Threading: one thread.
// See: tests/README.md.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_reader.h"
#include "server/config/words.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/test_server.h"

namespace corral::commands {

/// Made anew for each test and each version of the protocol (the parameter).
class SideBySide : public testing::TestWithParam<int> {
 protected:
  SideBySide() {
    ours.client().session().resp_version = GetParam();
    if (GetParam() == 3) ask_redis({"HELLO", "3"});
  }

  /// Words as in a configuration line: quotes and escapes work. Replies are compared byte for byte.
  void same(std::string_view line) {
    const auto words = words_of(line);
    EXPECT_EQ(ours.client().run_words(words), ask_redis(words)) << line;
  }
  /// The words of a request as they are.
  void same_words(const std::vector<std::string>& words) {
    EXPECT_EQ(ours.client().run_words(words), ask_redis(words)) << words.at(1);
  }
  void same(std::initializer_list<std::string_view> lines) {
    for (const std::string_view line : lines) same(line);
  }
  /// For replies whose elements have no order.
  void same_elements(std::initializer_list<std::string_view> lines) {
    for (const std::string_view line : lines) {
      const auto words = words_of(line);
      EXPECT_EQ(sorted(ours.client().run_words(words)), sorted(ask_redis(words))) << line;
    }
  }
  /// Redis' reply alone, for replies that are compared in part.
  std::string theirs(std::string_view line) { return ask_redis(words_of(line)); }

  test_support::TestServer ours;

 private:
  static std::vector<std::string> words_of(std::string_view line) {
    const auto words = config::split_words(line);
    EXPECT_TRUE(words.has_value()) << line;
    return words.value_or(std::vector<std::string>());
  }
  std::string ask_redis(const std::vector<std::string>& words) {
    EXPECT_TRUE(connection_.send(test_support::encode_request(words)));
    EXPECT_TRUE(connection_.next().has_value());
    return std::string(connection_.last_encoded());
  }
  static std::vector<std::string> sorted(const std::string& encoded) {
    protocol::ReplyReader reader;
    reader.feed(encoded);
    std::vector<std::string> elements;
    if (const auto reply = reader.next()) flatten(*reply, elements);
    std::ranges::sort(elements);
    return elements;
  }
  static void flatten(const protocol::Reply& reply, std::vector<std::string>& out) {
    if (reply.elements.empty()) out.push_back(reply.describe());
    for (const auto& element : reply.elements) flatten(element, out);
  }

  test_support::RedisServer redis_;
  test_support::RawConnection connection_ = test_support::RawConnection::to_unix(redis_.socket_path());
};

}  // namespace corral::commands

// Numbers and replies against a real redis-server.
// Threading: none.
// See: protocol/README.md, "Numbers", "Replies".
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "protocol/number.h"
#include "protocol/reply_writer.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/reply_encoding.h"

namespace corral::protocol {
namespace {

using test_support::RawConnection;
using test_support::RedisServer;

class ReplyOracle : public testing::Test {
 protected:
  Reply ask(const std::vector<std::string>& arguments) {
    connection_.send(test_support::encode_request(arguments));
    auto reply = connection_.next();
    EXPECT_TRUE(reply) << "redis-server closed the connection";
    return reply.value_or(Reply{});
  }
  std::string ask_encoded(const std::vector<std::string>& arguments) {
    ask(arguments);
    return std::string(connection_.last_encoded());
  }

 private:
  RedisServer server_{{"--enable-debug-command", "yes"}};
  RawConnection connection_ = RawConnection::to_unix(server_.socket_path());
};

std::string random_number_text(std::mt19937_64& random) {
  constexpr Bytes kAlphabet = "01234567890123456789..e+-x ";
  std::string text;
  for (size_t size = 1 + random() % 10; size > 0; --size) text += kAlphabet[random() % kAlphabet.size()];
  return text;
}

TEST_F(ReplyOracle, DoublesAreReadAndPrintedAlike) {
  std::mt19937_64 random(29);
  for (int i = 0; i < 3'000; ++i) {
    const std::string text = random_number_text(random);
    ask({"DEL", "z"});
    const Reply added = ask({"ZADD", "z", text, "member"});
    const std::optional<double> ours = parse_double(text);
    ASSERT_EQ(ours.has_value(), added.kind == ReplyKind::kInteger) << text << " " << added.describe();
    if (!ours || *ours == 0) continue;  // a sorted set gives "0" for "-0"
    ASSERT_EQ(ask({"ZSCORE", "z", "member"}).text, double_text(*ours)) << text;
  }
}

TEST_F(ReplyOracle, LongDoublesAreReadAndPrintedAlike) {
  std::mt19937_64 random(31);
  for (int i = 0; i < 3'000; ++i) {
    const std::string text = random_number_text(random);
    ask({"DEL", "f"});
    const Reply added = ask({"INCRBYFLOAT", "f", text});
    const std::optional<long double> ours = parse_long_double(text);
    ASSERT_EQ(ours.has_value(), added.kind == ReplyKind::kBulk) << text << " " << added.describe();
    if (!ours) continue;
    ASSERT_EQ(added.text, long_double_text(*ours)) << text;
  }
}

TEST_F(ReplyOracle, IntegersAreReadAlike) {
  for (const char* text : {"0", "-0", "+1", "01", "", "-", " 1", "1 ", "9223372036854775807", "9223372036854775808",
                           "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "1.0"}) {
    ask({"DEL", "n"});
    ASSERT_EQ(ask({"INCRBY", "n", text}).kind == ReplyKind::kInteger, parse_int64(text).has_value()) << text;
  }
}

using Write = std::function<void(ReplyWriter&)>;

void write_map(ReplyWriter& writer) {
  writer.map(3);
  for (int i = 0; i < 3; ++i) {
    writer.integer(i);
    writer.boolean(i == 1);
  }
}

void write_integers(ReplyWriter& writer) {
  for (int i = 0; i < 3; ++i) writer.integer(i);
}

// DEBUG PROTOCOL answers one reply of the type named.
TEST_F(ReplyOracle, RepliesOfEachTypeHaveTheSameBytes) {
  const struct {
    const char* type;
    Write write;
  } rows[] = {
      {"string", [](ReplyWriter& w) { w.bulk("Hello World"); }},
      {"integer", [](ReplyWriter& w) { w.integer(12345); }},
      {"double", [](ReplyWriter& w) { w.number(3.141); }},
      {"null", [](ReplyWriter& w) { w.null(); }},
      {"array", [](ReplyWriter& w) { w.array(3), write_integers(w); }},
      {"set", [](ReplyWriter& w) { w.set(3), write_integers(w); }},
      {"map", write_map},
      {"bignum", [](ReplyWriter& w) { w.big_number("1234567999999999999999999999999999999"); }},
      {"true", [](ReplyWriter& w) { w.boolean(true); }},
      {"false", [](ReplyWriter& w) { w.boolean(false); }},
      {"verbatim", [](ReplyWriter& w) { w.verbatim("This is a verbatim\nstring", "txt"); }},
  };
  for (const char* version : {"2", "3"}) {
    ask({"HELLO", version});
    for (const auto& row : rows) {
      ReplyBuffer buffer;
      ReplyWriter writer(buffer, version[0] - '0');
      row.write(writer);
      EXPECT_EQ(ask_encoded({"DEBUG", "PROTOCOL", row.type}), test_support::bytes_of(buffer)) << row.type << version;
    }
  }
}

TEST_F(ReplyOracle, NullArraysHaveTheSameBytes) {
  for (const int version : {2, 3}) {
    ask({"HELLO", std::to_string(version)});
    ReplyBuffer buffer;
    ReplyWriter(buffer, version).null_array();
    EXPECT_EQ(ask_encoded({"LPOP", "missing", "1"}), test_support::bytes_of(buffer));
  }
}

}  // namespace
}  // namespace corral::protocol

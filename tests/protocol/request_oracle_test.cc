// The request parser against a real redis-server: tables, random inline lines and damaged arrays.
// Threading: none.
// See: protocol/README.md, "Requests".
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "protocol/reply_writer.h"
#include "protocol/request_parser.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/reply_encoding.h"

namespace corral::protocol {
namespace {

using namespace std::string_view_literals;  // literals that hold NUL bytes

using test_support::RawConnection;
using test_support::RedisServer;

// Stands for any reply that is not the parser's: what a command answers is not compared but for `eval "return ARGV" 0`.
constexpr Bytes kAny = "(any)";

std::string expected_reply(const std::vector<Bytes>& arguments) {
  if (arguments.size() < 3 || !equals_ignore_case(arguments[0], "eval") || arguments[1] != "return ARGV" ||
      arguments[2] != "0") {
    return std::string(kAny);
  }
  Reply reply;
  reply.kind = ReplyKind::kArray;
  for (size_t i = 3; i < arguments.size(); ++i) {
    reply.elements.push_back({ReplyKind::kBulk, 0, std::string(arguments[i]), {}});
  }
  return reply.describe();
}

// The error as it goes over the wire.
std::string written_error(const std::string& text) {
  ReplyBuffer buffer;
  ReplyWriter(buffer, 2).error(text);
  const std::string line = test_support::bytes_of(buffer);
  return line.substr(0, line.size() - 2);
}

std::vector<std::string> our_replies(Bytes input, const ParseLimits& limits) {
  RequestParser parser;
  std::vector<std::string> replies;
  std::vector<Bytes> arguments;
  arguments.reserve(128);  // with room whole requests take the parser's short path
  while (!input.empty()) {
    arguments.clear();
    const auto result = parser.parse(input, limits, arguments);
    if (result.status == ParseStatus::kError) replies.push_back(written_error(parser.error()));
    if (result.status != ParseStatus::kRequest) break;
    if (!arguments.empty()) replies.push_back(expected_reply(arguments));
    input.remove_prefix(result.consumed);
  }
  return replies;
}

std::vector<std::string> redis_replies(const RedisServer& server, Bytes input) {
  RawConnection connection = RawConnection::to_unix(server.socket_path());
  connection.send(input);
  connection.end_sending();
  std::vector<std::string> replies;
  while (const auto reply = connection.next()) replies.push_back(reply->describe());
  return replies;
}

void expect_same(const RedisServer& server, Bytes input, const ParseLimits& limits = {}) {
  const std::vector<std::string> ours = our_replies(input, limits);
  std::vector<std::string> theirs = redis_replies(server, input);
  for (size_t i = 0; i < theirs.size() && i < ours.size(); ++i) {
    if (ours[i] == kAny && !theirs[i].starts_with("-ERR Protocol error")) theirs[i] = kAny;
  }
  EXPECT_EQ(ours, theirs) << testing::PrintToString(std::string(input.substr(0, 300))) << " of " << input.size();
}

constexpr Bytes kPing = "*4\r\n$4\r\nEVAL\r\n$11\r\nreturn ARGV\r\n$1\r\n0\r\n$1\r\nz\r\n";

TEST(RequestOracle, ArraysAndTheirErrors) {
  const RedisServer server;
  const Bytes rows[] = {"*\r\n",
                        "*-1\r\n",
                        "*0\r\n",
                        "*00\r\n",
                        "*01\r\n$4\r\nPING\r\n",
                        "*-0\r\n",
                        "*+1\r\n",
                        "*-5\r\n",
                        "*1 \r\n",
                        "* 1\r\n",
                        "*1x\r\n",
                        "*2147483647\r\n",
                        "*2147483648\r\n",
                        "*-2147483649\r\n",
                        "*-9223372036854775808\r\n",
                        "*-9223372036854775809\r\n",
                        "*18446744073709551617\r\n",
                        "*1\rX$4\r\nPING\r\n",
                        "*1\n$4\r\nPING\r\n",
                        "*1\r\n$4\rXPINGxx",
                        "*1\r\n$-1\r\n",
                        "*1\r\n$-0\r\n",
                        "*1\r\n$5\r\n",
                        "*1\r\nfoo\r\n",
                        "*1\r\n*1\r\n",
                        "*1\r\n\r\n",
                        "*1\r\n\n\r\n",
                        "*1\r\nfoo",
                        "*1\r\n$536870912\r\n",
                        "*1\r\n$536870913\r\n",
                        "*1\r\n$9223372036854775808\r\n",
                        "*1\r\n$ 4\r\n",
                        "*1\r\n$04\r\n",
                        "*1\r\n$00\r\n",
                        "*1\r\n$0\r\n\r\n",
                        "*1\r\n$\r\n",
                        "*11\r\n",
                        "*1\0\r\n"sv,
                        "*1\r\n\0\r\n"sv,
                        "*1\r\n$4\0\r\n"sv};
  for (const Bytes row : rows) {
    expect_same(server, row);
    expect_same(server, std::string(row).append(kPing));
    expect_same(server, std::string(kPing).append(row));
  }
}

TEST(RequestOracle, InlineLinesAndTheirErrors) {
  const RedisServer server;
  const std::string eval = "eval 'return ARGV' 0 ";
  const Bytes rows[] = {"a b\r\n",          "a b\n",           "a b\r\r\n",         "a\rb\r\n",        "\ta\t\tb \n",
                        "a\vb \v c\f\r\n",  "\"a\\x41\\n\\r\\t\\b\\a\\q\\\"b\"\r\n", "\"abc\r\n",       "'it\\'s \\n'\r\n",
                        "\"a\"b\r\n",       "'a'b\r\n",        "a\"b c\"\r\n",      "'' \"\"\r\n",     "\"a\"\vb\r\n",
                        "\"\\x4\"\r\n",     "\"\\xZZ\"\r\n",   "\"\\x0\\x00\\xfF\"\r\n", "\"a\\\r\n",   "'a\\\r\n",
                        "\\\"a\r\n",        "\"a'b\"\r\n",     "'a\"b'\r\n",        "\xff\xa0\x85\r\n", "a'b'c\r\n",
                        "\r\n",             "a",               "",                  "\"\\\\\" '\\\\'\r\n"};
  for (const Bytes row : rows) {
    expect_same(server, eval + std::string(row));
    expect_same(server, eval + std::string(row) + eval + "z\r\n");
    expect_same(server, std::string(row) + std::string(kPing));
  }
  expect_same(server, std::string("PI\0NG\r\nPING\r\n"sv));
  expect_same(server, "\r\n \n\t\r\n\v\n" + eval + "a\n");
}

TEST(RequestOracle, LimitsOfLines) {
  const RedisServer server;
  for (const size_t size : {size_t{65534}, size_t{65535}, size_t{65536}, size_t{65537}, size_t{65538}}) {
    // Redis sees the end of a line that comes in one piece even somewhat behind the limit; without an end both must refuse
    // at the same byte.
    for (const Bytes start : {Bytes("a"), Bytes("*"), Bytes("*1\r\n$"), Bytes("*1\r\nx"), "\0"sv}) {
      const size_t marker = start.size() == 1 ? 1 : start.size() - 4;
      expect_same(server, std::string(start) + std::string(size - marker, '1'));
    }
  }
  const std::string word(65000, 'a');
  expect_same(server, "eval 'return ARGV' 0 " + word + "\r\n");
  expect_same(server, "*1\r\n$" + std::string(65000, '1') + "\r\n");
}

TEST(RequestOracle, LimitsBeforeLogin) {
  const RedisServer server({"--requirepass", "secret"});
  const ParseLimits before_login{kDefaultMaxBulkBytes, false};
  for (const Bytes row : {Bytes("*11\r\n"), Bytes("*10\r\n"), Bytes("*2147483648\r\n"), Bytes("*-11\r\n"), Bytes("*x\r\n"),
                          Bytes("*1\r\n$16385\r\n"), Bytes("*1\r\n$16384\r\n"), Bytes("*1\r\n$999999999\r\n"),
                          Bytes("*1\r\n$-1\r\n"), Bytes("PING\r\n"), Bytes("*1\r\n$4\r\nPING\r\n*12\r\n")}) {
    expect_same(server, row, before_login);
  }
  for (const size_t count : {size_t{9}, size_t{10}, size_t{11}, size_t{12}, size_t{100}}) {
    expect_same(server, test_support::encode_request(std::vector<std::string>(count, "a")), before_login);
  }
  for (const size_t size : {size_t{16384}, size_t{16385}}) {
    expect_same(server, test_support::encode_request({"get", std::string(size, 'x')}), before_login);
  }
}

TEST(RequestOracle, RandomInlineLines) {
  const RedisServer server;
  constexpr Bytes kAlphabet = "aaabx41fF\"\"\"''\\\\\\   \t\v\r\nn\0"sv;
  std::mt19937_64 random(19);
  for (int round = 0; round < 1'500 && !testing::Test::HasFailure(); ++round) {
    std::string input;
    for (size_t lines = 1 + random() % 3; lines > 0; --lines) {
      input += "eval \"return ARGV\" 0 ";
      // The last byte of the alphabet hides the line's end for good: now and then only.
      const size_t letters = kAlphabet.size() - (random() % 20 == 0 ? 0 : 1);
      for (size_t size = random() % 25; size > 0; --size) input += kAlphabet[random() % letters];
      input += random() % 2 ? "\r\n" : "\n";
    }
    expect_same(server, input);
  }
}

std::string random_array(std::mt19937_64& random) {
  std::vector<std::string> arguments = {"eval", "return ARGV", "0"};
  for (size_t count = random() % 12; count > 0; --count) arguments.emplace_back(random() % 30, "$*\r\n1"[random() % 5]);
  return test_support::encode_request(arguments);
}

void damage(std::string& input, std::mt19937_64& random) {
  constexpr Bytes kFraming = "*$\r\n0123456789- \0"sv;
  const size_t at = random() % input.size();
  switch (random() % 3) {
    case 0: input[at] = kFraming[random() % kFraming.size()]; break;
    case 1: input.erase(at, 1 + random() % 3); break;
    default: input.insert(at, 1, kFraming[random() % kFraming.size()]); break;
  }
}

TEST(RequestOracle, RandomAndDamagedArrays) {
  const RedisServer server;
  std::mt19937_64 random(23);
  for (int round = 0; round < 3'000 && !testing::Test::HasFailure(); ++round) {
    std::string input;
    for (size_t requests = 1 + random() % 3; requests > 0; --requests) input += random_array(random);
    for (size_t count = random() % 3; count > 0; --count) damage(input, random);
    expect_same(server, input);
  }
}

}  // namespace
}  // namespace corral::protocol

// The request parser: exact results, independence of how bytes are split, bounded cost and memory of a half-read request.
// Threading: none.
// See: protocol/README.md, "Requests".
#include "protocol/request_parser.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace corral::protocol {
namespace {

using Arguments = std::vector<std::string>;

struct Outcome {
  std::vector<Arguments> requests;
  std::string error;       // empty: the rest is an incomplete request
  size_t rest = 0;         // bytes not consumed
  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  for (const Arguments& request : outcome.requests) {
    out << "[";
    for (const std::string& argument : request) out << testing::PrintToString(argument) << ",";
    out << "]";
  }
  return out << " error='" << outcome.error << "' rest=" << outcome.rest;
}

// Behaves as a connection does: bytes arrive in pieces, are kept in memory that moves, whole requests are taken away.
class Feeder {
 public:
  // With room for arguments whole requests take the short path, as on a connection; without, the careful one.
  explicit Feeder(ParseLimits limits, size_t room = 128) : limits_(limits) { arguments_.reserve(room); }

  void feed(Bytes piece) {
    if (!outcome_.error.empty()) return;
    // An exact copy in fresh memory: a view kept from an earlier call or a read past the end is seen by the sanitizer.
    auto memory = std::make_unique<char[]>(size_ + piece.size());
    std::copy(memory_.get(), memory_.get() + size_, memory.get());
    std::copy(piece.begin(), piece.end(), memory.get() + size_);
    memory_ = std::move(memory);
    size_ += piece.size();
    take_requests();
    outcome_.rest = size_;
  }
  const Outcome& outcome() const { return outcome_; }

 private:
  void take_requests() {
    while (size_ > 0) {
      arguments_.assign(1, "before");
      const auto result = parser_.parse({memory_.get(), size_}, limits_, arguments_);
      ASSERT_EQ(arguments_.at(0), "before");
      if (result.status != ParseStatus::kRequest) {
        ASSERT_EQ(arguments_.size(), 1U);
        if (result.status == ParseStatus::kError) outcome_.error = parser_.error();
        if (parser_.wanted() != 0) {
          ASSERT_GT(parser_.wanted(), size_);
        }
        return;
      }
      ASSERT_GT(result.consumed, 0U);
      ASSERT_LE(result.consumed, size_);
      outcome_.requests.emplace_back(arguments_.begin() + 1, arguments_.end());
      size_ -= result.consumed;
      auto memory = std::make_unique<char[]>(size_);
      std::copy(memory_.get() + result.consumed, memory_.get() + result.consumed + size_, memory.get());
      memory_ = std::move(memory);
    }
  }

  ParseLimits limits_;
  RequestParser parser_;
  std::vector<Bytes> arguments_;
  std::unique_ptr<char[]> memory_;
  size_t size_ = 0;
  Outcome outcome_;
};

Outcome parse_pieces(std::initializer_list<Bytes> pieces, ParseLimits limits = {}) {
  Feeder feeder(limits);
  for (const Bytes piece : pieces) feeder.feed(piece);
  return feeder.outcome();
}
Outcome parse_whole(Bytes input, ParseLimits limits = {}) { return parse_pieces({input}, limits); }

Outcome parse_bytewise(Bytes input, ParseLimits limits = {}) {
  Feeder feeder(limits);
  for (size_t i = 0; i < input.size(); ++i) feeder.feed(input.substr(i, 1));
  return feeder.outcome();
}

Outcome requests(std::vector<Arguments> list, size_t rest = 0) { return {std::move(list), "", rest}; }
Outcome failure(const char* text, size_t rest) { return {{}, std::string("ERR Protocol error: ") + text, rest}; }

struct Row {
  Bytes input;
  Outcome outcome;
};

// NUL bytes within are written as \0 followed by a non-digit, so that sizes come out of the literal.
template <size_t N>
constexpr Bytes bytes(const char (&text)[N]) {
  return {text, N - 1};
}

const std::vector<Row>& multibulk_rows() {
  static const std::vector<Row> rows = {
      {"*1\r\n$4\r\nPING\r\n", requests({{"PING"}})},
      {"*2\r\n$3\r\nGET\r\n$16\r\n0123456789abcdef\r\n", requests({{"GET", "0123456789abcdef"}})},
      {"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n", requests({{"SET", "k", ""}})},
      {"*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n", requests({{"a"}, {"b"}})},
      {bytes("*1\r\n$5\r\n\0\r\n*$\r\n"), requests({{std::string("\0\r\n*$", 5)}})},
      {"*10\r\n$1\r\n0\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n$1\r\n6\r\n$1\r\n7\r\n$1\r\n8\r\n$1\r\n9\r\n",
       requests({{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}})},
      {"*0\r\n*-1\r\n*-5\r\n*1\r\n$1\r\na\r\n", requests({{}, {}, {}, {"a"}})},
      {"*-9223372036854775808\r\n", requests({{}})},
      {"*1\rX$1\r?aYZ*1\r\n$1\r\nb\r\n", requests({{"a"}, {"b"}})},  // Redis looks at CR only
      {"*2147483647\r\n", requests({}, 13)},
      {"*1\r\nfoo", requests({}, 7)},
      {bytes("*1\0\r\n"), requests({}, 5)},
      {bytes("*1\r\n$4\0\r\nPING\r\n"), requests({}, 15)},
      {bytes("*1\r\n\0\r\n"), requests({}, 7)},
      {"*1\r\n$536870912\r\n", requests({}, 16)},
      {"*\r\n", failure("invalid multibulk length", 3)},
      {"*00\r\n", failure("invalid multibulk length", 5)},
      {"*01\r\n", failure("invalid multibulk length", 5)},
      {"*-0\r\n", failure("invalid multibulk length", 5)},
      {"*+1\r\n", failure("invalid multibulk length", 5)},
      {"*1 \r\n", failure("invalid multibulk length", 5)},
      {"*1\n$4\r\n", failure("invalid multibulk length", 7)},
      {"*2147483648\r\n", failure("invalid multibulk length", 13)},
      {"*-9223372036854775809\r\n", failure("invalid multibulk length", 23)},
      {"*1\r\n$-1\r\n", failure("invalid bulk length", 9)},
      {"*1\r\n$\r\n", failure("invalid bulk length", 7)},
      {"*1\r\n$04\r\n", failure("invalid bulk length", 9)},
      {"*1\r\n$ 4\r\n", failure("invalid bulk length", 9)},
      {"*1\r\n$1a\r\n", failure("invalid bulk length", 9)},
      {"*1\r\n$536870913\r\n", failure("invalid bulk length", 16)},
      {"*1\r\n$99999999999999999999\r\n", failure("invalid bulk length", 27)},
      {"*1\r\nfoo\r\n", failure("expected '$', got 'f'", 9)},
      {"*1\r\n\r\n", failure("expected '$', got '\r'", 6)},
      {"*2\r\n$1\r\na\r\n*1\r\n", failure("expected '$', got '*'", 15)},
  };
  return rows;
}

const std::vector<Row>& inline_rows() {
  static const std::vector<Row> rows = {
      {"PING\r\n", requests({{"PING"}})},
      {"PING\n", requests({{"PING"}})},
      {"\r\n\n   \r\nPING\n", requests({{}, {}, {}, {"PING"}})},
      {"PING\r\r\n", requests({{"PING"}})},
      {"\rSET\ta  b \r\n", requests({{"SET", "a", "b"}})},
      {"\v\fa\vb\f\r\n", requests({{"a\vb\f"}})},
      {"$4\r\n", requests({{"$4"}})},
      {" *1\r\n", requests({{"*1"}})},
      {"a\\nb\r\n", requests({{"a\\nb"}})},
      {"e \"a\\x41\\n\\r\\t\\b\\a\\q\\\"b\"\r\n", requests({{"e", "aA\n\r\t\b\aq\"b"}})},
      {"e 'it\\'s \\n \"'\r\n", requests({{"e", "it's \\n \""}})},
      {"e a\"b c\" ''\t\"\"\r\n", requests({{"e", "ab c", "", ""}})},
      {"e \"a\"\vb\r\n", requests({{"e", "a", "b"}})},
      {"e \"\\x4\" \"\\xZZ\" \"\\x0\"\r\n", requests({{"e", "x4", "xZZ", "x0"}})},
      {"e \"\\x00\\xfF\"\r\n", requests({{"e", std::string("\0\xff", 2)}})},
      {"e \xff\xa0\x85\r\n", requests({{"e", "\xff\xa0\x85"}})},
      {"e 'a'\r\n*1\r\n$1\r\nb\r\n", requests({{"e", "a"}, {"b"}})},
      {"PING", requests({}, 4)},
      {bytes("PI\0NG\r\nPING\r\n"), requests({}, 13)},
      {"e \"abc\r\n", failure("unbalanced quotes in request", 8)},
      {"e \"abc\\\r\n", failure("unbalanced quotes in request", 9)},
      {"e 'abc\\'\r\n", failure("unbalanced quotes in request", 10)},
      {"e \"a\"b\r\n", failure("unbalanced quotes in request", 8)},
      {"e a'b'c\r\n", failure("unbalanced quotes in request", 9)},
      {"e \\\"a\r\n", failure("unbalanced quotes in request", 7)},
  };
  return rows;
}

std::vector<Row> all_rows() {
  std::vector<Row> rows = multibulk_rows();
  rows.insert(rows.end(), inline_rows().begin(), inline_rows().end());
  return rows;
}

TEST(RequestParser, ReadsArrays) {
  for (const Row& row : multibulk_rows()) EXPECT_EQ(parse_whole(row.input), row.outcome) << row.input;
}

TEST(RequestParser, ReadsInlineRequests) {
  for (const Row& row : inline_rows()) EXPECT_EQ(parse_whole(row.input), row.outcome) << row.input;
}

// An error may be found before all bytes have come, so only what was understood must agree, not the rest behind it.
void expect_same(Outcome split, const Outcome& whole, Bytes input) {
  if (!whole.error.empty()) split.rest = whole.rest;
  EXPECT_EQ(split, whole) << testing::PrintToString(input);
}

TEST(RequestParser, GivesTheSameWithoutRoomForArguments) {
  for (const Row& row : all_rows()) {
    Feeder feeder({}, 0);
    feeder.feed(row.input);
    EXPECT_EQ(feeder.outcome(), row.outcome) << row.input;
  }
}

TEST(RequestParser, GivesTheSameForEverySplitInTwo) {
  for (const Row& row : all_rows()) {
    for (size_t cut = 0; cut <= row.input.size(); ++cut) {
      expect_same(parse_pieces({row.input.substr(0, cut), row.input.substr(cut)}), row.outcome, row.input);
    }
  }
}

TEST(RequestParser, GivesTheSameForSingleBytes) {
  for (const Row& row : all_rows()) expect_same(parse_bytewise(row.input), row.outcome, row.input);
}

TEST(RequestParser, GivesTheSameForEverySplitInThree) {
  for (const Row& row : all_rows()) {
    if (row.input.size() > 30) continue;
    for (size_t one = 0; one <= row.input.size(); ++one) {
      for (size_t two = one; two <= row.input.size(); ++two) {
        expect_same(parse_pieces({row.input.substr(0, one), row.input.substr(one, two - one), row.input.substr(two)}),
                    row.outcome, row.input);
      }
    }
  }
}

std::string array_of(const Arguments& arguments) {
  std::string out = "*";
  out.append(std::to_string(arguments.size())).append("\r\n");
  for (const std::string& argument : arguments) {
    out.append("$").append(std::to_string(argument.size())).append("\r\n").append(argument).append("\r\n");
  }
  return out;
}

TEST(RequestParser, GivesTheSameForRandomSplitsOfPipelines) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<Arguments> list(1 + random() % 4);
    std::string input;
    for (Arguments& request : list) {
      request.resize(1 + random() % 20);
      for (std::string& argument : request) argument.resize(random() % (random() % 8 == 0 ? 2000 : 20), '\r');
      input += array_of(request);
    }
    Feeder feeder({});
    for (size_t at = 0; at < input.size();) {
      const size_t size = 1 + random() % (random() % 2 == 0 ? 5 : 500);
      feeder.feed(Bytes(input).substr(at, size));
      at += size;
    }
    ASSERT_EQ(feeder.outcome(), requests(list)) << "round " << round;
  }
}

TEST(RequestParser, HoldsTheLimitsOfAClientThatHasNotLoggedIn) {
  const ParseLimits before_login{kDefaultMaxBulkBytes, false};
  const std::string eleven = array_of(Arguments(11, "a"));
  const std::string ten = array_of(Arguments(10, "a"));
  const std::string large_bulk = "*1\r\n$16384\r\n" + std::string(16384, 'x') + "\r\n";
  const std::string larger_bulk = "*1\r\n$16385\r\n" + std::string(16385, 'x') + "\r\n";
  const Row rows[] = {
      {"*11\r\n", failure("unauthenticated multibulk length", 5)},
      {eleven, failure("unauthenticated multibulk length", eleven.size())},
      {ten, requests({Arguments(10, "a")})},
      {"*2147483648\r\n", failure("invalid multibulk length", 13)},
      {"*10\r\n", requests({}, 5)},
      {"*-11\r\n", requests({{}})},
      {"*1\r\n$16385\r\n", failure("unauthenticated bulk length", 12)},
      {"*1\r\n$999999999\r\n", failure("invalid bulk length", 16)},
      {large_bulk, requests({{std::string(16384, 'x')}})},
      {larger_bulk, failure("unauthenticated bulk length", larger_bulk.size())},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(parse_whole(row.input, before_login), row.outcome);
    expect_same(parse_pieces({row.input.substr(0, 5), row.input.substr(5)}, before_login), row.outcome, row.input);
  }
}

TEST(RequestParser, HoldsTheConfiguredBulkLimit) {
  EXPECT_EQ(parse_whole("*1\r\n$5\r\nabcde\r\n", {5, true}), requests({{"abcde"}}));
  EXPECT_EQ(parse_whole("*1\r\n$6\r\nabcdef\r\n", {5, true}), failure("invalid bulk length", 16));
  EXPECT_EQ(parse_whole("*1\r\n$12\r\n", {11, true}), failure("invalid bulk length", 9));
}

// The end of a line may stand 64 KiB behind its start, and one byte further is too far, however the bytes arrive.
TEST(RequestParser, BoundsLines) {
  const std::string spaces(65536, ' ');
  const std::string digits(65535, '1');
  const struct {
    std::string input;
    Outcome outcome;
  } rows[] = {
      {spaces, requests({}, 65536)},
      {spaces + "\n", requests({{}})},
      {spaces + " ", failure("too big inline request", 65537)},
      {spaces + " \n", failure("too big inline request", 65538)},
      {spaces + " \n" + spaces + " \n", failure("too big inline request", 131076)},
      {std::string("*") + digits, requests({}, 65536)},
      {std::string("*") + digits + "\r", requests({}, 65537)},
      {std::string("*") + digits + "\r\n", failure("invalid multibulk length", 65538)},
      {std::string("*1") + digits, failure("too big mbulk count string", 65537)},
      {std::string("*1") + digits + "\r\n", failure("too big mbulk count string", 65539)},
      {std::string("*1\r\n$") + digits, requests({}, 65540)},
      {std::string("*1\r\n$") + digits + "\r\n", failure("invalid bulk length", 65542)},
      {std::string("*1\r\nx") + digits + "\r\n", failure("expected '$', got 'x'", 65542)},
      {std::string("*1\r\n$1") + digits, failure("too big bulk count string", 65541)},
      {std::string("*1\r\n$1") + digits + "\r\n", failure("too big bulk count string", 65543)},
      {std::string(1, '\0') + spaces, failure("too big inline request", 65537)},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(parse_whole(row.input), row.outcome);
    for (const size_t cut : {size_t{3}, size_t{60000}, row.input.size() - 2, row.input.size() - 1}) {
      const Bytes input = row.input;
      expect_same(parse_pieces({input.substr(0, cut), input.substr(cut)}), row.outcome, "long line");
    }
  }
}

TEST(RequestParser, TellsHowMuchALargeBulkNeeds) {
  RequestParser parser;
  std::vector<Bytes> arguments;
  EXPECT_EQ(parser.parse("*2\r\n$3\r\nSET\r\n$100000000\r\nabc", {}, arguments).status, ParseStatus::kNeedMore);
  EXPECT_EQ(parser.wanted(), 25U + 100'000'000 + 2);
  EXPECT_EQ(parser.parse("*2\r\n$3\r\nSET\r\n$100000000\r\nabcd", {}, arguments).status, ParseStatus::kNeedMore);
  EXPECT_EQ(parser.wanted(), 25U + 100'000'000 + 2);
}

TEST(RequestParser, DoesNotKnowHowMuchALineNeeds) {
  RequestParser parser;
  std::vector<Bytes> arguments;
  parser.parse("*2\r\n$100\r\nabc", {}, arguments);
  EXPECT_NE(parser.wanted(), 0U);
  parser.reset();
  for (const Bytes input : {Bytes("*2\r\n$3"), Bytes("*"), Bytes("PIN"), Bytes()}) {
    EXPECT_EQ(parser.parse(input, {}, arguments).status, ParseStatus::kNeedMore);
    EXPECT_EQ(parser.wanted(), 0U);
    parser.reset();
  }
}

TEST(RequestParser, ForgetsAHalfReadRequestOnReset) {
  RequestParser parser;
  std::vector<Bytes> arguments;
  for (const Bytes half : {Bytes("*3\r\n$3\r\nSET\r\n$5\r\na"), Bytes("*1000"), Bytes("PING PING PING"), bytes("a\0b")}) {
    parser.parse(half, {}, arguments);
    parser.reset();
    const auto result = parser.parse("*1\r\n$1\r\na\r\n", {}, arguments);
    ASSERT_EQ(result.status, ParseStatus::kRequest);
    EXPECT_EQ(result.consumed, 11U);
    EXPECT_EQ(arguments, std::vector<Bytes>{"a"});
    arguments.clear();
  }
}

TEST(RequestParser, ViewsPointIntoTheInput) {
  RequestParser parser;
  std::vector<Bytes> arguments;
  for (const Bytes input : {Bytes("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"), Bytes("GET k\r\n")}) {
    ASSERT_EQ(parser.parse(input, {}, arguments).status, ParseStatus::kRequest);
    for (const Bytes argument : arguments) {
      EXPECT_GE(argument.data(), input.data());
      EXPECT_LE(argument.data() + argument.size(), input.data() + input.size());
    }
    arguments.clear();
  }
}

// Quadratic work would be 10^11 steps here and run into the test's time limit.
TEST(RequestParser, CostsLinearTimeForManyArgumentsFedInSmallPieces) {
  constexpr size_t kArguments = 300'000;
  std::string input = std::string("*") + std::to_string(kArguments) + "\r\n";
  for (size_t i = 0; i < kArguments; ++i) input += "$1\r\na\r\n";
  RequestParser parser;
  std::vector<Bytes> arguments;
  for (size_t size = 1; size < input.size(); ++size) {
    ASSERT_EQ(parser.parse(Bytes(input).substr(0, size), {}, arguments).status, ParseStatus::kNeedMore);
  }
  ASSERT_EQ(parser.parse(input, {}, arguments).status, ParseStatus::kRequest);
  ASSERT_EQ(arguments.size(), kArguments);
  EXPECT_EQ(arguments.front().data(), input.data() + 13);
  EXPECT_EQ(arguments.back().data(), input.data() + input.size() - 3);
}

TEST(RequestParser, CostsLinearTimeForLongLinesFedByteByByte) {
  std::string line(65'536, 'a');
  RequestParser parser;
  std::vector<Bytes> arguments;
  for (int round = 0; round < 20; ++round) {
    for (size_t size = 1; size <= line.size(); ++size) {
      ASSERT_EQ(parser.parse(Bytes(line).substr(0, size), {}, arguments).status, ParseStatus::kNeedMore);
    }
    parser.reset();
  }
}

}  // namespace
}  // namespace corral::protocol

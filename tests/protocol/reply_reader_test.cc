// The reply reader: every type, refusals, independence of splits, round trips with the writer.
// Threading: none.
// See: protocol/README.md, "Reading replies".
#include "protocol/reply_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "protocol/limits.h"
#include "tests/support/reply_encoding.h"

namespace corral::protocol {
namespace {

using namespace std::string_view_literals;  // literals that hold NUL bytes

struct Outcome {
  std::vector<std::string> replies;  // described
  std::string error;
  bool operator==(const Outcome&) const = default;
};

void take(ReplyReader& reader, Outcome& outcome) {
  while (const auto reply = reader.next()) outcome.replies.push_back(reply->describe());
  outcome.error = reader.error();
}

Outcome read_pieces(std::initializer_list<Bytes> pieces, int64_t max_bulk_bytes = 1000) {
  ReplyReader reader(max_bulk_bytes);
  Outcome outcome;
  for (const Bytes piece : pieces) {
    reader.feed(piece);
    take(reader, outcome);
  }
  return outcome;
}

Outcome good(std::vector<std::string> replies) { return {std::move(replies), ""}; }
Outcome bad(std::string error) { return {{}, std::move(error)}; }

struct Row {
  std::string input;
  Outcome outcome;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"+OK\r\n", good({"+OK"})},
      {"+\r\n", good({"+"})},
      {"-ERR x\r\n", good({"-ERR x"})},
      {":0\r\n:-5\r\n:+7\r\n", good({"0", "-5", "7"})},
      {"$5\r\nhello\r\n", good({"\"hello\""})},
      {"$0\r\n\r\n", good({"\"\""})},
      {std::string("$4\r\n\0\r\n\"\r\n"sv), good({"\"\\x00\\r\\n\\\"\""})},
      {"$-1\r\n*-1\r\n_\r\n", good({"(nil)", "(nil array)", "(nil)"})},
      {"*0\r\n%0\r\n~0\r\n>0\r\n|0\r\n", good({"[]", "{}", "~[]", ">[]", "|{}"})},
      {"*2\r\n:1\r\n$1\r\na\r\n", good({"[1, \"a\"]"})},
      {"*1\r\n*2\r\n*0\r\n$-1\r\n", good({"[[[], (nil)]]"})},
      {"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n#t\r\n", good({"{+a: 1, +b: [true]}"})},
      {"~2\r\n#t\r\n#f\r\n", good({"~[true, false]"})},
      {",1.5\r\n,inf\r\n,-inf\r\n,nan\r\n,1e+20\r\n", good({",1.5", ",inf", ",-inf", ",nan", ",1e+20"})},
      {"(12345678901234567890\r\n(-1\r\n", good({"(12345678901234567890", "(-1"})},
      {"=7\r\ntxt:a\nb\r\n", good({"=\"txt:a\\nb\""})},
      {"!7\r\nERR a\nb\r\n", good({"!\"ERR a\\nb\""})},
      {">2\r\n+message\r\n+x\r\n:1\r\n", good({">[+message, +x]", "1"})},
      {"|1\r\n+ttl\r\n:1\r\n$1\r\na\r\n", good({"|{+ttl: 1}", "\"a\""})},
      {"*2\r\n|1\r\n+ttl\r\n:1\r\n:5\r\n:6\r\n", good({"[|{+ttl: 1}, 5, 6]"})},
      {"$1000\r\n", good({})},
      {"*2147483647\r\n:1\r\n", good({})},
      {"hello\r\n", bad("unknown reply type \"h\"")},
      {"\r\n", bad("unknown reply type \"\\r\"")},
      {"+OK\n", bad("line does not end in CRLF")},
      {"+\n", bad("line does not end in CRLF")},
      {":\r\n", bad("invalid integer \"\"")},
      {":+-1\r\n", bad("invalid integer \"+-1\"")},
      {":9223372036854775808\r\n", bad("invalid integer \"9223372036854775808\"")},
      {":1a\r\n", bad("invalid integer \"1a\"")},
      {"$-2\r\n", bad("invalid bulk length \"-2\"")},
      {"$x\r\n", bad("invalid bulk length \"x\"")},
      {"$1001\r\n", bad("invalid bulk length \"1001\"")},
      {"=-1\r\n", bad("invalid bulk length \"-1\"")},
      {"$1\r\nab\r\n", bad("bulk is not followed by CRLF")},
      {"$1\r\na\rb", bad("bulk is not followed by CRLF")},
      {"*-2\r\n", bad("invalid element count \"-2\"")},
      {"%-1\r\n", bad("invalid element count \"-1\"")},
      {"*2147483648\r\n", bad("invalid element count \"2147483648\"")},
      {"#x\r\n", bad("invalid boolean \"x\"")},
      {"#\r\n", bad("invalid boolean \"\"")},
      {"_x\r\n", bad("null with a text")},
      {",x\r\n", bad("invalid double \"x\"")},
      {"(\r\n", bad("invalid big number")},
      {"(-\r\n", bad("invalid big number")},
      {"(1.5\r\n", bad("invalid big number")},
      {"=3\r\ntxt\r\n", bad("verbatim string without a format")},
      {"=5\r\ntxt_a\r\n", bad("verbatim string without a format")},
      {"*1\r\n>1\r\n+x\r\n", bad("push inside another reply")},
      {"$?\r\n;1\r\na\r\n;0\r\n", bad("streamed replies are not supported")},
      {"*?\r\n:1\r\n.\r\n", bad("streamed replies are not supported")},
      {"%?\r\n.\r\n", bad("streamed replies are not supported")},
      {".\r\n", bad("streamed replies are not supported")},
      {";4\r\n", bad("streamed replies are not supported")},
      {":" + std::string(70, '1') + "\r\n", bad("line too long")},
      {"+" + std::string(1001, 'x'), bad("line too long")},
  };
  return table;
}

TEST(ReplyReader, ReadsEveryTypeAndRefusesTheRest) {
  for (const Row& row : rows()) EXPECT_EQ(read_pieces({row.input}), row.outcome) << row.input;
}

TEST(ReplyReader, GivesTheSameForEverySplitInTwo) {
  for (const Row& row : rows()) {
    for (size_t cut = 0; cut <= row.input.size(); ++cut) {
      const Bytes input = row.input;
      ASSERT_EQ(read_pieces({input.substr(0, cut), input.substr(cut)}), row.outcome) << row.input << " cut " << cut;
    }
  }
}

TEST(ReplyReader, GivesTheSameForSingleBytes) {
  for (const Row& row : rows()) {
    ReplyReader reader(1000);
    Outcome outcome;
    for (const char& byte : row.input) {
      reader.feed({&byte, 1});
      take(reader, outcome);
    }
    EXPECT_EQ(outcome, row.outcome) << row.input;
  }
}

TEST(ReplyReader, BoundsNesting) {
  std::string deepest;
  for (int i = 0; i < kMaxReplyNesting; ++i) deepest += "*1\r\n";
  EXPECT_EQ(read_pieces({deepest + ":1\r\n"}).replies.size(), 1U);
  EXPECT_EQ(read_pieces({deepest + "*1\r\n:1\r\n"}), bad("reply nested too deep"));
}

TEST(ReplyReader, StaysUnusableAfterAnError) {
  EXPECT_EQ(read_pieces({"+a\r\n?\r\n", "+b\r\n"}), (Outcome{{"+a"}, "unknown reply type \"?\""}));
}

TEST(ReplyReader, GivesTheEncodedBytesOfEachReply) {
  ReplyReader reader;
  reader.feed("*1\r\n:1\r\n$1\r\na\r\n+x");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.last_encoded(), "*1\r\n:1\r\n");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.last_encoded(), "$1\r\na\r\n");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.last_encoded(), "$1\r\na\r\n");
}

// Quadratic work would be 10^11 steps and run into the test's time limit.
TEST(ReplyReader, CostsLinearTimeForLargeRepliesFedByteByByte) {
  for (const std::string& input : {"$400000\r\n" + std::string(400'000, 'x') + "\r\n",
                                   "+" + std::string(400'000, 'x') + "\r\n"}) {
    ReplyReader reader;
    for (size_t i = 0; i + 1 < input.size(); ++i) {
      reader.feed({&input[i], 1});
      ASSERT_FALSE(reader.next());
    }
    reader.feed("\n");
    ASSERT_EQ(reader.next()->text.size(), 400'000U);
  }
}

TEST(ReplyReader, CostsLinearTimeForManySmallReplies) {
  constexpr int kReplies = 500'000;
  std::string input;
  for (int i = 0; i < kReplies; ++i) input += ":1\r\n";
  ReplyReader reader;
  reader.feed(input);
  int count = 0;
  while (reader.next()) ++count;
  EXPECT_EQ(count, kReplies);
}

std::string random_text(std::mt19937_64& random, Bytes alphabet, size_t least) {
  std::string text;
  for (size_t size = least + random() % 12; size > 0; --size) text += alphabet[random() % alphabet.size()];
  return text;
}

Reply random_aggregate(std::mt19937_64& random, int depth);

Reply random_reply(std::mt19937_64& random, int depth) {
  constexpr Bytes kLine = "abc XYZ123_-*$";
  constexpr Bytes kAnything = "a\0\r\n$*:\xff"sv;
  Reply reply;
  switch (random() % (depth > 0 ? 14 : 10)) {
    case 0: reply = {ReplyKind::kSimple, 0, random_text(random, kLine, 0), {}}; break;
    case 1: reply = {ReplyKind::kError, 0, random_text(random, kLine, 0), {}}; break;
    case 2: reply.kind = ReplyKind::kInteger, reply.integer = static_cast<int64_t>(random()) >> (random() % 64); break;
    case 3: reply = {ReplyKind::kBulk, 0, random_text(random, kAnything, 0), {}}; break;
    case 4: reply.kind = ReplyKind::kNull; break;
    case 5: reply.kind = ReplyKind::kBoolean, reply.integer = static_cast<int64_t>(random() % 2); break;
    case 6: reply = {ReplyKind::kDouble, 0, random() % 2 ? "1.5" : "-inf", {}}; break;
    case 7: reply = {ReplyKind::kBigNumber, 0, random_text(random, "0123456789", 1), {}}; break;
    case 8: reply = {ReplyKind::kVerbatim, 0, "txt:" + random_text(random, kAnything, 0), {}}; break;
    case 9: reply = {ReplyKind::kBulkError, 0, random_text(random, kAnything, 0), {}}; break;
    default: return random_aggregate(random, depth - 1);
  }
  return reply;
}

Reply random_aggregate(std::mt19937_64& random, int depth) {
  constexpr ReplyKind kKinds[] = {ReplyKind::kArray, ReplyKind::kMap, ReplyKind::kSet, ReplyKind::kAttribute};
  Reply reply;
  reply.kind = kKinds[random() % 4];
  size_t count = random() % 5;
  if (reply.kind == ReplyKind::kMap || reply.kind == ReplyKind::kAttribute) count *= 2;
  while (count > 0) {
    reply.elements.push_back(random_reply(random, depth));
    if (reply.elements.back().kind != ReplyKind::kAttribute) --count;
  }
  return reply;
}

std::vector<Reply> read_in_random_pieces(Bytes input, std::mt19937_64& random) {
  ReplyReader reader;
  std::vector<Reply> replies;
  for (size_t at = 0; at < input.size();) {
    const size_t size = 1 + random() % 20;
    reader.feed(input.substr(at, size));
    at += size;
    while (auto reply = reader.next()) replies.push_back(std::move(*reply));
  }
  EXPECT_EQ(reader.error(), "");
  return replies;
}

std::string encoded(const std::vector<Reply>& replies, int version) {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, version);
  for (const Reply& reply : replies) test_support::write_reply(reply, writer);
  return test_support::bytes_of(buffer);
}

TEST(ReplyReader, ReadsBackWhatTheWriterWrote) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<Reply> replies;
    for (size_t count = 1 + random() % 5; count > 0; --count) replies.push_back(random_reply(random, 4));
    ASSERT_EQ(read_in_random_pieces(encoded(replies, 3), random), replies) << "round " << round;

    std::vector<Reply> expected;
    for (const Reply& reply : replies) {
      if (reply.kind != ReplyKind::kAttribute) expected.push_back(test_support::as_resp2(reply));
    }
    ASSERT_EQ(read_in_random_pieces(encoded(replies, 2), random), expected) << "round " << round;
  }
}

}  // namespace
}  // namespace corral::protocol

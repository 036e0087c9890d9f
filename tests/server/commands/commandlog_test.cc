// COMMANDLOG: which commands its three logs keep.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include "protocol/reply_reader.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using protocol::Reply;

class CommandLogTest : public testing::Test {
 protected:
  Reply ask(const std::vector<std::string>& words) {
    protocol::ReplyReader reader;
    reader.feed(server.client().run_words(words));
    const auto reply = reader.next();
    EXPECT_TRUE(reply.has_value()) << words.at(0);
    return reply.value_or(Reply{});
  }
  int64_t length(const std::string& log) { return ask({"COMMANDLOG", "LEN", log}).integer; }
  struct Entry {
    int64_t id = -1;
    int64_t amount = -1;
    std::vector<std::string> arguments;
  };
  Entry newest(const std::string& log) {
    const Reply entries = ask({"COMMANDLOG", "GET", "1", log});
    Entry out;
    if (entries.elements.size() != 1 || entries.elements[0].elements.size() != 6) return out;
    out.id = entries.elements[0].elements[0].integer;
    out.amount = entries.elements[0].elements[2].integer;
    for (const Reply& word : entries.elements[0].elements[3].elements) out.arguments.push_back(word.text);
    return out;
  }

  test_support::TestServer server;
};

TEST_F(CommandLogTest, ARequestOfTheThresholdIsKept) {
  server.run("CONFIG SET commandlog-request-larger-than 200");
  // *3 $3 SET $1 a $172 …: 199 bytes with 171 letters, 200 with 172.
  server.client().run_words({"SET", "a", std::string(171, 'x')});
  EXPECT_EQ(length("large-request"), 0);
  server.client().run_words({"SET", "b", std::string(172, 'x')});
  EXPECT_EQ(length("large-request"), 1);
  const Entry entry = newest("LARGE-request");
  EXPECT_EQ(entry.amount, 200);
  EXPECT_EQ(entry.arguments,
            (std::vector<std::string>{"SET", "b", std::string(128, 'x') + "... (44 more bytes)"}));
  EXPECT_EQ(length("large-reply"), 0);
  EXPECT_EQ(length("slow"), 0);
}

TEST_F(CommandLogTest, ASmallRequestBehindALargeOneIsNotKept) {
  server.run("CONFIG SET commandlog-request-larger-than 200");
  server.client().run_words({"SET", "a", std::string(300, 'x')});
  server.run("GET nothing");
  EXPECT_EQ(length("large-request"), 1);
}

TEST_F(CommandLogTest, AReplyOfTheThresholdIsKept) {
  server.run("CONFIG SET commandlog-reply-larger-than 109");
  server.client().run_words({"SET", "a", std::string(100, 'x')});
  server.client().run_words({"SET", "b", std::string(101, 'x')});
  server.run("GET a");
  EXPECT_EQ(length("large-reply"), 0);
  server.run("GET b");
  const Entry entry = newest("large-reply");
  EXPECT_EQ(entry.amount, 109);
  EXPECT_EQ(entry.arguments, (std::vector<std::string>{"GET", "b"}));
}

TEST_F(CommandLogTest, RepliesOfManyPartsAndOfTransactionsAreMeasured) {
  server.run("CONFIG SET commandlog-reply-larger-than 100000");
  for (int i = 0; i < 200; ++i) server.client().run_words({"RPUSH", "l", std::string(1000, 'x')});
  const auto bytes = static_cast<int64_t>(server.run("LRANGE l 0 -1").size());
  EXPECT_EQ(newest("large-reply").amount, bytes);
  server.run("MULTI");
  server.run("LRANGE l 0 -1");
  server.run(
      "EXEC");  // not kept: what it runs is not looked at one by one, and EXEC itself is left out as in Redis
  EXPECT_EQ(length("large-reply"), 1);
}

TEST_F(CommandLogTest, RepliesAreMeasuredOnlyWhenAskedFor) {
  server.client().run_words({"SET", "a", std::string(2 << 20, 'x')});
  EXPECT_EQ(length("large-request"), 1);
  server.run("GET a");
  EXPECT_EQ(length("large-reply"), 0);
}

TEST_F(CommandLogTest, ASilentClientHasNoReply) {
  server.run("CONFIG SET commandlog-reply-larger-than 0");
  server.run("CLIENT REPLY OFF");
  server.run("GET a");
  server.run("CLIENT REPLY ON");
  const Entry entry = newest("large-reply");
  EXPECT_EQ(entry.arguments, (std::vector<std::string>{"CLIENT", "REPLY", "ON"}));
}

TEST_F(CommandLogTest, AsManyAreKeptAsItsLengthAllows) {
  server.run("CONFIG SET commandlog-request-larger-than 0 commandlog-large-request-max-len 3");
  for (int i = 0; i < 10; ++i) server.run("GET a");
  EXPECT_EQ(length("large-request"), 3);
  server.run("CONFIG SET commandlog-request-larger-than -1");
  const Reply all = ask({"COMMANDLOG", "GET", "-1", "large-request"});
  ASSERT_EQ(all.elements.size(), 3u);
  EXPECT_GT(all.elements[0].elements[0].integer, all.elements[2].elements[0].integer);
  EXPECT_EQ(server.run("COMMANDLOG RESET large-request"), "+OK\r\n");
  EXPECT_EQ(length("large-request"), 0);
}

TEST_F(CommandLogTest, SecretsAreNotKept) {
  server.run("CONFIG SET commandlog-request-larger-than 0");
  server.run("CONFIG SET requirepass hunter2");
  EXPECT_EQ(newest("large-request").arguments.back(), "(redacted)");
}

TEST_F(CommandLogTest, SlowIsTheLogOfSlowlog) {
  server.run("CONFIG SET commandlog-execution-slower-than 0 commandlog-slow-execution-max-len 5");
  EXPECT_EQ(server.run("CONFIG GET slowlog-log-slower-than"),
            "*2\r\n$23\r\nslowlog-log-slower-than\r\n$1\r\n0\r\n");
  EXPECT_EQ(server.run("CONFIG GET slowlog-max-len"), "*2\r\n$15\r\nslowlog-max-len\r\n$1\r\n5\r\n");
  for (int i = 0; i < 10; ++i) server.run("GET a");
  server.run("CONFIG SET slowlog-log-slower-than -1");
  EXPECT_EQ(length("slow"), 5);
  EXPECT_EQ(ask({"SLOWLOG", "LEN"}).integer, 5);
  server.run("SLOWLOG RESET");
  EXPECT_EQ(length("slow"), 0);
}

TEST_F(CommandLogTest, WrongArguments) {
  constexpr std::string_view kType =
      "-ERR type should be one of the following: slow, large-request, large-reply\r\n";
  EXPECT_EQ(server.run("COMMANDLOG GET 1 fast"), kType);
  EXPECT_EQ(server.run("COMMANDLOG LEN fast"), kType);
  EXPECT_EQ(server.run("COMMANDLOG RESET fast"), kType);
  EXPECT_EQ(server.run("COMMANDLOG GET -2 slow"), "-ERR count should be greater than or equal to -1\r\n");
  EXPECT_EQ(server.run("COMMANDLOG GET x slow"), "-ERR count should be greater than or equal to -1\r\n");
  EXPECT_EQ(server.run("COMMANDLOG GET 1"),
            "-ERR wrong number of arguments for 'commandlog|get' command\r\n");
  EXPECT_EQ(server.run("COMMANDLOG nosuch"), "-ERR unknown subcommand 'nosuch'. Try COMMANDLOG HELP.\r\n");
}

}  // namespace
}  // namespace corral::commands

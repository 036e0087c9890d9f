// The harness itself: equal servers agree, unequal ones are found, and the program is cut to the cause.
// Threading: one thread; redis-servers are processes of their own.
// See: README.md of this folder.
#include <gtest/gtest.h>

#include "tests/differential/command_metadata.h"
#include "tests/differential/generator.h"
#include "tests/differential/grammar.h"
#include "tests/differential/runner.h"
#include "tests/differential/shrinker.h"
#include "tests/differential/tolerance.h"
#include "tests/support/redis_server.h"

namespace corral::differential {
namespace {

using protocol::Reply;
using protocol::ReplyKind;
using test_support::RedisServer;

constexpr uint64_t kSeed = 20;
constexpr size_t kProgramCommands = 250;
constexpr int kMostPrograms = 400;  // until a fault shows, which ends it

/// Runs programs until one shows a disagreement, and shrinks it. Empty if `programs` of them show none.
std::optional<Shrunk> find_disagreement(Runner& runner, int programs, std::span<const std::string> without = {}) {
  Generator generator(kSeed, without);
  for (; programs > 0; --programs) {
    const Program program = generator.make_program(kProgramCommands);
    if (const auto found = runner.run(program)) return shrink(runner, program, *found);
  }
  return std::nullopt;
}

Reply integer(int64_t value) {
  Reply reply;
  reply.kind = ReplyKind::kInteger;
  reply.integer = value;
  return reply;
}

Reply error(const char* text) {
  Reply reply;
  reply.kind = ReplyKind::kError;
  reply.text = text;
  return reply;
}

Reply array(std::vector<std::string> texts) {
  Reply reply;
  reply.kind = ReplyKind::kArray;
  for (std::string& text : texts) reply.elements.push_back({ReplyKind::kBulk, 0, std::move(text), {}});
  return reply;
}

TEST(Grammar, ExpandsToWhatThePatternAllows) {
  const Pattern pattern("SET key { [NX|XX] GET } (EX 'lower'|PX 5) INT...");
  base::Random random(kSeed);
  Arguments arguments;
  for (int i = 0; i < 200; ++i) {
    Command command;
    pattern.expand(random, arguments, command);
    const std::string text = verb_of(command, command.size());
    EXPECT_TRUE(text.starts_with("SET ")) << text;
    EXPECT_NE(text.find(" GET"), std::string::npos) << text;
    EXPECT_TRUE(text.find(" EX LOWER INT") != std::string::npos ||
                text.find(" PX 5 INT") != std::string::npos)
        << text;
    EXPECT_GE(command.size(), 6u);
    EXPECT_LE(command.size(), 10u);
  }
}

TEST(Generator, EqualSeedsMakeEqualPrograms) {
  Generator a(kSeed);
  Generator b(kSeed);
  Generator c(kSeed + 1);
  const std::string first = describe(a.make_program(kProgramCommands));
  EXPECT_EQ(first, describe(b.make_program(kProgramCommands)));
  EXPECT_NE(first, describe(c.make_program(kProgramCommands)));
}

TEST(Generator, LeavesRowsOut) {
  const std::vector<std::string> without = {"GET key", "SET"};
  Generator generator(kSeed, without);
  const std::string program = describe(generator.make_program(20'000));
  EXPECT_EQ(program.find("> GET k"), std::string::npos);
  EXPECT_EQ(program.find("> SETNX"), std::string::npos);
  EXPECT_NE(program.find("> GETRANGE"), std::string::npos);
}

TEST(Tolerance, TimesMayBeAFewSecondsApartAndNoMore) {
  EXPECT_TRUE(agree({"ttl", "k"}, integer(100), integer(101)));
  EXPECT_FALSE(agree({"ttl", "k"}, integer(100), integer(110)));
  EXPECT_FALSE(agree({"ttl", "k"}, integer(-1), integer(1)));
  EXPECT_FALSE(agree({"ttl", "k"}, integer(-1), integer(-2)));
  EXPECT_FALSE(agree({"ttl"}, integer(1), error("ERR")));
}

TEST(Tolerance, EverythingElseHasToBeEqual) {
  EXPECT_FALSE(agree({"strlen", "k"}, integer(100), integer(101)));
  EXPECT_FALSE(agree({"keys", "*"}, error("ERR a"), error("ERR b")));
  EXPECT_FALSE(agree({"mget", "a", "b"}, array({"a", "b"}), array({"b", "a"})));
  EXPECT_TRUE(agree({"keys", "*"}, array({"a", "b"}), array({"b", "a"})));
  EXPECT_FALSE(agree({"keys", "*"}, array({"a", "b"}), array({"b", "b"})));
  EXPECT_TRUE(agree({"object", "HELP"}, array({"a", "b"}), array({"x"})));
  EXPECT_FALSE(agree({"object", "HELP"}, array({"a", "b"}), array({})));
}

TEST(Tolerance, HelloDiffersInVersionAndIdOnly) {
  const Command hello = {"HELLO", "2"};
  EXPECT_TRUE(agree(hello, array({"server", "redis", "version", "7.0.15"}),
                    array({"server", "redis", "version", "1.0"})));
  EXPECT_FALSE(
      agree(hello, array({"server", "redis", "version", "1"}), array({"server", "other", "version", "1"})));
  EXPECT_FALSE(agree(hello, array({"server", "redis"}), array({"server", "redis", "more", "1"})));
}

TEST(Tolerance, OptionsDifferWhereAPatternFindsThem) {
  EXPECT_TRUE(agree({"CONFIG", "GET", "*"}, array({"save", "", "port", "0"}), array({"port", "1"})));
  EXPECT_TRUE(agree({"config", "get", "*", "Port"}, array({"save", "", "port", "0"}), array({"port", "0"})));
  EXPECT_FALSE(agree({"CONFIG", "GET", "*", "port"}, array({"port", "0"}), array({"port", "1"})));
  EXPECT_FALSE(agree({"CONFIG", "GET", "*", "port"}, array({"port", "0"}), array({"save", ""})));
  EXPECT_FALSE(agree({"CONFIG", "GET", "port"}, array({"port", "0"}), array({"port", "1"})));
  EXPECT_FALSE(agree({"CONFIG", "GET", "save"}, array({"save", ""}), array({})));
}

TEST(Tolerance, ClientLinesDifferInAddressesAndSizesOnly) {
  const auto line = [](const char* text) { return Reply{ReplyKind::kBulk, 0, text, {}}; };
  const Command list = {"CLIENT", "LIST"};
  EXPECT_TRUE(agree(list, line("id=1 addr=a name=x\nid=2 addr=b name=y\n"),
                    line("id=9 addr=c name=y\nid=1 addr=d name=x\n")));
  EXPECT_FALSE(agree(list, line("id=1 addr=a name=x\n"), line("id=1 addr=a name=y\n")));
  EXPECT_FALSE(agree(list, line("id=1 addr=a name=x\n"), line("id=1 name=x addr=a\n")));
}

Reply ask(const RedisServer& server, const Command& command) {
  auto connection = test_support::RawConnection::to_unix(server.socket_path());
  connection.send(test_support::encode_request(command));
  return connection.next().value();
}

TEST(CommandMetadata, EveryChangedPartIsNoticed) {
  RedisServer redis;
  const Reply infos = ask(redis, {"COMMAND", "INFO", "set", "client"});
  EXPECT_TRUE(compare_info(infos.elements[0], infos.elements[0]).empty());
  EXPECT_TRUE(compare_info(infos.elements[1], infos.elements[1]).empty());
  for (size_t part = 0; part < 9; ++part) {
    Reply changed = infos.elements[0];
    Reply& target = changed.elements[part];
    if (!target.elements.empty()) {
      target.elements.pop_back();
    } else if (target.kind == ReplyKind::kArray) {
      target.elements.push_back(error("more"));
    } else {
      target.text += "x";
      target.integer += 1;
    }
    EXPECT_EQ(compare_info(infos.elements[0], changed).size(), 1u) << "part " << part;
  }
  Reply changed = infos.elements[1];
  changed.elements[9].elements[0].elements[1].integer = 77;  // the arity of a sub-command
  EXPECT_EQ(compare_info(infos.elements[1], changed).size(), 1u);
}

TEST(CommandMetadata, EveryChangedWordOfDocsIsNoticedButSentences) {
  RedisServer redis;
  const Reply docs = ask(redis, {"COMMAND", "DOCS", "set"}).elements[1];
  EXPECT_TRUE(compare_docs("set", docs, docs).empty());
  const auto differences_when = [&docs](const char* part, auto change) {
    Reply changed = docs;
    for (size_t i = 0; i < changed.elements.size(); i += 2) {
      if (changed.elements[i].text == part) change(changed.elements[i + 1]);
    }
    return compare_docs("set", docs, changed).size();
  };
  EXPECT_EQ(differences_when("summary", [](Reply& reply) { reply.text = "other words"; }), 0u);
  EXPECT_EQ(differences_when("since", [](Reply& reply) { reply.text = "9.0.0"; }), 1u);
  EXPECT_EQ(differences_when("group", [](Reply& reply) { reply.text = "hash"; }), 1u);
  EXPECT_EQ(differences_when("complexity", [](Reply& reply) { reply.text = "O(N)"; }), 1u);
  EXPECT_EQ(differences_when("complexity", [](Reply& reply) { reply.text = "O(1), always"; }), 0u);
  EXPECT_EQ(differences_when("history", [](Reply& reply) { reply.elements.pop_back(); }), 1u);
  EXPECT_EQ(differences_when("history", [](Reply& reply) { reply.elements[0].elements[1].text = "x"; }), 0u);
  EXPECT_EQ(differences_when("arguments", [](Reply& reply) { reply.elements.pop_back(); }), 1u);
  // The token of the first choice of the condition: [..., "arguments", [[name, "nx", type, …, token, "NX"],
  // …]]
  EXPECT_EQ(differences_when("arguments",
                             [](Reply& reply) {
                               Reply& choices = reply.elements[2].elements.back();
                               choices.elements[0].elements.back().text = "OTHER";
                             }),
            1u);
}

TEST(Differential, TwoEqualServersAgree) {
  RedisServer oracle;
  RedisServer second;
  Runner runner(oracle.socket_path(), second.socket_path());
  const auto found = find_disagreement(runner, 20);
  EXPECT_FALSE(found.has_value()) << describe(found->program) << found->disagreement.oracle << "\n"
                                  << found->disagreement.tested;
}

TEST(Differential, FindsFewerDatabasesAndTheOneCommandThatShowsThem) {
  RedisServer oracle;
  RedisServer second({"--databases", "4"});
  Runner runner(oracle.socket_path(), second.socket_path());
  const auto found = find_disagreement(runner, kMostPrograms);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->is_reproducible);
  EXPECT_EQ(found->program.command_count(), 1u) << describe(found->program);
}

TEST(Differential, FindsAWrongNumberAndTheTwoCommandsItTakes) {
  RedisServer oracle;
  RedisServer second;
  // Wrong only when the string was there before: APPEND alone does not show it.
  const Fault fault = [](const Command& command, Answer& answer) {
    if (verb_of(command) != "APPEND" || answer.reply.kind != ReplyKind::kInteger) return;
    if (answer.reply.integer > static_cast<int64_t>(command[2].size())) {
      ++answer.reply.integer;
      answer.encoded += '!';
    }
  };
  Runner runner(oracle.socket_path(), second.socket_path(), fault);
  // A string that came under its name by one of these takes three commands, and none of them can go.
  const std::vector<std::string> movers = {"RENAME", "COPY", "MOVE", "SWAPDB", "RESTORE"};
  const auto found = find_disagreement(runner, kMostPrograms, movers);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(verb_of(found->disagreement.command), "APPEND");
  EXPECT_EQ(found->program.command_count(), 2u) << describe(found->program);
}

TEST(Differential, FindsOneWrongElementOfATransaction) {
  RedisServer oracle;
  RedisServer second;
  const Fault fault = [](const Command& command, Answer& answer) {
    if (verb_of(command) != "EXEC" || answer.reply.elements.empty()) return;
    Reply& last = answer.reply.elements.back();
    if (last.kind != ReplyKind::kBulk) return;
    last.text += '!';
    answer.encoded += '!';
  };
  Runner runner(oracle.socket_path(), second.socket_path(), fault);
  const auto found = find_disagreement(runner, kMostPrograms);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->disagreement.tested.starts_with("in EXEC: ")) << found->disagreement.tested;
  // Something that stores a string, MULTI, something that returns it, EXEC.
  EXPECT_LE(found->program.command_count(), 4u) << describe(found->program);
}

TEST(Differential, FindsAReplyThatDoesNotCome) {
  RedisServer oracle;
  RedisServer second;
  const Fault fault = [](const Command& command, Answer& answer) {
    answer.is_missing = answer.is_missing || verb_of(command) == "GETDEL";
  };
  Runner runner(oracle.socket_path(), second.socket_path(), fault);
  const auto found = find_disagreement(runner, kMostPrograms);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->program.command_count(), 1u) << describe(found->program);
}

TEST(Differential, FindsOtherBytesOnAConnectionThatEnds) {
  RedisServer oracle;
  RedisServer second;
  const Fault fault = [](const Command&, Answer& answer) {
    if (answer.encoded.starts_with("-ERR Protocol error: invalid bulk length")) answer.encoded += "-";
  };
  Runner runner(oracle.socket_path(), second.socket_path(), fault);
  const auto found = find_disagreement(runner, 100);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->program.steps.size(), 1u) << describe(found->program);
  EXPECT_FALSE(found->program.steps[0].raw.empty());
}

}  // namespace
}  // namespace corral::differential

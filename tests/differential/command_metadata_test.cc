// COMMAND of the server against COMMAND of redis-server, for every command that both have.
// Threading: one thread; the servers are processes of their own. CORRAL_SERVER names the server's program.
// See: README.md of this folder.
#include "tests/differential/command_metadata.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "tests/differential/command_rows.h"
#include "tests/differential/grammar.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace corral::differential {
namespace {

using protocol::Reply;
using protocol::ReplyKind;
using test_support::RawConnection;

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

class CommandMetadata : public testing::Test {
 protected:
  CommandMetadata()
      : server_(test_support::ServerProcess::corral_program()),
        oracle_(RawConnection::to_unix(redis_.socket_path())),
        tested_(RawConnection::to_unix(server_.socket_path())) {}

  void SetUp() override {
    ask(oracle_, {"HELLO", "3"});
    ask(tested_, {"HELLO", "3"});
    const auto of_oracle = names(oracle_);
    const auto of_tested = names(tested_);
    std::ranges::set_intersection(of_oracle, of_tested, std::back_inserter(shared_));
    std::ranges::set_difference(of_oracle, of_tested, std::back_inserter(missing_));
  }

  static Reply ask(RawConnection& connection, const Command& command) {
    connection.send(test_support::encode_request(command));
    auto reply = connection.next();
    if (!reply) throw std::runtime_error("the connection was closed on " + describe(command));
    return *reply;
  }

  static std::set<std::string> names(RawConnection& connection, const Command& filter = {}) {
    Command list = {"COMMAND", "LIST"};
    list.insert(list.end(), filter.begin(), filter.end());
    std::set<std::string> out;
    for (const Reply& name : ask(connection, list).elements) out.insert(name.text);
    return out;
  }

  /// `first` and behind it the names of all shared commands.
  Command about_shared(Command first) const {
    first.insert(first.end(), shared_.begin(), shared_.end());
    return first;
  }

  test_support::RedisServer redis_;
  test_support::ServerProcess server_;
  RawConnection oracle_;
  RawConnection tested_;
  std::vector<std::string> shared_;
  std::vector<std::string> missing_;
};

TEST_F(CommandMetadata, InfoIsThatOfRedis) {
  ASSERT_GE(shared_.size(), 80u);
  const Reply oracle = ask(oracle_, about_shared({"COMMAND", "INFO"}));
  const Reply tested = ask(tested_, about_shared({"COMMAND", "INFO"}));
  ASSERT_EQ(tested.elements.size(), shared_.size());
  for (size_t i = 0; i < shared_.size(); ++i) {
    const auto differences = compare_info(oracle.elements[i], tested.elements[i]);
    EXPECT_TRUE(differences.empty()) << joined(differences);
  }
}

TEST_F(CommandMetadata, DocsAreThoseOfRedisButForTheSentences) {
  const Reply oracle = ask(oracle_, about_shared({"COMMAND", "DOCS"}));
  const Reply tested = ask(tested_, about_shared({"COMMAND", "DOCS"}));
  ASSERT_EQ(tested.kind, ReplyKind::kMap);
  for (const std::string& name : shared_) {
    if (member(oracle, name) == nullptr) continue;  // a sub-command: inside its container
    ASSERT_NE(member(tested, name), nullptr) << name;
    const auto differences = compare_docs(name, *member(oracle, name), *member(tested, name));
    EXPECT_TRUE(differences.empty()) << joined(differences);
  }
}

TEST_F(CommandMetadata, EveryWayOfListingGivesTheSameCommands) {
  const std::set<std::string> all = names(tested_);
  std::set<std::string> from_info;
  for (const Reply& info : ask(tested_, {"COMMAND", "INFO"}).elements)
    from_info.insert(info.elements.at(0).text);
  std::set<std::string> from_command;
  for (const Reply& info : ask(tested_, {"COMMAND"}).elements) from_command.insert(info.elements.at(0).text);
  std::set<std::string> from_docs;
  const Reply docs = ask(tested_, {"COMMAND", "DOCS"});
  for (size_t i = 0; i < docs.elements.size(); i += 2) from_docs.insert(docs.elements[i].text);
  std::set<std::string> containers;  // COMMAND LIST names sub-commands too, the others do not
  std::ranges::copy_if(all, std::inserter(containers, containers.end()),
                       [](const std::string& name) { return name.find('|') == std::string::npos; });
  EXPECT_EQ(from_info, containers);
  EXPECT_EQ(from_command, containers);
  EXPECT_EQ(from_docs, containers);
  EXPECT_EQ(ask(tested_, {"COMMAND", "COUNT"}).integer, static_cast<int64_t>(containers.size()));
}

TEST_F(CommandMetadata, FiltersChooseTheSharedCommandsThatRedisChooses) {
  std::vector<Command> filters = {{"FILTERBY", "PATTERN", "*get*"},
                                  {"filterby", "pattern", "client|*"},
                                  {"FILTERBY", "PATTERN", "S??"},
                                  {"FILTERBY", "MODULE", "none"},
                                  {"FILTERBY", "ACLCAT", "nosuch"}};
  for (const char* category : {"keyspace", "read", "write", "string", "admin", "fast", "slow", "dangerous",
                               "connection", "transaction", "blocking", "pubsub", "hash"}) {
    filters.push_back({"FILTERBY", "ACLCAT", category});
  }
  for (const Command& filter : filters) {
    const auto keep_shared = [this](const std::set<std::string>& chosen) {
      std::vector<std::string> out;
      std::ranges::set_intersection(chosen, shared_, std::back_inserter(out));
      return out;
    };
    EXPECT_EQ(keep_shared(names(tested_, filter)), keep_shared(names(oracle_, filter))) << describe(filter);
  }
}

TEST_F(CommandMetadata, KeysOfCommandsAreThoseOfRedis) {
  base::Random random(7);
  Arguments arguments;
  for (const auto& family : command_rows()) {
    for (const CommandRow& row : family) {
      const Pattern pattern(row.pattern);
      for (int i = 0; i < 20; ++i) {
        Command words;
        pattern.expand(random, arguments, words);
        for (const char* how : {"GETKEYS", "GETKEYSANDFLAGS"}) {
          Command command = {"COMMAND", how};
          command.insert(command.end(), words.begin(), words.end());
          EXPECT_EQ(ask(tested_, command).describe(), ask(oracle_, command).describe()) << describe(command);
        }
      }
    }
  }
}

TEST_F(CommandMetadata, UnknownNamesAndSubCommandsAreAnsweredAlike) {
  for (const Command& command :
       {Command{"COMMAND", "INFO", "nosuch", "GET", "client|LIST", "client|nosuch", "get|x", ""},
        Command{"COMMAND", "DOCS", "nosuch"}, Command{"COMMAND", "DOCS", "client|nosuch"}}) {
    const Reply oracle = ask(oracle_, command);
    const Reply tested = ask(tested_, command);
    ASSERT_EQ(tested.elements.size(), oracle.elements.size()) << tested.describe();
    for (size_t i = 0; i < oracle.elements.size(); ++i)
      EXPECT_EQ(tested.elements[i].kind, oracle.elements[i].kind) << i;
  }
  const Reply docs = ask(tested_, {"COMMAND", "DOCS", "CLIENT|list", "GET"});
  ASSERT_EQ(docs.elements.size(), 4u);
  EXPECT_EQ(docs.elements[0].text, "client|list");
  EXPECT_EQ(docs.elements[2].text, "get");
}

// Not a check: what the README's table of commands is to be read against.
TEST_F(CommandMetadata, PrintsWhatRedisHasMore) {
  std::string line;
  for (const std::string& name : missing_) line += name + " ";
  std::printf("%zu commands shared; only redis-server has: %s\n", shared_.size(), line.c_str());
  EXPECT_FALSE(shared_.empty());
}

}  // namespace
}  // namespace corral::differential

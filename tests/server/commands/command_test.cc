// COMMAND: that every command is described, and what is our own; tests/differential compares the rest with Redis.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include "server/commands/command.h"

#include <gtest/gtest.h>

#include "protocol/reply_reader.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using protocol::Reply;
using test_support::TestServer;

TEST(Command, EveryOneIsDocumented) {
  TestServer server;
  const auto documented = [](const dispatch::Command& command) {
    const CommandDoc* doc = find_doc(command.full_name);
    EXPECT_TRUE(doc != nullptr && doc->summary != nullptr && doc->group != nullptr) << command.full_name;
  };
  for (const dispatch::Command& command : server.services().commands.all()) {
    documented(command);
    for (const dispatch::Command& sub : command.subcommands) documented(sub);
  }
}

// The keys that COMMAND tells of are the ones that are locked.
TEST(Command, KeySpecsSayWhatTheRowsSay) {
  TestServer server;
  for (const dispatch::Command& command : server.services().commands.all()) {
    const dispatch::KeySpec& keys = command.spec->keys;
    if (keys.shape != dispatch::KeyShape::kRange) continue;
    const KeyRange range = key_range(key_specs(command));
    EXPECT_EQ(range.first, keys.first) << command.full_name;
    EXPECT_EQ(range.last, keys.last) << command.full_name;
    EXPECT_EQ(range.step, keys.step) << command.full_name;
  }
}

TEST(Command, RangesThatFollowEachOtherBecomeOne) {
  const auto at = [](int first, int last, int step) {
    return KeySpecDoc{.begin = {.position = first}, .find = {.last = last, .step = step}};
  };
  const auto expect = [](std::vector<KeySpecDoc> specs, KeyRange wanted) {
    const KeyRange range = key_range(specs);
    EXPECT_EQ(range.first, wanted.first);
    EXPECT_EQ(range.last, wanted.last);
    EXPECT_EQ(range.step, wanted.step);
  };
  expect({}, {0, 0, 0});
  expect({at(1, 0, 1)}, {1, 1, 1});
  expect({at(1, -1, 2)}, {1, -1, 2});
  expect({at(1, 0, 1), at(2, 0, 1)}, {1, 2, 1});
  expect({at(1, 0, 1), at(3, 0, 1)}, {1, 1, 1});
  expect({at(1, 0, 1), {.begin = {.position = 2, .keyword = "KEYS"}, .find = {.last = -1}}}, {1, 1, 1});
  expect({{.begin = {.position = 1, .keyword = "KEYS"}, .find = {.last = -1}}}, {0, 0, 0});
}

TEST(Command, KeysOfOurOwnCommandsAreFoundToo) {
  TestServer server;
  EXPECT_EQ(server.run("COMMAND GETKEYS CACHE.GET k"), "*1\r\n$1\r\nk\r\n");
  EXPECT_EQ(server.run("COMMAND GETKEYS CACHE.INVALIDATE HARD KEY a b"), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  EXPECT_EQ(server.run("COMMAND GETKEYS CACHE.INVALIDATE TAG t"),
            "-ERR Invalid arguments specified for command\r\n");
  EXPECT_EQ(server.run("COMMAND GETKEYS CACHE.STATS x"), "-ERR The command has no key arguments\r\n");
}

TEST(Command, TheSetsOfResp3AreArraysInResp2) {
  TestServer server;
  EXPECT_EQ(
      server.run("COMMAND INFO ping nosuch"),
      "*2\r\n*10\r\n$4\r\nping\r\n:-1\r\n*1\r\n+fast\r\n:0\r\n:0\r\n:0\r\n*2\r\n+@fast\r\n+@connection\r\n*"
      "2\r\n"
      "$25\r\nrequest_policy:all_shards\r\n$29\r\nresponse_policy:all_succeeded\r\n*0\r\n*0\r\n$-1\r\n");
  server.run("HELLO 3");
  EXPECT_EQ(server.run("COMMAND INFO echo nosuch"),
            "*2\r\n*10\r\n$4\r\necho\r\n:2\r\n~3\r\n+loading\r\n+stale\r\n+fast\r\n:0\r\n:0\r\n:0\r\n~2\r\n+@"
            "fast\r\n"
            "+@connection\r\n~0\r\n~0\r\n~0\r\n_\r\n");
}

}  // namespace
}  // namespace corral::commands

// Every command of the table is refused to who may not run it and granted to who may; users come and go while clients are on.
// Threading: one thread.
// See: server/acl/README.md.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "server/dispatch/permissions.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

class AclTest : public testing::Test {
 protected:
  TestServer::Client& log_in(const std::string& rules) {
    EXPECT_EQ(server.run("ACL SETUSER u reset on nopass " + rules), "+OK\r\n");
    TestServer::Client& client = server.connect();
    EXPECT_EQ(client.run("AUTH u x"), "+OK\r\n");
    return client;
  }
  TestServer server;
};

// A request that the arity allows and, where it can, that the handler finds wrong.
std::vector<std::string> request_for(const dispatch::Command& command) {
  std::vector<std::string> words;
  if (command.parent != nullptr) words.emplace_back(command.parent->spec->name);
  words.emplace_back(command.spec->name);
  const int arity = command.spec->arity;
  const auto wanted = static_cast<size_t>(std::abs(arity)) + (arity < 0 ? 1 : 0);
  while (words.size() < wanted) words.emplace_back("1");
  return words;
}

void for_each_command(const dispatch::CommandTable& table,
                      const std::function<void(const dispatch::Command&)>& visit) {
  for (const dispatch::Command& command : table.all()) {
    if (command.spec->run != nullptr && command.subcommands.empty()) visit(command);
    for (const dispatch::Command& sub : command.subcommands) visit(sub);
  }
}

bool nobody_can_be_without(const dispatch::Command& command) {
  return (command.spec->flags & dispatch::kNoAuth) != 0;
}

TEST_F(AclTest, EveryCommandIsRefusedToWhoMayNotRunIt) {
  size_t seen = 0;
  for_each_command(server.services().commands, [&](const dispatch::Command& command) {
    if (nobody_can_be_without(command)) return;
    ++seen;
    const std::string aborts =
        command.full_name == "exec" ? "EXECABORT Transaction discarded because of: " : "";
    const std::string refusal = "-" + aborts + "NOPERM this user has no permissions to run the '" +
                                command.full_name + "' command\r\n";
    TestServer::Client& client = log_in("~* &* +@all -" + command.full_name);
    EXPECT_EQ(client.run_words(request_for(command)), refusal);
    const bool reaches_exec = command.full_name != "multi";
    if (reaches_exec && command.spec->name != "exec") {
      EXPECT_EQ(client.run("MULTI"), "+OK\r\n");
      const bool no_multi = (command.spec->flags & dispatch::kNoMulti) != 0;
      if (!no_multi) {
        EXPECT_EQ(client.run_words(request_for(command)), refusal) << "queued";
      }
    }
    client.disconnect();
  });
  EXPECT_GT(seen, 300u);
}

TEST_F(AclTest, EveryCommandIsGrantedToWhoMayRunIt) {
  size_t queued = 0;
  for_each_command(server.services().commands, [&](const dispatch::Command& command) {
    TestServer::Client& client = log_in("~* &* +multi +" + command.full_name);
    const bool runs_at_once = (command.spec->flags & (dispatch::kNotQueued | dispatch::kNoMulti)) != 0;
    if (runs_at_once) {
      EXPECT_EQ(client.run_words(request_for(command)).find("NOPERM"), std::string::npos)
          << command.full_name;
    } else {
      client.run("MULTI");
      EXPECT_EQ(client.run_words(request_for(command)), "+QUEUED\r\n") << command.full_name;
      ++queued;
    }
    client.disconnect();
  });
  EXPECT_GT(queued, 300u);
}

TEST_F(AclTest, EveryKeyOfEveryCommandIsChecked) {
  const auto user = [this](const std::string& rules) {
    EXPECT_EQ(server.run("ACL SETUSER k reset on nopass &* +@all " + rules), "+OK\r\n");
    return server.services().users.find("k");
  };
  const acl::UserRef none = user("~nosuchkey");
  size_t seen = 0;
  for_each_command(server.services().commands, [&](const dispatch::Command& command) {
    const std::vector<std::string> words = request_for(command);
    const std::vector<protocol::Bytes> arguments(words.begin(), words.end());
    std::vector<int> positions;
    if (!dispatch::find_keys(*command.spec, arguments, positions) || positions.empty()) return;
    ++seen;
    const dispatch::Permission found = dispatch::permission(server.services(), *none, command, arguments);
    EXPECT_EQ(found.denial, acl::Denial::kKey) << command.full_name;
  });
  EXPECT_GT(seen, 150u);
}

TEST_F(AclTest, KeysThatAreWrittenNeedMoreThanReading) {
  // Who may only read keys can run nothing that is a write, but for what has only its source named here, and what
  // changes no value.
  const std::set<std::string> kReadTheirKey{"sort", "georadius", "georadiusbymember", "pfdebug",
                                            "cache.release"};
  EXPECT_EQ(server.run("ACL SETUSER r reset on nopass &* +@all %R~*"), "+OK\r\n");
  const acl::UserRef reader = server.services().users.find("r");
  for_each_command(server.services().commands, [&](const dispatch::Command& command) {
    const std::vector<std::string> words = request_for(command);
    const std::vector<protocol::Bytes> arguments(words.begin(), words.end());
    std::vector<int> positions;
    if (!dispatch::find_keys(*command.spec, arguments, positions) || positions.empty()) return;
    const bool writes =
        (command.spec->flags & dispatch::kWrite) != 0 && !kReadTheirKey.contains(command.full_name);
    const dispatch::Permission found = dispatch::permission(server.services(), *reader, command, arguments);
    if (writes) {
      EXPECT_EQ(found.denial, acl::Denial::kKey) << command.full_name;
    } else {
      EXPECT_TRUE(found.granted() || (command.spec->flags & dispatch::kRunsScript) != 0) << command.full_name;
    }
  });
}

TEST_F(AclTest, TheUserWithAllRightsHasNoFlag) {
  EXPECT_EQ(server.client().session().flags, 0u);
  TestServer::Client& client = log_in("~* &* +@all");
  EXPECT_EQ(client.session().flags, 0u);
  server.run("ACL SETUSER u -get");
  EXPECT_TRUE(client.session().has(session::kRestricted));
  server.run("ACL SETUSER u +@all");
  EXPECT_EQ(client.session().flags, 0u);
}

TEST_F(AclTest, ChangesHoldForWhoIsAlreadyIn) {
  TestServer::Client& client = log_in("~a* +get");
  EXPECT_EQ(client.run("GET a"), "$-1\r\n");
  server.run("ACL SETUSER u -get");
  EXPECT_EQ(client.run("GET a"), "-NOPERM this user has no permissions to run the 'get' command\r\n");
  server.run("ACL SETUSER u +get resetkeys");
  EXPECT_EQ(client.run("GET a"),
            "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n");
}

TEST_F(AclTest, DeletedUsersAreDisconnected) {
  TestServer::Client& client = log_in("~* &* +@all");
  EXPECT_EQ(server.run("ACL DELUSER u nosuch"), ":1\r\n");
  EXPECT_EQ(client.run("GET a"), "-NOPERM this user has no permissions to run the 'get' command\r\n");
  server.run("ACL SETUSER u on nopass +@all ~* &*");
  EXPECT_EQ(client.run("GET a"), "-NOPERM this user has no permissions to run the 'get' command\r\n")
      << "another user";
  server.turn();
  EXPECT_TRUE(client.closed());
}

TEST_F(AclTest, WhoDeletesItselfHearsSo) {
  TestServer::Client& client = log_in("~* &* +@all");
  EXPECT_EQ(client.run("ACL DELUSER u"), ":1\r\n");
  EXPECT_TRUE(client.closed());
}

TEST_F(AclTest, ListenersWhoMayNotHearAnyMoreAreDisconnected) {
  TestServer::Client& hears = log_in("&a &b* +subscribe +psubscribe");
  hears.run("SUBSCRIBE a b1");
  hears.run("PSUBSCRIBE b*");
  server.run("ACL SETUSER u &c");
  server.turn();
  EXPECT_FALSE(hears.closed());
  server.run("ACL SETUSER u resetchannels &a &b1");
  server.turn();
  EXPECT_TRUE(hears.closed());
}

TEST_F(AclTest, ResetGoesBackToDefault) {
  TestServer::Client& client = log_in("+acl");
  EXPECT_EQ(client.run("ACL WHOAMI"), "$1\r\nu\r\n");
  EXPECT_EQ(client.run("RESET"), "+RESET\r\n");
  EXPECT_EQ(client.run("ACL WHOAMI"), "$7\r\ndefault\r\n");
  EXPECT_EQ(client.session().flags, 0u);
}

TEST_F(AclTest, TheClientOfARefusalIsShown) {
  TestServer::Client& client = log_in("");
  client.run("CLIENT SETNAME x");
  client.run("GET k");
  const std::string log = server.run("ACL LOG 1");
  EXPECT_NE(log.find("id=" + std::to_string(client.session().id) + " addr=127.0.0.1:1234"), std::string::npos)
      << log;
  EXPECT_NE(log.find(" user=u "), std::string::npos) << log;
}

TEST_F(AclTest, TheLogIsBounded) {
  EXPECT_EQ(server.run("CONFIG SET acllog-max-len 2"), "+OK\r\n");
  for (const char* name : {"a", "b", "c"}) server.run(std::string("AUTH ") + name + " x");
  EXPECT_EQ(server.services().refusals.newest(10).size(), 2u);
}

TEST_F(AclTest, SortCannotBeLedAstray) {
  TestServer::Client& client = log_in("~src ~by +sort");
  EXPECT_EQ(client.run("SORT src STORE by STORE dst"),
            "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n");
}

TEST_F(AclTest, ConfigRewriteKeepsUsers) {
  const std::string path = testing::TempDir() + "corral-acl-rewrite-" + std::to_string(getpid());
  std::ofstream(path) << "requirepass pw\n";
  server.services().settings.config_file = path;
  server.run("CONFIG SET requirepass pw");
  server.run("ACL SETUSER u on >pw ~a* +get (+set ~b)");
  EXPECT_EQ(server.run("CONFIG REWRITE"), "+OK\r\n");
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  const std::string user =
      "user u on \"#30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4\" ~a* resetchannels "
      "-@all +get "
      "(~b resetchannels -@all +set)\n";
  EXPECT_NE(text.str().find(user), std::string::npos) << text.str();
  EXPECT_EQ(text.str().find("user default"), std::string::npos) << "requirepass says it all: " << text.str();
}

}  // namespace
}  // namespace corral::commands

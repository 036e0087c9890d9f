// Users on a running server with several workers: log-in, changes while clients are on, files.
// Threading: the test's thread drives several connections.
// See: server/acl/README.md.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace corral {
namespace {

using test_support::encode_request;
using test_support::RawConnection;
using test_support::ServerProcess;

std::string ask(RawConnection& connection, const std::vector<std::string>& words) {
  connection.send(encode_request(words));
  const auto reply = connection.next();
  return reply ? reply->describe() : "(closed)";
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Directory {
 public:
  Directory() {
    char name[] = "/tmp/corral-acl-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Directory() {
    for (const char* file : {"/corral.conf", "/users.acl"}) unlink((path_ + file).c_str());
    rmdir(path_.c_str());
  }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + name) << text;
    return path_ + name;
  }

 private:
  std::string path_;
};

// Enough connections that every worker has some.
std::vector<RawConnection> logged_in(const ServerProcess& server, const std::string& user,
                                     const std::string& password) {
  std::vector<RawConnection> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(RawConnection::to_unix(server.socket_path()));
    EXPECT_EQ(ask(clients.back(), {"AUTH", user, password}), "+OK");
  }
  return clients;
}

TEST(Acl, ChangesHoldOnEveryWorker) {
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "3"});
  RawConnection admin = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(admin, {"ACL", "SETUSER", "u", "on", ">pw", "~a*", "+get"}), "+OK");
  auto clients = logged_in(server, "u", "pw");
  for (RawConnection& client : clients) EXPECT_EQ(ask(client, {"GET", "a"}), "(nil)");
  ASSERT_EQ(ask(admin, {"ACL", "SETUSER", "u", "-get"}), "+OK");
  for (RawConnection& client : clients) {
    EXPECT_EQ(ask(client, {"GET", "a"}), "-NOPERM this user has no permissions to run the 'get' command");
  }
  ASSERT_EQ(ask(admin, {"ACL", "DELUSER", "u"}), "1");
  for (RawConnection& client : clients)
    EXPECT_FALSE(client.next().has_value()) << "closed without having asked";
}

TEST(Acl, ListenersOfEveryWorkerAreClosed) {
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "3"});
  RawConnection admin = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(admin, {"ACL", "SETUSER", "u", "on", ">pw", "&*", "+subscribe"}), "+OK");
  auto clients = logged_in(server, "u", "pw");
  for (RawConnection& client : clients) ask(client, {"SUBSCRIBE", "c"});
  ASSERT_EQ(ask(admin, {"ACL", "SETUSER", "u", "resetchannels", "&other"}), "+OK");
  for (RawConnection& client : clients) EXPECT_FALSE(client.next().has_value());
}

TEST(Acl, FileIsLoadedAndSaved) {
  const Directory directory;
  const std::string path =
      directory.file("/users.acl", "user alice on nopass ~* +@all\nuser default on nopass ~* &* +@all\n");
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "2", "--aclfile", path});
  RawConnection admin = RawConnection::to_unix(server.socket_path());
  RawConnection alice = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(alice, {"AUTH", "alice", "x"}), "+OK");
  ASSERT_EQ(ask(admin, {"ACL", "SETUSER", "bob", "+get"}), "+OK");
  ASSERT_EQ(ask(admin, {"ACL", "SAVE"}), "+OK");
  EXPECT_EQ(text_of(path),
            "user alice on nopass ~* resetchannels +@all\nuser bob off resetchannels -@all +get\n"
            "user default on nopass ~* &* +@all\n");
  directory.file("/users.acl", "user carol on\n");
  ASSERT_EQ(ask(admin, {"ACL", "LOAD"}), "+OK");
  EXPECT_EQ(ask(admin, {"ACL", "USERS"}), "[\"carol\", \"default\"]");
  EXPECT_FALSE(alice.next().has_value());
  directory.file("/users.acl", "user dave +nosuch\n");
  EXPECT_EQ(ask(admin, {"ACL", "LOAD"}).find("-ERR " + path + ":1: Error in applying operation '+nosuch'"),
            0u);
  EXPECT_EQ(ask(admin, {"ACL", "USERS"}), "[\"carol\", \"default\"]");
}

TEST(Acl, ConfigurationDeclaresUsers) {
  const Directory directory;
  const std::string path =
      directory.file("/corral.conf", "# mine\nuser alice on >pw (+get ~a*)\nworkers 2\n");
  ServerProcess server(ServerProcess::corral_program(), {"--include", path});
  RawConnection alice = RawConnection::to_unix(server.socket_path());
  EXPECT_EQ(ask(alice, {"AUTH", "alice", "pw"}), "+OK");
  EXPECT_EQ(ask(alice, {"GET", "a1"}), "(nil)");
  EXPECT_EQ(ask(alice, {"GET", "b"}),
            "-NOPERM this user has no permissions to access one of the keys used as arguments");
}

TEST(Acl, MistakesStopTheStart) {
  const Directory directory;
  const auto fails_with = [&](const std::string& text, const std::string& reason) {
    const std::string path = directory.file("/corral.conf", text);
    try {
      ServerProcess server(ServerProcess::corral_program(), {"--include", path});
      ADD_FAILURE() << "started with: " << text;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  };
  fails_with("\nuser alice +nosuch\n",
             "corral.conf:2: user: \"alice\": rule '+nosuch': Unknown command or category name in ACL");
  fails_with("user alice (+get\n", "a parenthesis is not closed");
  fails_with("user alice on\nuser alice off\n", "corral.conf:2: user: \"alice\" is declared twice");
  fails_with("user\n", "needs a name");
  fails_with("user alice on\naclfile /nosuch\n", "keep them in one place");
  fails_with("aclfile /nosuch/file\n",
             "Error loading ACLs, opening file '/nosuch/file': No such file or directory");
}

}  // namespace
}  // namespace corral

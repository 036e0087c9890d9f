// Who is let in: protected mode and maxclients.
// Threading: one thread; no socket is opened.
// See: server/net/README.md.
#include "server/net/listener.h"

#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral::net {
namespace {

using test_support::TestServer;

class Door : public testing::Test {
 protected:
  // The first word of what a client from `address` is told; empty: it comes in.
  std::string refused(const std::string& address, bool unix_socket = false) {
    Listener listener(server.services(), no_workers_);
    NewConnection incoming;
    incoming.address = address;
    incoming.unix_socket = unix_socket;
    const char* why = listener.reason_to_refuse(incoming);
    return why == nullptr ? "" : std::string(why).substr(0, std::string(why).find(' '));
  }

  TestServer server;

 private:
  std::vector<std::unique_ptr<Worker>> no_workers_;
};

TEST_F(Door, WithoutAPasswordOnlyThisMachineComesIn) {
  EXPECT_EQ(refused("127.0.0.1:4711"), "");
  EXPECT_EQ(refused("127.9.9.9:4711"), "");
  EXPECT_EQ(refused("[::1]:4711"), "");
  EXPECT_EQ(refused("/run/corral.sock:0", true), "");
  EXPECT_EQ(refused("192.0.2.1:4711"), "-DENIED");
  EXPECT_EQ(refused("[2001:db8::1]:4711"), "-DENIED");
  EXPECT_EQ(refused("[::ffff:192.0.2.1]:4711"), "-DENIED");
}

TEST_F(Door, APasswordOrTheOptionOpensItWhileTheServerRuns) {
  server.run("CONFIG SET protected-mode no");
  EXPECT_EQ(refused("192.0.2.1:4711"), "");
  server.run("CONFIG SET protected-mode yes");
  EXPECT_EQ(refused("192.0.2.1:4711"), "-DENIED");
  server.run("CONFIG SET requirepass secret");
  EXPECT_EQ(refused("192.0.2.1:4711"), "");
  server.client().run_words({"CONFIG", "SET", "requirepass", ""});
  EXPECT_EQ(refused("192.0.2.1:4711"), "-DENIED");
}

TEST_F(Door, NoMoreThanMaxclients) {
  server.run("CONFIG SET maxclients 1");
  EXPECT_EQ(refused("127.0.0.1:4711"), "-ERR");
  server.run("CONFIG SET maxclients 2");
  EXPECT_EQ(refused("127.0.0.1:4711"), "");
}

}  // namespace
}  // namespace corral::net

// CLIENT: describing, naming, killing, pausing, muting and unblocking connections.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

// The value of a field in the first line that has it; "(none)" when there is none.
std::string field(const std::string& text, const std::string& name) {
  const size_t at = text.find(" " + name + "=");
  if (at == std::string::npos) return "(none)";
  const size_t begin = at + name.size() + 2;
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

std::string id_of(TestServer::Client& client) {
  return std::to_string(client.session().id);
}

size_t lines_of(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) - 2;
}

TEST(ClientInfo, ShowsWhatTheConnectionDid) {
  TestServer server;
  server.run("SELECT 2");
  server.run("CLIENT SETNAME me");
  server.run("CLIENT SETINFO lib-name mylib");
  server.run("CLIENT SETINFO LIB-VER 1.2");
  server.advance_ms(5000);
  const std::string info = server.run("CLIENT INFO");
  EXPECT_TRUE(info.find("id=" + id_of(server.client()) + " addr=127.0.0.1:1234 laddr=127.0.0.1:6379 ") !=
              std::string::npos)
      << info;
  EXPECT_EQ(field(info, "name"), "me");
  EXPECT_EQ(field(info, "age"), "5");
  EXPECT_EQ(field(info, "flags"), "N");
  EXPECT_EQ(field(info, "db"), "2");
  EXPECT_EQ(field(info, "multi"), "-1");
  EXPECT_EQ(field(info, "user"), "default");
  EXPECT_EQ(field(info, "resp"), "2");
  EXPECT_TRUE(info.ends_with(" lib-name=mylib lib-ver=1.2 parked=0\n\r\n")) << info;
}

TEST(ClientInfo, FiguresOfMemoryAreThoseOfTheMoment) {
  TestServer server({}, {"cache match cache:* wait 10s"});
  EXPECT_EQ(field(server.run("CLIENT INFO"), "argv-mem"), "10") << "CLIENT and INFO";
  EXPECT_EQ(field(server.run("CLIENT INFO"), "oll"), "0");
  EXPECT_EQ(field(server.run("CLIENT INFO"), "obl"), "0");
  auto& other = server.connect();
  EXPECT_EQ(field(server.run("CLIENT LIST ID " + id_of(other)), "argv-mem"), "0") << "it asks nothing";
}

TEST(ClientInfo, FlagsTellTheState) {
  TestServer server;
  auto& other = server.connect();
  const auto flags = [&] { return field(server.run("CLIENT LIST ID " + id_of(other)), "flags"); };
  const auto seen_by_itself = [&] { return field(other.run("CLIENT INFO"), "flags"); };
  other.run("CLIENT NO-TOUCH ON");
  other.run("CLIENT NO-EVICT ON");
  EXPECT_EQ(field(server.run("CLIENT LIST TYPE normal"), "flags"), "N");
  const std::string line = server.run("CLIENT LIST ID " + id_of(other));
  EXPECT_NE(line.find(" flags=eT "), std::string::npos) << line;
  other.run("CLIENT NO-TOUCH OFF");
  other.run("CLIENT NO-EVICT OFF");
  other.run("WATCH k");
  EXPECT_EQ(seen_by_itself(), "N");
  server.run("SET k 1");
  EXPECT_EQ(seen_by_itself(), "d");
  other.run("UNWATCH");
  other.run("MULTI");
  EXPECT_EQ(flags(), "x");
  other.run("PING");
  EXPECT_EQ(field(server.run("CLIENT LIST ID " + id_of(other)), "multi"), "1");
  other.run("DISCARD");
  EXPECT_EQ(flags(), "N");
}

TEST(ClientInfo, InsideExecTheTransactionIsStillShown) {
  TestServer server;
  server.run("MULTI");
  server.run("UNWATCH");
  server.run("CLIENT INFO");
  const std::string replies = server.run("EXEC");
  EXPECT_EQ(field(replies, "multi"), "2");
  EXPECT_EQ(field(replies, "flags"), "x");
  EXPECT_EQ(field(server.run("CLIENT INFO"), "multi"), "-1");
}

TEST(ClientList, ChoosesByTypeAndNumber) {
  TestServer server;
  auto& other = server.connect();
  EXPECT_EQ(lines_of(server.run("CLIENT LIST")), 2u);
  EXPECT_EQ(lines_of(server.run("CLIENT LIST TYPE Normal")), 2u);
  for (const char* type : {"master", "replica", "slave", "pubsub"}) {
    EXPECT_EQ(server.run(std::string("CLIENT LIST TYPE ") + type), "$0\r\n\r\n");
  }
  const std::string twice = server.run("CLIENT LIST ID " + id_of(other) + " 999 -1 " + id_of(other));
  EXPECT_EQ(lines_of(twice), 2u) << twice;
  server.run("HELLO 3");
  EXPECT_TRUE(server.run("CLIENT LIST").find("\r\ntxt:id=") != std::string::npos);
}

TEST(ClientName, IsPrintableAndCanBeTakenAway) {
  TestServer server;
  EXPECT_EQ(server.run("CLIENT GETNAME"), "$-1\r\n");
  EXPECT_EQ(server.run("CLIENT SETNAME me"), "+OK\r\n");
  EXPECT_EQ(server.client().run_words({"CLIENT", "SETNAME", "a b"}),
            "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  EXPECT_EQ(server.client().run_words({"CLIENT", "SETNAME", "\xc3\xa4"}).substr(0, 4), "-ERR");
  EXPECT_EQ(server.run("CLIENT GETNAME"), "$2\r\nme\r\n");
  EXPECT_EQ(server.client().run_words({"CLIENT", "SETNAME", ""}), "+OK\r\n");
  EXPECT_EQ(server.run("CLIENT GETNAME"), "$-1\r\n");
}

TEST(ClientSetinfo, TheLibraryBoundsThePatience) {
  TestServer server;
  const auto cap_ms = [&] { return server.client().session().patience_cap_ms; };
  EXPECT_EQ(cap_ms(), INT64_MAX);
  EXPECT_EQ(server.run("CLIENT SETINFO LIB-NAME redis-rs"), "+OK\r\n");
  EXPECT_EQ(cap_ms(), 400);
  EXPECT_EQ(server.run("CLIENT SETINFO LIB-VER GlidePy"), "+OK\r\n");
  EXPECT_EQ(cap_ms(), 400) << "a version is no name";
  EXPECT_EQ(server.run("CLIENT SETINFO LIB-NAME redis-py"), "+OK\r\n");
  EXPECT_EQ(cap_ms(), INT64_MAX);
  EXPECT_EQ(server.client().run_words({"CLIENT", "SETINFO", "lib-Name", "a\nb"}),
            "-ERR lib-Name cannot contain spaces, newlines or special characters.\r\n");
  EXPECT_EQ(server.run("CLIENT SETINFO NOSUCH x"), "-ERR Unrecognized option 'NOSUCH'\r\n");
}

TEST(ClientKill, ClosesOthersByTheirWorkerAndItselfBehindTheReply) {
  TestServer server;
  auto& other = server.connect();
  EXPECT_EQ(server.run("CLIENT KILL ID " + id_of(other)), ":1\r\n");
  EXPECT_EQ(lines_of(server.run("CLIENT LIST")), 1u) << "gone for everybody else at once";
  EXPECT_EQ(server.run("CLIENT KILL ID " + id_of(other)), ":0\r\n") << "and killed only once";
  server.turn();
  EXPECT_TRUE(other.closed());
  EXPECT_EQ(server.run("CLIENT KILL ID " + id_of(server.client())), ":0\r\n") << "spares the asking one";
  EXPECT_FALSE(server.client().closed());
  EXPECT_EQ(server.run("CLIENT KILL ID " + id_of(server.client()) + " SKIPME no"), ":1\r\n");
  EXPECT_TRUE(server.client().closed());
}

TEST(ClientKill, EveryFilterMustFit) {
  TestServer server;
  auto& other = server.connect();
  const std::string id = "CLIENT KILL ID " + id_of(other);
  for (const char* filter :
       {" TYPE pubsub", " TYPE master", " TYPE replica", " ADDR 1.2.3.4:5", " LADDR 127.0.0.1:1234"}) {
    EXPECT_EQ(server.run(id + filter), ":0\r\n") << filter;
  }
  EXPECT_EQ(server.run(id + " TYPE normal USER default ADDR 127.0.0.1:1234 LADDR 127.0.0.1:6379"), ":1\r\n");
  server.turn();
  EXPECT_TRUE(other.closed());
}

TEST(ClientList, ListenersAreAType) {
  TestServer server;
  auto& listener = server.connect();
  listener.run("SUBSCRIBE news");
  const std::string listeners = server.run("CLIENT LIST TYPE pubsub");
  EXPECT_EQ(lines_of(listeners), 1u) << listeners;
  EXPECT_NE(listeners.find("id=" + id_of(listener) + " "), std::string::npos);
  EXPECT_EQ(server.run("CLIENT LIST TYPE normal").find("id=" + id_of(listener) + " "), std::string::npos);
  EXPECT_NE(server.run("INFO clients").find("pubsub_clients:1\r\n"), std::string::npos);
  EXPECT_NE(server.run("INFO stats").find("pubsub_channels:1\r\npubsub_patterns:0\r\n"), std::string::npos);
  EXPECT_EQ(server.run("CLIENT KILL TYPE pubsub"), ":1\r\n");
}

TEST(ClientKill, TheOldFormTakesAnAddressAndSparesNobody) {
  TestServer server;
  auto& other = server.connect();
  EXPECT_EQ(server.run("CLIENT KILL 1.2.3.4:5"), "-ERR No such client\r\n");
  EXPECT_EQ(server.run("CLIENT KILL 127.0.0.1:1234"), "+OK\r\n");
  EXPECT_TRUE(server.client().closed());
  server.turn();
  EXPECT_TRUE(other.closed());
}

TEST(ClientKill, ItselfInsideATransactionGetsAllReplies) {
  TestServer server;
  server.run("MULTI");
  server.run("CLIENT KILL TYPE normal SKIPME no");
  server.run("PING");
  EXPECT_EQ(server.run("EXEC"), "*2\r\n:1\r\n+PONG\r\n");
  server.turn();
  EXPECT_TRUE(server.client().closed());
}

TEST(ClientPause, HoldsBackWhatItSays) {
  TestServer server;
  auto& other = server.connect();
  EXPECT_EQ(server.run("CLIENT PAUSE 100 WRITE"), "+OK\r\n");
  server.turn();
  EXPECT_EQ(other.run("SET k 1"), "(held back)");
  EXPECT_EQ(other.run("GET k"), "$-1\r\n");
  server.advance_ms(101);
  EXPECT_EQ(other.run("SET k 1"), "+OK\r\n");
  server.run("CLIENT PAUSE 100");
  server.turn();
  EXPECT_EQ(other.run("GET k"), "(held back)");
  server.advance_ms(101);
  EXPECT_EQ(other.run("GET k"), "$1\r\n1\r\n");
}

TEST(ClientPause, HoldsForTheVeryNextCommand) {
  TestServer server;
  auto& other = server.connect();
  server.run("CLIENT PAUSE 100 WRITE");
  EXPECT_EQ(server.run("SET k 1"), "(held back)") << "of the connection itself";
  EXPECT_EQ(other.run("SET k 1"), "(held back)") << "and of another";
  server.run("CLIENT UNPAUSE");
  EXPECT_EQ(other.run("SET k 1"), "+OK\r\n");
}

TEST(ClientPause, OfATransactionHoldsBehindIt) {
  TestServer server;
  server.run("MULTI");
  server.run("CLIENT PAUSE 100 WRITE");
  server.run("SET k 1");
  EXPECT_EQ(server.run("EXEC"), "*2\r\n+OK\r\n+OK\r\n") << "what is in it runs";
  EXPECT_EQ(server.run("SET k 2"), "(held back)");
}

TEST(ClientPause, ASecondOneOnlyAdds) {
  TestServer server;
  dispatch::ServerState& state = server.services().state;
  // While all commands are held back, so is a second CLIENT PAUSE; but a transaction runs whole.
  server.run("MULTI");
  server.run("CLIENT PAUSE 1000 ALL");
  server.run("CLIENT PAUSE 10 WRITE");
  server.run("EXEC");
  EXPECT_EQ(state.paused_until_ms.load(), server.now_ms() + 1000);
  EXPECT_FALSE(state.pause_writes_only.load());
  EXPECT_EQ(server.run("CLIENT UNPAUSE"), "(held back)") << "as in Redis";
  server.advance_ms(1001);
  server.run("CLIENT PAUSE 100 WRITE");
  server.run("CLIENT PAUSE 2000 ALL");
  EXPECT_EQ(state.paused_until_ms.load(), server.now_ms() + 2000);
  EXPECT_FALSE(state.pause_writes_only.load());
  server.advance_ms(2001);
  server.run("CLIENT PAUSE 10 WRITE");
  EXPECT_EQ(state.paused_until_ms.load(), server.now_ms() + 10) << "the old one is over";
  EXPECT_TRUE(state.pause_writes_only.load());
  EXPECT_EQ(server.run("CLIENT UNPAUSE"), "+OK\r\n");
  server.turn();
  EXPECT_EQ(server.run("SET k 1"), "+OK\r\n");
}

TEST(ClientPause, ATimeBeyondAllTimeIsRefused) {
  TestServer server;
  EXPECT_EQ(server.run("CLIENT PAUSE 9223372036854775807"), "-ERR timeout is out of range\r\n");
  EXPECT_EQ(server.run("CLIENT PAUSE -1"), "-ERR timeout is negative\r\n");
  EXPECT_EQ(server.run("CLIENT PAUSE x"), "-ERR timeout is not an integer or out of range\r\n");
}

class ClientUnblock : public testing::Test {
 protected:
  ClientUnblock() {
    server.run("GET cache:1");  // elected
    EXPECT_EQ(waiting.run("GET cache:1"), "") << "waits for the fill";
  }
  TestServer server{{}, {"cache match cache:* wait 10s"}};
  TestServer::Client& waiting = server.connect();
};

TEST_F(ClientUnblock, AWaitingReadIsAnsweredNil) {
  EXPECT_EQ(field(server.run("CLIENT LIST ID " + id_of(waiting)), "parked"), "1");
  EXPECT_EQ(field(server.run("CLIENT LIST ID " + id_of(waiting)), "flags"), "b");
  EXPECT_EQ(server.run("CLIENT UNBLOCK " + id_of(waiting)), ":1\r\n");
  server.turn();
  EXPECT_EQ(waiting.take(), "$-1\r\n");
  EXPECT_EQ(server.run("CLIENT UNBLOCK " + id_of(waiting)), ":0\r\n") << "it waits no more";
}

TEST_F(ClientUnblock, OrWithAnError) {
  EXPECT_EQ(server.run("CLIENT UNBLOCK " + id_of(waiting) + " ERROR"), ":1\r\n");
  server.turn();
  EXPECT_EQ(waiting.take(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
}

TEST_F(ClientUnblock, NobodyElseIs) {
  EXPECT_EQ(server.run("CLIENT UNBLOCK 999"), ":0\r\n");
  EXPECT_EQ(server.run("CLIENT UNBLOCK " + id_of(server.client())), ":0\r\n");
  server.turn();
  EXPECT_EQ(waiting.take(), "");
}

TEST(ClientReply, OffSkipAndOn) {
  TestServer server;
  EXPECT_EQ(server.run("CLIENT REPLY SKIP"), "");
  EXPECT_EQ(server.run("PING"), "");
  EXPECT_EQ(server.run("PING"), "+PONG\r\n");
  EXPECT_EQ(server.run("CLIENT REPLY OFF"), "");
  EXPECT_EQ(server.run("NOSUCH"), "");
  EXPECT_EQ(server.run("CLIENT REPLY SKIP"), "");
  EXPECT_EQ(server.run("CLIENT REPLY ON"), "+OK\r\n");
  EXPECT_EQ(server.run("PING"), "+PONG\r\n");
}

}  // namespace
}  // namespace corral::commands

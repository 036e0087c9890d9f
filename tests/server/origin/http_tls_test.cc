// HTTPS: who is believed, and what it is called when somebody is not.
// Threading: the test's thread; the server has threads of its own.
// See: server/origin/README.md, "HTTP".
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/server/origin/caller.h"
#include "tests/server/origin/http_service.h"
#include "tests/server/origin/raw_server.h"

namespace corral::origin {
namespace {

// A certificate for 127.0.0.1 that vouches for itself, made once.
class HttpTls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder() = std::filesystem::path(testing::TempDir()) / ("corral_tls_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder());
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test "
        "-addext subjectAltName=IP:127.0.0.1 -keyout '" +
        key() + "' -out '" + certificate() + "' 2>'" + (folder() / "log").string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder()); }

  static std::filesystem::path& folder() {
    static std::filesystem::path path;
    return path;
  }
  static std::string certificate() { return (folder() / "certificate.pem").string(); }
  static std::string key() { return (folder() / "key.pem").string(); }
  static std::string line(const std::string& host, int port, const std::string& more) {
    return "https://" + host + ":" + std::to_string(port) + " load \"GET /{1}\" store \"PUT /{1}\" " + more;
  }
};

TEST_F(HttpTls, WhoeverTheAuthorityVouchesForIsBelieved) {
  HttpService server(
      [](const Seen& seen) {
        return Reply{200, seen.target, {}, false};
      },
      certificate(), key());
  Caller caller(line("127.0.0.1", server.port(), "tls-ca '" + certificate() + "'"));
  for (int i = 0; i < 20; ++i) {
    const Answer answer = caller.call(load_of("k"));
    EXPECT_EQ(answer.result, Result::kValue) << answer.reason;
    EXPECT_EQ(answer.value.text, "/k");
  }
  EXPECT_EQ(caller.call(store_of("k", "v")).result, Result::kDone);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(HttpTls, StrangersAreNot) {
  HttpService server([](const Seen&) { return Reply{}; }, certificate(), key());
  Caller caller(line("127.0.0.1", server.port(), ""));
  const Answer answer = caller.call(store_of("k", "v"));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_TRUE(answer.hard);
  EXPECT_FALSE(answer.maybe_done || answer.timed_out);
  EXPECT_EQ(answer.reason.rfind("tls: ", 0), 0U) << answer.reason;
  EXPECT_EQ(server.connections(), 0U) << "no request was sent";
}

TEST_F(HttpTls, NorIsAnotherName) {
  HttpService server([](const Seen&) { return Reply{}; }, certificate(), key());
  Caller caller(line("localhost", server.port(), "tls-ca '" + certificate() + "'"));
  const Answer answer = caller.call(load_of("k"));
  EXPECT_TRUE(answer.hard);
  EXPECT_EQ(answer.reason.rfind("tls: ", 0), 0U) << answer.reason;
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(HttpTls, AServerWithoutItIsAFailureToConnect) {
  RawServer server([](Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  Caller caller(line("127.0.0.1", server.port(), "tls-ca '" + certificate() + "'"));
  const Answer answer = caller.call(store_of("k", "v"));
  EXPECT_TRUE(answer.hard) << answer.reason;
  EXPECT_FALSE(answer.maybe_done);
  EXPECT_EQ(answer.reason.rfind("tls: ", 0), 0U) << answer.reason;
}

TEST_F(HttpTls, AServerThatNeverGreetsIsATimeoutOfConnecting) {
  RawServer server([](Peer& peer) { peer.wait_until_closed(); });
  Caller caller(line("127.0.0.1", server.port(), "tls-ca '" + certificate() + "'"));
  const Answer answer = caller.call(store_of("k", "v", 40));
  EXPECT_TRUE(answer.hard && answer.timed_out) << answer.reason;
  EXPECT_FALSE(answer.maybe_done);
  EXPECT_EQ(answer.reason, "timed out while connecting");
}

}  // namespace
}  // namespace corral::origin

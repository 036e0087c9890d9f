// rediss: who is believed, and large values through TLS, against a real redis-server.
// Threading: the test's thread runs the loop; the server is a process of its own.
// See: server/origin/README.md, "Redis".
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "server/origin/redis_endpoint.h"
#include "tests/server/origin/endpoint_driver.h"
#include "tests/support/redis_server.h"

namespace corral::origin {
namespace {

// A port that nobody listens on now. redis-server cannot be told to let the kernel choose.
int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(fd, any, size), 0);
  EXPECT_EQ(getsockname(fd, any, &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// A certificate for 127.0.0.1 that vouches for itself, and a server that shows it.
class RedisTls : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("corral_redis_tls_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test "
        "-addext subjectAltName=IP:127.0.0.1 -keyout '" +
        file("key.pem") + "' -out '" + file("certificate.pem") + "' 2>'" + file("log") + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    port_ = free_port();
    const std::vector<std::string> arguments = {
        "--tls-port",         std::to_string(port_),  "--tls-cert-file",    file("certificate.pem"),
        "--tls-key-file",     file("key.pem"),        "--tls-auth-clients", "no",
        "--tls-ca-cert-file", file("certificate.pem")};
    server_ = std::make_unique<test_support::RedisServer>(arguments);
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  std::unique_ptr<RedisEndpoint> endpoint(const std::string& host, const std::string& authority) {
    const std::string address = "rediss://" + host + ":" + std::to_string(port_) + "/2";
    std::vector<std::string_view> words = {address,           "load", "GET {0}", "timeout", "20s",
                                           "connect-timeout", "10s"};
    if (!authority.empty()) words.insert(words.end(), {"tls-ca", authority});
    auto made = RedisEndpoint::make(loop_, definition_of(words), 0);
    if (!made) throw std::runtime_error(made.error());
    return std::move(made.value());
  }

  std::filesystem::path folder_;
  int port_ = 0;
  std::unique_ptr<test_support::RedisServer> server_;
  OriginLoop loop_;
};

TEST_F(RedisTls, WhoeverTheAuthorityVouchesForIsBelieved) {
  const auto origin = endpoint("127.0.0.1", file("certificate.pem"));
  Answers answers(loop_);
  std::vector<std::string> values;
  for (size_t i = 0; i < 8; ++i) {
    values.emplace_back((1 << 20) + i, static_cast<char>('a' + i));
    origin->start(store_of({"k" + std::to_string(i)}, values[i]), answers.next(i));
  }
  answers.await(8);
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(answers.of(i).result, Result::kDone) << answers.of(i).reason;
    origin->start(load_of({"k" + std::to_string(i)}), answers.next(100 + i));
  }
  answers.await(16);
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(answers.of(100 + i).value.text, values[i]);
}

TEST_F(RedisTls, StrangersAreNot) {
  const Answer answer = ask(loop_, *endpoint("127.0.0.1", ""), store_of({"k"}, "v"));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_TRUE(answer.hard);
  EXPECT_FALSE(answer.maybe_done);
  EXPECT_TRUE(answer.reason.starts_with("the certificate was refused: self-signed")) << answer.reason;
}

TEST_F(RedisTls, NorIsAnotherName) {
  const Answer answer = ask(loop_, *endpoint("localhost", file("certificate.pem")), load_of({"k"}));
  EXPECT_TRUE(answer.hard);
  EXPECT_TRUE(answer.reason.starts_with("the certificate was refused: hostname mismatch")) << answer.reason;
}

}  // namespace
}  // namespace corral::origin

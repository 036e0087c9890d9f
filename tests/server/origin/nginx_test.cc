// Loads from Debian's nginx, which sends validators, lives and errors as people configure them.
// Threading: the test's thread; nginx is a process of its own that ends with the test.
// See: server/origin/README.md, "HTTP".
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "tests/server/origin/caller.h"
#include "tests/server/origin/raw_server.h"

namespace corral::origin {
namespace {

// nginx in the foreground over a folder of its own.
class Nginx {
 public:
  Nginx()
      : folder_(std::filesystem::path(testing::TempDir()) / ("corral_nginx_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_ / "items");
    std::ofstream(folder_ / "items" / "a b") << "the value";
    port_ = RawServer([](Peer&) {}).port();
    write_configuration();
    start();
  }
  ~Nginx() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }
  int port() const { return port_; }

 private:
  void write_configuration() {
    const std::string root = folder_.string();
    std::ofstream(folder_ / "nginx.conf")
        << "daemon off; master_process off; pid " << root << "/pid; error_log " << root << "/error.log;\n"
        << "events { worker_connections 256; }\n"
        << "http {\n  access_log off; keepalive_requests 1000000; default_type text/plain;\n"
        << "  client_body_temp_path " << root << "/body; proxy_temp_path " << root << "/proxy;\n"
        << "  fastcgi_temp_path " << root << "/fastcgi; uwsgi_temp_path " << root << "/uwsgi; scgi_temp_path "
        << root << "/scgi;\n"
        << "  server {\n    listen 127.0.0.1:" << port_ << ";\n    root " << root << ";\n"
        << "    location /items/ { add_header Cache-Control 'max-age=60, stale-if-error=600'; }\n"
        << "    location /items/busy { add_header Retry-After 3 always; return 503; }\n"
        << "    location /items/moved { return 301 /items/a; }\n"
        << "  }\n}\n";
  }

  void start() {
    const std::string configuration = (folder_ / "nginx.conf").string();
    const std::string log = (folder_ / "error.log").string();
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execlp("nginx", "nginx", "-e", log.c_str(), "-c", configuration.c_str(), nullptr);
      execl("/usr/sbin/nginx", "nginx", "-e", log.c_str(), "-c", configuration.c_str(), nullptr);
      _exit(127);
    }
    // Until it listens; a call that is refused waits for nothing.
    Caller caller(line_for(port_));
    while (caller.call(load_of("a b")).result != Result::kValue) {
      ASSERT_EQ(waitpid(process_, nullptr, WNOHANG), 0) << "nginx ended: " << std::ifstream(log).rdbuf();
    }
  }

  std::filesystem::path folder_;
  int port_ = 0;
  pid_t process_ = -1;
};

TEST(Nginx, FilesValidatorsAndErrors) {
  const Nginx nginx;
  Caller caller(line_for(nginx.port()));
  const Answer value = caller.call(load_of("a b"));
  EXPECT_EQ(value.value.text, "the value");
  EXPECT_EQ(value.ttl_ms, 60'000);
  EXPECT_EQ(value.stale_if_error_ms, 600'000);
  EXPECT_FALSE(value.etag.empty() || value.last_modified.empty());

  Request again = load_of("a b");
  again.etag = value.etag;
  EXPECT_EQ(caller.call(again).result, Result::kNotModified);
  again.etag.clear();
  again.last_modified = value.last_modified;
  EXPECT_EQ(caller.call(again).result, Result::kNotModified);

  EXPECT_EQ(caller.call(load_of("none")).result, Result::kAbsent);
  EXPECT_EQ(caller.call(load_of("moved")).result, Result::kPermanent);
  const Answer busy = caller.call(load_of("busy"));
  EXPECT_TRUE(busy.pushed_back);
  EXPECT_EQ(busy.retry_after_ms, 3000);
  // It takes no PUT here.
  const Answer store = caller.call(store_of("a b", "v"));
  EXPECT_EQ(store.result, Result::kPermanent);
  EXPECT_EQ(store.reason, "status 405");
}

TEST(Nginx, TenThousandLoadsSixteenAtATime) {
  constexpr int kCalls = 10'000;
  const Nginx nginx;
  Caller caller(line_for(nginx.port()));
  int started = 0;
  int answered = 0;
  const std::function<void()> start_next = [&] {
    ++started;
    caller.endpoint().start(load_of("a b"), [&](const Answer& answer) {
      ASSERT_EQ(answer.value.text, "the value") << answer.reason;
      ++answered;
      if (started < kCalls) start_next();
    });
  };
  for (int i = 0; i < 16; ++i) start_next();
  while (answered < kCalls) caller.loop().turn();
  EXPECT_EQ(caller.endpoint().calls(), 0U);
}

}  // namespace
}  // namespace corral::origin

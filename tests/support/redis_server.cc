// Starting and ending a redis-server.
// Threading: used by the thread that made it.
// See: tests/README.md.
#include "tests/support/redis_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "tests/support/raw_connection.h"

namespace corral::test_support {
namespace {

constexpr std::chrono::seconds kStartLimit{20};

std::string make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "corral-redis-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory for redis-server");
  return name;
}

[[noreturn]] void become_server(const std::vector<std::string>& words, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

RedisServer::RedisServer(const std::vector<std::string>& arguments)
    : directory_(make_directory()), socket_path_(directory_ + "/redis.sock") {
  try {
    start(arguments);
    wait_until_ready();
  } catch (...) {
    stop();
    throw;
  }
}

RedisServer::~RedisServer() { stop(); }

void RedisServer::start(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"redis-server", "--port", "0",  "--unixsocket", socket_path_, "--save", "",
                                    "--appendonly", "no",     "--dir", directory_};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for redis-server");
  output_ = ends[0];
  // Nobody reads the log after the start. A full pipe must lose lines, not stop the server.
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ == 0) become_server(words, ends[1], parent);
  close(ends[1]);
  if (process_ < 0) throw std::runtime_error("no process for redis-server");
}

// Each piece of log is a reason to try; "ready to accept connections" is the last piece, and the end of the pipe means
// that the server died.
void RedisServer::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  std::string log;
  while (!answers()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{output_, POLLIN, 0};
    if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) == 0) {
      throw std::runtime_error("redis-server does not answer:\n" + log);
    }
    std::array<char, 4096> piece{};
    const ssize_t size = read(output_, piece.data(), piece.size());
    if (size <= 0) throw std::runtime_error("redis-server did not start:\n" + log);
    log.append(piece.data(), static_cast<size_t>(size));
  }
}

bool RedisServer::answers() const {
  try {
    RawConnection connection = RawConnection::to_unix(socket_path_);
    connection.send("PING\r\n");
    const auto reply = connection.next();
    // A server with a password answers an error, and is as ready.
    return reply && (reply->text == "PONG" || reply->text.starts_with("NOAUTH"));
  } catch (const std::runtime_error&) {
    return false;
  }
}

void RedisServer::stop() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  if (output_ >= 0) close(output_);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace corral::test_support

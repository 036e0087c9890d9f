// Starting and ending a server program.
// Threading: used by the thread that made it.
// See: tests/README.md.
#include "tests/support/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/raw_connection.h"

namespace corral::test_support {
namespace {

constexpr std::chrono::seconds kStartLimit{30};
constexpr int kStopLimitMs = 20'000;
constexpr int kTryEveryMs = 10;

std::string make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "corral-server-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory for the server");
  return name;
}

bool answers_ping(const std::string& socket_path) {
  try {
    RawConnection connection = RawConnection::to_unix(socket_path);
    connection.send("PING\r\n");
    const auto reply = connection.next();
    // A server with a password answers an error, and is as ready.
    return reply && (reply->text == "PONG" || reply->text.starts_with("NOAUTH"));
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

ServerProcess::ServerProcess(const std::string& program, const std::vector<std::string>& arguments)
    : directory_(make_directory()), socket_path_(directory_ + "/server.sock") {
  try {
    start(program, arguments);
    wait_until_ready();
  } catch (...) {
    kill_now();
    throw;
  }
}

ServerProcess::~ServerProcess() {
  kill_now();
}

std::string ServerProcess::corral_program() {
  const char* program = std::getenv("CORRAL_SERVER");
  if (program == nullptr) throw std::runtime_error("CORRAL_SERVER does not name the server's program");
  return program;
}

void ServerProcess::start(const std::string& program, const std::vector<std::string>& arguments) {
  // The server runs in its own directory, so a relative path has to be resolved first.
  const bool is_path = program.find('/') != std::string::npos;
  const std::string executable = is_path ? std::filesystem::absolute(program).string() : program;
  std::vector<std::string> words = {executable, "--port", "0", "--unixsocket", socket_path_};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const int log = open((directory_ + "/output").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) throw std::runtime_error("no file for the server's output");
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || chdir(directory_.c_str()) != 0) _exit(127);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execvp(pointers[0], pointers.data());
    _exit(127);
  }
  close(log);
  if (process_ < 0) throw std::runtime_error("no process for the server");
  handle_ = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
  if (handle_ < 0) throw std::runtime_error("no handle of the server's process");
}

void ServerProcess::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (!answers_ping(socket_path_)) {
    if (wait_for_exit(kTryEveryMs)) {
      throw std::runtime_error("the server ended with " + std::to_string(*exit_status_) + ":\n" + output());
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("the server does not answer:\n" + output());
    }
  }
}

bool ServerProcess::wait_for_exit(int limit_ms) {
  if (exit_status_) return true;
  pollfd wait{handle_, POLLIN, 0};
  if (poll(&wait, 1, limit_ms) <= 0) return false;
  int status = 0;
  waitpid(process_, &status, 0);
  exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

bool ServerProcess::is_running() {
  return !wait_for_exit(0);
}

std::string ServerProcess::output() const {
  std::ifstream file(directory_ + "/output", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<int> ServerProcess::stop() {
  if (exit_status_) return exit_status_;
  kill(process_, SIGTERM);
  if (!wait_for_exit(kStopLimitMs)) return std::nullopt;
  return exit_status_;
}

void ServerProcess::kill_now() {
  if (process_ > 0 && !exit_status_) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  if (handle_ >= 0) close(handle_);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace corral::test_support

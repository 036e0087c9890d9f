// Making, starting and ending a PostgreSQL.
// Threading: used by the thread that made it.
// See: tests/README.md.
#include "tests/support/postgres_server.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace corral::test_support {
namespace {

constexpr std::chrono::seconds kStartLimit{60};

// The folder of the newest server that Debian's packages installed.
std::string programs() {
  std::string newest;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string folder = entry.path().string();
    if (!std::filesystem::exists(folder + "/bin/initdb")) continue;
    if (folder.size() > newest.size() || (folder.size() == newest.size() && folder > newest)) newest = folder;
  }
  if (newest.empty()) throw std::runtime_error("no initdb found; on Debian: apt-get install postgresql");
  return newest + "/bin";
}

// The server refuses to run as root; the Debian package brings a user for it.
const passwd* user() {
  if (geteuid() != 0) return nullptr;
  const passwd* const entry = getpwnam("postgres");
  if (entry == nullptr) throw std::runtime_error("no user postgres");
  return entry;
}

struct Started {
  pid_t process;
  int output;
};

[[noreturn]] void become(const std::vector<std::string>& words, int output, pid_t parent, const passwd* as) {
  if (as != nullptr && (setgroups(0, nullptr) != 0 || setgid(as->pw_gid) != 0 || setuid(as->pw_uid) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != parent || chdir("/") != 0) _exit(127);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

Started launch(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for PostgreSQL");
  // Nobody reads the log after the start. A full pipe must lose lines, not stop the server.
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const passwd* const as = user();
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process == 0) become(words, ends[1], parent, as);
  close(ends[1]);
  if (process < 0) throw std::runtime_error("no process for PostgreSQL");
  return {process, ends[0]};
}

// Reads until `wanted` has been said, or the other side closes. True: it has been said.
bool read_until(int output, const std::string& wanted, std::string& log) {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (wanted.empty() || log.find(wanted) == std::string::npos) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{output, POLLIN, 0};
    if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) == 0) return false;
    std::array<char, 4096> piece{};
    const ssize_t size = read(output, piece.data(), piece.size());
    if (size <= 0) return false;
    log.append(piece.data(), static_cast<size_t>(size));
  }
  return true;
}

}  // namespace

void PostgresServer::Close::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

PostgresServer::PostgresServer(std::vector<std::string> options) : options_(std::move(options)) {
  directory_ = (std::filesystem::temp_directory_path() / "corral-postgres-XXXXXX").string();
  if (mkdtemp(directory_.data()) == nullptr)
    throw std::runtime_error("no temporary directory for PostgreSQL");
  const passwd* const as = user();
  if (as != nullptr && chown(directory_.c_str(), as->pw_uid, as->pw_gid) != 0) {
    throw std::runtime_error("the temporary directory cannot be given to postgres");
  }
  const Started made = launch({programs() + "/initdb", "-D", directory_ + "/data", "-U", "postgres", "-A",
                               "trust", "-E", "UTF8", "--no-locale", "-N"});
  std::string log;
  read_until(made.output, "", log);
  int status = 0;
  waitpid(made.process, &status, 0);
  close(made.output);
  if (status != 0) throw std::runtime_error("initdb could not make a database:\n" + log);
  try {
    start();
  } catch (...) {
    stop();
    throw;
  }
}

PostgresServer::~PostgresServer() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void PostgresServer::start() {
  std::vector<std::string> words = {programs() + "/postgres", "-D", directory_ + "/data", "-k", directory_};
  for (const std::string& option :
       {std::string("listen_addresses="), std::string("fsync=off"), std::string("synchronous_commit=off"),
        std::string("full_page_writes=off"), std::string("shared_buffers=16MB"),
        std::string("max_connections=40")}) {
    words.insert(words.end(), {"-c", option});
  }
  for (const std::string& option : options_) words.insert(words.end(), {"-c", option});
  const Started started = launch(words);
  process_ = started.process;
  output_ = started.output;
  std::string log;
  if (!read_until(output_, "database system is ready to accept connections", log)) {
    throw std::runtime_error("PostgreSQL did not start:\n" + log);
  }
  const std::string words_of_connection = "host=" + directory_ + " user=postgres dbname=postgres";
  connection_.reset(PQconnectdb(words_of_connection.c_str()));
  if (PQstatus(connection_.get()) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(connection_.get()));
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
}

void PostgresServer::stop() {
  connection_.reset();
  if (process_ > 0) {
    kill(process_, SIGQUIT);
    waitpid(process_, nullptr, 0);
  }
  if (output_ >= 0) close(output_);
  process_ = -1;
  output_ = -1;
}

std::vector<std::string> PostgresServer::ask(const std::string& statements) {
  PGresult* const result = PQexec(connection_.get(), statements.c_str());
  const ExecStatusType status = PQresultStatus(result);
  std::vector<std::string> rows;
  for (int row = 0; status == PGRES_TUPLES_OK && row < PQntuples(result); ++row) {
    rows.emplace_back(PQgetvalue(result, row, 0));
  }
  const std::string error = PQresultErrorMessage(result);
  PQclear(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(statements + ": " + error);
  return rows;
}

}  // namespace corral::test_support

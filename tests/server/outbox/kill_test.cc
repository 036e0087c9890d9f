// kill -9 at random moments of a real process on a real disk: nothing acknowledged is lost, no key goes back.
// Threading: one thread; the process has its own.
// See: tests/server/outbox/appender.cc
#include <gtest/gtest.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "protocol/number.h"
#include "server/base/random.h"
#include "tests/server/outbox/stage.h"

namespace corral::outbox {
namespace {

class History {
 public:
  /// "A key version" or "D key version".
  void line(std::string_view line) {
    const size_t space = line.rfind(' ');
    const std::string key(line.substr(2, space - 2));
    const auto version = protocol::parse_int64(line.substr(space + 1));
    ASSERT_TRUE(version && line.size() > 4) << line;
    if (line[0] == 'A') {
      acknowledged_[key] = std::max(acknowledged_[key], *version);
      ++acknowledgements_;
      return;
    }
    ASSERT_EQ(line[0], 'D');
    ASSERT_GE(*version, origin_[key]) << key << " goes back";
    origin_[key] = *version;
    ++deliveries_;
  }
  void check() {
    for (const auto& [key, version] : acknowledged_) EXPECT_GE(origin_[key], version) << key << " is lost";
  }
  uint64_t acknowledgements() const { return acknowledgements_; }
  uint64_t deliveries() const { return deliveries_; }

 private:
  std::map<std::string, int64_t> acknowledged_, origin_;
  uint64_t acknowledgements_ = 0, deliveries_ = 0;
};

/// Runs the program; after `lines` lines it is killed. All that it has said is heard. Returns the wait status.
int run(const char* what, const std::string& path, uint64_t seed, uint64_t lines, History& history) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  const std::string seed_word = std::to_string(seed);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(CORRAL_APPENDER, CORRAL_APPENDER, what, path.c_str(), seed_word.c_str(),
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string rest;
  uint64_t heard = 0;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof(buffer))) > 0;) {
    rest.append(buffer, static_cast<size_t>(size));
    for (size_t end = 0; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1)) {
      history.line(std::string_view(rest).substr(0, end));
      if (++heard == lines) ::kill(child, SIGKILL);
    }
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(OutboxKillTest, NothingAcknowledgedIsLostAndNoKeyGoesBack) {
  const uint64_t rounds = std::getenv("CORRAL_LONG") != nullptr ? 250 : 25;
  Folder folder;
  History history;
  base::Random random(1);
  for (uint64_t round = 1; round <= rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const uint64_t lines = 1 + random.below(random.below(4) == 0 ? 50 : 2000);
    const int status = run("append", folder.file(), round, lines, history);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    ASSERT_FALSE(HasFatalFailure());
  }
  const int status = run("drain", folder.file(), 0, 0, history);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  history.check();
  EXPECT_GT(history.acknowledgements(), rounds * 100);
  EXPECT_GT(history.deliveries(), rounds * 100);
  RecordProperty("acknowledged", std::to_string(history.acknowledgements()));
  std::printf("%llu rounds, %llu acknowledged, %llu delivered\n", static_cast<unsigned long long>(rounds),
              static_cast<unsigned long long>(history.acknowledgements()),
              static_cast<unsigned long long>(history.deliveries()));
}

}  // namespace
}  // namespace corral::outbox

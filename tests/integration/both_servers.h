// Scenes that several clients play over sockets, the same with redis-server and with the program, compared byte for byte.
// Threading: the test's thread drives all connections; the program has two workers.
// See: stage.h
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/stage.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace corral {

/// Both servers live for all scenes of a test.
class BothServers : public testing::Test {
 protected:
  /// `options`: more words for the program's command line.
  explicit BothServers(const std::vector<std::string>& options = {}) : corral_(program(), with_workers(options)) {}

  void same(const std::vector<Line>& scene) {
    const auto theirs = Stage(redis_.socket_path()).play(scene);
    const auto ours = play(scene);
    ASSERT_EQ(ours.size(), theirs.size());
    for (size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i], theirs[i]);
  }
  /// With the program alone.
  std::vector<std::string> play(const std::vector<Line>& scene) { return Stage(corral_.socket_path()).play(scene); }

  test_support::RedisServer redis_;
  test_support::ServerProcess corral_;

 private:
  static std::string program() { return test_support::ServerProcess::corral_program(); }
  static std::vector<std::string> with_workers(std::vector<std::string> options) {
    options.insert(options.begin(), {"--workers", "2"});
    return options;
  }
};

}  // namespace corral

// Scenes that several clients play over sockets, the same with redis-server and with the program, compared byte for byte.
// Threading: the test's thread drives all connections; the program has two workers.
// See: server/dispatch/README.md, "Blocking commands".
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "tests/integration/stage.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace corral {

using test_support::RawConnection;
using test_support::RedisServer;
using test_support::ServerProcess;

/// Both servers live for all scenes of a test.
class Blocking : public testing::Test {
 protected:
  void same(const std::vector<Line>& scene) {
    const auto theirs = Stage(redis_.socket_path()).play(scene);
    const auto ours = Stage(corral_.socket_path()).play(scene);
    ASSERT_EQ(ours.size(), theirs.size());
    for (size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i], theirs[i]);
  }

  RedisServer redis_;
  ServerProcess corral_{ServerProcess::corral_program(), {"--workers", "2"}};
};

}  // namespace corral

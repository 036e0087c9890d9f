// The origin thread's loop: posted and deferred work, timers, watched descriptors, and their ends.
// Threading: the loop runs on the test's thread; one test posts from another.
// See: server/origin/README.md.
#include "server/origin/origin_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace corral::origin {
namespace {

TEST(OriginLoop, PostedWorkComesInOrderFromAnotherThread) {
  OriginLoop loop;
  std::string seen;
  std::thread other([&] {
    for (char c = 'a'; c <= 'z'; ++c) EXPECT_TRUE(loop.post([&seen, c] { seen += c; }));
    loop.stop();
  });
  loop.run();
  other.join();
  EXPECT_EQ(seen, "abcdefghijklmnopqrstuvwxyz");
}

TEST(OriginLoop, TooMuchPostedWorkIsRefused) {
  OriginLoop loop(2);
  int done = 0;
  EXPECT_TRUE(loop.post([&] { ++done; }));
  EXPECT_TRUE(loop.post([&] { ++done; }));
  EXPECT_FALSE(loop.post([&] { ++done; }));
  loop.turn();
  EXPECT_EQ(done, 2);
  EXPECT_TRUE(loop.post([&] { ++done; })) << "there is room again";
  loop.turn();
  EXPECT_EQ(done, 3);
}

TEST(OriginLoop, StopBeforeRunEndsTheFirstTurn) {
  OriginLoop loop;
  loop.stop();
  loop.run();
  loop.stop();
  loop.run();
}

TEST(OriginLoop, DeferredWorkComesLaterAndMayDeferMore) {
  OriginLoop loop;
  int depth = 0;
  loop.next_turn([&] {
    depth = 1;
    loop.next_turn([&] { depth = 2; });
    EXPECT_EQ(depth, 1);
  });
  EXPECT_EQ(depth, 0);
  loop.turn();
  EXPECT_EQ(depth, 1);
  loop.turn();
  EXPECT_EQ(depth, 2);
}

TEST(Timer, FiresOnceAndMayEndItself) {
  OriginLoop loop;
  int fired = 0;
  std::optional<Timer> timer;
  timer.emplace(loop, [&] {
    ++fired;
    timer.reset();
    loop.stop();
  });
  timer->start_ms(3'600'000);
  timer->start_ms(0);
  loop.run();
  EXPECT_EQ(fired, 1);
}

// It was one turn more, spent waiting for what comes next.
TEST(Timer, ATurnEndsWhenOneHasFired) {
  OriginLoop loop;
  bool fired = false;
  Timer due(loop, [&] { fired = true; });
  Timer far(loop, [] { ADD_FAILURE() << "nobody waits for that one"; });
  far.start_ms(3'600'000);
  due.start_ms(0);
  loop.turn();
  EXPECT_TRUE(fired);
}

TEST(Timer, AStoppedOneDoesNotFire) {
  OriginLoop loop;
  Timer stopped(loop, [] { ADD_FAILURE() << "it was stopped"; });
  Timer later(loop, [&] { loop.stop(); });
  stopped.start_ms(0);
  EXPECT_TRUE(stopped.active());
  stopped.stop();
  EXPECT_FALSE(stopped.active());
  later.start_ms(1);
  loop.run();
}

TEST(Poll, SaysWhatIsReadyAndMayEndItself) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  OriginLoop loop;
  std::string read_bytes;
  std::unique_ptr<Poll> poll;
  poll = std::make_unique<Poll>(loop, pair[0], [&](int status, int events) {
    EXPECT_EQ(status, 0);
    if ((events & UV_WRITABLE) != 0) {
      poll->watch(UV_READABLE);
      EXPECT_EQ(write(pair[1], "hello", 5), 5);
      return;
    }
    std::array<char, 16> bytes{};
    read_bytes.assign(bytes.data(), static_cast<size_t>(read(pair[0], bytes.data(), bytes.size())));
    poll.reset();
    loop.stop();
  });
  ASSERT_EQ(poll->error(), 0);
  poll->watch(UV_WRITABLE);
  loop.run();
  EXPECT_EQ(read_bytes, "hello");
  close(pair[0]);
  close(pair[1]);
}

TEST(Poll, WhatCannotBeWatchedSaysSo) {
  OriginLoop loop;
  Poll poll(loop, -1, [](int, int) { ADD_FAILURE() << "there is nothing to watch"; });
  EXPECT_LT(poll.error(), 0);
  poll.watch(UV_READABLE);
}

}  // namespace
}  // namespace corral::origin

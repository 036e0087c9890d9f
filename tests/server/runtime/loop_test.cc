// The loop's turns: they come when asked for, with and without sockets.
// Threading: the loop runs on the test's thread; stop() comes from a turn.
// See: server/runtime/README.md.
#include "server/runtime/loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace corral::runtime {
namespace {

struct Counting final : TurnHandler {
  Loop* loop = nullptr;
  std::atomic<int> turns{0};
  int last = 0;         // stop after so many turns
  int64_t next_ms = 0;  // what every turn asks for
  bool stopped = false;

  void turn() override {
    if (++turns >= last) loop->stop();
    turns.notify_all();
    loop->next_turn_in(next_ms);
  }
  void stopping() override { stopped = true; }
};

void run(int64_t next_ms, int turns) {
  Counting handler;
  Loop loop(handler);
  handler.loop = &loop;
  handler.last = turns;
  handler.next_ms = next_ms;
  loop.run();
  EXPECT_GE(handler.turns.load(), turns);
  EXPECT_TRUE(handler.stopped);
}

// The timer that ends one poll must not leave the next one without any: that was a lost wake-up.
TEST(Loop, TurnsGoOnWithoutSockets) { run(1, 200); }

TEST(Loop, TurnsGoOnWithoutSleeping) { run(0, 1000); }

TEST(Loop, AnotherThreadWakesIt) {
  Counting handler;
  Loop loop(handler);
  handler.loop = &loop;
  handler.last = 3;
  handler.next_ms = 3'600'000;
  std::thread other([&] {
    for (int seen = 0; seen < 2; seen = handler.turns.load()) {
      loop.wake();
      handler.turns.wait(seen);
    }
    loop.wake();
  });
  loop.run();
  other.join();
  EXPECT_GE(handler.turns.load(), 3);
}

}  // namespace
}  // namespace corral::runtime

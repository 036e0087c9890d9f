// The lock and the reference counts, also with several threads; broken invariants; clocks.
// Threading: meant for ThreadSanitizer.
// See: server/base/stripe_lock.h, server/base/blob.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "server/base/blob.h"
#include "server/base/check.h"
#include "server/base/clock.h"
#include "server/base/stripe_lock.h"

namespace corral::base {
namespace {

TEST(StripeLock, IsFourBytesAndTellsWhetherItIsHeld) {
  StripeLock lock;
  EXPECT_EQ(sizeof lock, 4u);
  EXPECT_FALSE(lock.is_held());
  lock.lock();
  EXPECT_TRUE(lock.is_held());
  lock.unlock();
  EXPECT_FALSE(lock.is_held());
}

TEST(StripeLock, TryLockFailsWhileHeld) {
  StripeLock lock;
  // Written so that clang's analysis of locks can follow.
  if (!lock.try_lock()) FAIL() << "nobody held it";
  bool second = true;
  std::thread([&lock, &second] { second = lock.try_lock(); }).join();
  EXPECT_FALSE(second);
  lock.unlock();
  const bool third = lock.try_lock();
  EXPECT_TRUE(third);
  if (third) lock.unlock();
}

TEST(StripeLock, MoreThreadsThanCoresCountRight) {
  StripeLock lock;
  int64_t count = 0;
  constexpr int kThreads = 16;
  constexpr int kRounds = 20'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        lock.lock();
        ++count;
        lock.unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, int64_t{kThreads} * kRounds);
  EXPECT_FALSE(lock.is_held());
}

TEST(StripeLock, ASleeperIsWoken) {
  StripeLock lock;
  std::atomic<int> stage{0};
  lock.lock();
  std::thread waiter([&] {
    stage = 1;
    lock.lock();
    stage = 2;
    lock.unlock();
  });
  while (stage.load() == 0) std::this_thread::yield();
  // Long enough for the waiter's hundred spins to be over, without asking the clock.
  for (int i = 0; i < 20'000; ++i) std::this_thread::yield();
  EXPECT_EQ(stage.load(), 1);
  lock.unlock();
  waiter.join();
  EXPECT_EQ(stage.load(), 2);
}

TEST(Blob, CopiesItsBytesAndCountsReferences) {
  Blob* const blob = Blob::copy_of("some bytes");
  EXPECT_EQ(blob->view(), "some bytes");
  EXPECT_TRUE(blob->unshared());
  {
    const BlobRef shared = BlobRef::share(blob);
    EXPECT_FALSE(blob->unshared());
    BlobRef copy = shared;
    BlobRef moved = std::move(copy);
    EXPECT_EQ(moved.get(), blob);
    copy = moved;
    EXPECT_EQ(copy->view(), "some bytes");
    Blob* const given = moved.detach();
    EXPECT_FALSE(static_cast<bool>(moved));
    given->release();
  }
  EXPECT_TRUE(blob->unshared());
  blob->release();
}

TEST(Blob, HasRoomForItsCapacity) {
  Blob* const blob = Blob::make(10, 5000);
  EXPECT_EQ(blob->size(), 10u);
  EXPECT_EQ(blob->capacity(), 5000u);
  blob->set_size(5000);
  std::fill_n(blob->data(), 5000, 'x');
  EXPECT_EQ(blob->view(), std::string(5000, 'x'));
  EXPECT_GE(blob->memory_bytes(), 5000 + sizeof(Blob));
  blob->release();
  Blob* const exact = Blob::make(100, 7);
  EXPECT_EQ(exact->capacity(), 100u);
  exact->release();
}

TEST(Blob, ThreadsShareOne) {
  const BlobRef blob(Blob::copy_of(std::string(10'000, 'b')));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5'000; ++round) {
        const BlobRef mine = blob;
        if (mine->view().back() != 'b') ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_TRUE(blob->unshared());
}

TEST(CheckDeathTest, ABrokenInvariantStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CHECK(1 + 1 == 2);
  EXPECT_DEATH(CHECK(1 + 1 == 3), "broken invariant: 1 \\+ 1 == 3");
}

TEST(Clock, TheManualOneMovesOnlyWhenTold) {
  ManualClock clock(1'000);
  EXPECT_EQ(clock.wall_ms(), 1'000);
  clock.advance_ms(5);
  EXPECT_EQ(clock.wall_us(), 1'005'000);
  EXPECT_EQ(clock.steady_us(), 1'005'000);
}

TEST(Clock, TheSystemsSteadyTimeDoesNotGoBack) {
  const SystemClock clock;
  int64_t before = clock.steady_us();
  for (int i = 0; i < 1000; ++i) {
    const int64_t now = clock.steady_us();
    ASSERT_GE(now, before);
    before = now;
  }
  EXPECT_GT(clock.wall_ms(), 1'600'000'000'000);
  EXPECT_GT(measure_cycles_per_us(clock), 0.0);
}

}  // namespace
}  // namespace corral::base

// Who goes next and who is dropped, class by class.
// Threading: one thread.
// See: server/resilience/waiting_calls.h.
#include "server/resilience/waiting_calls.h"

#include <gtest/gtest.h>

#include <map>

#include "server/base/random.h"

namespace corral::resilience {
namespace {

constexpr CallClass kLoad = CallClass::kForegroundLoad;
constexpr CallClass kThrough = CallClass::kWriteThrough;
constexpr CallClass kRefresh = CallClass::kRefresh;
constexpr CallClass kBehind = CallClass::kWriteBehind;
constexpr CallClass kRedrive = CallClass::kRedrive;

class Waiting : public ::testing::Test {
 protected:
  Waiting() { in_flight.limit = 20; }
  bool push(uint32_t slot, CallClass cls) {
    const auto pushed = waiting.push(slot, cls, in_flight.limit, now);
    displaced = pushed.displaced;
    if (pushed.accepted) classes[slot] = cls;
    return pushed.accepted;
  }
  std::optional<uint32_t> take() { return waiting.take(in_flight, now, dropped); }
  /// Takes one and counts it as in flight.
  std::optional<CallClass> run() {
    const auto slot = take();
    if (!slot) return std::nullopt;
    ++in_flight.by_class[index_of(classes[*slot])];
    return classes[*slot];
  }
  uint32_t running(CallClass cls) const { return in_flight.by_class[index_of(cls)]; }

  WaitingCalls waiting{WaitingOptions{}};
  InFlight in_flight;
  int64_t now = 1'000'000;
  std::vector<uint32_t> dropped;
  std::optional<uint32_t> displaced;
  std::map<uint32_t, CallClass> classes;
};

TEST_F(Waiting, MoreImportantClassesGoFirstAndEachInOrderOfArrival) {
  uint32_t slot = 0;
  for (const CallClass cls : {kRedrive, kBehind, kRefresh, kThrough, kLoad})
    push(slot++, cls), push(slot++, cls);
  in_flight.by_class = {10, 4, 1, 2, 0};  // everybody has what is reserved for them
  EXPECT_EQ(take(), 8u);
  EXPECT_EQ(take(), 9u);
  EXPECT_EQ(take(), 6u);
  EXPECT_EQ(take(), 7u);
  EXPECT_EQ(take(), 4u);
}

TEST_F(Waiting, ReservedSharesKeepEveryClassMovingUnderAFloodOfLoads) {
  for (uint32_t slot = 0; slot < 30; ++slot) push(slot, kLoad);
  for (uint32_t slot = 30; slot < 34; ++slot) push(slot, kThrough);
  push(34, kRefresh);
  for (uint32_t slot = 35; slot < 38; ++slot) push(slot, kBehind);
  while (run()) {
  }
  EXPECT_EQ(in_flight.total(), 20u);
  EXPECT_EQ(running(kThrough), 4u);
  EXPECT_EQ(running(kRefresh), 1u);
  EXPECT_EQ(running(kBehind), 2u);
  EXPECT_EQ(running(kLoad), 13u);
}

TEST_F(Waiting, AtTheMinimumNoClassStarves) {
  in_flight.limit = 4;
  for (uint32_t slot = 0; slot < 10; ++slot) push(slot, kLoad);
  push(10, kThrough);
  push(11, kBehind);
  while (run()) {
  }
  EXPECT_EQ(running(kThrough), 1u);
  EXPECT_EQ(running(kBehind), 1u);
  EXPECT_EQ(running(kLoad), 2u);
}

TEST_F(Waiting, WriteBehindHasHalfOfTheLimitAtMostTogetherWithRedrive) {
  for (uint32_t slot = 0; slot < 20; ++slot) push(slot, kBehind);
  for (uint32_t slot = 20; slot < 30; ++slot) push(slot, kRedrive);
  while (run()) {
  }
  EXPECT_EQ(running(kBehind) + running(kRedrive), 10u);
  EXPECT_LE(running(kRedrive), 2u);
}

TEST_F(Waiting, ColdStartHoldsLoadsBackAndNobodyElse) {
  in_flight.most_loads = 3;
  for (uint32_t slot = 0; slot < 6; ++slot) push(slot, kLoad);
  for (uint32_t slot = 6; slot < 8; ++slot) push(slot, kThrough);
  for (uint32_t slot = 8; slot < 10; ++slot) push(slot, kRefresh);
  while (run()) {
  }
  EXPECT_EQ(running(kLoad) + running(kRefresh), 3u);
  EXPECT_EQ(running(kThrough), 2u);
}

TEST_F(Waiting, FullPlacesDropTheRefreshFirst) {
  in_flight.limit = 8;
  for (uint32_t slot = 0; slot < 14; ++slot) push(slot, kLoad);
  push(14, kRefresh);
  push(15, kRefresh);
  EXPECT_EQ(waiting.size(), 16u);
  EXPECT_TRUE(push(16, kBehind));
  EXPECT_EQ(displaced, 14u);
  EXPECT_TRUE(push(17, kLoad));
  EXPECT_EQ(displaced, 15u);
  EXPECT_TRUE(push(18, kLoad));
  EXPECT_EQ(displaced, 16u) << "then write-behind, which is durable";
  EXPECT_TRUE(push(19, kLoad));
  EXPECT_EQ(displaced, 0u) << "then the oldest load, which has the least hope";
  EXPECT_FALSE(push(20, kRefresh));
  EXPECT_FALSE(push(21, kBehind));
  EXPECT_FALSE(push(22, kThrough)) << "does not displace what is more important";
  EXPECT_EQ(waiting.size(), 16u);
}

TEST_F(Waiting, WithdrawnCallsAreNotServed) {
  for (uint32_t slot = 0; slot < 5; ++slot) push(slot, kLoad);
  waiting.withdraw(0);
  waiting.withdraw(2);
  waiting.withdraw(4);
  waiting.withdraw(4);
  waiting.withdraw(77);
  EXPECT_EQ(take(), 1u);
  EXPECT_EQ(take(), 3u);
  EXPECT_EQ(take(), std::nullopt);
  EXPECT_TRUE(waiting.empty());
}

TEST_F(Waiting, ShortQueueIsServedInOrder) {
  for (uint32_t round = 0; round < 50; ++round) {
    push(2 * round, kLoad);
    push(2 * round + 1, kLoad);
    now += 2'000;
    EXPECT_EQ(take(), 2 * round);
    EXPECT_EQ(take(), 2 * round + 1);
    EXPECT_EQ(take(), std::nullopt);
    now += 5'000;
  }
  EXPECT_TRUE(dropped.empty());
}

TEST_F(Waiting, StandingQueueOfLoadsIsServedNewestFirstAndSheds) {
  uint32_t slot = 0;
  bool newest_first = false;
  for (int step = 0; step < 150; ++step, now += 2'000) {  // three come, one goes
    for (int i = 0; i < 3; ++i) push(slot++, kLoad);
    const auto taken = take();
    ASSERT_TRUE(taken.has_value());
    newest_first |= waiting.under_pressure() && *taken == slot - 1;
  }
  EXPECT_TRUE(newest_first);
  EXPECT_FALSE(dropped.empty());
  EXPECT_TRUE(waiting.under_pressure());
  EXPECT_LE(waiting.size(), 20u) << "nothing much older than twice the target stays";
}

TEST_F(Waiting, DurableCallsAreNeverShedForTheirAge) {
  for (uint32_t slot = 0; slot < 10; ++slot) push(slot, kBehind);
  for (int step = 0; step < 5; ++step) {
    now += 200'000;
    EXPECT_TRUE(take().has_value());
  }
  EXPECT_TRUE(dropped.empty());
}

TEST_F(Waiting, PressureEndsWithTheQueue) {
  uint32_t slot = 0;
  for (int step = 0; step < 150; ++step, now += 2'000) {
    for (int i = 0; i < 3; ++i) push(slot++, kLoad);
    take();
  }
  ASSERT_TRUE(waiting.under_pressure());
  while (take()) {
  }
  for (int step = 0; step < 300; ++step, now += 1'000) {
    push(slot++, kLoad);
    EXPECT_EQ(take(), slot - 1);
  }
  EXPECT_FALSE(waiting.under_pressure());
}

TEST_F(Waiting, RandomTrafficLosesNobodyAndKeepsItsBounds) {
  for (const uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    base::Random random(seed);
    WaitingCalls calls{WaitingOptions{}};
    std::map<uint32_t, bool> waits;
    std::vector<uint32_t> out;
    InFlight flight;
    flight.limit = 10;
    int64_t time = 0;
    for (uint32_t slot = 0; slot < 20'000; ++slot) {
      time += static_cast<int64_t>(random.below(3'000));
      const auto pushed = calls.push(slot, static_cast<CallClass>(random.below(5)), flight.limit, time);
      if (pushed.displaced) {
        ASSERT_EQ(waits.erase(*pushed.displaced), 1u);
      }
      if (pushed.accepted) waits[slot] = true;
      if (random.below(3) == 0 && !waits.empty()) {
        const uint32_t gone = waits.begin()->first;
        calls.withdraw(gone);
        waits.erase(gone);
      }
      out.clear();
      const auto taken = random.below(2) == 0 ? calls.take(flight, time, out) : std::nullopt;
      if (taken) {
        ASSERT_EQ(waits.erase(*taken), 1u);
      }
      for (const uint32_t gone : out) ASSERT_EQ(waits.erase(gone), 1u);
      ASSERT_EQ(calls.size(), waits.size());
      ASSERT_LE(calls.size(), 20u);
    }
  }
}

}  // namespace
}  // namespace corral::resilience

// Lanes under a clock of the test: order, coalescing, backoff, pauses, giving up, standing still.
// Threading: one thread.
// See: server/outbox/README.md, "Lanes".
#include "server/outbox/lanes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/server/outbox/lane_book.h"
#include "tests/server/outbox/stage.h"

namespace corral::outbox {
namespace {

constexpr int64_t kWall = 1'700'000'000'000;

class LanesTest : public testing::Test {
 protected:
  Now now() const { return {ms_, kWall + ms_ + wall_shift_}; }
  uint64_t add(const std::string& key, int64_t delay_ms = 0, const std::string& origin = "shop") {
    Record record = put(key, "v", origin);
    record.seq = record.version = ++seq_;
    const int64_t wall_ms = now().wall_ms;
    lanes_.add({std::make_shared<const Record>(std::move(record)), {wall_ms, wall_ms + delay_ms, 0, {}, {}}},
               now());
    return seq_;
  }
  std::vector<uint64_t> due(size_t most = 100, const std::string& origin = "shop", size_t bytes = 1 << 20) {
    std::vector<uint64_t> seqs;
    for (const Delivery& delivery : lanes_.due(origin, now(), most, bytes))
      seqs.push_back(delivery.record->seq);
    return seqs;
  }
  void fail(uint64_t seq) { lanes_.failed(seq, "503", std::nullopt, now(), random_); }
  void refuse(uint64_t seq) { lanes_.refused(seq, "400", now(), random_); }
  using Seqs = std::vector<uint64_t>;

  LaneBook book_;
  Lanes lanes_{book_, test_secret()};
  base::Random random_{1};
  int64_t ms_ = 1000;
  int64_t wall_shift_ = 0;
  uint64_t seq_ = 0;
};

TEST_F(LanesTest, OneOfAKeyIsInFlightAndOtherKeysDoNotWait) {
  add("a");
  EXPECT_EQ(due(), Seqs{1});
  add("a");
  add("b");
  EXPECT_EQ(due(), Seqs{3});
  EXPECT_EQ(book_.now_standing.in_flight, 2U);
  lanes_.delivered(1, now());
  EXPECT_EQ(due(), Seqs{2});
  lanes_.delivered(2, now());
  lanes_.delivered(3, now());
  EXPECT_EQ(book_.delivered_seqs, (Seqs{1, 2, 3}));
  EXPECT_EQ(book_.now_standing.records, 0U);
  EXPECT_FALSE(lanes_.next_due_ms("shop"));
}

TEST_F(LanesTest, ANewerWriteReplacesTheWaitingOneAndKeepsItsDueTime) {
  add("hot", 500);
  for (int i = 0; i < 9; ++i) {
    ms_ += 50;
    add("hot", 500);
  }
  EXPECT_EQ(book_.coalesced_seqs.size(), 9U);
  EXPECT_EQ(book_.last.enqueued_ms, kWall + 1000);
  EXPECT_EQ(book_.last.due_ms, kWall + 1500);
  EXPECT_EQ(book_.now_standing.oldest_ms, 1000);
  EXPECT_EQ(lanes_.next_due_ms("shop"), 1500);
  EXPECT_EQ(due(), Seqs{});
  ms_ = 1500;
  EXPECT_EQ(due(), Seqs{10});
}

TEST_F(LanesTest, WhatIsInFlightIsNeverChangedAndOneSuccessorWaits) {
  add("k");
  ASSERT_EQ(due(), Seqs{1});
  add("k");
  add("k");
  EXPECT_EQ(book_.coalesced_seqs, Seqs{2});
  EXPECT_EQ(book_.now_standing.records, 2U);
  lanes_.delivered(1, now());
  EXPECT_EQ(due(), Seqs{3});
}

TEST_F(LanesTest, AFailedRecordGivesWayToItsSuccessorWhichKeepsTheBackoff) {
  add("k");
  ASSERT_EQ(due(), Seqs{1});
  ms_ += 10;
  add("k");
  fail(1);
  EXPECT_EQ(book_.coalesced_seqs, Seqs{1});
  EXPECT_EQ(book_.last.enqueued_ms, kWall + 1000);
  EXPECT_EQ(due(), Seqs{}) << "a new write does not get round the backoff";
  ms_ = *lanes_.next_due_ms("shop");
  EXPECT_GT(ms_, 1010);
  EXPECT_EQ(due(), Seqs{2});
}

TEST_F(LanesTest, BackoffIsFullJitterThatDoublesToItsCapAndEndsWithASuccess) {
  std::vector<int64_t> most(20, 0);
  for (int round = 0; round < 200; ++round) {
    const uint64_t seq = add("k" + std::to_string(round));
    for (size_t attempt = 0; attempt < most.size(); ++attempt) {
      ASSERT_EQ(due(), Seqs{seq});
      fail(seq);
      const int64_t wait_ms = *lanes_.next_due_ms("shop") - ms_;
      ASSERT_GE(wait_ms, 1);
      ASSERT_LE(wait_ms, std::min<int64_t>(60'000, int64_t{100} << attempt));
      most[attempt] = std::max(most[attempt], wait_ms);
      ms_ += wait_ms;
    }
    ASSERT_EQ(due(), Seqs{seq});
    lanes_.delivered(seq, now());
  }
  for (size_t attempt = 0; attempt < most.size(); ++attempt) {
    EXPECT_GT(most[attempt], std::min<int64_t>(60'000, int64_t{100} << attempt) * 9 / 10) << attempt;
  }
  EXPECT_TRUE(book_.buried.empty()) << "attempts are unlimited unless limited";
}

TEST_F(LanesTest, TheOriginMayAskForMoreButNotForEver) {
  add("k");
  due();
  lanes_.failed(1, "429", 7000, now(), random_);
  EXPECT_EQ(lanes_.next_due_ms("shop"), ms_ + 7000);
  ms_ += 7000;
  due();
  lanes_.failed(1, "429", INT64_MAX, now(), random_);
  EXPECT_EQ(lanes_.next_due_ms("shop"), ms_ + 3'600'000);
}

TEST_F(LanesTest, PausesAreNoAttemptsHoweverManyAndHoweverLong) {
  lanes_.set_settings("shop", {.max_attempts = 1, .max_age_ms = 1000});
  add("k");
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(due(), Seqs{1});
    lanes_.paused(1, 60'000, now());
    ASSERT_EQ(due(), Seqs{});
    ms_ += 60'000;
  }
  EXPECT_TRUE(book_.buried.empty());
  const auto delivery = lanes_.due("shop", now(), 1, 1000);
  ASSERT_EQ(delivery.size(), 1U);
  EXPECT_EQ(delivery[0].attempt, 1U);
}

TEST_F(LanesTest, APoisonRecordStopsOnlyItsLaneAndIsBuriedWithTheReason) {
  add("poison");
  add("good");
  due();
  add("poison");
  refuse(1);
  lanes_.delivered(2, now());
  ASSERT_EQ(book_.buried.size(), 1U);
  EXPECT_EQ(book_.buried[0], std::pair(uint64_t{1}, DeadReason::kPermanent));
  EXPECT_EQ(book_.last.last_error, "400");
  EXPECT_EQ(book_.last.attempts, 1U);
  EXPECT_EQ(due(), Seqs{3}) << "the lane goes on with what came behind";
}

TEST_F(LanesTest, AttemptsAndAgeGiveUpWhenAnAttemptFails) {
  lanes_.set_settings("shop", {.max_attempts = 3, .permanent_attempts = 2, .max_age_ms = 3'600'000});
  add("a");
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(due(), Seqs{1});
    fail(1);
    ms_ += 1000;
  }
  add("b");
  due();
  ms_ += 3'600'001;
  fail(2);
  add("c");
  due();
  refuse(3);
  EXPECT_EQ(book_.buried.size(), 2U) << "one permanent failure is not believed here";
  ms_ += 1000;
  due();
  refuse(3);
  using Burial = std::pair<uint64_t, DeadReason>;
  EXPECT_EQ(
      book_.buried,
      (std::vector<Burial>{{1, DeadReason::kAttempts}, {2, DeadReason::kAge}, {3, DeadReason::kPermanent}}));
}

TEST_F(LanesTest, WithoutRoomForADeadLetterTheLaneStandsStillUntilThereIs) {
  book_.room = 0;
  add("a");
  add("b");
  add("c");
  due();
  refuse(1);
  refuse(2);
  lanes_.delivered(3, now());
  add("a");
  EXPECT_EQ(book_.now_standing.stuck, 2U);
  EXPECT_EQ(book_.now_standing.in_flight, 0U);
  EXPECT_EQ(due(), Seqs{});
  lanes_.delivered(1, now());
  EXPECT_EQ(book_.delivered_seqs, Seqs{3}) << "an answer too many does nothing";
  book_.room = 1;
  lanes_.dead_letters_have_room(now());
  EXPECT_EQ(book_.now_standing.stuck, 1U);
  EXPECT_EQ(due(), Seqs{4});
  book_.room = 5;
  lanes_.dead_letters_have_room(now());
  EXPECT_EQ(book_.buried.size(), 2U);
  lanes_.delivered(4, now());
  EXPECT_EQ(book_.now_standing.records, 0U);
}

TEST_F(LanesTest, OriginsDoNotWaitForOneAnother) {
  add("a", 0, "shop");
  add("b", 0, "stock");
  EXPECT_EQ(due(100, "stock"), Seqs{2});
  EXPECT_EQ(due(100, "shop"), Seqs{1});
  EXPECT_EQ(due(100, "none"), Seqs{});
  EXPECT_EQ(lanes_.origins(), (std::vector<std::string>{"shop", "stock"}));
}

TEST_F(LanesTest, ABatchIsBoundedInRecordsAndBytesAndGoesByDueTime) {
  add("late", 30);
  add("early", 10);
  add("middle", 20);
  ms_ += 100;
  EXPECT_EQ(due(2), (Seqs{2, 3}));
  EXPECT_EQ(due(), Seqs{1});
  for (const uint64_t seq : {1, 2, 3}) lanes_.delivered(seq, now());
  for (const char* key : {"a", "b", "c"}) add(key);
  EXPECT_EQ(due(100, "shop", 3), (Seqs{4, 5})) << "images of two bytes";
}

TEST_F(LanesTest, AnOlderRecordNeverFollowsANewerOne) {
  add("k");
  const uint64_t newest = add("k");
  ASSERT_EQ(due(), Seqs{newest});
  Record old = put("k", "old");
  old.seq = 100;
  old.version = 1;
  lanes_.add({std::make_shared<const Record>(old), {}}, now());
  EXPECT_EQ(book_.coalesced_seqs, (Seqs{1, 100}));
  lanes_.delivered(newest, now());
  EXPECT_EQ(due(), Seqs{});
}

TEST_F(LanesTest, SettingTheWallClockMovesNothing) {
  add("k");
  ASSERT_EQ(due(), Seqs{1});
  wall_shift_ = -3'600'000;
  fail(1);
  EXPECT_LE(*lanes_.next_due_ms("shop"), ms_ + 100);
  wall_shift_ = 48 * int64_t{3'600'000};
  ms_ += 100;
  ASSERT_EQ(due(), Seqs{1});
  fail(1);
  EXPECT_TRUE(book_.buried.empty()) << "two days on the wall are no age";
  // A record of the last run whose due time lies beyond every backoff comes within the backoff.
  Record record = put("future", "v");
  record.seq = record.version = 50;
  lanes_.add({std::make_shared<const Record>(record),
              {now().wall_ms + 1'000'000'000, now().wall_ms + 1'000'000'000, 0, {}, {}}},
             now());
  ms_ += 60'000;
  EXPECT_EQ(due(), (Seqs{1, 50}));
}

}  // namespace
}  // namespace corral::outbox

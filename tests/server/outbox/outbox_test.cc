// The outbox on real files: what is durable, what is refused, what comes back.
// Threading: one test thread and the writer.
// See: server/outbox/README.md.
#include "server/outbox/outbox.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/server/outbox/stage.h"

namespace corral::outbox {
namespace {

class OutboxTest : public testing::Test {
 protected:
  Options options() const {
    Options options;
    options.path = folder_.file();
    options.instance = "test";
    return options;
  }
  std::unique_ptr<Outbox> open(const Options& options) {
    auto outbox = Outbox::open(options, clock_, test_secret());
    EXPECT_TRUE(outbox) << outbox.error();
    return outbox ? std::move(outbox.value()) : nullptr;
  }
  std::unique_ptr<Outbox> open() { return open(options()); }
  Now now() const { return {clock_.steady_us() / 1000, clock_.wall_ms()}; }

  Folder folder_;
  base::ManualClock clock_{1'700'000'000'000};
};

TEST_F(OutboxTest, WhatIsAcknowledgedComesBackWhole) {
  Record record = put(std::string("k\0y", 3), std::string_view("v\0\xff", 3));
  record.db = 3;
  record.epoch = 9;
  record.expires_at_ms = 1'700'000'060'000;
  record.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  Queued written;
  {
    auto outbox = open();
    ASSERT_EQ(append_now(*outbox, record, &written, 250), "");
    outbox->abandon();
  }
  auto outbox = open();
  const auto replayed = outbox->take_replayed();
  ASSERT_EQ(replayed.size(), 1U);
  const Record& back = *replayed[0].record;
  EXPECT_EQ(back.seq, 1U);
  EXPECT_EQ(back.version, 1U);
  EXPECT_EQ(back.epoch, 9U);
  EXPECT_EQ(back.db, 3U);
  EXPECT_EQ(back.key, record.key);
  EXPECT_EQ(back.image, record.image);
  EXPECT_EQ(back.origin, "shop");
  EXPECT_EQ(back.policy, "product");
  EXPECT_EQ(back.expires_at_ms, record.expires_at_ms);
  EXPECT_EQ(back.traceparent, record.traceparent);
  EXPECT_EQ(back.idempotency_key, "test-1");
  EXPECT_EQ(replayed[0].progress.enqueued_ms, clock_.wall_ms());
  EXPECT_EQ(replayed[0].progress.due_ms, clock_.wall_ms() + 250);
  EXPECT_EQ(outbox->recovery().records, 1U);
  EXPECT_EQ(outbox->figures().outbox_depth, 1U);
  ASSERT_NE(outbox->overlay().pending(3, record.key), nullptr);
  EXPECT_EQ(outbox->overlay().pending(0, record.key), nullptr);
}

TEST_F(OutboxTest, NumbersAreNeverUsedAgain) {
  {
    auto outbox = open();
    Queued queued;
    for (int i = 0; i < 3; ++i) ASSERT_EQ(append_now(*outbox, put("k", "v"), &queued), "");
    Lanes lanes(*outbox, test_secret());
    lanes.add(queued, now());
    ASSERT_EQ(lanes.due("shop", now(), 10, 1000).size(), 1U);
    lanes.delivered(queued.record->seq, now());
  }
  auto outbox = open();
  Queued queued;
  ASSERT_EQ(append_now(*outbox, put("k", "v"), &queued), "");
  EXPECT_EQ(queued.record->seq, 4U);
}

TEST_F(OutboxTest, DeliveredRecordsAreGoneAfterTheNextStart) {
  {
    auto outbox = open();
    Lanes lanes(*outbox, test_secret());
    for (const char* key : {"a", "b"}) {
      Queued queued;
      ASSERT_EQ(append_now(*outbox, put(key, "v"), &queued), "");
      lanes.add(queued, now());
    }
    ASSERT_EQ(lanes.due("shop", now(), 10, 1000).size(), 2U);
    clock_.advance_ms(70);
    lanes.delivered(1, now());
    EXPECT_EQ(outbox->overlay().pending(0, "a"), nullptr);
    EXPECT_NE(outbox->overlay().pending(0, "b"), nullptr);
    const Figures figures = outbox->figures();
    EXPECT_EQ(figures.outbox_depth, 1U);
    EXPECT_EQ(figures.outbox_delivered_total, 1U);
    EXPECT_EQ(figures.outbox_delivery_lag_ms.sum, 70U);
    EXPECT_EQ(figures.outbox_bytes, bytes_of(*outbox->overlay().pending(0, "b")));
    EXPECT_EQ(figures.outbox_oldest_age_ms, 70);
    EXPECT_EQ(figures.outbox_in_flight, 1U);
  }
  auto outbox = open();
  const auto replayed = outbox->take_replayed();
  ASSERT_EQ(replayed.size(), 1U);
  EXPECT_EQ(replayed[0].record->key, "b");
}

TEST_F(OutboxTest, CoalescedWritesKeepTheFirstTimesInTheFile) {
  {
    auto outbox = open();
    Lanes lanes(*outbox, test_secret());
    for (const char* value : {"1", "2", "3"}) {
      Queued queued;
      ASSERT_EQ(append_now(*outbox, put("hot", value), &queued, 5000), "");
      lanes.add(queued, now());
      clock_.advance_ms(1000);
    }
    EXPECT_EQ(outbox->figures().outbox_coalesced_total, 2U);
    EXPECT_EQ(outbox->figures().outbox_depth, 1U);
  }
  auto outbox = open();
  const auto replayed = outbox->take_replayed();
  ASSERT_EQ(replayed.size(), 1U);
  EXPECT_EQ(replayed[0].record->image, encode_string("3"));
  EXPECT_EQ(replayed[0].progress.enqueued_ms, 1'700'000'000'000);
  EXPECT_EQ(replayed[0].progress.due_ms, 1'700'000'005'000);
}

TEST_F(OutboxTest, RecordsOfOneAppendAreCommittedTogetherAndAnsweredInOrder) {
  auto outbox = open();
  std::vector<Record> records;
  for (int i = 0; i < 700; ++i) records.push_back(put("k" + std::to_string(i), "v"));
  auto done = std::make_shared<std::promise<std::vector<uint64_t>>>();
  auto seqs = std::make_shared<std::vector<uint64_t>>();
  const auto appended = outbox->append_all(std::move(records), [done, seqs](const Durable& durable) {
    EXPECT_TRUE(durable.ok);
    seqs->push_back(durable.queued.record->seq);
    if (seqs->size() == 700) done->set_value(*seqs);
  });
  ASSERT_TRUE(appended);
  const auto order = done->get_future().get();
  for (size_t i = 0; i < order.size(); ++i) ASSERT_EQ(order[i], appended.seq + i);
  const HistogramFigures batches = outbox->figures().outbox_commit_batch_size;
  EXPECT_EQ(batches.count, 1U);
  EXPECT_EQ(batches.sum, 700U);
}

// The writer is held in a callback, so that everything else waits in the queue.
TEST_F(OutboxTest, EveryBoundIsNamedAndNothingAcceptedIsLost) {
  Options narrow = options();
  narrow.bounds = {
      .entries = 7, .bytes = 6000, .queue_entries = 3, .queue_bytes = 2500, .record_bytes = 1500};
  auto outbox = open(narrow);
  std::promise<void> inside, leave;
  auto held = leave.get_future();
  ASSERT_TRUE(outbox->append(put("first", "v"), [&](const Durable&) {
    inside.set_value();
    held.wait();
  }));
  inside.get_future().wait();
  int answers = 0;
  std::promise<void> all;
  const auto count = [&](const Durable& durable) {
    EXPECT_TRUE(durable.ok);
    if (++answers == 3) all.set_value();
  };
  EXPECT_EQ(outbox->append(put("big", std::string(1500, 'x')), count).refusal, Refusal::kRecordBytes);
  ASSERT_TRUE(outbox->append(put("a", std::string(900, 'x')), count));
  EXPECT_EQ(
      outbox->append_all({put("b", std::string(900, 'x')), put("c", std::string(900, 'x'))}, count).refusal,
      Refusal::kQueueBytes);
  ASSERT_TRUE(outbox->append(put("d", "v"), count));
  ASSERT_TRUE(outbox->append(put("e", "v"), count));
  EXPECT_EQ(outbox->append(put("f", "v"), count).refusal, Refusal::kQueueEntries);
  EXPECT_EQ(outbox->figures().outbox_refused_total, 4U);
  leave.set_value();
  all.get_future().wait();
  ASSERT_EQ(append_now(*outbox, put("g", "v")), "");
  ASSERT_EQ(append_now(*outbox, put("h", "v")), "");
  ASSERT_EQ(append_now(*outbox, put("i", "v")), "");
  EXPECT_EQ(append_now(*outbox, put("j", "v")), "outbox-max-entries");
  outbox.reset();
  Options fewer_bytes = options();
  fewer_bytes.bounds.bytes = 2000;
  outbox = open(fewer_bytes);
  EXPECT_EQ(outbox->take_replayed().size(), 7U) << "a backlog above a lowered bound is kept";
  EXPECT_EQ(append_now(*outbox, put("k", "v")), "outbox-max-bytes");
}

TEST_F(OutboxTest, ClosingWritesWhatWaitsAndRefusesTheRest) {
  auto outbox = open();
  int durable = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(outbox->append(put("k" + std::to_string(i), "v"),
                               [&](const Durable& one) { durable += one.ok ? 1 : 0; }));
  }
  outbox->close();
  EXPECT_EQ(durable, 100);
  EXPECT_EQ(append_now(*outbox, put("late", "v")), "outbox-closed");
  EXPECT_EQ(outbox->state(), State::kClosed);
  EXPECT_FALSE(wait_for<base::Status>([&](auto done) { outbox->reopen(done); }));
  EXPECT_FALSE(
      wait_for<base::Result<DeadCount>>([&](auto answer) { outbox->dead_letters().count("", answer); }));
  outbox.reset();
  EXPECT_EQ(open()->take_replayed().size(), 100U);
}

TEST_F(OutboxTest, AbandoningAnswersEveryAppendOnce) {
  auto outbox = open();
  int answers = 0;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(outbox->append(put("k" + std::to_string(i), "v"), [&](const Durable&) { ++answers; }));
  }
  outbox->abandon();
  EXPECT_EQ(answers, 500);
}

TEST_F(OutboxTest, ASecondProcessIsKeptOut) {
  // POSIX locks belong to a process, so SQLite's own list of open files stands in for the other one here.
  auto outbox = open();
  const auto second = Outbox::open(options(), clock_, test_secret());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("database is locked"), std::string::npos) << second.error();
  EXPECT_EQ(append_now(*outbox, put("k", "v")), "");
}

}  // namespace
}  // namespace corral::outbox

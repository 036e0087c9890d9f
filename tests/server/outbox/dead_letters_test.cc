// Dead letters on real files: burying, asking, sending again but never over newer data.
// Threading: one test thread and the writer.
// See: server/outbox/README.md, "Dead letters".
#include "server/outbox/dead_letters.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/outbox/outbox.h"
#include "tests/server/outbox/stage.h"
#include "tests/support/faulty_vfs.h"

namespace corral::outbox {
namespace {

class DeadLettersTest : public testing::Test {
 protected:
  DeadLettersTest() {
    vfs_.make_syncs_quick(true);
    open();
  }
  void open(uint64_t limit = 1000, uint64_t entries = 1000) {
    lanes_.reset();
    outbox_.reset();
    Options options;
    options.path = folder_.file();
    options.vfs = vfs_.name();
    options.dead_letters = limit;
    options.bounds.entries = entries;
    options.on_redriven = [this](const Queued& queued) {
      std::lock_guard lock(mutex_);
      redriven_.push_back(queued);
    };
    auto outbox = Outbox::open(options, clock_, test_secret());
    ASSERT_TRUE(outbox) << outbox.error();
    outbox_ = std::move(outbox.value());
    lanes_ = std::make_unique<Lanes>(*outbox_, test_secret());
    for (const Queued& queued : outbox_->take_replayed()) lanes_->add(queued, now());
  }
  DeadLetters& letters() { return outbox_->dead_letters(); }
  Now now() const { return {clock_.steady_us() / 1000, clock_.wall_ms()}; }

  uint64_t write(const std::string& key, const std::string& origin = "shop", std::string_view value = "v") {
    Queued queued;
    EXPECT_EQ(append_now(*outbox_, put(key, value, origin), &queued), "");
    lanes_->add(queued, now());
    return queued.record->seq;
  }
  /// What is due at `origin` is sent; keys with "bad" in them are refused.
  void deliver(const std::string& origin = "shop") {
    std::vector<Queued> redriven;
    {
      std::lock_guard lock(mutex_);
      redriven.swap(redriven_);
    }
    for (const Queued& queued : redriven) lanes_->add(queued, now());
    for (const Delivery& delivery : lanes_->due(origin, now(), 1000, 1 << 20)) {
      const Record& record = *delivery.record;
      sent_.push_back(record.key + "=" + std::string(decode(record.image)->text));
      if (origin_is_well_ || record.key.find("bad") == std::string::npos) {
        lanes_->delivered(record.seq, now());
      } else {
        lanes_->refused(record.seq, "400 bad " + record.key, now(), random_);
      }
    }
    settle_writes(*outbox_);
  }
  uint64_t kill(const std::string& key, const std::string& origin = "shop", std::string_view value = "v") {
    const uint64_t seq = write(key, origin, value);
    deliver(origin);
    return seq;
  }
  template <typename T, typename Ask>
  T get(Ask ask) {
    auto result = wait_for<base::Result<T>>(ask);
    EXPECT_TRUE(result) << result.error();
    return result ? std::move(result.value()) : T{};
  }
  DeadCount count(const std::string& origin = "") {
    return get<DeadCount>([&](auto answer) { letters().count(origin, answer); });
  }
  DeadPage list(const DeadQuery& query) {
    return get<DeadPage>([&](auto answer) { letters().list(query, answer); });
  }
  std::optional<DeadLetter> letter(uint64_t seq) {
    return get<std::optional<DeadLetter>>([&](auto answer) { letters().get(seq, answer); });
  }
  Redriven redrive(uint64_t seq) {
    return get<Redriven>([&](auto answer) { letters().redrive(seq, answer); });
  }
  Redrive redrive_all(const std::string& origin, uint64_t rate) {
    return get<Redrive>([&](auto answer) { letters().redrive_all(origin, rate, answer); });
  }
  void tick() {
    letters().tick(now().steady_ms);
    settle_writes(*outbox_);
  }

  Folder folder_;
  base::ManualClock clock_{1'700'000'000'000};
  base::Random random_{1};
  test::FaultyVfs vfs_{"corral-dead-letters-test"};
  std::mutex mutex_;
  std::vector<Queued> redriven_;
  std::vector<std::string> sent_;
  bool origin_is_well_ = false;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Lanes> lanes_;
};

TEST_F(DeadLettersTest, ABuriedRecordTellsItsStory) {
  clock_.advance_ms(5);
  const uint64_t seq = write("bad");
  clock_.advance_ms(20);
  deliver();
  for (int run = 0; run < 2; ++run) {
    const auto found = letter(seq);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->queued.record->key, "bad");
    EXPECT_EQ(found->queued.record->image, encode_string("v"));
    EXPECT_EQ(found->reason, DeadReason::kPermanent);
    EXPECT_EQ(found->state, DeadState::kDead);
    EXPECT_EQ(found->died_ms, 1'700'000'000'025);
    EXPECT_EQ(found->queued.progress.enqueued_ms, 1'700'000'000'005);
    EXPECT_EQ(found->queued.progress.attempts, 1U);
    EXPECT_EQ(found->queued.progress.last_error, "400 bad bad");
    EXPECT_EQ(outbox_->figures().dlq_depth, 1U);
    EXPECT_EQ(outbox_->figures().outbox_depth, 0U);
    EXPECT_EQ(outbox_->overlay().pending(0, "bad"), nullptr);
    clock_.advance_ms(1000);
    EXPECT_EQ(outbox_->figures().dlq_oldest_age_ms, 1000 + 1000 * run);
    outbox_->abandon();
    open();
  }
  EXPECT_FALSE(letter(seq + 1));
}

TEST_F(DeadLettersTest, ListsByOriginAndReasonInPagesWithoutValues) {
  for (int i = 0; i < 25; ++i) kill("bad" + std::to_string(i), i % 5 == 0 ? "stock" : "shop");
  EXPECT_EQ(count().dead, 25U);
  EXPECT_EQ(count("stock").dead, 5U);
  DeadQuery query;
  query.origin = "shop";
  query.count = 8;
  size_t found = 0, pages = 0;
  do {
    const DeadPage page = list(query);
    for (const DeadLetter& one : page.letters) {
      EXPECT_EQ(one.queued.record->origin, "shop");
      EXPECT_EQ(one.queued.record->image, "");
    }
    found += page.letters.size();
    query.cursor = page.cursor;
    ++pages;
  } while (query.cursor != 0);
  EXPECT_EQ(found, 20U);
  EXPECT_LE(pages, 4U);
  query.reason = DeadReason::kAge;
  EXPECT_TRUE(list(query).letters.empty());
}

TEST_F(DeadLettersTest, DropsAndPurges) {
  const uint64_t first = kill("bad1");
  kill("bad2");
  for (int i = 0; i < 600; ++i) write("bad" + std::to_string(10 + i), "stock");
  deliver("stock");
  EXPECT_EQ(get<uint64_t>([&](auto answer) { letters().drop(first, answer); }), 1U);
  EXPECT_EQ(get<uint64_t>([&](auto answer) { letters().drop(first, answer); }), 0U);
  DeadQuery stock;
  stock.origin = "stock";
  EXPECT_EQ(get<uint64_t>([&](auto answer) { letters().purge(stock, answer); }), 600U);
  EXPECT_EQ(count().dead, 1U);
  EXPECT_EQ(outbox_->figures().dlq_depth, 1U);
  EXPECT_EQ(outbox_->figures().dlq_dropped_total, 601U);
}

TEST_F(DeadLettersTest, ExportsLinesOfJsonToANewFile) {
  const uint64_t plain = kill("bad \"1\"\n");
  const uint64_t binary = kill("bad2", "shop", "\xff");
  Record hash = put("bad3", "");
  hash.image = encode_hash({{"f", "1"}, {"g", "2"}});
  Queued queued;
  ASSERT_EQ(append_now(*outbox_, hash, &queued), "");
  kill("bad-stock", "stock");
  DeadQuery shop;
  shop.origin = "shop";
  const std::string path = folder_.file("export");
  EXPECT_EQ(get<uint64_t>([&](auto answer) { letters().export_to(path, shop, answer); }), 2U);
  const std::string lines = contents(path);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_EQ(
      lines.find("{\"id\":" + std::to_string(plain) +
                 ",\"origin\":\"shop\",\"policy\":\"product\",\"db\":0,\"key\":\"bad \\\"1\\\"\\u000a\""),
      0U)
      << lines;
  EXPECT_NE(lines.find("{\"id\":" + std::to_string(binary) + ","), std::string::npos);
  EXPECT_NE(lines.find("\"value\":\"v\""), std::string::npos);
  EXPECT_NE(lines.find("\"value_base64\":\"/w==\""), std::string::npos);
  DeadLetter fields;
  fields.queued = queued;
  EXPECT_NE(json_line(fields).find("\"fields\":[[\"f\",\"1\"],[\"g\",\"2\"]]"), std::string::npos);
  const auto again =
      wait_for<base::Result<uint64_t>>([&](auto answer) { letters().export_to(path, shop, answer); });
  EXPECT_FALSE(again) << "what is there is not overwritten";
}

TEST_F(DeadLettersTest, SendingAgainDelivers) {
  const uint64_t seq = kill("bad", "shop", "1");
  origin_is_well_ = true;
  EXPECT_EQ(redrive(seq), Redriven::kMoved);
  EXPECT_NE(outbox_->overlay().pending(0, "bad"), nullptr);
  EXPECT_EQ(outbox_->figures().outbox_depth, 1U);
  deliver();
  EXPECT_EQ(sent_, (std::vector<std::string>{"bad=1", "bad=1"}));
  EXPECT_EQ(redrive(seq), Redriven::kAbsent);
  EXPECT_EQ(outbox_->figures().dlq_depth, 0U);
  EXPECT_EQ(outbox_->figures().dlq_redriven_total, 1U);
  EXPECT_EQ(outbox_->figures().outbox_depth, 0U);
}

TEST_F(DeadLettersTest, NothingIsSentOverANewerDelivery) {
  for (const bool restart : {false, true}) {
    origin_is_well_ = false;
    const std::string key = restart ? "bad-restart" : "bad";
    const uint64_t old = kill(key, "shop", "old");
    origin_is_well_ = true;
    const uint64_t newer = kill(key, "shop", "new");
    if (restart) {
      outbox_->abandon();
      open();
    }
    EXPECT_EQ(redrive(old), Redriven::kSuperseded);
    const auto audit = letter(old);
    ASSERT_TRUE(audit);
    EXPECT_EQ(audit->state, DeadState::kSuperseded);
    EXPECT_EQ(audit->newer_version, newer);
    EXPECT_EQ(redrive(old), Redriven::kSuperseded);
    deliver();
    EXPECT_EQ(sent_.back(), key + "=new");
  }
  EXPECT_EQ(count().superseded, 2U);
  EXPECT_EQ(count().dead, 0U);
}

TEST_F(DeadLettersTest, NothingIsSentOverANewerWriteThatWaits) {
  const uint64_t old = kill("bad", "shop", "old");
  write("bad", "shop", "new");
  EXPECT_EQ(redrive(old), Redriven::kSuperseded);
  origin_is_well_ = true;
  deliver();
  EXPECT_EQ(sent_, (std::vector<std::string>{"bad=old", "bad=new"}));
}

// Its last attempt may have been done although it was answered with a failure.
TEST_F(DeadLettersTest, NothingIsSentOverANewerDeadLetter) {
  const uint64_t old = kill("bad", "shop", "old");
  const uint64_t newer = kill("bad", "shop", "new");
  EXPECT_EQ(redrive(old), Redriven::kSuperseded);
  EXPECT_EQ(redrive(newer), Redriven::kMoved);
}

// A transaction of an operator's that cannot be committed is a broken disk like any other, and leaves nothing behind.
TEST_F(DeadLettersTest, ARedriveThatCannotBeWrittenFailsTheOutbox) {
  const uint64_t seq = kill("bad");
  vfs_.fail_sync(1, SQLITE_IOERR_FSYNC);
  EXPECT_FALSE(wait_for<base::Result<Redriven>>([&](auto answer) { letters().redrive(seq, answer); }));
  EXPECT_NE(append_now(*outbox_, put("k", "v")), "");
  EXPECT_EQ(outbox_->state(), State::kFailed);
  vfs_.heal();
  ASSERT_TRUE(wait_for<base::Status>([&](auto answer) { outbox_->reopen(answer); }));
  EXPECT_EQ(count().dead, 1U);
  EXPECT_EQ(redrive(seq), Redriven::kMoved);
}

// The burial and the delivery behind it wait in the queue together, with a change of the later record made before both.
TEST_F(DeadLettersTest, ABurialIsInTheFileBeforeTheDeliveryBehindIt) {
  std::promise<void> leave;
  auto held = leave.get_future();
  const uint64_t old = write("bad");
  ASSERT_EQ(lanes_->due("shop", now(), 1, 1000).size(), 1U);
  write("bad");
  const uint64_t newest = [&] {
    Queued queued;
    EXPECT_EQ(append_now(*outbox_, put("bad", "new"), &queued), "");
    std::promise<void> inside;
    EXPECT_TRUE(outbox_->append(put("other", "v"), [&](const Durable&) {
      inside.set_value();
      held.wait();
    }));
    inside.get_future().wait();
    lanes_->add(queued, now());  // takes the place of the one that waits
    return queued.record->seq;
  }();
  lanes_->refused(old, "400", now(), random_);
  ASSERT_EQ(lanes_->due("shop", now(), 1, 1000).size(), 1U);
  lanes_->delivered(newest, now());
  leave.set_value();
  EXPECT_EQ(redrive(old), Redriven::kSuperseded);
}

TEST_F(DeadLettersTest, WriteThroughCountsAsDelivered) {
  const uint64_t old = kill("bad");
  Record through = put("bad", "through");
  through.version = old + 100;
  outbox_->delivered_elsewhere(through);
  EXPECT_EQ(redrive(old), Redriven::kSuperseded);
}

TEST_F(DeadLettersTest, ARedriveIsPacedAndGoesOnAfterARestart) {
  for (int i = 0; i < 100; ++i) write("bad" + std::to_string(i));
  deliver();
  kill("bad-stock", "stock");
  origin_is_well_ = true;
  EXPECT_EQ(redrive_all("shop", 10).rate, 10U);
  EXPECT_FALSE(
      wait_for<base::Result<Redrive>>([&](auto answer) { letters().redrive_all("shop", 10, answer); }));
  EXPECT_FALSE(
      wait_for<base::Result<Redrive>>([&](auto answer) { letters().redrive_all("stock", 0, answer); }));
  for (int i = 0; i < 300; ++i, clock_.advance_ms(10)) tick();
  EXPECT_GE(outbox_->figures().dlq_redriven_total, 28U);
  EXPECT_LE(outbox_->figures().dlq_redriven_total, 32U);
  deliver();
  outbox_->abandon();
  open();
  EXPECT_EQ(outbox_->recovery().redrives, 1U);
  kill("bad-late");
  for (int i = 0; i < 900 && !letters().redrives().empty(); ++i, clock_.advance_ms(10)) {
    tick();
    deliver();
  }
  EXPECT_TRUE(letters().redrives().empty());
  EXPECT_EQ(count("shop").dead, 0U);
  EXPECT_EQ(count("stock").dead, 1U);
  EXPECT_EQ(sent_.size(), 202U);
}

TEST_F(DeadLettersTest, ARedriveCanBeCancelled) {
  for (int i = 0; i < 10; ++i) write("bad" + std::to_string(i));
  deliver();
  redrive_all("shop", 1);
  tick();
  EXPECT_TRUE(get<bool>([&](auto answer) { letters().cancel("shop", answer); }));
  EXPECT_FALSE(get<bool>([&](auto answer) { letters().cancel("shop", answer); }));
  clock_.advance_ms(60'000);
  tick();
  EXPECT_EQ(count().dead, 9U);
  open();
  EXPECT_EQ(outbox_->recovery().redrives, 0U);
}

TEST_F(DeadLettersTest, WhatFailsAgainIsNotSentInTheSameRedrive) {
  for (int i = 0; i < 5; ++i) write("bad" + std::to_string(i));
  deliver();
  redrive_all("shop", 1000);
  for (int i = 0; i < 100 && !letters().redrives().empty(); ++i, clock_.advance_ms(10)) {
    tick();
    deliver();
  }
  EXPECT_EQ(sent_.size(), 10U);
  EXPECT_EQ(count().dead, 5U);
}

TEST_F(DeadLettersTest, AtTheLimitLanesStandStillAndNothingIsDropped) {
  open(3);
  for (int i = 0; i < 5; ++i) write("bad" + std::to_string(i));
  deliver();
  EXPECT_EQ(outbox_->figures().dlq_depth, 3U);
  EXPECT_EQ(outbox_->figures().outbox_lanes_stuck, 2U);
  EXPECT_EQ(outbox_->figures().outbox_depth, 2U);
  EXPECT_FALSE(letters().has_room());
  kill("good");
  EXPECT_EQ(sent_.back(), "good=v");
  DeadQuery all;
  EXPECT_EQ(get<uint64_t>([&](auto answer) { letters().purge(all, answer); }), 3U);
  EXPECT_TRUE(letters().has_room());
  lanes_->dead_letters_have_room(now());
  settle_writes(*outbox_);
  EXPECT_EQ(outbox_->figures().outbox_lanes_stuck, 0U);
  EXPECT_EQ(count().dead, 2U);
}

TEST_F(DeadLettersTest, AFullOutboxTakesNoDeadLetterBack) {
  open(1000, 2);
  const uint64_t seq = kill("bad");
  lanes_.reset();
  ASSERT_EQ(append_now(*outbox_, put("a", "v")), "");
  ASSERT_EQ(append_now(*outbox_, put("b", "v")), "");
  EXPECT_EQ(redrive(seq), Redriven::kNoRoom);
  redrive_all("shop", 100);
  tick();
  EXPECT_EQ(count().dead, 1U);
  EXPECT_EQ(letters().redrives().size(), 1U) << "it waits for room";
}

}  // namespace
}  // namespace corral::outbox

// The outbox on a disk that is full, broken or wrong: loud, nothing acknowledged is lost, nothing is made anew in silence.
// Threading: one test thread and the writer.
// See: server/outbox/README.md, "Failure" and "File".
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "server/outbox/outbox.h"
#include "server/outbox/outbox_file.h"
#include "tests/server/outbox/stage.h"
#include "tests/support/faulty_vfs.h"

namespace corral::outbox {
namespace {

class FailureTest : public testing::Test {
 protected:
  FailureTest() { vfs_.make_syncs_quick(true); }
  base::Result<std::unique_ptr<Outbox>> try_open() {
    Options options;
    options.path = folder_.file();
    options.vfs = vfs_.name();
    options.instance = "test";
    return Outbox::open(options, clock_, test_secret());
  }
  std::unique_ptr<Outbox> open() {
    auto outbox = try_open();
    EXPECT_TRUE(outbox) << outbox.error();
    return outbox ? std::move(outbox.value()) : nullptr;
  }
  std::vector<std::string> keys_after_restart() {
    std::vector<std::string> keys;
    for (const Queued& queued : open()->take_replayed()) keys.push_back(queued.record->key);
    return keys;
  }
  /// Refused with these words, and the bytes are what they were.
  void expect_refused(const std::string& words) {
    const std::string before = contents(folder_.file());
    for (int i = 0; i < 2; ++i) {
      const auto outbox = try_open();
      ASSERT_FALSE(outbox);
      EXPECT_NE(outbox.error().find(words), std::string::npos) << outbox.error();
      EXPECT_NE(outbox.error().find(folder_.file()), std::string::npos) << outbox.error();
    }
    EXPECT_EQ(contents(folder_.file()), before);
  }
  void sql(const std::string& words) {
    sqlite3* file = nullptr;
    ASSERT_EQ(sqlite3_open(folder_.file().c_str(), &file), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(file, words.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(file);
    sqlite3_close(file);
  }
  void damage(const std::string& path, std::streamoff offset, const std::string& bytes) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(offset);
    file << bytes;
  }
  base::Status reopen(Outbox& outbox) {
    return wait_for<base::Status>([&](auto done) { outbox.reopen(done); });
  }
  Now now() const { return {clock_.steady_us() / 1000, clock_.wall_ms()}; }

  Folder folder_;
  base::ManualClock clock_{1'700'000'000'000};
  test::FaultyVfs vfs_{"corral-failure-test"};
};

struct Fault {
  bool at_sync;
  int code;
  const char* words;
};

// At every write and sync of a commit in turn.
TEST_F(FailureTest, AFullOrBrokenDiskFailsLoudlyAndReopeningLosesNothing) {
  constexpr Fault kFaults[] = {{false, SQLITE_FULL, "database or disk is full"},
                               {false, SQLITE_IOERR_WRITE, "disk I/O error"},
                               {true, SQLITE_IOERR_FSYNC, "disk I/O error"}};
  auto outbox = open();
  std::vector<std::string> acknowledged;
  for (const Fault& fault : kFaults) {
    for (int nth = 1; nth <= (fault.at_sync ? 1 : 4); ++nth) {
      const std::string name =
          std::string(fault.words) + std::to_string(fault.code) + "#" + std::to_string(nth);
      SCOPED_TRACE(name);
      ASSERT_EQ(append_now(*outbox, put("before " + name, "v")), "");
      acknowledged.push_back("before " + name);
      if (fault.at_sync) {
        vfs_.fail_sync(nth, fault.code);
      } else {
        vfs_.fail_write(nth, fault.code);
      }
      const std::string error = append_now(*outbox, put("lost " + name, "v"));
      EXPECT_NE(error.find(fault.words), std::string::npos) << error;
      EXPECT_EQ(outbox->state(), State::kFailed);
      EXPECT_EQ(outbox->reason(), error);
      EXPECT_EQ(append_now(*outbox, put("refused", "v")), "outbox-failed");
      EXPECT_NE(outbox->overlay().pending(0, "before " + name), nullptr) << "reads go on";
      EXPECT_EQ(outbox->overlay().pending(0, "lost " + name), nullptr);
      EXPECT_FALSE(reopen(*outbox)) << "the disk is still broken";
      EXPECT_EQ(outbox->state(), State::kFailed);
      vfs_.heal();
      const auto reopened = reopen(*outbox);
      ASSERT_TRUE(reopened) << reopened.error();
      EXPECT_EQ(outbox->state(), State::kOpen);
      EXPECT_EQ(outbox->reason(), "");
    }
  }
  EXPECT_EQ(outbox->figures().outbox_depth, acknowledged.size());
  EXPECT_EQ(outbox->figures().outbox_failed_total, 9U);
  outbox->abandon();
  outbox.reset();
  EXPECT_EQ(keys_after_restart(), acknowledged);
}

TEST_F(FailureTest, AllThatWaitIsAnsweredWhenACommitFails) {
  auto outbox = open();
  vfs_.fail_sync(1, SQLITE_IOERR_FSYNC);
  int errors = 0, accepted = 0;
  std::promise<void> first;
  for (int i = 0; i < 2000; ++i) {
    const auto appended = outbox->append(put("k" + std::to_string(i), "v"), [&](const Durable& durable) {
      errors += durable.ok ? 0 : 1;
      if (errors == 1) first.set_value();
    });
    accepted += appended ? 1 : 0;
  }
  first.get_future().wait();
  outbox->close();
  EXPECT_EQ(errors, accepted);
  EXPECT_EQ(outbox->figures().outbox_depth, 0U);
}

TEST_F(FailureTest, DeliveriesMadeWhileFailedAreWrittenAfterReopening) {
  auto outbox = open();
  Lanes lanes(*outbox, test_secret());
  base::Random random(1);
  for (const char* key : {"delivered", "buried", "waiting"}) {
    Queued queued;
    ASSERT_EQ(append_now(*outbox, put(key, "v"), &queued), "");
    lanes.add(queued, now());
  }
  ASSERT_EQ(lanes.due("shop", now(), 2, 1000).size(), 2U);
  vfs_.fail_write(1, SQLITE_FULL);
  ASSERT_NE(append_now(*outbox, put("k", "v")), "");
  lanes.delivered(1, now());
  lanes.refused(2, "400", now(), random);
  vfs_.heal();
  ASSERT_TRUE(reopen(*outbox));
  settle_writes(*outbox);
  outbox->abandon();
  outbox.reset();
  EXPECT_EQ(keys_after_restart(), std::vector<std::string>{"waiting"});
  EXPECT_EQ(open()->recovery().dead_letters, 1U);
}

TEST_F(FailureTest, AFileThatWasSetAsideIsMadeAnewWithAllThatIsUnderWay) {
  auto outbox = open();
  ASSERT_EQ(append_now(*outbox, put("a", "v")), "");
  vfs_.fail_sync(1, SQLITE_IOERR_FSYNC);
  ASSERT_NE(append_now(*outbox, put("b", "v")), "");
  vfs_.heal();
  const auto aside = set_aside(folder_.file(), 42);
  ASSERT_TRUE(aside) << aside.error();
  EXPECT_TRUE(std::filesystem::exists(folder_.file("outbox.db.aside-42")));
  ASSERT_TRUE(reopen(*outbox));
  Queued queued;
  ASSERT_EQ(append_now(*outbox, put("c", "v"), &queued), "");
  EXPECT_EQ(queued.record->seq, 3U);
  outbox->abandon();
  outbox.reset();
  EXPECT_EQ(keys_after_restart(), (std::vector<std::string>{"a", "c"}));
}

TEST_F(FailureTest, ADamagedPageIsRefusedAndLeftAlone) {
  {
    auto outbox = open();
    for (int i = 0; i < 300; ++i)
      ASSERT_EQ(append_now(*outbox, put("k" + std::to_string(i), std::string(100, 'v'))), "");
  }
  damage(folder_.file(), 4096 * 12, std::string(64, '\x5a'));
  expect_refused("");
  const auto aside = set_aside(folder_.file(), 1);
  ASSERT_TRUE(aside);
  EXPECT_TRUE(try_open()) << "the operator has decided to go on without it";
}

TEST_F(FailureTest, ADamagedValueIsRefused) {
  {
    auto outbox = open();
    ASSERT_EQ(append_now(*outbox, put("k", "a needle in a haystack")), "");
  }
  const size_t at = contents(folder_.file()).find("needle");
  ASSERT_NE(at, std::string::npos);
  damage(folder_.file(), static_cast<std::streamoff>(at), "noodle");
  expect_refused("record 1 is not what was written");
}

TEST_F(FailureTest, WhatIsNoOutboxIsRefused) {
  std::ofstream(folder_.file()) << std::string(5000, 'x');
  expect_refused("file is not a database");
  std::filesystem::remove(folder_.file());
  sql("CREATE TABLE mine (a)");
  expect_refused("not an outbox");
  std::filesystem::resize_file(folder_.file(), 0);
  expect_refused("it is empty");
  std::filesystem::remove(folder_.file());
  std::filesystem::create_directory(folder_.file());
  EXPECT_FALSE(try_open());
}

TEST_F(FailureTest, ALogWithoutItsFileIsRefused) {
  std::ofstream(folder_.file("outbox.db-wal")) << "acknowledged writes";
  const auto outbox = try_open();
  ASSERT_FALSE(outbox);
  EXPECT_NE(outbox.error().find("it is missing, but its log"), std::string::npos) << outbox.error();
  EXPECT_FALSE(std::filesystem::exists(folder_.file()));
}

TEST_F(FailureTest, ANewerSchemaIsRefused) {
  open();
  sql("PRAGMA journal_mode = DELETE; UPDATE meta SET value = '2' WHERE name = 'schema_version'");
  expect_refused("its schema is version 2, this server knows 1");
}

TEST_F(FailureTest, ADiskThatFailsAtTheFirstStartLeavesNoHalfFile) {
  for (int nth = 1; nth <= 3; ++nth) {
    vfs_.fail_write(nth, SQLITE_FULL);
    const auto outbox = try_open();
    ASSERT_FALSE(outbox);
    EXPECT_NE(outbox.error().find("it cannot be made"), std::string::npos) << outbox.error();
    EXPECT_FALSE(std::filesystem::exists(folder_.file()));
    vfs_.heal();
  }
  EXPECT_TRUE(try_open());
}

TEST_F(FailureTest, EveryAcknowledgementHasItsSync) {
  auto outbox = open();
  for (int i = 0; i < 10; ++i) {
    const uint64_t before = vfs_.syncs();
    ASSERT_EQ(append_now(*outbox, put("k", "v")), "");
    EXPECT_GT(vfs_.syncs(), before);
  }
}

}  // namespace
}  // namespace corral::outbox

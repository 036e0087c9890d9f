// Random lives of an outbox against a plain model: the origin ends at the last acknowledged version of every key, and
// the versions it sees of a key never go down. With failures, dead letters, broken disks, crashes and power cuts.
// Threading: one test thread and the writer, which the test waits for after every step: a seed says all.
// See: server/outbox/README.md, "Guarantees".
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/number.h"
#include "server/base/random.h"
#include "server/outbox/outbox.h"
#include "tests/server/outbox/stage.h"
#include "tests/support/faulty_vfs.h"

namespace corral::outbox {
namespace {

constexpr uint64_t kKeys = 6;

class Life {
 public:
  explicit Life(uint64_t seed) : random_(seed) {
    vfs_.make_syncs_quick(true);
    open();
  }

  void run(int steps) {
    for (int i = 0; i < steps && problem_.empty(); ++i) step();
    if (problem_.empty()) settle();
  }
  const std::string& problem() const { return problem_; }
  std::map<std::string, uint64_t> done;  // how often what happened

 private:
  struct Seen {
    uint64_t version = 0;
    std::string value;
  };

  void open() {
    Options options;
    options.path = folder_.file();
    options.vfs = vfs_.name();
    options.dead_letters = 2;
    options.bounds.entries = 12;
    options.on_redriven = [this](const Queued& queued) { redriven_.push_back(queued); };
    auto opened = Outbox::open(options, clock_, test_secret());
    if (!opened) {
      broken("it does not open: " + opened.error());
      return;
    }
    outbox_ = std::move(opened.value());
    lanes_ = std::make_unique<Lanes>(*outbox_, test_secret(), LaneSettings{.max_attempts = 4});
    for (const Queued& queued : outbox_->take_replayed()) lanes_->add(queued, now());
  }

  Now now() const { return {clock_.steady_us() / 1000, clock_.wall_ms()}; }
  void broken(const std::string& what) {
    if (problem_.empty()) problem_ = what;
  }

  void step() {
    switch (random_.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        write();
        break;
      case 4:
      case 5:
      case 6:
        send();
        break;
      case 7:
      case 8:
      case 9:
      case 10:
        answer();
        break;
      case 11:
        clock_.advance_ms(static_cast<int64_t>(random_.below(500)));
        break;
      case 12:
        redrive();
        break;
      case 13:
        if (random_.below(4) == 0) break_disk();
        break;
      case 14:
        mend_disk();
        break;
      case 15:
        if (random_.below(4) == 0) crash();
        break;
    }
  }

  void write() {
    const std::string key = "k" + std::to_string(random_.below(kKeys));
    const std::string value = std::to_string(random_.next());
    Queued queued;
    const std::string error =
        append_now(*outbox_, put(key, value), &queued, static_cast<int64_t>(random_.below(300)));
    if (queued.record == nullptr) {
      ++done["refused"];
      return;
    }
    // What was answered with an error may still turn up after a crash: it is unknown, but it is no other value.
    written_[queued.record->version] = {key, value};
    if (!error.empty()) {
      ++done["failed"];
      return;
    }
    ++done["acknowledged"];
    acknowledged_[key] = queued.record->version;
    const RecordPtr pending = outbox_->overlay().pending(0, key);
    if (pending == nullptr || pending->image != encode_string(value))
      broken("a dirty key is not readable: " + key);
    lanes_->add(queued, now());
  }

  void send() {
    take_redriven();
    for (const Delivery& delivery : lanes_->due("shop", now(), 1 + random_.below(3), 1 << 20)) {
      flying_.push_back(delivery.record);
    }
  }

  void arrive(const Record& record) {
    Seen& seen = origin_[record.key];
    if (record.version < seen.version) {
      broken(record.key + " went from version " + std::to_string(seen.version) + " to " +
             std::to_string(record.version));
    }
    seen = {record.version, std::string(decode(record.image)->text)};
  }

  void answer() {
    if (flying_.empty()) return;
    const size_t at = random_.below(flying_.size());
    const RecordPtr record = flying_[at];
    flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(at));
    const uint64_t fate = random_.below(8);
    if (fate < 4 || random_.below(8) == 0) arrive(*record);  // a failure may have been a success
    if (fate < 4) {
      ++done["delivered"];
      lanes_->delivered(record->seq, now());
    } else if (fate < 6) {
      lanes_->failed(record->seq, "503", std::nullopt, now(), random_);
    } else if (fate == 6) {
      lanes_->paused(record->seq, 50, now());
    } else {
      lanes_->refused(record->seq, "400", now(), random_);
    }
    if (outbox_->figures().outbox_lanes_stuck > 0) ++done["stuck"];
    if (random_.below(2) == 0) settle_writes(*outbox_);
  }

  void take_redriven() {
    settle_writes(*outbox_);
    std::vector<Queued> redriven;
    redriven.swap(redriven_);
    for (const Queued& queued : redriven) lanes_->add(queued, now());
    lanes_->dead_letters_have_room(now());
  }

  void redrive() {
    DeadQuery query;
    query.count = 100;
    const auto page =
        wait_for<base::Result<DeadPage>>([&](auto answer) { outbox_->dead_letters().list(query, answer); });
    if (!page || page.value().letters.empty()) return;
    const auto& letters = page.value().letters;
    const DeadLetter& letter = letters[random_.below(letters.size())];
    const uint64_t seq = letter.queued.record->seq;
    const auto result =
        wait_for<base::Result<Redriven>>([&](auto answer) { outbox_->dead_letters().redrive(seq, answer); });
    if (result && result.value() == Redriven::kMoved) ++done["redriven"];
    if (result && result.value() == Redriven::kSuperseded) {
      ++done["superseded"];
      // A superseded line would otherwise hold its place in the narrow table for ever.
      static_cast<void>(
          wait_for<base::Result<uint64_t>>([&](auto answer) { outbox_->dead_letters().drop(seq, answer); }));
    }
    take_redriven();
  }

  void break_disk() {
    const auto nth = static_cast<int64_t>(1 + random_.below(4));
    if (random_.below(2) == 0) {
      vfs_.fail_write(nth, random_.below(2) == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE);
    } else {
      vfs_.fail_sync(nth, SQLITE_IOERR_FSYNC);
    }
  }

  void mend_disk() {
    vfs_.heal();
    if (outbox_->state() != State::kFailed) return;
    ++done["reopened"];
    const auto status = wait_for<base::Status>([&](auto answer) { outbox_->reopen(answer); });
    if (!status) broken("it does not reopen: " + status.error());
  }

  void crash() {
    ++done["crash"];
    for (const RecordPtr& record : flying_) {
      if (random_.below(2) == 0) arrive(*record);
    }
    flying_.clear();
    outbox_->abandon();
    lanes_.reset();
    outbox_.reset();
    redriven_.clear();
    vfs_.heal();
    if (random_.below(2) == 0) vfs_.cut_power(random_);
    open();
  }

  // The origin is well and everything is delivered, dead letters too, in any order that the outbox allows.
  void settle() {
    mend_disk();
    for (int round = 0; round < 1000 && problem_.empty(); ++round) {
      send();
      while (!flying_.empty()) {
        arrive(*flying_.back());
        lanes_->delivered(flying_.back()->seq, now());
        flying_.pop_back();
      }
      redrive();
      clock_.advance_ms(60'000);
      settle_writes(*outbox_);
      if (outbox_->figures().outbox_depth == 0 && outbox_->figures().dlq_depth == 0) break;
    }
    const Figures figures = outbox_->figures();
    if (figures.outbox_depth != 0 || figures.outbox_bytes != 0 || figures.dlq_depth != 0 ||
        outbox_->overlay().size() != 0) {
      broken("left: " + std::to_string(figures.outbox_depth) + " records of " +
             std::to_string(figures.outbox_bytes) + " bytes, " + std::to_string(figures.dlq_depth) +
             " dead letters, " + std::to_string(outbox_->overlay().size()) + " keys in the overlay, " +
             outbox_->reason());
    }
    for (const auto& [key, version] : acknowledged_) {
      const Seen& seen = origin_[key];
      if (seen.version < version)
        broken(key + " was acknowledged as " + std::to_string(version) + ", the origin has " +
               std::to_string(seen.version));
      if (written_[seen.version] != std::pair(key, seen.value))
        broken(key + " has a value that was not written");
    }
  }

  base::Random random_;
  Folder folder_;
  base::ManualClock clock_{1'700'000'000'000};
  test::FaultyVfs vfs_{"corral-model-test"};
  std::vector<Queued> redriven_;  // the writer adds to it while the test waits for the writer
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Lanes> lanes_;
  std::vector<RecordPtr> flying_;
  std::map<std::string, uint64_t> acknowledged_;
  std::map<uint64_t, std::pair<std::string, std::string>> written_;  // by version
  std::map<std::string, Seen> origin_;
  std::string problem_;
};

// CORRAL_SEED=n begins with another seed; the one that failed is printed.
TEST(OutboxModelTest, TheOriginEndsAtTheLastAcknowledgedVersionAndNeverGoesBack) {
  const char* chosen = std::getenv("CORRAL_SEED");
  const uint64_t first =
      chosen != nullptr ? static_cast<uint64_t>(protocol::parse_int64(chosen).value_or(1)) : 1;
  const uint64_t lives = std::getenv("CORRAL_LONG") != nullptr ? 3000 : 60;
  std::map<std::string, uint64_t> done;
  for (uint64_t seed = first; seed < first + lives; ++seed) {
    Life life(seed);
    life.run(300);
    for (const auto& [what, count] : life.done) done[what] += count;
    ASSERT_EQ(life.problem(), "") << "seed " << seed;
  }
  // The lives were eventful enough to say something.
  for (const char* what : {"acknowledged", "delivered", "refused", "failed", "reopened", "crash", "redriven",
                           "superseded", "stuck"}) {
    EXPECT_GT(done[what], lives / 10) << what;
    RecordProperty(what, std::to_string(done[what]));
  }
}

}  // namespace
}  // namespace corral::outbox

// The durable queue of writes on their way to origins: an answer that a write is durable comes after its fsync.
// Threading: append(), overlay(), figures(), dead_letters() any thread; what LaneLog has, the lanes' thread; callbacks
// come from the writer's thread, where they must not wait.
// See: README.md of this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "server/base/hash.h"
#include "server/base/result.h"
#include "server/outbox/commit_queue.h"
#include "server/outbox/dead_letters.h"
#include "server/outbox/figures.h"
#include "server/outbox/lanes.h"
#include "server/outbox/overlay.h"
#include "server/outbox/record.h"
#include "server/outbox/store.h"

namespace corral::outbox {

struct Options {
  std::string path;
  std::string vfs;  ///< SQLite's name of a file system layer; empty: the default
  Bounds bounds;
  uint64_t dead_letters = 100'000;  ///< superseded ones included; when reached, lanes stand still
  int64_t age_warn_ms = 60'000;
  std::string instance;  ///< what a new file calls itself in idempotency keys; empty: 16 random hex digits
  DeadLetters::OnRedriven on_redriven;
};

enum class State : uint8_t { kOpen, kFailed, kClosed };

/// What open() found.
struct Recovery {
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t dead_letters = 0;
  uint64_t redrives = 0;
  int64_t took_us = 0;
};

struct Appended {
  Refusal refusal = Refusal::kNone;  ///< anything else: nothing was taken and no callback comes
  uint64_t seq = 0;                  ///< of the first record
  explicit operator bool() const { return refusal == Refusal::kNone; }
};

/// How a record has left the outbox.
enum class Settled : uint8_t { kDelivered, kCoalesced, kDead };
/// On the lanes' thread.
using OnSettled = std::function<void(const Record&, Settled)>;

class Outbox final : public LaneLog {
 public:
  /// Reads the whole file. `secret` and `clock` must outlive the outbox. A file that is not sound is refused, and left
  /// as it is (set_aside() in outbox_file.h is for the operator who decides to go on without it).
  static base::Result<std::unique_ptr<Outbox>> open(Options options, const base::Clock& clock,
                                                    const base::HashSecret& secret);
  /// For open().
  Outbox(Options options, const base::Clock& clock, const base::HashSecret& secret,
         std::unique_ptr<Store> store);
  ~Outbox() override;  ///< as close()
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  const Recovery& recovery() const { return recovery_; }
  /// The records of runs before, by seq, once: for Lanes::add() before anything is served. The overlay has them already.
  std::vector<Queued> take_replayed() { return std::move(replayed_); }

  /// `on_durable` comes exactly once for each record of an accepted append, in commit order, after the fsync or with the
  /// file's error. Records of one call are committed together or not at all. At most one wake-up of a sleeping thread.
  Appended append(Record record, OnDurable on_durable, int64_t delay_ms = 0);
  Appended append_all(std::vector<Record> records, OnDurable on_durable, int64_t delay_ms = 0);

  const Overlay& overlay() const { return overlay_; }
  DeadLetters& dead_letters() { return dead_letters_; }
  void set_on_settled(OnSettled on_settled) { on_settled_ = std::move(on_settled); }
  /// A version that has reached the origin by another way (write-through), so that no dead letter is sent over it.
  void delivered_elsewhere(Record record);

  State state() const { return state_.load(std::memory_order_acquire); }
  std::string reason() const;  ///< of kFailed
  /// After a failure: opens the file again, with all checks, and writes what it may lack of what is under way.
  /// What was answered with an error is taken out. A file that is gone (set aside) is made anew.
  void reopen(std::function<void(base::Status)> done);

  /// Writes all that waits, answers all, ends the thread. What comes later is refused.
  void close();
  /// Ends as a crash would, for tests: nothing more is written; appends that wait are answered with an error.
  void abandon();

  Figures figures() const;

  // LaneLog; see there.
  void delivered(const Queued& queued, Now now) override;
  void coalesced(const RecordPtr& old, const Queued& by) override;
  void retried(const Queued& queued) override;
  bool bury(const Queued& queued, DeadReason reason, Now now) override;
  void standing(const Standing& standing) override;

 private:
  base::Status replay();
  void end(bool discard);

  // On the writer's thread.
  void write();
  base::Status commit(const CommitQueue::Batch& batch, uint64_t& dead);
  void commit_batch(CommitQueue::Batch& batch);
  void answer(const std::vector<CommitQueue::Group>& groups, const std::string* error);
  void fail(std::vector<CommitQueue::Group> groups, std::vector<Change> changes, const std::string& reason);
  base::Status leave_file();
  base::Status still_failed(const base::Status& status);
  base::Status reopen_now();
  void settle(const Record& record, Settled how);

  const Options options_;
  const base::Clock& clock_;
  std::unique_ptr<Store> store_;
  Overlay overlay_;
  Meters meters_;
  CommitQueue queue_;
  DeadLetters dead_letters_;
  OnSettled on_settled_;
  Recovery recovery_;
  std::vector<Queued> replayed_;
  std::atomic<State> state_{State::kOpen};
  mutable std::mutex reason_mutex_;
  std::string reason_;
  std::thread writer_;
};

}  // namespace corral::outbox

// What waits for the writer: groups of new records, changes of old ones, and questions to the file.
// Threading: any thread puts in, the writer takes out. Its mutex is a leaf; putting in wakes a writer that sleeps.
// See: README.md of this folder, "Writer".
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/outbox/record.h"
#include "server/outbox/store.h"

namespace corral::outbox {

/// Why an append was not taken.
enum class Refusal : uint8_t {
  kNone,
  kQueueEntries,
  kQueueBytes,
  kEntries,
  kBytes,
  kRecordBytes,
  kFailed,
  kClosed
};
/// "outbox-max-entries" and so on: the bound that was reached, for the error a client gets.
const char* name_of(Refusal refusal);

struct Bounds {
  uint64_t entries = 1'000'000;        ///< records not delivered
  uint64_t bytes = uint64_t{1} << 30;  ///< of them, as bytes_of()
  uint64_t queue_entries = 65'536;     ///< records waiting for the file
  uint64_t queue_bytes = uint64_t{64} << 20;
  uint64_t record_bytes = uint64_t{64} << 20;  ///< of one record; never above 512 MiB
};

/// How the appending of one record ended.
struct Durable {
  const Queued& queued;
  bool ok;  ///< false: it is not in the file, or at least will be taken out of it before it is sent
  const std::string& error;  ///< of the file
};
using OnDurable = std::function<void(const Durable&)>;

/// Runs on the writer's thread, after every change that was put in before it. Null: the file has failed or is closed.
using Job = std::function<void(Store*)>;

class CommitQueue {
 public:
  CommitQueue(const Bounds& bounds, uint64_t next_seq, std::string instance);

  /// All of `records` are committed together or not at all. Numbers them; `first_seq` is the first of them. O(records).
  Refusal push(std::vector<Record> records, int64_t delay_ms, int64_t now_ms, OnDurable on_durable,
               uint64_t& first_seq);
  /// A later change of a record takes the place of one that still waits, at the end.
  void change(Change change);
  /// False: closed, the job will not run.
  [[nodiscard]] bool job(Job job);

  struct Group {
    std::vector<Queued> records;
    OnDurable on_durable;
    size_t bytes = 0;
  };
  struct Batch {
    std::vector<Group> groups;
    std::vector<Change> changes;
    std::vector<Job> jobs;
    bool last = false;     ///< nothing comes after it
    bool discard = false;  ///< nothing of it is to be written
  };
  /// Sleeps until there is something to do. Never waits for more while a group or a job is there.
  Batch take();
  /// Changes that could not be written, to the front.
  void give_back(std::vector<Change> changes);

  /// Refuses groups from now on, and gives out those that wait.
  std::vector<Group> fail();
  void recover();
  void stop(bool discard);

  void occupy(uint64_t entries, uint64_t bytes);
  void vacate(uint64_t entries, uint64_t bytes);
  uint64_t entries() const { return entries_.load(std::memory_order_relaxed); }
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  uint64_t room() const;  ///< in entries
  uint64_t queued() const { return queued_.load(std::memory_order_relaxed); }
  uint64_t next_seq() const;

 private:
  Refusal refusal_for(const std::vector<Record>& records, uint64_t bytes) const;
  void take_groups(Batch& batch);
  void take_changes(Batch& batch);
  void index_changes();

  const Bounds bounds_;
  const std::string instance_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Group> groups_;
  std::deque<Change> changes_;
  uint64_t first_change_ = 0;                         // the place of changes_.front()
  std::unordered_map<uint64_t, uint64_t> change_of_;  // seq -> place
  std::vector<Job> jobs_;
  uint64_t next_seq_;
  uint64_t queue_bytes_ = 0;
  bool failed_ = false, stopped_ = false, discard_ = false;
  std::atomic<uint64_t> entries_{0}, bytes_{0}, queued_{0};
};

}  // namespace corral::outbox

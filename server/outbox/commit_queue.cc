// Bounded on the side of new records; changes are bounded by the records that they change.
// Threading: see commit_queue.h.
// See: README.md of this folder, "Writer".
#include "server/outbox/commit_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/base/check.h"

namespace corral::outbox {
namespace {

constexpr size_t kGroupRecords = 256;   // of one commit
constexpr size_t kChangesMost = 4096;   // of one commit
constexpr size_t kChangesHurry = 1024;  // so many are worth a commit of their own at once
// Changes alone are waited with: they cost an fsync, and nobody waits for them.
constexpr std::chrono::milliseconds kLinger{10};
constexpr uint64_t kRecordBytesMost = uint64_t{512} << 20;

}  // namespace

const char* name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "none";
    case Refusal::kQueueEntries:
      return "outbox-queue-entries";
    case Refusal::kQueueBytes:
      return "outbox-queue-bytes";
    case Refusal::kEntries:
      return "outbox-max-entries";
    case Refusal::kBytes:
      return "outbox-max-bytes";
    case Refusal::kRecordBytes:
      return "outbox-max-record-bytes";
    case Refusal::kFailed:
      return "outbox-failed";
    case Refusal::kClosed:
      return "outbox-closed";
  }
  return "unknown";
}

CommitQueue::CommitQueue(const Bounds& bounds, uint64_t next_seq, std::string instance)
    : bounds_(bounds), instance_(std::move(instance)), next_seq_(next_seq) {}

Refusal CommitQueue::refusal_for(const std::vector<Record>& records, uint64_t bytes) const {
  if (stopped_) return Refusal::kClosed;
  if (failed_) return Refusal::kFailed;
  for (const Record& record : records) {
    if (bytes_of(record) > std::min(bounds_.record_bytes, kRecordBytesMost)) return Refusal::kRecordBytes;
  }
  if (queued() + records.size() > bounds_.queue_entries) return Refusal::kQueueEntries;
  if (queue_bytes_ + bytes > bounds_.queue_bytes) return Refusal::kQueueBytes;
  if (entries() + records.size() > bounds_.entries) return Refusal::kEntries;
  if (this->bytes() + bytes > bounds_.bytes) return Refusal::kBytes;
  return Refusal::kNone;
}

Refusal CommitQueue::push(std::vector<Record> records, int64_t delay_ms, int64_t now_ms, OnDurable on_durable,
                          uint64_t& first_seq) {
  CHECK(!records.empty());
  Group group;
  group.on_durable = std::move(on_durable);
  group.records.reserve(records.size());
  uint64_t bytes = 0;
  for (const Record& record : records) bytes += bytes_of(record);
  {
    std::lock_guard lock(mutex_);
    if (const Refusal refusal = refusal_for(records, bytes); refusal != Refusal::kNone) return refusal;
    first_seq = next_seq_;
    for (Record& record : records) {
      record.seq = next_seq_++;
      if (record.version == 0) record.version = record.seq;
      if (record.idempotency_key.empty())
        record.idempotency_key = instance_ + "-" + std::to_string(record.seq);
      group.bytes += bytes_of(record);  // with the key that it has been given now
      Progress progress;
      progress.enqueued_ms = now_ms;
      progress.due_ms = now_ms + delay_ms;
      group.records.push_back({std::make_shared<const Record>(std::move(record)), std::move(progress)});
    }
    queued_.fetch_add(group.records.size(), std::memory_order_relaxed);
    queue_bytes_ += group.bytes;
    occupy(group.records.size(), group.bytes);
    groups_.push_back(std::move(group));
  }
  filled_.notify_one();
  return Refusal::kNone;
}

void CommitQueue::change(Change change) {
  {
    std::lock_guard lock(mutex_);
    const uint64_t seq = change.queued.record->seq;
    // At the end and not in the older one's place: a burial is to be written before what the same key delivers next.
    if (const auto at = change_of_.find(seq); at != change_of_.end()) {
      changes_[at->second - first_change_].kind = Change::Kind::kNone;
    }
    if (seq != 0) change_of_[seq] = first_change_ + changes_.size();
    changes_.push_back(std::move(change));
  }
  filled_.notify_one();
}

bool CommitQueue::job(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return false;
    jobs_.push_back(std::move(job));
  }
  filled_.notify_one();
  return true;
}

CommitQueue::Batch CommitQueue::take() {
  std::unique_lock lock(mutex_);
  bool lingered = false;
  while (groups_.empty() && jobs_.empty() && !stopped_) {
    if (failed_ || changes_.empty()) {
      filled_.wait(lock);
      continue;
    }
    if (lingered || changes_.size() >= kChangesHurry) break;
    lingered = filled_.wait_for(lock, kLinger) == std::cv_status::timeout;
  }
  Batch batch;
  batch.discard = discard_;
  take_groups(batch);
  if (!failed_) take_changes(batch);
  if (failed_ || changes_.empty()) batch.jobs.swap(jobs_);
  batch.last = stopped_ && groups_.empty() && jobs_.empty() && (failed_ || discard_ || changes_.empty());
  return batch;
}

void CommitQueue::take_groups(Batch& batch) {
  size_t records = 0;
  while (!groups_.empty() && (records == 0 || records + groups_.front().records.size() <= kGroupRecords)) {
    records += groups_.front().records.size();
    queue_bytes_ -= groups_.front().bytes;
    batch.groups.push_back(std::move(groups_.front()));
    groups_.pop_front();
  }
  queued_.fetch_sub(records, std::memory_order_relaxed);
}

void CommitQueue::take_changes(Batch& batch) {
  for (size_t taken = 0; !changes_.empty() && taken < kChangesMost; ++taken, ++first_change_) {
    Change& change = changes_.front();
    if (change.kind != Change::Kind::kNone) {
      change_of_.erase(change.queued.record->seq);
      batch.changes.push_back(std::move(change));
    }
    changes_.pop_front();
  }
}

void CommitQueue::give_back(std::vector<Change> changes) {
  std::lock_guard lock(mutex_);
  std::erase_if(changes,
                [this](const Change& change) { return change_of_.contains(change.queued.record->seq); });
  changes_.insert(changes_.begin(), std::make_move_iterator(changes.begin()),
                  std::make_move_iterator(changes.end()));
  index_changes();
}

void CommitQueue::index_changes() {
  change_of_.clear();
  for (size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    const uint64_t seq = change.queued.record->seq;
    if (change.kind != Change::Kind::kNone && seq != 0) change_of_[seq] = first_change_ + i;
  }
}

std::vector<CommitQueue::Group> CommitQueue::fail() {
  std::lock_guard lock(mutex_);
  failed_ = true;
  std::vector<Group> groups(std::make_move_iterator(groups_.begin()), std::make_move_iterator(groups_.end()));
  groups_.clear();
  queue_bytes_ = 0;
  queued_.store(0, std::memory_order_relaxed);
  return groups;
}

void CommitQueue::recover() {
  std::lock_guard lock(mutex_);
  failed_ = false;
}

void CommitQueue::stop(bool discard) {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    discard_ = discard_ || discard;
  }
  filled_.notify_one();
}

void CommitQueue::occupy(uint64_t entries, uint64_t bytes) {
  entries_.fetch_add(entries, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void CommitQueue::vacate(uint64_t entries, uint64_t bytes) {
  entries_.fetch_sub(entries, std::memory_order_relaxed);
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

uint64_t CommitQueue::room() const {
  const uint64_t taken = entries();
  return taken >= bounds_.entries ? 0 : bounds_.entries - taken;
}

uint64_t CommitQueue::next_seq() const {
  std::lock_guard lock(mutex_);
  return next_seq_;
}

}  // namespace corral::outbox

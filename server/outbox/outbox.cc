// The writer: takes what waits, commits it in one transaction, and tells those who wait.
// Threading: see outbox.h.
// See: README.md of this folder, "Writer".
#include "server/outbox/outbox.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "server/base/random.h"

namespace corral::outbox {
namespace {

std::string random_name() {
  constexpr const char* kHex = "0123456789abcdef";
  uint64_t bits = 0;
  base::system_random(&bits, sizeof(bits));
  std::string name;
  for (int i = 0; i < 16; ++i, bits >>= 4) name.push_back(kHex[bits & 15]);
  return name;
}

}  // namespace

base::Result<std::unique_ptr<Outbox>> Outbox::open(Options options, const base::Clock& clock,
                                                   const base::HashSecret& secret) {
  const int64_t start_us = clock.steady_us();
  if (options.instance.empty()) options.instance = random_name();
  auto store = Store::open(options.path, options.vfs, options.instance);
  if (!store) return base::Error{store.error()};
  auto outbox = std::make_unique<Outbox>(std::move(options), clock, secret, std::move(store.value()));
  if (auto status = outbox->replay(); !status) return base::Error{status.error()};
  outbox->recovery_.took_us = clock.steady_us() - start_us;
  outbox->writer_ = std::thread([writer = outbox.get()] { writer->write(); });
  return outbox;
}

Outbox::Outbox(Options options, const base::Clock& clock, const base::HashSecret& secret,
               std::unique_ptr<Store> store)
    : options_(std::move(options)),
      clock_(clock),
      store_(std::move(store)),
      overlay_(secret),
      queue_(options_.bounds, store_->next_seq(), store_->instance()),
      dead_letters_(queue_, overlay_, meters_, clock, options_.dead_letters, options_.on_redriven) {}

base::Status Outbox::replay() {
  const auto status = store_->each_record([this](Queued queued) {
    const uint64_t bytes = bytes_of(*queued.record);
    queue_.occupy(1, bytes);
    overlay_.put(queued.record);
    ++recovery_.records;
    recovery_.bytes += bytes;
    replayed_.push_back(std::move(queued));
  });
  if (!status) return base::Error{"outbox " + options_.path + ": " + status.error()};
  store_->begin();
  dead_letters_.load(*store_);
  if (auto read = store_->commit(); !read)
    return base::Error{"outbox " + options_.path + ": " + read.error()};
  recovery_.dead_letters = dead_letters_.rows();
  recovery_.redrives = dead_letters_.redrives().size();
  return base::Ok{};
}

Outbox::~Outbox() {
  end(false);
}
void Outbox::close() {
  end(false);
}
void Outbox::abandon() {
  end(true);
}

void Outbox::end(bool discard) {
  queue_.stop(discard);
  if (writer_.joinable()) writer_.join();
}

Appended Outbox::append(Record record, OnDurable on_durable, int64_t delay_ms) {
  std::vector<Record> records;
  records.push_back(std::move(record));
  return append_all(std::move(records), std::move(on_durable), delay_ms);
}

Appended Outbox::append_all(std::vector<Record> records, OnDurable on_durable, int64_t delay_ms) {
  Appended result;
  const size_t count = records.size();
  result.refusal =
      queue_.push(std::move(records), delay_ms, clock_.wall_ms(), std::move(on_durable), result.seq);
  if (!result) Meters::add(meters_.refused, count);
  return result;
}

void Outbox::delivered_elsewhere(Record record) {
  if (dead_letters_.rows() == 0) return;
  record.seq = 0;
  Change change;
  change.kind = Change::Kind::kElsewhere;
  change.queued.record = std::make_shared<const Record>(std::move(record));
  queue_.change(std::move(change));
}

std::string Outbox::reason() const {
  std::lock_guard lock(reason_mutex_);
  return reason_;
}

void Outbox::reopen(std::function<void(base::Status)> done) {
  const auto shared = std::make_shared<std::function<void(base::Status)>>(std::move(done));
  if (!queue_.job([this, shared](Store*) { (*shared)(reopen_now()); })) {
    (*shared)(base::Error{"the outbox is closed"});
  }
}

Figures Outbox::figures() const {
  const auto get = [](const Meters::Count& count) { return count.load(std::memory_order_relaxed); };
  const int64_t oldest_ms = meters_.oldest_ms.load(std::memory_order_relaxed);
  const int64_t dead_oldest_ms = meters_.dead_oldest_ms.load(std::memory_order_relaxed);
  Figures figures;
  figures.outbox_depth = queue_.entries();
  figures.outbox_bytes = queue_.bytes();
  if (oldest_ms != INT64_MAX) {
    figures.outbox_oldest_age_ms = std::max<int64_t>(0, clock_.steady_us() / 1000 - oldest_ms);
  }
  figures.outbox_is_old = figures.outbox_oldest_age_ms > options_.age_warn_ms;
  figures.outbox_in_flight = get(meters_.in_flight);
  figures.outbox_lanes_stuck = get(meters_.stuck);
  figures.outbox_commit_queue = queue_.queued();
  figures.outbox_enqueued_total = get(meters_.enqueued);
  figures.outbox_refused_total = get(meters_.refused);
  figures.outbox_failed_total = get(meters_.failed);
  figures.outbox_coalesced_total = get(meters_.coalesced);
  figures.outbox_delivered_total = get(meters_.delivered);
  figures.outbox_retried_total = get(meters_.retried);
  figures.outbox_delivery_lag_ms = meters_.lag_ms.figures();
  figures.outbox_commit_duration_us = meters_.commit_us.figures();
  figures.outbox_commit_batch_size = meters_.batch.figures();
  figures.dlq_depth = dead_letters_.rows();
  figures.dlq_limit = options_.dead_letters;
  if (dead_oldest_ms != 0)
    figures.dlq_oldest_age_ms = std::max<int64_t>(0, clock_.wall_ms() - dead_oldest_ms);
  for (size_t i = 0; i < kDeadReasons; ++i) figures.dlq_added_total[i] = get(meters_.buried[i]);
  figures.dlq_redriven_total = get(meters_.redriven);
  figures.dlq_superseded_total = get(meters_.superseded);
  figures.dlq_dropped_total = get(meters_.dropped);
  return figures;
}

// --- the lanes' thread ---

// The change is queued before the overlay forgets: reopening, which writes what the overlay has, cannot bring it back.
void Outbox::settle(const Record& record, Settled how) {
  overlay_.settle(record);
  queue_.vacate(1, bytes_of(record));
  if (on_settled_) on_settled_(record, how);
}

void Outbox::delivered(const Queued& queued, Now now) {
  queue_.change({Change::Kind::kDelivered, queued});
  Meters::add(meters_.delivered);
  meters_.lag_ms.add(static_cast<uint64_t>(std::max<int64_t>(0, now.wall_ms - queued.progress.enqueued_ms)));
  settle(*queued.record, Settled::kDelivered);
}

// The newer one gets its place in time before the older one goes: a crash between the two loses nothing.
void Outbox::coalesced(const RecordPtr& old, const Queued& by) {
  queue_.change({Change::Kind::kRetried, by});
  queue_.change({Change::Kind::kCoalesced, {old, {}}});
  Meters::add(meters_.coalesced);
  settle(*old, Settled::kCoalesced);
}

void Outbox::retried(const Queued& queued) {
  queue_.change({Change::Kind::kRetried, queued});
  Meters::add(meters_.retried);
}

bool Outbox::bury(const Queued& queued, DeadReason reason, Now now) {
  if (!dead_letters_.reserve()) return false;
  queue_.change({Change::Kind::kBuried, queued, reason, now.wall_ms});
  Meters::add(meters_.buried[static_cast<size_t>(reason) - 1]);
  settle(*queued.record, Settled::kDead);
  return true;
}

void Outbox::standing(const Standing& standing) {
  meters_.in_flight.store(standing.in_flight, std::memory_order_relaxed);
  meters_.stuck.store(standing.stuck, std::memory_order_relaxed);
  meters_.oldest_ms.store(standing.oldest_ms.value_or(INT64_MAX), std::memory_order_relaxed);
}

// --- the writer's thread ---

void Outbox::write() {
  for (bool last = false; !last;) {
    CommitQueue::Batch batch = queue_.take();
    last = batch.last;
    if (batch.discard) {
      const std::string closed = "the outbox is closed";
      answer(batch.groups, &closed);
      store_.reset();
    } else if (!batch.groups.empty() || !batch.changes.empty()) {
      commit_batch(batch);
    }
    for (const Job& job : batch.jobs) {
      job(state() == State::kOpen ? store_.get() : nullptr);
      if (state() == State::kOpen && store_ != nullptr && !store_->trouble().empty())
        fail({}, {}, store_->trouble());
    }
  }
  if (store_ != nullptr && state() == State::kOpen) static_cast<void>(store_->checkpoint());
  store_.reset();
  state_.store(State::kClosed, std::memory_order_release);
}

base::Status Outbox::commit(const CommitQueue::Batch& batch, uint64_t& dead) {
  store_->begin();
  for (const Change& change : batch.changes) dead += store_->apply(change);
  for (const auto& group : batch.groups) {
    for (const Queued& queued : group.records) store_->insert(queued);
  }
  if (!batch.groups.empty()) store_->set_next_seq(batch.groups.back().records.back().record->seq + 1);
  return store_->commit();
}

void Outbox::commit_batch(CommitQueue::Batch& batch) {
  const int64_t start_us = clock_.steady_us();
  uint64_t dead = 0;
  if (auto status = commit(batch, dead); !status) {
    fail(std::move(batch.groups), std::move(batch.changes), status.error());
    return;
  }
  meters_.commit_us.add(static_cast<uint64_t>(std::max<int64_t>(0, clock_.steady_us() - start_us)));
  uint64_t records = 0;
  for (const auto& group : batch.groups) {
    records += group.records.size();
    for (const Queued& queued : group.records) overlay_.put(queued.record);
  }
  if (records != 0) meters_.batch.add(records);
  Meters::add(meters_.enqueued, records);
  answer(batch.groups, nullptr);
  const auto burials = std::count_if(batch.changes.begin(), batch.changes.end(), [](const Change& change) {
    return change.kind == Change::Kind::kBuried;
  });
  if (burials == 0) return;
  dead_letters_.arrived(static_cast<uint64_t>(burials), dead, *store_);
  if (!store_->trouble().empty()) fail({}, {}, store_->trouble());
}

void Outbox::answer(const std::vector<CommitQueue::Group>& groups, const std::string* error) {
  const std::string none;
  for (const auto& group : groups) {
    if (error != nullptr) {
      queue_.vacate(group.records.size(), group.bytes);
      Meters::add(meters_.failed, group.records.size());
    }
    if (!group.on_durable) continue;
    for (const Queued& queued : group.records) {
      group.on_durable({queued, error == nullptr, error == nullptr ? none : *error});
    }
  }
}

// The connection that has failed knows which transactions hold. If what it could not commit stayed in the log, another
// connection would find it there and take it for committed, though everybody was told that it was not.
base::Status Outbox::leave_file() {
  if (store_ != nullptr && std::filesystem::exists(options_.path)) {
    if (auto status = store_->checkpoint(); !status) return status;
  }
  store_.reset();
  return base::Ok{};
}

base::Status Outbox::still_failed(const base::Status& status) {
  std::lock_guard lock(reason_mutex_);
  reason_ = "outbox " + options_.path + ": " + status.error();
  return base::Error{reason_};
}

// After an fsync that failed nobody knows what is on the disk, so this file is not written any more until it has been
// opened and checked again.
void Outbox::fail(std::vector<CommitQueue::Group> groups, std::vector<Change> changes,
                  const std::string& reason) {
  {
    std::lock_guard lock(reason_mutex_);
    reason_ = "outbox " + options_.path + ": " + reason;
  }
  state_.store(State::kFailed, std::memory_order_release);
  auto waiting = queue_.fail();
  queue_.give_back(std::move(changes));
  std::move(waiting.begin(), waiting.end(), std::back_inserter(groups));
  const std::string words = this->reason();
  answer(groups, &words);
}

base::Status Outbox::reopen_now() {
  if (state() != State::kFailed) return base::Ok{};
  if (auto status = leave_file(); !status) return still_failed(status);
  auto opened = Store::open(options_.path, options_.vfs, options_.instance);
  base::Status status = opened ? base::Status(base::Ok{}) : base::Error{opened.error()};
  if (status) {
    store_ = std::move(opened.value());
    store_->begin();
    for (const RecordPtr& record : overlay_.all()) {
      const int64_t now_ms = clock_.wall_ms();
      store_->insert_missing({record, {now_ms, now_ms, 0, {}, {}}});
    }
    store_->set_next_seq(queue_.next_seq());
    dead_letters_.load(*store_);
    status = store_->commit();
  }
  if (!status) return still_failed(status);
  state_.store(State::kOpen, std::memory_order_release);
  queue_.recover();
  std::lock_guard lock(reason_mutex_);
  reason_.clear();
  return status;
}

}  // namespace corral::outbox

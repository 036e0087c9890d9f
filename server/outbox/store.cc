// Tables of records and numbers in the outbox's file.
// Threading: one thread at a time.
// See: store.h of this folder.
#include "server/outbox/store.h"

#include <utility>

#include "server/outbox/after_image.h"
#include "server/outbox/outbox_file.h"
#include "server/outbox/record_row.h"

namespace corral::outbox {
namespace {

constexpr const char* kValues = ", image) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

bool is_sound(const Record& record, uint64_t checksum) {
  if (checksum_of(record) != checksum) return false;
  return record.operation == Operation::kRemove ||
         (record.operation == Operation::kPut && decode(record.image).has_value());
}

}  // namespace

base::Result<std::unique_ptr<Store>> Store::open(const std::string& path, const std::string& vfs,
                                                 const std::string& instance) {
  auto connection = open_file(path, vfs, instance);
  if (!connection) return base::Error{connection.error()};
  auto store = std::make_unique<Store>(std::move(connection.value()));
  store->instance_ = store->connection_->ask("SELECT value FROM meta WHERE name = 'instance'");
  if (auto status = store->connection_->take_status(); !status) {
    return base::Error{"outbox " + path + ": " + status.error()};
  }
  return store;
}

Store::Store(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)),
      insert_(*connection_, std::string("INSERT INTO records (" CORRAL_RECORD_NAMES) + kValues),
      insert_missing_(*connection_,
                      std::string("INSERT OR IGNORE INTO records (" CORRAL_RECORD_NAMES) + kValues),
      remove_(*connection_, "DELETE FROM records WHERE seq = ?"),
      progress_(
          *connection_,
          "UPDATE records SET enqueued_ms = ?, due_ms = ?, attempts = ?, first_error = ?, last_error = ? "
          "WHERE seq = ?"),
      next_seq_(*connection_, "UPDATE meta SET value = ? WHERE name = 'next_seq'"),
      dead_(*connection_) {}

base::Status Store::each_record(const std::function<void(Queued)>& visit) {
  Statement statement(*connection_, "SELECT " CORRAL_RECORD_NAMES ", image FROM records ORDER BY seq");
  while (statement.row()) {
    auto record = std::make_shared<Record>();
    Progress progress;
    uint64_t checksum = 0;
    read_record(statement, *record, progress, checksum);
    record->image = statement.bytes();
    if (!is_sound(*record, checksum)) {
      connection_->fail("record " + std::to_string(record->seq) +
                        " is not what was written: its checksum is wrong");
      break;
    }
    visit({std::move(record), std::move(progress)});
  }
  statement.reset();
  return connection_->take_status();
}

uint64_t Store::next_seq() {
  Statement statement(
      *connection_,
      "SELECT max((SELECT value FROM meta WHERE name = 'next_seq'), "
      "(SELECT coalesce(max(seq), 0) + 1 FROM records), (SELECT coalesce(max(seq), 0) + 1 FROM dead))");
  const uint64_t seq = statement.row() ? statement.number() : 1;
  statement.reset();
  return seq;
}

base::Status Store::commit() {
  auto status = connection_->commit();
  if (!status && trouble_.empty()) trouble_ = status.error();
  return status;
}

void Store::bind(Statement& statement, const Queued& queued) {
  bind_record(statement, queued);
  statement.bind_blob(queued.record->image);
}

void Store::insert(const Queued& queued) {
  bind(insert_, queued);
  insert_.run();
}

void Store::insert_missing(const Queued& queued) {
  bind(insert_missing_, queued);
  insert_missing_.run();
}

uint64_t Store::apply(const Change& change) {
  const Record& record = *change.queued.record;
  const Progress& progress = change.queued.progress;
  switch (change.kind) {
    case Change::Kind::kNone:
      break;
    case Change::Kind::kDelivered:
      dead_.note_sent(record);
      [[fallthrough]];
    case Change::Kind::kCoalesced:
      remove_.bind_unsigned(record.seq).run();
      break;
    case Change::Kind::kElsewhere:
      dead_.note_sent(record);
      break;
    case Change::Kind::kBuried:
    case Change::Kind::kRetried:
      progress_.bind(progress.enqueued_ms).bind(progress.due_ms).bind(int64_t{progress.attempts});
      progress_.bind_text(progress.first_error)
          .bind_text(progress.last_error)
          .bind_unsigned(record.seq)
          .run();
      if (change.kind == Change::Kind::kBuried) return dead_.bury(change.queued, change.reason, change.at_ms);
      break;
  }
  return 0;
}

void Store::set_next_seq(uint64_t seq) {
  next_seq_.bind_unsigned(seq).run();
}

base::Status Store::checkpoint() {
  connection_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return connection_->take_status();
}

}  // namespace corral::outbox

// SQL of dead letters. Comparing versions is left to C++: SQLite knows no unsigned numbers.
// Threading: one thread at a time.
// See: dead_table.h of this folder.
#include "server/outbox/dead_table.h"

#include <algorithm>

#include "server/outbox/record_row.h"

namespace corral::outbox {
namespace {

constexpr const char* kLetter = CORRAL_RECORD_NAMES ", reason, died_ms, state, newer_epoch, newer_version";
constexpr uint32_t kLookedAtMost = 10'000;
constexpr size_t kReadOnBytesMost = size_t{4} << 20;

std::string select(const char* tail, bool with_image) {
  return std::string("SELECT ") + kLetter + (with_image ? ", image" : "") + " FROM dead " + tail;
}

bool matches(const DeadQuery& query, const DeadLetter& letter) {
  return (query.origin.empty() || query.origin == letter.queued.record->origin) &&
         (!query.reason || *query.reason == letter.reason);
}

}  // namespace

DeadTable::DeadTable(Connection& connection)
    : connection_(connection),
      note_sent_(connection,
                 "INSERT INTO sent (db, key, epoch, version) SELECT ?1, ?2, ?3, ?4 "
                 "WHERE EXISTS (SELECT 1 FROM dead WHERE db = ?1 AND key = ?2) "
                 "ON CONFLICT (db, key) DO UPDATE SET epoch = excluded.epoch, version = excluded.version "
                 "WHERE (excluded.epoch, excluded.version) > (epoch, version)"),
      get_(connection, select("WHERE seq = ?", true)),
      get_facts_(connection, select("WHERE seq = ?", false)),
      delete_(connection, "DELETE FROM dead WHERE seq = ?"),
      newest_record_(connection, "SELECT epoch, version FROM records WHERE db = ? AND key = ?"),
      newest_sent_(connection, "SELECT epoch, version FROM sent WHERE db = ? AND key = ?"),
      forget_sent_(connection,
                   "DELETE FROM sent WHERE db = ?1 AND key = ?2 "
                   "AND NOT EXISTS (SELECT 1 FROM dead WHERE db = ?1 AND key = ?2)") {}

uint64_t DeadTable::bury(const Queued& queued, DeadReason reason, int64_t at_ms) {
  Statement move(connection_,
                 "INSERT OR REPLACE INTO dead (" CORRAL_RECORD_NAMES
                 ", reason, died_ms, state, newer_epoch, newer_version, image) SELECT " CORRAL_RECORD_NAMES
                 ", ?2, ?3, 0, 0, 0, image FROM records WHERE seq = ?1");
  move.bind_unsigned(queued.record->seq).bind(static_cast<int64_t>(reason)).bind(at_ms).run();
  const auto came = connection_.failed() ? 0 : static_cast<uint64_t>(connection_.changes());
  Statement remove(connection_, "DELETE FROM records WHERE seq = ?");
  remove.bind_unsigned(queued.record->seq).run();
  note_sent(*queued.record);
  return came;
}

void DeadTable::note_sent(const Record& record) {
  note_sent_.bind(int64_t{record.db}).bind_blob(record.key);
  note_sent_.bind_unsigned(record.epoch).bind_unsigned(record.version).run();
}

uint64_t DeadTable::rows() {
  Statement statement(connection_, "SELECT count(*) FROM dead");
  const uint64_t rows = statement.row() ? statement.number() : 0;
  statement.reset();
  return rows;
}

int64_t DeadTable::oldest_ms() {
  Statement statement(connection_, "SELECT min(died_ms) FROM dead");
  const int64_t oldest_ms = statement.row() ? statement.maybe_integer().value_or(0) : 0;
  statement.reset();
  return oldest_ms;
}

DeadCount DeadTable::count(const std::string& origin) {
  Statement statement(connection_, origin.empty()
                                       ? "SELECT state, count(*) FROM dead GROUP BY state"
                                       : "SELECT state, count(*) FROM dead WHERE origin = ? GROUP BY state");
  if (!origin.empty()) statement.bind_text(origin);
  DeadCount result;
  while (statement.row()) {
    const auto state = static_cast<DeadState>(statement.integer());
    (state == DeadState::kDead ? result.dead : result.superseded) = statement.number();
  }
  return result;
}

DeadLetter DeadTable::read(Statement& statement, bool with_image) {
  DeadLetter letter;
  const auto record = std::make_shared<Record>();
  uint64_t checksum = 0;
  read_record(statement, *record, letter.queued.progress, checksum);
  letter.reason = static_cast<DeadReason>(statement.integer());
  letter.died_ms = statement.integer();
  letter.state = static_cast<DeadState>(statement.integer());
  letter.newer_epoch = statement.number();
  letter.newer_version = statement.number();
  if (with_image) {
    record->image = statement.bytes();
    letter.damaged = checksum_of(*record) != checksum;
  }
  letter.queued.record = record;
  return letter;
}

DeadPage DeadTable::list(const DeadQuery& query) {
  Statement statement(connection_, select("WHERE seq > ? ORDER BY seq LIMIT ?", false));
  statement.bind_unsigned(query.cursor).bind(int64_t{kLookedAtMost});
  const size_t count = std::clamp<uint32_t>(query.count, 1, 1000);
  DeadPage page;
  uint32_t looked_at = 0;
  while (page.letters.size() < count && statement.row()) {
    ++looked_at;
    DeadLetter letter = read(statement, false);
    page.cursor = letter.queued.record->seq;
    if (matches(query, letter)) page.letters.push_back(std::move(letter));
  }
  if (page.letters.size() < count && looked_at < kLookedAtMost) page.cursor = 0;
  statement.reset();
  return page;
}

std::optional<DeadLetter> DeadTable::get(uint64_t seq, bool with_image) {
  Statement& statement = with_image ? get_ : get_facts_;
  statement.bind_unsigned(seq);
  if (!statement.row()) return std::nullopt;
  DeadLetter letter = read(statement, with_image);
  statement.reset();
  return letter;
}

std::vector<DeadLetter> DeadTable::read_on(uint64_t cursor, uint32_t count) {
  Statement statement(connection_, select("WHERE seq > ? ORDER BY seq LIMIT ?", true));
  statement.bind_unsigned(cursor).bind(int64_t{count});
  std::vector<DeadLetter> letters;
  size_t bytes = 0;
  while (bytes < kReadOnBytesMost && statement.row()) {
    letters.push_back(read(statement, true));
    bytes += letters.back().queued.record->image.size();
  }
  statement.reset();
  return letters;
}

void DeadTable::forget_sent(const Record& record) {
  forget_sent_.bind(int64_t{record.db}).bind_blob(record.key).run();
}

uint64_t DeadTable::drop(uint64_t seq) {
  const auto letter = get(seq, false);
  if (!letter) return 0;
  delete_.bind_unsigned(seq).run();
  forget_sent(*letter->queued.record);
  return 1;
}

uint64_t DeadTable::purge(const DeadQuery& query, uint64_t& cursor) {
  uint64_t dropped = 0;
  const DeadPage page = list(query);
  cursor = page.cursor;
  for (const DeadLetter& letter : page.letters) {
    delete_.bind_unsigned(letter.queued.record->seq).run();
    forget_sent(*letter.queued.record);
    ++dropped;
  }
  return dropped;
}

uint64_t DeadTable::last_seq() {
  Statement statement(connection_, "SELECT max(seq) FROM dead");
  const uint64_t seq = statement.row() ? statement.number() : 0;
  statement.reset();
  return seq;
}

// A record that was delivered or buried has left `records` in the transaction that has put it into `sent`, so one of
// the two knows it. Dead ones count as sent: an attempt that failed may have been done all the same.
std::optional<Record> DeadTable::newest_known(const Record& record) {
  std::optional<Record> newest;
  for (Statement* statement : {&newest_record_, &newest_sent_}) {
    statement->bind(int64_t{record.db}).bind_blob(record.key);
    while (statement->row()) {
      Record known;
      known.epoch = statement->number();
      known.version = statement->number();
      if (!newest || is_newer(known, *newest)) newest = known;
    }
  }
  return newest;
}

Redriven DeadTable::redrive(uint64_t seq, int64_t now_ms, Queued& moved) {
  const auto letter = get(seq, true);
  if (!letter) return Redriven::kAbsent;
  if (letter->damaged) return Redriven::kDamaged;
  if (letter->state == DeadState::kSuperseded) return Redriven::kSuperseded;
  const Record& record = *letter->queued.record;
  if (const auto newest = newest_known(record); newest && is_newer(*newest, record)) {
    Statement mark(connection_,
                   "UPDATE dead SET state = 1, newer_epoch = ?, newer_version = ? WHERE seq = ?");
    mark.bind_unsigned(newest->epoch).bind_unsigned(newest->version).bind_unsigned(seq).run();
    return Redriven::kSuperseded;
  }
  moved = letter->queued;
  moved.progress.enqueued_ms = moved.progress.due_ms = now_ms;
  moved.progress.attempts = 0;
  Statement insert(connection_, "INSERT INTO records (" CORRAL_RECORD_NAMES
                                ", image) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  bind_record(insert, moved);
  insert.bind_blob(record.image).run();
  delete_.bind_unsigned(seq).run();
  forget_sent(record);
  return Redriven::kMoved;
}

void DeadTable::save(const Redrive& redrive) {
  Statement statement(connection_,
                      "INSERT OR REPLACE INTO redrives (origin, rate, cursor, until, moved, superseded) "
                      "VALUES (?, ?, ?, ?, ?, ?)");
  statement.bind_text(redrive.origin).bind_unsigned(redrive.rate).bind_unsigned(redrive.cursor);
  statement.bind_unsigned(redrive.until).bind_unsigned(redrive.moved).bind_unsigned(redrive.superseded).run();
}

void DeadTable::forget_redrive(const std::string& origin) {
  Statement statement(connection_, "DELETE FROM redrives WHERE origin = ?");
  statement.bind_text(origin).run();
}

std::vector<Redrive> DeadTable::redrives() {
  std::vector<Redrive> result;
  Statement statement(connection_, "SELECT origin, rate, cursor, until, moved, superseded FROM redrives");
  while (statement.row()) {
    Redrive redrive;
    redrive.origin = statement.bytes();
    redrive.rate = statement.number();
    redrive.cursor = statement.number();
    redrive.until = statement.number();
    redrive.moved = statement.number();
    redrive.superseded = statement.number();
    result.push_back(std::move(redrive));
  }
  return result;
}

std::vector<uint64_t> DeadTable::next(const Redrive& redrive, uint64_t count) {
  std::vector<uint64_t> result;
  Statement statement(
      connection_,
      "SELECT seq FROM dead WHERE origin = ? AND state = 0 AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?");
  statement.bind_text(redrive.origin)
      .bind_unsigned(redrive.cursor)
      .bind_unsigned(redrive.until)
      .bind_unsigned(count);
  while (statement.row()) result.push_back(statement.number());
  return result;
}

}  // namespace corral::outbox

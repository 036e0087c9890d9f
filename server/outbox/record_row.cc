// Columns in one order, and XXH3 with a fixed secret over what is sent.
// Threading: pure functions.
// See: record_row.h of this folder.
#include "server/outbox/record_row.h"

#include <string_view>

#include "server/base/hash.h"

namespace corral::outbox {

uint64_t checksum_of(const Record& record) {
  static const base::HashSecret secret = base::HashSecret::from_seed(0x6f7574626f78);
  std::string facts;
  for (const uint64_t number :
       {record.seq, record.epoch, record.version, uint64_t{record.db},
        static_cast<uint64_t>(record.operation),
        static_cast<uint64_t>(record.expires_at_ms.value_or(INT64_MIN)), base::hash_bytes(record.key, secret),
        base::hash_bytes(record.image, secret)}) {
    for (unsigned shift = 0; shift < 64; shift += 8) facts.push_back(static_cast<char>(number >> shift));
  }
  facts += record.origin;
  facts += '\0';
  facts += record.policy;
  facts += '\0';
  facts += record.idempotency_key;
  return base::hash_bytes(facts, secret);
}

void bind_record(Statement& statement, const Queued& queued) {
  const Record& record = *queued.record;
  const Progress& progress = queued.progress;
  statement.bind_unsigned(record.seq).bind_unsigned(record.epoch).bind_unsigned(record.version);
  statement.bind_text(record.origin).bind_text(record.policy).bind(int64_t{record.db}).bind_blob(record.key);
  statement.bind(static_cast<int64_t>(record.operation)).bind(record.expires_at_ms);
  statement.bind_text(record.idempotency_key).bind_text(record.traceparent);
  statement.bind(progress.enqueued_ms).bind(progress.due_ms).bind(int64_t{progress.attempts});
  statement.bind_text(progress.first_error).bind_text(progress.last_error).bind_unsigned(checksum_of(record));
}

void read_record(Statement& statement, Record& record, Progress& progress, uint64_t& checksum) {
  record.seq = statement.number();
  record.epoch = statement.number();
  record.version = statement.number();
  record.origin = statement.bytes();
  record.policy = statement.bytes();
  record.db = static_cast<uint32_t>(statement.integer());
  record.key = statement.bytes();
  record.operation = static_cast<Operation>(statement.integer());
  record.expires_at_ms = statement.maybe_integer();
  record.idempotency_key = statement.bytes();
  record.traceparent = statement.bytes();
  progress.enqueued_ms = statement.integer();
  progress.due_ms = statement.integer();
  progress.attempts = static_cast<uint32_t>(statement.integer());
  progress.first_error = statement.bytes();
  progress.last_error = statement.bytes();
  checksum = statement.number();
}

}  // namespace corral::outbox

// A record as the columns of a row, and the checksum that says whether it is still what was written.
// Threading: pure functions over one statement.
// See: README.md of this folder, "File".
#pragma once

#include <string>

#include "server/outbox/record.h"
#include "server/outbox/sqlite.h"

namespace corral::outbox {

/// Columns of `records` and `dead` in the order of bind_record() and read_record(); the image is apart, as the last.
#define CORRAL_RECORD_NAMES                                                                                \
  "seq, epoch, version, origin, policy, db, key, operation, expires_at_ms, idempotency_key, traceparent, " \
  "enqueued_ms, due_ms, attempts, first_error, last_error, checksum"

void bind_record(Statement& statement, const Queued& queued);

/// Reads the columns; `checksum` is what the row says.
void read_record(Statement& statement, Record& record, Progress& progress, uint64_t& checksum);

/// Of everything that is sent. Progress is left out: it changes.
uint64_t checksum_of(const Record& record);

}  // namespace corral::outbox

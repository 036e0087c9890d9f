// One statement on its way to PostgreSQL and back, for one request or several.
// Threading: the origin thread only.
// See: README.md of this folder, "PostgreSQL".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/origin/attempt.h"
#include "server/origin/postgres_statements.h"

struct pg_result;

namespace corral::origin {

class PostgresConnection;

/// Who waits for an answer.
struct PostgresMember {
  uint64_t id = 0;
  uint64_t deadline_us = 0;
  bool live = true;                   ///< false once it has been answered, cancelled or has run out of time
  bool answered = false;              ///< `answer` is what came
  std::vector<std::string> captures;  ///< load-many: what its row begins with
  Answer answer;
  Endpoint::Done done;
};

struct PostgresCall {
  enum class State : uint8_t { kWaiting, kWell, kFailed, kPassedOver };

  StatementKind kind = StatementKind::kLoad;
  std::vector<Parameter> parameters;
  std::vector<PostgresMember> members;  ///< load-many: sorted by captures
  State state = State::kWaiting;        ///< kPassedOver: a neighbour failed before it was its turn
  Answer failure;                       ///< kFailed
  size_t rows = 0;
  bool alone = false;                        ///< has been passed over once: gets a transaction of its own
  PostgresConnection* connection = nullptr;  ///< where it has been sent

  bool writes() const { return kind == StatementKind::kStore || kind == StatementKind::kRemove; }
  bool live() const;
  void fail(Answer answer);
  /// One row of its answer, or several, as the server sent them. `key_columns`: of load-many. Values larger than `most_bytes` fail.
  void take_rows(const pg_result* result, size_t key_columns, size_t most_bytes);
  /// Everything has come. Fills in `answer` of each member that is still waiting for it.
  void finish();
};

/// The bytes of a bytea in its text form (\x…); the text itself when it is none.
std::string decode_bytea(std::string_view text);

}  // namespace corral::origin

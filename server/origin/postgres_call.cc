// Turns rows into values.
// Threading: see postgres_call.h.
// See: postgres_call.h; PostgreSQL's manual, "Retrieving Query Result Information".
#include "server/origin/postgres_call.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/number.h"

namespace corral::origin {
namespace {

constexpr Oid kBytea = 17;
constexpr std::string_view kLifeColumn = "corral_ttl_ms";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string_view cell(const PGresult* result, int row, int column) {
  return {PQgetvalue(result, row, column), static_cast<size_t>(PQgetlength(result, row, column))};
}

std::string cell_bytes(const PGresult* result, int row, int column) {
  const std::string_view text = cell(result, row, column);
  return PQftype(result, column) == kBytea ? decode_bytea(text) : std::string(text);
}

Answer permanent(std::string reason) {
  Answer answer;
  answer.result = Result::kPermanent;
  answer.reason = std::move(reason);
  return answer;
}

// A statement about the value's life. False: it is no number.
bool take_life(const PGresult* result, int row, int column, Answer& answer) {
  if (PQgetisnull(result, row, column) != 0) return true;
  const auto ms = protocol::parse_int64(cell(result, row, column));
  if (!ms) return false;
  answer.ttl_ms = std::max<int64_t>(*ms, 0);
  return true;
}

// The columns from `first` on: one is a string, several are the fields of a hash.
Answer value_of_row(const PGresult* result, int row, int first, size_t most_bytes) {
  Answer answer;
  answer.result = Result::kValue;
  std::vector<int> columns;
  size_t bytes = 0;
  for (int column = first; column < PQnfields(result); ++column) {
    if (PQfname(result, column) == kLifeColumn) {
      if (!take_life(result, row, column, answer)) return permanent("corral_ttl_ms is not a whole number");
      continue;
    }
    columns.push_back(column);
    const auto length = static_cast<size_t>(PQgetlength(result, row, column));
    bytes += PQftype(result, column) == kBytea && length >= 2 ? length / 2 - 1 : length;
  }
  if (columns.empty()) return permanent("the load answers no column that could be the value");
  if (bytes > most_bytes) return permanent("the value is larger than max-value");
  if (columns.size() == 1) {
    if (PQgetisnull(result, row, columns[0]) != 0) {
      answer.result = Result::kAbsent;
    } else {
      answer.value.text = cell_bytes(result, row, columns[0]);
    }
    return answer;
  }
  answer.value.is_hash = true;
  for (const int column : columns) {
    if (PQgetisnull(result, row, column) != 0) continue;
    answer.value.fields.emplace_back(PQfname(result, column), cell_bytes(result, row, column));
  }
  // A hash without fields does not exist.
  if (answer.value.fields.empty()) answer.result = Result::kAbsent;
  return answer;
}

std::vector<std::string> captures_of_row(const PGresult* result, int row, size_t count) {
  std::vector<std::string> captures;
  for (size_t column = 0; column < count; ++column) {
    captures.push_back(cell_bytes(result, row, static_cast<int>(column)));
  }
  return captures;
}

}  // namespace

std::string decode_bytea(std::string_view text) {
  if (!text.starts_with("\\x") || text.size() % 2 != 0) return std::string(text);
  std::string bytes;
  bytes.reserve(text.size() / 2 - 1);
  for (size_t at = 2; at < text.size(); at += 2) {
    const int high = hex_digit(text[at]);
    const int low = hex_digit(text[at + 1]);
    if (high < 0 || low < 0) return std::string(text);
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

bool PostgresCall::live() const {
  return std::any_of(members.begin(), members.end(),
                     [](const PostgresMember& member) { return member.live; });
}

void PostgresCall::fail(Answer answer) {
  state = State::kFailed;
  failure = std::move(answer);
}

void PostgresCall::take_rows(const pg_result* result, size_t key_columns, size_t most_bytes) {
  if (writes() || state == State::kFailed) return;
  for (int row = 0; row < PQntuples(result); ++row) {
    ++rows;
    if (kind == StatementKind::kLoad) {
      if (rows > 1) return fail(permanent("the load answers several rows; one is wanted"));
      members[0].answer = value_of_row(result, row, 0, most_bytes);
      members[0].answered = true;
      continue;
    }
    if (static_cast<size_t>(PQnfields(result)) <= key_columns) {
      return fail(permanent("load-many has to answer the captures first, then the value"));
    }
    // Several requests may be for the same captures.
    const std::vector<std::string> captures = captures_of_row(result, row, key_columns);
    auto member =
        std::lower_bound(members.begin(), members.end(), captures,
                         [](const PostgresMember& m, const auto& wanted) { return m.captures < wanted; });
    for (; member != members.end() && member->captures == captures; ++member) {
      if (member->answered) return fail(permanent("load-many answers several rows for the same captures"));
      member->answer = value_of_row(result, row, static_cast<int>(key_columns), most_bytes);
      member->answered = true;
    }
  }
}

void PostgresCall::finish() {
  for (PostgresMember& member : members) {
    if (state == State::kFailed) {
      member.answer = failure;
    } else if (!member.answered) {
      member.answer.result = writes() ? Result::kDone : Result::kAbsent;
    }
    member.answered = true;
  }
}

}  // namespace corral::origin

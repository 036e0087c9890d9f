// The SQL of a PostgreSQL origin and the values that go with it.
// Threading: pure functions.
// See: README.md of this folder, "PostgreSQL".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.h"
#include "server/origin/attempt.h"
#include "server/origin/definition.h"

namespace corral::origin {

enum class StatementKind : uint8_t { kLoad, kLoadMany, kStore, kRemove };
inline constexpr size_t kStatementKinds = 4;

/// The word of the configuration: "load", "load-many", "store", "remove".
std::string_view statement_word(StatementKind kind);

/// One value of a statement: nothing (NULL), one text or an array of them. Bytes as they are.
struct Parameter {
  enum class Shape : uint8_t { kNull, kOne, kMany };
  Shape shape = Shape::kNull;
  std::string one;
  std::vector<std::string> many;
};

/// A parameter as it goes to the server.
struct WireParameter {
  std::string bytes;
  bool null = false;
  bool binary = false;
};

/// How a parameter of the PostgreSQL type `type` (an OID) is written. Fails when a text would hold a zero byte, which only bytea can.
base::Result<WireParameter> encode_parameter(const Parameter& parameter, uint32_t type);

/// Which statements an origin has and what their $1, $2 … mean.
class PostgresStatements {
 public:
  explicit PostgresStatements(const Definition& definition);

  bool has(StatementKind kind) const { return !text(kind).empty(); }
  const std::string& text(StatementKind kind) const { return texts_[static_cast<size_t>(kind)]; }

  /// For one call: captures 1…n, then for a store value, version, epoch, expiry (ms since 1970 or NULL), for a remove
  /// version and epoch; as many of them as the statement uses. The error says which parameter stands for nothing.
  base::Result<std::vector<Parameter>> bind(StatementKind kind, const Request& request) const;

  /// Whether load-many can serve these: it has one parameter for each capture.
  bool can_load_many(const std::vector<Request>& requests) const;
  /// One array for each capture, in the order of the requests.
  std::vector<Parameter> bind_many(const std::vector<Request>& requests) const;
  /// How many columns of load-many's rows say which request a row is for.
  size_t key_columns() const { return most_[static_cast<size_t>(StatementKind::kLoadMany)]; }

 private:
  std::array<std::string, kStatementKinds> texts_;
  std::array<size_t, kStatementKinds> most_{};  // the largest n of a $n
};

}  // namespace corral::origin

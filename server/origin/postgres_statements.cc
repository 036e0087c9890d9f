// Binds captures, values and versions to the parameters of a statement.
// Threading: see postgres_statements.h.
// See: postgres_statements.h; PostgreSQL's manual, "Arrays" and "Binary Data Types".
#include "server/origin/postgres_statements.h"

#include <algorithm>
#include <utility>

#include "server/origin/hash_json.h"
#include "server/origin/placeholders.h"

namespace corral::origin {
namespace {

using base::Error;

constexpr uint32_t kBytea = 17;  // pg_type.dat of PostgreSQL; these never change
constexpr uint32_t kByteaArray = 1001;

constexpr char kHex[] = "0123456789abcdef";

void append_hex(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

Parameter one(std::string text) {
  return Parameter{Parameter::Shape::kOne, std::move(text), {}};
}

base::Result<WireParameter> encode_array(const Parameter& parameter, uint32_t type) {
  WireParameter wire;
  wire.bytes = "{";
  for (const std::string& text : parameter.many) {
    if (wire.bytes.size() > 1) wire.bytes += ',';
    wire.bytes += '"';
    if (type == kByteaArray) {
      wire.bytes += "\\\\x";
      append_hex(wire.bytes, text);
    } else {
      for (const char c : text) {
        if (c == '\0') return Error{"a text holds a zero byte, which only a parameter of type bytea can"};
        if (c == '"' || c == '\\') wire.bytes += '\\';
        wire.bytes += c;
      }
    }
    wire.bytes += '"';
  }
  wire.bytes += '}';
  return wire;
}

base::Result<Parameter> value_parameter(const Value& value) {
  if (!value.is_hash) return one(value.text);
  base::Result<std::string> json = hash_json(value.fields);
  if (!json) return Error{json.error()};
  return one(std::move(json.value()));
}

// What `$index` is beyond the captures.
base::Result<Parameter> written_parameter(StatementKind kind, const Request& request, size_t index) {
  if (kind == StatementKind::kRemove) ++index;  // as a store without its value
  const bool writes = kind == StatementKind::kStore || kind == StatementKind::kRemove;
  if (writes && index == 1) return value_parameter(request.value);
  if (writes && index == 2) return one(std::to_string(request.version));
  if (writes && index == 3) return one(std::to_string(request.epoch));
  if (kind == StatementKind::kStore && index == 4) {
    return request.expires_at_ms ? one(std::to_string(*request.expires_at_ms)) : Parameter{};
  }
  return Error{"stands for nothing"};
}

}  // namespace

std::string_view statement_word(StatementKind kind) {
  constexpr std::array<std::string_view, kStatementKinds> kWords = {"load", "load-many", "store", "remove"};
  return kWords[static_cast<size_t>(kind)];
}

base::Result<WireParameter> encode_parameter(const Parameter& parameter, uint32_t type) {
  if (parameter.shape == Parameter::Shape::kNull) return WireParameter{{}, true, false};
  if (parameter.shape == Parameter::Shape::kMany) return encode_array(parameter, type);
  if (type == kBytea) return WireParameter{parameter.one, false, true};
  if (parameter.one.find('\0') != std::string::npos) {
    return Error{"a text holds a zero byte, which only a parameter of type bytea can"};
  }
  return WireParameter{parameter.one, false, false};
}

PostgresStatements::PostgresStatements(const Definition& definition)
    : texts_{definition.load, definition.load_many, definition.store, definition.remove} {
  for (size_t i = 0; i < kStatementKinds; ++i) most_[i] = most_parameter(texts_[i]);
}

base::Result<std::vector<Parameter>> PostgresStatements::bind(StatementKind kind,
                                                              const Request& request) const {
  const size_t most = most_[static_cast<size_t>(kind)];
  const size_t captures = request.captures.empty() ? 0 : request.captures.size() - 1;
  std::vector<Parameter> parameters;
  for (size_t n = 1; n <= most; ++n) {
    if (n <= captures) {
      parameters.push_back(one(request.captures[n]));
      continue;
    }
    base::Result<Parameter> parameter = written_parameter(kind, request, n - captures);
    if (!parameter) {
      return Error{std::string(statement_word(kind)) + " uses $" + std::to_string(n) + ", which " +
                   parameter.error()};
    }
    parameters.push_back(std::move(parameter.value()));
  }
  return parameters;
}

bool PostgresStatements::can_load_many(const std::vector<Request>& requests) const {
  return has(StatementKind::kLoadMany) && key_columns() > 0 &&
         std::all_of(requests.begin(), requests.end(), [&](const Request& request) {
           return request.operation == Operation::kLoad && request.captures.size() == key_columns() + 1;
         });
}

std::vector<Parameter> PostgresStatements::bind_many(const std::vector<Request>& requests) const {
  std::vector<Parameter> parameters(key_columns());
  for (size_t n = 0; n < parameters.size(); ++n) {
    parameters[n].shape = Parameter::Shape::kMany;
    for (const Request& request : requests) parameters[n].many.push_back(request.captures[n + 1]);
  }
  return parameters;
}

}  // namespace corral::origin

// Calls of SQLite's C interface, and nothing of the outbox.
// Threading: one thread at a time; the library is opened without its own mutexes.
// See: sqlite.h of this folder.
#include "server/outbox/sqlite.h"

#include <sqlite3.h>

#include <utility>

namespace corral::outbox {

base::Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, bool create,
                                                           const std::string& vfs) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    SQLITE_OPEN_NOFOLLOW | (create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  auto connection = std::make_unique<Connection>(handle);
  if (code != SQLITE_OK) {
    connection->note(code);
    return base::Error{connection->error_};
  }
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // Closing writes nothing: a file that is refused stays as it is.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return connection;
}

Connection::~Connection() {
  sqlite3_close_v2(handle_);
}

void Connection::note(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW || failed()) return;
  error_ = sqlite3_errstr(code);
  const char* detail = handle_ != nullptr ? sqlite3_errmsg(handle_) : nullptr;
  if (detail != nullptr && error_ != detail) error_.append(": ").append(detail);
  const int os_error = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
  error_.append(" (SQLite ").append(std::to_string(code));
  if (os_error != 0) error_.append(", errno ").append(std::to_string(os_error));
  error_.append(")");
}

void Connection::fail(std::string_view text) {
  if (!failed()) error_ = text;
}

base::Status Connection::take_status() {
  if (!failed()) return base::Ok{};
  return base::Error{std::exchange(error_, {})};
}

void Connection::execute(const char* sql) {
  if (failed()) return;
  note(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

std::string Connection::ask(const char* sql) {
  Statement statement(*this, sql);
  if (!statement.row()) return {};
  std::string answer(statement.bytes());
  statement.reset();
  return answer;
}

base::Status Connection::commit() {
  execute("COMMIT");
  if (failed() && sqlite3_get_autocommit(handle_) == 0) {
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return take_status();
}

int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection) {
  if (connection_.failed()) return;
  note(sqlite3_prepare_v3(connection_.handle_, sql.data(), static_cast<int>(sql.size()),
                          SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

void Statement::note(int code) {
  connection_.note(code);
}

Statement& Statement::bind(int64_t value) {
  if (!connection_.failed()) note(sqlite3_bind_int64(handle_, ++parameter_, value));
  return *this;
}

Statement& Statement::bind(std::optional<int64_t> value) {
  if (value) return bind(*value);
  if (!connection_.failed()) note(sqlite3_bind_null(handle_, ++parameter_));
  return *this;
}

Statement& Statement::bind_text(std::string_view text) {
  // A null pointer would be bound as NULL.
  const char* data = text.empty() ? "" : text.data();
  if (!connection_.failed()) {
    note(sqlite3_bind_text64(handle_, ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  const char* data = bytes.empty() ? "" : bytes.data();
  if (!connection_.failed())
    note(sqlite3_bind_blob64(handle_, ++parameter_, data, bytes.size(), SQLITE_STATIC));
  return *this;
}

bool Statement::row() {
  column_ = 0;
  if (!connection_.failed()) {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    note(code);
  }
  reset();
  return false;
}

void Statement::run() {
  while (row()) {
  }
}

void Statement::reset() {
  parameter_ = 0;
  if (handle_ == nullptr) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

int64_t Statement::integer() {
  return sqlite3_column_int64(handle_, column_++);
}

std::optional<int64_t> Statement::maybe_integer() {
  if (sqlite3_column_type(handle_, column_) == SQLITE_NULL) {
    ++column_;
    return std::nullopt;
  }
  return integer();
}

std::string_view Statement::bytes() {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column_));
  const int size = sqlite3_column_bytes(handle_, column_++);
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<size_t>(size));
}

}  // namespace corral::outbox

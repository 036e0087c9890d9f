// A connection to one SQLite file and its statements, with one error that sticks until it is taken.
// Threading: one thread at a time.
// See: README.md of this folder, "File".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace corral::outbox {

/// After a failure every statement does nothing, so that a transaction is a plain list of calls with one question
/// at its end.
class Connection {
 public:
  /// Opens, and makes the file if `create`. `vfs` empty: the default one.
  static base::Result<std::unique_ptr<Connection>> open(const std::string& path, bool create,
                                                        const std::string& vfs);
  explicit Connection(sqlite3* handle) : handle_(handle) {}  ///< takes it over
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void execute(const char* sql);
  /// The first column of the first row as text; empty: no row, or failed.
  std::string ask(const char* sql);

  bool failed() const { return !error_.empty(); }
  /// What went wrong first, in SQLite's words; forgotten by this call.
  base::Status take_status();
  void fail(std::string_view text);

  void begin() { execute("BEGIN IMMEDIATE"); }
  /// Commits what has gone well, rolls back what has not.
  base::Status commit();
  int64_t changes() const;

 private:
  friend class Statement;
  void note(int code);

  sqlite3* handle_;
  std::string error_;
};

/// Prepared once, run often: bind() the parameters from left to right, then row() or run().
class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int64_t value);
  Statement& bind_unsigned(uint64_t value) { return bind(static_cast<int64_t>(value)); }
  Statement& bind(std::optional<int64_t> value);
  /// The bytes must live until run() or the last row().
  Statement& bind_text(std::string_view text);
  Statement& bind_blob(std::string_view bytes);

  /// Steps; true: a row is there. False at the end or on failure: the parameters are forgotten.
  bool row();
  /// Steps to the end.
  void run();
  /// Ends a reading before its last row.
  void reset();

  /// Columns of the row, from left to right.
  int64_t integer();
  uint64_t number() { return static_cast<uint64_t>(integer()); }
  std::optional<int64_t> maybe_integer();
  /// Valid until the next row().
  std::string_view bytes();

 private:
  void note(int code);

  Connection& connection_;
  sqlite3_stmt* handle_ = nullptr;
  int parameter_ = 0;
  int column_ = 0;
};

}  // namespace corral::outbox

// The outbox's file as calls: records, changes of records, what the next one is numbered.
// Threading: one thread at a time (the opening one, then the writer).
// See: README.md of this folder, "File".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/base/result.h"
#include "server/outbox/dead_table.h"
#include "server/outbox/record.h"
#include "server/outbox/sqlite.h"

namespace corral::outbox {

/// What is to be written about a record that is in the file. Each may be written twice.
struct Change {
  enum class Kind : uint8_t { kNone, kDelivered, kElsewhere, kCoalesced, kRetried, kBuried };
  Kind kind = Kind::kNone;
  Queued queued;
  DeadReason reason = DeadReason::kPermanent;
  int64_t at_ms = 0;
};

class Store {
 public:
  /// See open_file().
  static base::Result<std::unique_ptr<Store>> open(const std::string& path, const std::string& vfs,
                                                   const std::string& instance);
  explicit Store(std::unique_ptr<Connection> connection);  ///< for open()

  /// All records by seq. An error names the one whose bytes are not what was written.
  base::Status each_record(const std::function<void(Queued)>& visit);
  uint64_t next_seq();
  const std::string& instance() const { return instance_; }

  /// Between begin() and commit(): the first failure makes all of them do nothing, and commit() say why.
  void begin() { connection_->begin(); }
  base::Status commit();
  /// Why a commit has failed; empty: none has. The file is not to be written any more then.
  const std::string& trouble() const { return trouble_; }
  void insert(const Queued& queued);
  void insert_missing(const Queued& queued);
  /// Returns how many dead letters came of it.
  uint64_t apply(const Change& change);
  void set_next_seq(uint64_t seq);

  /// Moves the log into the file and empties it: for an orderly end.
  base::Status checkpoint();

  DeadTable& dead() { return dead_; }

 private:
  void bind(Statement& statement, const Queued& queued);

  std::unique_ptr<Connection> connection_;
  std::string instance_;
  std::string trouble_;
  Statement insert_, insert_missing_, remove_, progress_, next_seq_;
  DeadTable dead_;
};

}  // namespace corral::outbox

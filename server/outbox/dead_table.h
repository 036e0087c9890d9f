// Dead letters in the outbox's file, the newest version that was sent of their keys, and redrives under way.
// Threading: one thread at a time, as Store.
// See: README.md of this folder, "Dead letters".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/result.h"
#include "server/outbox/dead_letter.h"
#include "server/outbox/sqlite.h"

namespace corral::outbox {

/// All but the readings are calls inside a transaction of the connection, which fails as a whole.
class DeadTable {
 public:
  explicit DeadTable(Connection& connection);

  /// Moves a record here. Returns how many came: none when it is here already.
  uint64_t bury(const Queued& queued, DeadReason reason, int64_t at_ms);
  /// Remembers the version for as long as its key has dead letters. O(log n).
  void note_sent(const Record& record);

  uint64_t rows();
  /// Wall time of the oldest; 0: none.
  int64_t oldest_ms();
  DeadCount count(const std::string& origin);
  DeadPage list(const DeadQuery& query);
  /// None: no such number.
  std::optional<DeadLetter> get(uint64_t seq, bool with_image);
  /// Letters with images from `cursor` on, at most `count` and no more after 4 MiB; for exports.
  std::vector<DeadLetter> read_on(uint64_t cursor, uint32_t count);
  /// Both: how many are gone.
  uint64_t drop(uint64_t seq);
  uint64_t purge(const DeadQuery& query, uint64_t& cursor);  ///< one page of list()
  uint64_t last_seq();

  /// Back among the records, due at once, if the file knows of nothing newer for its key.
  Redriven redrive(uint64_t seq, int64_t now_ms, Queued& moved);
  void save(const Redrive& redrive);
  void forget_redrive(const std::string& origin);
  std::vector<Redrive> redrives();
  /// Numbers of the next dead letters of a redrive, at most `count`.
  std::vector<uint64_t> next(const Redrive& redrive, uint64_t count);

 private:
  DeadLetter read(Statement& statement, bool with_image);
  std::optional<Record> newest_known(const Record& record);
  void forget_sent(const Record& record);

  Connection& connection_;
  Statement note_sent_, get_, get_facts_, delete_, newest_record_, newest_sent_, forget_sent_;
};

}  // namespace corral::outbox

// The records behind Flights: what is known of each key, its waiters, and the marks, all counted.
// Threading: under the lock of the stripe, like Flights.
// See: README.md of this folder, "Flights".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/stampede/flights.h"

namespace corral::stampede {

struct Generation;
struct Record;

/// The right of one client to fill a key.
struct Lease {
  uint64_t token = 0;
  ClientId client = 0;
  int64_t granted_us = 0;
  int64_t deadline_ms = 0;
  int64_t armed_ms = INT64_MAX;  // the earliest timer under way
  int64_t known_fill_us = 0;     // of this very key, else 0
};

/// A parked read in the queue of its generation, in a page of the table.
struct Parked {
  Waiter waiter;
  int64_t until_ms = 0;
  Generation* generation = nullptr;
  Parked* older = nullptr;
  Parked* newer = nullptr;
  Parked* next = nullptr;  // of the index bucket; of the free ones
};

/// Readers that wait for the same fill. Has one live lease at least, two while a hedge is under way.
struct Generation {
  Lease first;
  std::unique_ptr<Lease> hedge;  // only beside a first
  uint32_t waiters = 0;
  uint8_t leases = 0;
  bool hedged : 1 = false;  // the one hedge was used
  bool guards_only : 1 =
      false;  // its waiters have their value; it only tells a late write from a current one
  bool several_removers : 1 = false;
  bool any_on_holder : 1 = false;  // there was one
  Parked* oldest = nullptr;
  Parked* newest = nullptr;
  Parked* on_holder = nullptr;  // the last of those on a connection that holds one of the leases
  ClientId removed_by = 0;      // once tainted: who removed the key
  uint64_t tags = 0;            // where the key's tags stood when its leases were given
  int64_t hedge_at_ms = INT64_MAX;

  Lease* lease(uint64_t token);
  Lease* lease_of(ClientId client);  ///< the newer one when the client should hold both
};

/// Memory of failures, kept in a ring over which the CLOCK hand goes.
struct Mark {
  Record* record = nullptr;
  Mark* behind = nullptr;
  Mark* ahead = nullptr;
  bool referenced = false;
  int64_t until_us = 0;      // hit-for-miss until then
  int64_t backoff_ms = 0;    // the length of the last hit-for-miss
  int64_t dies_ms = 0;       // forgotten from then on
  ClientId late_client = 0;  // a filler whose lease is gone and who may still write
  int64_t late_granted_us = 0;
  LoadFailure failure = LoadFailure::kNone;  // of the last load
};

/// What is known of one key. Exists while it has a generation or a mark.
struct Record {
  std::unique_ptr<Record> next;  // of the bucket
  std::string key;
  uint64_t hash = 0;
  int database = 0;
  uint32_t failures = 0;                // leases in a row that ended without a value
  std::unique_ptr<Generation> current;  // its lease is untainted
  std::unique_ptr<Generation> tainted;  // the key was removed after its lease was given
  std::unique_ptr<Mark> mark;

  FlightKey flight_key() const { return {database, key, hash}; }
};

class FlightTable {
 public:
  FlightTable(uint64_t seed, uint32_t stripe);
  ~FlightTable();
  FlightTable(const FlightTable&) = delete;
  FlightTable& operator=(const FlightTable&) = delete;

  FlightLimits limits;

  bool empty() const { return records_ == 0; }
  FlightFigures figures() const;

  Record* find(const FlightKey& key) const;
  Record& make(const FlightKey& key);
  /// Frees the record when nothing is known of its key any more.
  void settle(Record& record);
  /// Calls visit(Record&) for all; visit may settle() its record.
  template <typename Visit>
  void for_each(Visit visit);

  bool leases_full() const {
    return leases_ >= limits.leases ||
           (limits.server != nullptr && limits.server->leases.load(std::memory_order_relaxed) >=
                                            limits.server->most_leases.load(std::memory_order_relaxed));
  }
  /// A lease with a token of its own, ending `lease_ms` after `now_us`.
  Lease make_lease(ClientId client, int64_t now_us, int64_t lease_ms);
  Generation& make_generation(std::unique_ptr<Generation>& place);
  /// As the first lease when there is none, else as the hedge.
  Lease& add_lease(Generation& generation, const Lease& lease);
  /// When it was the last one, the generation must get another or go.
  void remove_lease(Generation& generation, uint64_t token);
  /// Drops the generation with its leases; it has no waiters any more.
  void drop(std::unique_ptr<Generation>& place);

  bool waiters_full() const {
    return waiters_ >= limits.waiters ||
           (limits.server != nullptr && limits.server->waiters.load(std::memory_order_relaxed) >=
                                            limits.server->most_waiters.load(std::memory_order_relaxed));
  }
  Parked& add_waiter(Generation& generation, const Waiter& waiter, int64_t until_ms);
  Parked* find_waiter(const Waiter& waiter);
  void remove_waiter(Parked& parked);
  /// Moves all waiters of a generation to the end of `out`, oldest first. When nobody else waits in the stripe,
  /// which is how a herd looks, the index is wiped as a whole and the queue read in the order it was written.
  void take_waiters(Generation& generation, std::vector<Waiter>& out);
  /// Puts all waiters of `from` before those of `to`.
  void move_waiters(Generation& from, Generation& to);

  /// The record's mark, made when missing, at the cost of another one when full. Null when the limit is 0.
  Mark* mark(Record& record);
  void drop_mark(Record& record);
  Mark* any_mark() const { return hand_; }
  /// Forgets the marks that have died; the earliest death of the rest, INT64_MAX without any.
  int64_t sweep_marks(int64_t now_ms);

 private:
  std::unique_ptr<Record>* bucket_of(uint64_t hash) const;
  Parked*& waiter_bucket_of(const Waiter& waiter);
  void grow_records();
  void grow_waiters();
  Parked* new_parked();
  void no_waiter_left();
  void evict_mark();
  // Signed changes of the counts, here and in the server.
  void count_leases(int32_t change);
  void count_waiters(int64_t change);
  uint64_t next_token();

  std::vector<std::unique_ptr<Record>> buckets_;
  std::vector<Parked*> waiter_buckets_;
  std::vector<std::unique_ptr<Parked[]>> waiter_pages_;
  size_t fresh_waiters_ = 0;  // so many of the pages' places were never used since nobody waited
  Parked* free_waiters_ = nullptr;
  Mark* hand_ = nullptr;
  uint64_t records_ = 0;
  uint64_t leases_ = 0;
  uint64_t waiters_ = 0;
  uint64_t marks_ = 0;
  uint64_t bytes_ = 0;
  uint64_t key_before_;  // token = permutation(number ^ key_before_) ^ key_behind_
  uint64_t key_behind_;
  uint64_t next_number_;
};

template <typename Visit>
void FlightTable::for_each(Visit visit) {
  for (size_t i = 0; i < buckets_.size(); ++i) {  // the last settle() may give the array back
    Record* record = buckets_[i].get();
    while (record != nullptr) {
      Record* const next = record->next.get();
      visit(*record);
      record = next;
    }
  }
}

}  // namespace corral::stampede

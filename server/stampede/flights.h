// Who fills a key and who waits for it: leases, waiters, generations and hit-for-miss of one stripe.
// Threading: every call under the lock of the stripe it belongs to. Pure logic: time is an argument, no I/O.
// See: README.md of this folder, "Flights".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/blob.h"
#include "server/stampede/policy.h"

namespace corral::stampede {

/// A connection, for ever unique in this server's life.
using ClientId = uint64_t;

/// A key of a database inside one stripe.
struct FlightKey {
  int database = 0;
  std::string_view key;
  uint64_t hash = 0;
};

/// A read that could be elected or parked.
struct Reader {
  ClientId client = 0;
  uint32_t worker = 0;       // where its connection lives
  uint64_t ticket = 0;       // names the held reply on that connection if the read parks
  uint32_t index = 0;        // which key of a multi-key read
  bool may_elect = true;     // false: MULTI, scripts, CLIENT REPLY OFF …: never elected, sees stale as missing
  bool may_park = true;      // false additionally for a multi-key read that took a lease
  bool pipelined = false;    // the connection has lately had two commands in flight
  int64_t patience_cap_ms = INT64_MAX;  // from the client library's default timeout
};

/// A parked read, as handed back when it is answered.
struct Waiter {
  ClientId client = 0;
  uint32_t worker = 0;
  uint64_t ticket = 0;
  uint32_t index = 0;
};

enum class AnswerCause : uint8_t { kFilled, kPromoted, kHitForMiss, kFlushed, kReleased, kInvalidated };

/// What the engine wants done; the implementation posts to mailboxes and arms timers. Called under the stripe's lock, so
/// it only queues.
class FlightEvents {
 public:
  /// The read is over: `value` null means nil. For kPromoted the waiter now holds the lease `token` (its session must
  /// remember it, see LeaseRecord). All waiters of one fill come in one call, oldest first.
  virtual void answer(const Waiter* waiters, size_t count, base::Blob* value, AnswerCause cause, uint64_t token) = 0;
  /// Call on_deadline(key, token) at this time or later.
  virtual void arm(int64_t at_ms, const FlightKey& key, uint64_t token) = 0;

 protected:
  ~FlightEvents() = default;
};

/// What the entry of the key looks like to a reader.
enum class KeyState : uint8_t { kMissing, kStale };  // kStale: soft-expired or marked, before its hard expiry

enum class Verdict : uint8_t {
  kElected,     ///< answer nil; the client holds lease `token` and is expected to fill
  kServeStale,  ///< answer the old value
  kParked,      ///< hold the reply; it comes through FlightEvents::answer or the reader withdraws at `until_ms`
  kNil,         ///< plain nil, no lease (hit-for-miss, bound reached, may not park, probe)
};

struct ReadOutcome {
  Verdict verdict = Verdict::kNil;
  uint64_t token = 0;     // kElected
  int64_t until_ms = 0;   // kParked: when the reader's patience ends
  const char* why = "";   // for CACHE.EXPLAIN: static text
};

/// Limits of one stripe; the server's limits divided by the stripes, rounded up. Reaching one gives a plain nil and counts
/// in PolicyStats::bound_refusals.
struct FlightLimits {
  uint32_t leases = 64;
  uint32_t waiters = 1024;
  uint32_t hit_for_miss = 64;
};

/// A lease as the holder's session remembers it, to give it back when the connection closes.
struct LeaseRecord {
  uint32_t stripe = 0;
  int database = 0;
  std::string key;
  uint64_t token = 0;
};

/// What the engine is told about a write.
struct Fill {
  ClientId writer = 0;
  std::string_view value;      // bytes now in the key (of a string)
  base::Blob* blob = nullptr;  // same bytes as a blob when there is one; else the engine makes one if anybody waits
};

/// What the entry that was just written must become.
struct FillOutcome {
  bool mark_stale = false;     // guard: the value may be older than a delete
  int64_t fill_us = 0;         // 0: not a fill of a live lease
};

struct FlightFigures {
  uint64_t leases = 0;
  uint64_t waiters = 0;
  uint64_t hit_for_miss = 0;
  uint64_t bytes = 0;
};

class Flights {
 public:
  explicit Flights(const FlightLimits& limits);
  ~Flights();
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  /// Nothing to look at for this stripe: no lease, no waiter, no mark.
  bool idle() const;
  void set_limits(const FlightLimits& limits);

  /// A GET-like read found the key missing or stale. All rules of README "Flights" are in here.
  ReadOutcome on_read(const FlightKey& key, KeyState state, const Reader& reader, const Policy& policy, int64_t now_us,
                      FlightEvents& events);
  /// The key came into existence or was overwritten, by any command. Ends every live lease of the key and answers all
  /// waiters with the value. `policy` may be null (deleted meanwhile). Cheap when nothing is known of the key.
  FillOutcome on_write(const FlightKey& key, const Fill& fill, const Policy* policy, int64_t now_us, FlightEvents& events);
  /// The key was removed or invalidated by `by`; `same_transaction` as in README "Guard". Taints the live lease: its
  /// waiters may still get its value, later readers start a new generation.
  void on_remove(const FlightKey& key, ClientId by, int64_t now_us);
  /// The holder's connection closed, or it released the lease (`negative_ms` >= 0: remember "nothing there" so long).
  /// False: no such live lease.
  bool end_lease(const FlightKey& key, uint64_t token, int64_t negative_ms, const Policy* policy, int64_t now_us,
                 FlightEvents& events);
  /// A time armed through FlightEvents::arm has come.
  void on_deadline(const FlightKey& key, uint64_t token, const Policy* policy, int64_t now_us, FlightEvents& events);
  /// The waiter does not wait any more (patience over, connection closed, CLIENT UNBLOCK, own write, held-reply bound). True
  /// when it was still queued: then the caller answers it; false: its answer is already under way.
  bool withdraw(const FlightKey& key, const Waiter& waiter, bool timed_out, const Policy* policy);
  /// Whether this token is the live, untainted lease of the key (CACHE.SET).
  bool lease_is_good(const FlightKey& key, uint64_t token) const;
  /// Whether `client` holds a live lease of the key.
  bool holds_lease(const FlightKey& key, ClientId client) const;
  /// FLUSHDB/FLUSHALL/SWAPDB: answers all parked reads of the database (-1: all) nil and forgets its leases and marks.
  void clear(int database, FlightEvents& events);

  /// For CACHE.EXPLAIN: one line in plain words on what is known of the key, empty when nothing.
  std::string explain(const FlightKey& key, int64_t now_us) const;
  FlightFigures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace corral::stampede

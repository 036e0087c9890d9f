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
/// The server itself, filling from an origin.
constexpr ClientId kLoader = UINT64_MAX;
/// Where the place of tags is asked for: any will do. No tags have this number.
constexpr uint64_t kTagsUnknown = UINT64_MAX;

/// A key of a database inside one stripe.
struct FlightKey {
  int database = 0;
  std::string_view key;
  uint64_t hash = 0;
};

/// A read that could be elected or parked.
struct Reader {
  ClientId client = 0;
  uint32_t worker = 0;    // where its connection lives
  uint64_t ticket = 0;    // names the held reply on that connection if the read parks
  uint32_t index = 0;     // which key of a multi-key read
  bool may_elect = true;  // false: MULTI, scripts, CLIENT REPLY OFF …: never elected, sees stale as missing
  bool may_park = true;   // false additionally for a multi-key read that took a lease
  bool pipelined = false;               // the connection has lately had two commands in flight
  bool fills_alone = false;             // waits of the connection for its own lease were lately in vain
  int64_t patience_cap_ms = INT64_MAX;  // from the client library's default timeout
  int64_t known_fill_us = 0;  // what the entry says its last fill took (Extension::cost_log2); 0: not known
  uint64_t tags = 0;          // where the key's tags and prefixes stand (CacheRules::tags_of); 0: it has none
};

/// A parked read, as handed back when it is answered.
struct Waiter {
  ClientId client = 0;
  uint32_t worker = 0;
  uint64_t ticket = 0;
  uint32_t index = 0;
  bool on_holder = false;  // as in ReadOutcome; not part of its name
};

/// Why a load brought no value. The texts are what readers see behind LOADFAIL.
enum class LoadFailure : uint8_t {
  kNone,
  kTimedOut,     ///< no answer within the origin's time
  kUnreachable,  ///< no connection, or it broke
  kPaused,       ///< not asked: its breaker is open, or its retry budget is spent
  kOverloaded,   ///< not asked: too many loads wait for it
  kRefused,      ///< it answered with an error
  kUnusable,     ///< its answer cannot be a value: too large, malformed, truncated
  kUnknownOrigin,
  kNotWaited,    ///< no failure of the load: the reader's patience, or a bound on readers, was reached
};
std::string_view load_failure_text(LoadFailure failure);

/// kReleased: the holder said that there is nothing, or the policy is gone.
enum class AnswerCause : uint8_t { kFilled, kPromoted, kHitForMiss, kFlushed, kReleased };

/// What the entry of the key looks like to a reader.
enum class KeyState : uint8_t { kMissing, kStale };  // kStale: soft-expired or marked, before its hard expiry

/// What the engine wants done; the implementation posts to mailboxes and arms timers. Called under the
/// stripe's lock, so it only queues.
class FlightEvents {
 public:
  /// The reads are over: `value` null means nil; who keeps it beyond the call takes a reference. For
  /// kPromoted the one waiter now holds the lease `token`: its session remembers it (LeaseRecord), answers
  /// nil, and withdraws the other keys of a multi-key read, for a filler must not wait; if the session is
  /// gone, end_lease(). All waiters of one fill come in one call, oldest first.
  virtual void answer(const Waiter* waiters, size_t count, base::Blob* value, AnswerCause cause,
                      uint64_t token) = 0;
  /// The reads are over: the load that they waited for failed.
  virtual void answer_failed(const Waiter* waiters, size_t count, LoadFailure failure) = 0;
  /// Ask the policy's origin for the key, which is `state`. What comes back goes to end_load(), or in as a write by kLoader.
  virtual void load(const FlightKey& key, KeyState state, const Policy& policy, uint64_t token) = 0;
  /// Call on_deadline(key, token) once at this time or later, in the unit of now_us / 1000. Token 0 is
  /// housekeeping.
  virtual void arm(int64_t at_ms, const FlightKey& key, uint64_t token) = 0;

 protected:
  ~FlightEvents() = default;
};

enum class Verdict : uint8_t {
  kElected,     ///< answer nil; the client holds lease `token` and is expected to fill
  kServeStale,  ///< answer the old value
  kParked,  ///< hold the reply; it comes through FlightEvents::answer or the reader withdraws at `until_ms`
  kNil,     ///< plain nil, no lease (hit-for-miss, bound reached, may not park, probe)
  kLoadFailed,  ///< an error: the key's load failed lately, or the read may not wait for it
};

struct ReadOutcome {
  Verdict verdict = Verdict::kNil;
  uint64_t token = 0;    // kElected
  int64_t until_ms = 0;  // kParked: when the reader's patience ends
  const char* why = "";  // for CACHE.EXPLAIN: static text
  LoadFailure failure = LoadFailure::kNone;  // kLoadFailed
  bool on_holder = false;                    // kParked: on a connection that holds the lease
};

/// How a load ended that does not go into the store.
struct LoadEnd {
  enum class Kind : uint8_t { kValue, kAbsent, kFailed } kind = Kind::kFailed;
  base::Blob* value = nullptr;  // kValue; null: a value that is no string, or none that waiters could share
  LoadFailure failure = LoadFailure::kNone;
};

/// What all stripes of a server have together, and may have. Any thread; two stripes that come to a bound in the
/// same moment may pass it by one each.
struct FlightTotals {
  std::atomic<uint32_t> most_leases{UINT32_MAX};
  std::atomic<uint32_t> most_waiters{UINT32_MAX};
  std::atomic<uint32_t> leases{0};
  std::atomic<uint32_t> waiters{0};
};

/// Limits of one stripe. Reaching one, or one of the server, gives a plain nil and counts in
/// PolicyStats::bound_refusals.
struct FlightLimits {
  uint32_t leases = 64;
  uint32_t waiters = 1024;
  uint32_t hit_for_miss = 64;
  FlightTotals* server = nullptr;  // null: only this stripe's limits; fixed from the beginning on
};

/// A lease as the holder's session remembers it, to give it back when the connection closes.
struct LeaseRecord {
  uint32_t stripe = 0;
  int database = 0;
  std::string key;
  uint64_t token = 0;
};

/// What the engine is told about a write. Neither bytes nor blob (a value that is no string): waiters get
/// nil.
struct Fill {
  ClientId writer = 0;
  std::string_view value;  // bytes now in the key (of a string)
  base::Blob* blob =
      nullptr;        // same bytes as a blob when there is one; else the engine makes one if anybody waits
  uint64_t tags = 0;  // as in Reader
};

/// What the entry that was just written must become.
struct FillOutcome {
  bool mark_stale = false;  // guard: the value may be older than a delete
  int64_t fill_us = 0;      // 0: not a fill of a live lease
};

/// Exact. `hit_for_miss` counts all keys whose failed fills are remembered, also those with one failure only.
struct FlightFigures {
  uint64_t leases = 0;
  uint64_t waiters = 0;
  uint64_t hit_for_miss = 0;
  uint64_t bytes = 0;
};

/// now_us of all calls comes from one clock, wall or steady. Memory: about 250 bytes and the key for each
/// lease, 80 for each waiter, of which the most there were at once stay until nobody waits. Every call is O(1) expected but for those that answer waiters.
class Flights {
 public:
  /// `seed` makes tokens that nobody can guess; together with `stripe` it keeps them unique in the whole
  /// server when all stripes share a seed.
  explicit Flights(const FlightLimits& limits, uint64_t seed = 0, uint32_t stripe = 0);
  ~Flights();
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  /// Nothing to look at for this stripe: no lease, no waiter, no mark.
  bool idle() const;
  void set_limits(const FlightLimits& limits);

  /// A GET-like read found the key missing or stale. All rules of README "Flights" are in here.
  ReadOutcome on_read(const FlightKey& key, KeyState state, const Reader& reader, const Policy& policy,
                      int64_t now_us, FlightEvents& events);
  /// The key came into existence or was overwritten, by any command. Ends every live lease of the key and
  /// answers all waiters with the value. `policy` may be null (deleted meanwhile). Cheap when nothing is
  /// known of the key.
  FillOutcome on_write(const FlightKey& key, const Fill& fill, const Policy* policy, int64_t now_us,
                       FlightEvents& events);
  /// The key was removed or invalidated by `by` (0: the server itself). Not for expiry or eviction, which say
  /// nothing about the value that is being computed. Taints the live lease: its waiters may still get its
  /// value, later readers start a new generation.
  void on_remove(const FlightKey& key, ClientId by, int64_t now_us);
  /// The holder's connection closed, or it released the lease (`negative_ms` >= 0: remember "nothing there"
  /// so long). False: no such live lease.
  bool end_lease(const FlightKey& key, uint64_t token, int64_t negative_ms, const Policy* policy,
                 int64_t now_us, FlightEvents& events, uint64_t tags = 0);
  /// The load `token` is over. A value answers those who waited for it and is gone (the store's write is on_write, by
  /// kLoader, and only while lease_is_good); absence is remembered for the policy's `negative`, failure as long, doubling
  /// to a minute. False: no such load any more.
  bool end_load(const FlightKey& key, uint64_t token, const LoadEnd& end, const Policy* policy, int64_t now_us,
                FlightEvents& events, uint64_t tags = 0);
  /// A time armed through FlightEvents::arm has come. `tags` as in Reader, here and above.
  void on_deadline(const FlightKey& key, uint64_t token, const Policy* policy, int64_t now_us,
                   FlightEvents& events, uint64_t tags = 0);
  /// The waiter does not wait any more (patience over, connection closed, CLIENT UNBLOCK, own write,
  /// held-reply bound). True when it was still queued: then the caller answers it; false: its answer is
  /// already under way.
  bool withdraw(const FlightKey& key, const Waiter& waiter, bool timed_out, const Policy* policy);
  /// Whether this token is the live, untainted lease of the key (CACHE.SET). `tags` as in Reader.
  bool lease_is_good(const FlightKey& key, uint64_t token, uint64_t tags = kTagsUnknown) const;
  /// Whether `client` holds a live, untainted lease of the key, so that its write would answer all waiters.
  bool holds_lease(const FlightKey& key, ClientId client) const;
  /// FLUSHDB/FLUSHALL/SWAPDB: answers all parked reads of the database (-1: all) nil and forgets its leases
  /// and marks.
  void clear(int database, FlightEvents& events);

  /// For CACHE.EXPLAIN: one line in plain words on what is known of the key, empty when nothing.
  std::string explain(const FlightKey& key, int64_t now_us) const;
  FlightFigures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace corral::stampede

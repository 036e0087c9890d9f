// State of one client without its socket: database, protocol version, transaction, parked reads, leases.
// Threading: the connection's worker only; what others may see is in the ClientRecord.
// See: README.md of this folder.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/bytes.h"
#include "server/acl/user_table.h"
#include "server/base/blob.h"
#include "server/session/blocked_request.h"
#include "server/session/client_registry.h"
#include "server/session/held_replies.h"
#include "server/types/value.h"

namespace corral::session {

/// Why a command of this session must take the slow path. 0 = none.
enum SessionFlag : uint32_t {
  kNotAuthenticated = 1 << 0,
  kInMulti = 1 << 1,
  kMonitoring = 1 << 2,
  kReplyOff = 1 << 3,       // CLIENT REPLY OFF
  kReplySkipNext = 1 << 4,  // CLIENT REPLY SKIP, for the next command
  kReplySkipThis = 1 << 5,
  kNoTouch = 1 << 6,
  kNoEvict = 1 << 7,
  kHasParked = 1 << 8,      // at least one reply is held
  kClosing = 1 << 9,        // close when the output is sent
  kSubscribed = 1 << 11,    // listens: over RESP2 few commands are allowed
  kTracking = 1 << 12,      // `tracking`: its reads are remembered
  kInScript = 1 << 13,      // stands for a client while its script runs
  kRestricted = 1 << 14,    // `user` may not do everything: each command is checked
  kBlocked = 1 << 10,       // `blocked` waits; nothing of this connection is executed meanwhile
};

/// A WATCHed key. `dirty` is set under the key's stripe lock by whoever changes the key.
struct WatchMark {
  explicit WatchMark(std::shared_ptr<ClientRecord> client) : record(std::move(client)) {}
  void spoil() {
    dirty.store(true, std::memory_order_relaxed);
    record->flags.fetch_or(kClientDirtyCas, std::memory_order_relaxed);
  }
  std::atomic<bool> dirty{false};
  std::shared_ptr<ClientRecord> record;  // where CLIENT LIST looks
};
struct WatchedKey {
  int database;
  std::string key;
  uint32_t stripe;
  bool was_expired;  // it had already run out when it was watched
};

struct MultiState {
  std::vector<QueuedCommand> queue;
  bool failed = false;  // a command could not be queued: EXEC answers EXECABORT
  size_t bytes = 0;
};

/// A read whose reply is held until its keys are filled.
struct ParkedRead {
  // GET, MGET, CACHE.GET; HGET, HMGET, HGETALL.
  enum class Shape : uint8_t { kBulk, kArray, kCacheGet, kField, kFields, kAllFields };
  struct Part {
    std::string key;
    uint32_t stripe = 0;
    uint64_t hash = 0;
    bool waiting = false;
    base::BlobRef value;   // answer, or the value that was there already; null = nil
    types::ValueType type = types::ValueType::kString;  // of the answer
    std::shared_ptr<const types::Value> container;      // the answer, if it is no string; null = look at the key
    uint64_t token = 0;    // the lease, when the waiter became the filler
    bool loads = false;    // the server itself fills the key: an end without a value is an error, not a nil
  };
  Shape shape = Shape::kBulk;
  int resp_version = 2;
  int database = 0;
  uint32_t waiting = 0;      // parts still waiting
  bool on_holder = false;    // the session holds the lease of one
  int64_t since_us = 0;
  int64_t until_ms = 0;      // patience over: answered with what there is
  std::string_view failure;  // static text: a load failed, and this is what the reply says
  std::vector<Part> parts;
  std::vector<std::string> fields;  // asked for, of the hash that the only part names
};

/// A lease this session holds, to be given back when its connection closes.
struct HeldLease {
  uint32_t stripe;
  int database;
  uint64_t hash;
  std::string key;
  uint64_t token;
};

/// CLIENT TRACKING, while it is on.
struct TrackingState {
  uint64_t redirect = 0;  // the client that gets the invalidations; 0: this one
  bool broadcast = false;
  bool opt_in = false;
  bool opt_out = false;
  bool no_loop = false;
  bool caching = false;          // CLIENT CACHING, for the next command
  bool broken_redirect = false;  // the other client is gone
  std::set<std::string> prefixes;
};

struct Session {
  uint64_t id = 0;
  uint32_t flags = 0;  // SessionFlag
  int database = 0;
  int resp_version = 2;
  std::shared_ptr<ClientRecord> record;
  HeldReplies output;
  acl::UserRef user;  // as it was when its worker last looked; null: deleted, the connection is being closed

  std::unique_ptr<MultiState> multi;                       // in MULTI only
  std::shared_ptr<WatchMark> watch_mark;                   // while keys are watched
  std::vector<WatchedKey> watched;

  /// Names listened to: channels, patterns, shard channels, in pubsub::Kind's order.
  std::array<std::set<std::string>, 3> subscriptions;
  std::unique_ptr<TrackingState> tracking;
  std::shared_ptr<BlockedRequest> blocked;                 // BLPOP and the like, while it waits

  uint64_t next_ticket = 1;
  std::unordered_map<uint64_t, ParkedRead> parked;         // by ticket
  std::vector<HeldLease> leases;                           // oldest first
  size_t lease_prune_at = 0;                               // look for ended ones when there are so many
  uint64_t woken_in_turn = 0;                              // the worker's last turn that answered a parked read
  int64_t patience_cap_ms = INT64_MAX;                     // from the client library's default timeout
  int64_t pipelined_until_ms = 0;                          // the client has lately had two data commands in flight
  uint32_t holder_waits_lost = 0;                          // in a row: waits for a lease of its own, without a value
  int64_t fills_alone_until_ms = 0;                        // two of them: only one caller uses the connection

  bool pipelined(int64_t now_ms) const { return now_ms < pipelined_until_ms; }
  bool has(SessionFlag flag) const { return (flags & flag) != 0; }
  void set(SessionFlag flag) { flags |= flag; }
  void unset(SessionFlag flag) { flags &= ~static_cast<uint32_t>(flag); }
};

}  // namespace corral::session

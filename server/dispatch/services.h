// The server's parts as the request pipeline sees them, and the state of one worker.
// Threading: Services is shared and constant (its parts say how they are used); WorkerState belongs to one worker.
// See: README.md of this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/acl/acl_log.h"
#include "server/acl/user_table.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/config/settings.h"
#include "server/dispatch/message.h"
#include "server/metrics/hot_keys.h"
#include "server/metrics/slow_log.h"
#include "server/metrics/worker_stats.h"
#include "server/pubsub/local_subscribers.h"
#include "server/pubsub/tracking_table.h"
#include "server/session/session.h"
#include "server/stampede/policy.h"
#include "server/store/graveyard.h"
#include "server/store/keyspace.h"
#include "server/store/memory_budget.h"
#include "server/types/thresholds.h"

namespace corral::config {
class OptionTable;
}

namespace corral::scripting {
class Registry;
}

namespace corral::dispatch {

/// What a worker keeps of scripts; made at first use by who knows them (server/scripting).
class ScriptState {
 public:
  virtual ~ScriptState() = default;
};

struct ScriptTask;
struct Command;
class Loader;

/// A missing or stale key whose policy names an origin.
struct LoadRequest {
  uint32_t worker = 0;
  uint32_t stripe = 0;
  int database = 0;
  uint64_t hash = 0;
  uint64_t token = 0;  // of the lease that the load holds
  bool is_refresh = false;  // nobody waits: the stale value is served
  std::string key;
  std::string origin;
  std::vector<std::string> captures;  // [0] is the key, [n] what the n-th star of the policy's pattern stands for
};

/// The keys among the arguments and what the command does with each.
using FindKeyUses = void (*)(const Command& command, std::span<const protocol::Bytes> arguments,
                             std::vector<acl::KeyUse>& uses);

class BlockedQueues;
class CacheRules;
class CommandTable;
class Watches;

/// Facts of this run and the few states the whole server shares.
struct ServerState {
  std::string run_id;          // 40 hex digits
  std::string executable;
  int64_t started_ms = 0;      // wall
  double cycles_per_us = 1000;
  uint32_t workers = 1;
  std::atomic<int> monitors{0};
  // CLIENT PAUSE: until when, and whether reads go on.
  std::atomic<int64_t> paused_until_ms{0};
  std::atomic<bool> pause_writes_only{false};
  std::atomic<int> long_scripts{0};    // have run for longer than a moment
  std::atomic<int> busy_scripts{0};    // have run for longer than busy-reply-threshold
  std::atomic<int> busy_functions{0};
  std::atomic<bool> shutdown_requested{false};
  std::atomic<uint64_t> next_block_ticket{1};
  std::atomic<int64_t> blocked_clients{0};
  std::atomic<uint64_t> peak_memory{0};
  std::atomic<uint64_t> peak_clients{0};
  /// Asks the composition root to stop the server (SHUTDOWN, SIGTERM). Set before the workers start.
  std::function<void()> request_shutdown;
  /// Live rates (instantaneous_ops_per_sec …), kept by worker 0 ten times a second.
  std::atomic<uint64_t> operations_per_second{0};
  std::atomic<uint64_t> input_bytes_per_second{0};
  std::atomic<uint64_t> output_bytes_per_second{0};
};

struct Services {
  const base::Clock& clock;
  base::Log& log;
  config::Settings& settings;
  config::OptionTable& options;
  store::Keyspace& keyspace;
  store::MemoryBudget& budget;
  session::ClientRegistry& clients;
  metrics::CommandLogs& command_logs;
  metrics::LatencyMonitor& latency;
  ServerState& state;
  const CommandTable& commands;
  Watches& watches;
  CacheRules& cache;
  BlockedQueues& blocked;
  const types::Thresholds& thresholds;
  pubsub::Registry& pubsub;
  scripting::Registry& scripts;
  pubsub::TrackingTable& tracking;
  metrics::HotKeys& hot_keys;
  acl::Users& users;
  acl::RefusalLog& refusals;
  FindKeyUses key_uses;
  Loader* loader = nullptr;  // set before the workers start; null: no origins
  /// One per worker, in worker order; all exist before the first request.
  std::vector<metrics::WorkerStats*> stats;
};

/// A time at which a parked read's patience ends, or a lease's deadline comes.
struct TimerEntry {
  int64_t at_ms;
  bool is_lease;
  uint64_t client;  // parked read
  uint64_t ticket;
  // lease
  uint64_t token;
  uint64_t hash;
  uint32_t stripe;
  int database;
  std::string key;
  bool operator>(const TimerEntry& other) const { return at_ms > other.at_ms; }
};

/// A time at which a blocked request gives up.
struct BlockTimer {
  int64_t at_ms;
  uint64_t client;
  uint64_t ticket;
  bool operator>(const BlockTimer& other) const { return at_ms > other.at_ms; }
};

/// A key that got something while somebody waits for it; served before the locks go.
struct ReadyKey {
  int database;
  uint32_t stripe;
  std::string key;
  bool gone;  // it was removed, which who reads from a group must be told
};

/// A key written inside a transaction while somebody fills it or waits for it: told of when the transaction is over.
struct FilledKey {
  int database;
  std::string key;
};

/// Hits of policies, counted apart from what the workers share: of one policy at a time, handed over when another has one
/// and when the turn ends. Between begin_turn() and flush() the policies given to count() must be the same.
class PolicyHits {
 public:
  /// False, and nothing is counted, when no policy has that number.
  bool count(uint16_t number, const stampede::PolicyTable* policies) {
    if (__builtin_expect(number != number_ || pending_ == 0, 0) && !change(number, policies)) return false;
    ++pending_;
    return true;
  }
  void flush() {
    if (pending_ == 0) return;
    stats_->hits.fetch_add(pending_, std::memory_order_relaxed);
    pending_ = 0;
  }

 private:
  bool change(uint16_t number, const stampede::PolicyTable* policies) {
    flush();
    const stampede::Policy* policy = policies != nullptr ? policies->by_number(number) : nullptr;
    if (policy == nullptr) return false;
    number_ = number;
    stats_ = policy->stats.get();
    return true;
  }

  uint64_t pending_ = 0;
  stampede::PolicyStats* stats_ = nullptr;
  uint16_t number_ = 0;
};

struct WorkerState {
  WorkerState(uint32_t worker_index, uint64_t seed, MessagePort& message_port, metrics::WorkerStats& worker_stats)
      : index(worker_index), random(seed), port(message_port), stats(worker_stats) {}

  uint32_t index;
  base::Random random;
  MessagePort& port;
  metrics::WorkerStats& stats;
  int64_t now_ms = 0;  // wall time of this loop turn
  int64_t now_us = 0;
  int64_t nothing_to_evict_ms = 0;   // when a walk over all stripes found nothing that may go
  bool monitored = false;  // somebody runs MONITOR
  uint64_t users_version = 0;  // that the sessions of this worker know of
  PolicyHits policy_hits;
  std::unordered_map<uint64_t, session::Session*> sessions;  // connections of this worker
  std::vector<uint64_t> monitors;                            // of these: in MONITOR mode
  std::priority_queue<TimerEntry, std::vector<TimerEntry>, std::greater<>> timers;
  std::priority_queue<BlockTimer, std::vector<BlockTimer>, std::greater<>> block_timers;
  pubsub::LocalSubscribers subscribers;
  std::vector<uint64_t> tracking_clients;       // sessions of this worker in CLIENT TRACKING
  std::map<std::string, uint64_t> broadcast;    // keys written in this turn while somebody wants to be told of any
  uint32_t next_trimmed_stripe = 0;             // where trim_tracking() goes on
  std::vector<ReadyKey> ready_keys;      // of the command being executed
  std::vector<FilledKey> filled_keys;    // of the transaction being executed
  std::vector<ServedMessage> served;     // for sessions of this worker; delivered like `answers`
  std::vector<uint64_t> resumed;         // sessions that wait no more: the connection goes on with its input
  std::deque<AnswerMessage> answers;    // for sessions of this worker; delivered between commands, never under a lock
  uint64_t turn = 0;                    // number of the loop turn
  uint32_t answered = 0;                // parked reads answered in this turn
  uint32_t woken = 0;                   // sessions that got such answers in this turn: each is a write to a socket
  std::unique_ptr<ScriptState> scripts;  // null until the first script
  std::shared_ptr<ScriptTask> script_task;  // likewise
  bool script_suspended = false;            // it waits for its next turn
  bool end_scripts = false;                 // the worker stops: whatever runs must end
  std::vector<LoadRequest> loads;       // begun in this turn, handed over at its end
  store::Graveyard graveyard;           // what FLUSHALL on this worker left to be freed in steps
  std::vector<uint64_t> dirty_sessions;  // got output from outside their own turn: to be written
};

}  // namespace corral::dispatch

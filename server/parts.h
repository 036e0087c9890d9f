// Every part of the server but threads and sockets, wired together.
// Threading: built and destroyed by one thread; the parts say how they are used in between.
// See: README.md of this folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/config/option_table.h"
#include "server/dispatch/blocked_queues.h"
#include "server/dispatch/cache_rules.h"
#include "server/dispatch/command_table.h"
#include "server/dispatch/services.h"
#include "server/dispatch/watches.h"
#include "server/scripting/registry.h"

namespace corral {

/// The composition root's inner half. Tests build it with a manual clock and drive a dispatcher directly; the server adds
/// workers and sockets.
class Parts {
 public:
  /// `settings` must be final but for what CONFIG SET may change. `seed` feeds everything random but the hash secret.
  Parts(const base::Clock& clock, base::Log& log, config::Settings& settings, config::OptionTable& options,
        const base::HashSecret& secret, uint64_t seed, uint32_t workers);

  dispatch::Services& services() { return *services_; }
  metrics::WorkerStats& stats(uint32_t worker) { return *stats_[worker]; }
  dispatch::ServerState& state() { return state_; }

 private:
  void follow_settings(config::OptionTable& options, config::Settings& settings, base::Log& log);
  void follow_user_settings(config::OptionTable& options, config::Settings& settings);
  void follow_thresholds(config::OptionTable& options, const config::Settings& settings);

  dispatch::CommandTable commands_;
  store::Keyspace keyspace_;
  store::MemoryBudget budget_;
  session::ClientRegistry clients_;
  metrics::CommandLogs command_logs_;
  metrics::LatencyMonitor latency_;
  dispatch::ServerState state_;
  dispatch::Watches watches_;
  dispatch::CacheRules cache_;
  dispatch::BlockedQueues blocked_;
  types::Thresholds thresholds_;
  pubsub::Registry pubsub_;
  scripting::Registry scripts_;
  pubsub::TrackingTable tracking_;
  metrics::HotKeys hot_keys_;
  acl::Users users_;
  acl::RefusalLog refusals_;
  std::vector<std::unique_ptr<metrics::WorkerStats>> stats_;
  std::unique_ptr<dispatch::Services> services_;
};

}  // namespace corral

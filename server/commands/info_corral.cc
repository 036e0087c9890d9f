// Our own sections of INFO: the server's shape, stampede protection, the loops, memory by purpose.
// Threading: see info_sections.h.
// See: info_sections.h; server/stampede/policy_stats.h for the meaning of the counters.
#include <cmath>

#include "server/commands/info_sections.h"
#include "server/commands/version.h"

namespace corral::commands {
namespace {

using metrics::WorkerStats;
using stampede::PolicyStats;

// Counts of all workers in one histogram of powers of two.
template <size_t kBuckets>
class Merged {
 public:
  void add(const metrics::LogHistogram<kBuckets>& histogram) {
    for (size_t i = 0; i < kBuckets; ++i) {
      counts_[i] += histogram.count(i);
      all_ += histogram.count(i);
    }
  }
  /// The value that a share of all records did not pass: the end of its bucket, so never too small.
  uint64_t quantile(double share) const {
    const double rank = std::max(1.0, std::ceil(share * static_cast<double>(all_)));
    uint64_t before = 0;
    for (size_t i = 0; i < kBuckets && all_ > 0; ++i) {
      before += counts_[i];
      if (static_cast<double>(before) >= rank) return uint64_t{1} << i;
    }
    return 0;
  }
  /// By the middles of the buckets.
  double mean() const {
    double sum = 0;
    for (size_t i = 1; i < kBuckets; ++i) sum += std::ldexp(0.75, static_cast<int>(i)) * static_cast<double>(counts_[i]);
    return all_ == 0 ? 0 : sum / static_cast<double>(all_);
  }
  uint64_t all() const { return all_; }

 private:
  std::array<uint64_t, kBuckets> counts_{};
  uint64_t all_ = 0;
};

template <size_t kBuckets>
Merged<kBuckets> merged(InfoSource& source, metrics::LogHistogram<kBuckets> WorkerStats::*histogram) {
  Merged<kBuckets> sum;
  for (const WorkerStats* stats : source.ctx.services().stats) sum.add(stats->*histogram);
  return sum;
}

struct NamedCounter {
  std::string_view name;
  PolicyStats::Counter PolicyStats::*counter;
};
constexpr NamedCounter kStampedeCounters[] = {
    {"fresh_hits", &PolicyStats::hits},
    {"stale_hits", &PolicyStats::stale_hits},
    {"plain_misses", &PolicyStats::misses},
    {"elections", &PolicyStats::elections},
    {"fills", &PolicyStats::fills},
    {"duplicate_fills", &PolicyStats::duplicate_fills},
    {"waits", &PolicyStats::waits},
    {"wait_timeouts", &PolicyStats::wait_timeouts},
    {"promotions", &PolicyStats::promotions},
    {"hedges", &PolicyStats::hedges},
    {"failed_leases", &PolicyStats::failed_leases},
    {"hit_for_miss_marks", &PolicyStats::hit_for_miss},
    {"probes", &PolicyStats::probes},
    {"holder_waits", &PolicyStats::holder_waits},
    {"holder_timeouts", &PolicyStats::holder_timeouts},
    {"bound_refusals", &PolicyStats::bound_refusals},
    {"invalidations", &PolicyStats::invalidations},
};

}  // namespace

void info_corral(InfoSource& source, InfoText& out) {
  const dispatch::Services& services = source.ctx.services();
  out.section("Corral");
  out.field("corral_version", kCorralVersion);
  out.field("workers", static_cast<int64_t>(services.state.workers));
  out.field("stripes", static_cast<int64_t>(services.keyspace.stripe_count()));
  out.field("databases", services.keyspace.databases());
  out.field("policies", static_cast<uint64_t>(services.cache.policies()->all().size()));
  out.field("monitors", services.state.monitors.load(std::memory_order_relaxed));
  out.field("peak_clients", std::max(services.state.peak_clients.load(std::memory_order_relaxed),
                                     static_cast<uint64_t>(services.clients.size())));
  out.field("expired_fields", source.total(&WorkerStats::expired_fields));
  out.field("eviction_scans", source.total(&WorkerStats::evict_scans));
}

// keyspace_misses by cause, as far as each stripe remembers its removals.
void info_corral_misses(InfoSource& source, InfoText& out) {
  static constexpr std::string_view kNames[metrics::kMissCauses] = {"misses_never_set", "misses_expired",
                                                                    "misses_evicted", "misses_invalidated"};
  out.section("Corral_misses");
  for (size_t cause = 0; cause < std::size(kNames); ++cause) {
    uint64_t sum = 0;
    for (const WorkerStats* stats : source.ctx.services().stats) sum += stats->misses_by_cause[cause].value();
    out.field(kNames[cause], sum);
  }
}

void info_stampede(InfoSource& source, InfoText& out) {
  source.ctx.worker().policy_hits.flush();
  const dispatch::Services& services = source.ctx.services();
  const auto policies = services.cache.policies();
  const stampede::FlightFigures& flights = source.data().flights;
  out.section("Stampede");
  out.field("leases", flights.leases);
  out.field("waiters", flights.waiters);
  out.field("hit_for_miss_keys", flights.hit_for_miss);
  out.field("flight_bytes", flights.bytes);
  for (const NamedCounter& named : kStampedeCounters) {
    uint64_t sum = 0;
    for (const stampede::Policy& policy : policies->all()) {
      if (policy.stats) sum += ((*policy.stats).*named.counter).load(std::memory_order_relaxed);
    }
    out.field(named.name, sum);
  }
  out.field("parked_reads", source.total(&WorkerStats::parked_reads));
  out.field("held_reply_overflows", source.total(&WorkerStats::held_reply_overflows));
  out.field("tag_rows", services.cache.tags().rows());
  out.field("tags_folded", services.cache.tags().folded());
}

void info_corral_loop(InfoSource& source, InfoText& out) {
  const auto turns = merged(source, &WorkerStats::turn_us);
  const auto batches = merged(source, &WorkerStats::batch_size);
  const auto lock_waits = merged(source, &WorkerStats::lock_wait_ns);
  out.section("Corral_loop");
  out.field("loop_turns", source.total(&WorkerStats::turns));
  out.field("loop_busy_us", source.total(&WorkerStats::busy_us));
  out.field("loop_turn_max_us", source.most(&WorkerStats::longest_turn_us));
  out.field("loop_turn_max_cpu_us", source.most(&WorkerStats::longest_turn_cpu_us));
  out.field("loop_turn_p50_us", turns.quantile(0.5));
  out.field("loop_turn_p99_us", turns.quantile(0.99));
  out.field("loop_turn_p999_us", turns.quantile(0.999));
  out.field("batch_size_mean", batches.mean(), 1);
  out.field("longest_lock_hold_us", source.most(&WorkerStats::longest_lock_hold_us));
  out.field("lock_waits", lock_waits.all());
  out.field("lock_wait_p99_ns", lock_waits.quantile(0.99));
}

void info_corral_memory(InfoSource& source, InfoText& out) {
  const dispatch::Services& services = source.ctx.services();
  const store::MemoryFigures& memory = source.data().memory;
  out.section("Corral_memory");
  out.field("memory_payload", memory.payload);
  out.field("memory_header", memory.header);
  out.field("memory_waste", memory.waste);
  out.field("memory_table", memory.table);
  out.field("memory_expiry", memory.expiry);
  out.field("memory_ghost", memory.ghost);
  out.field("memory_data", memory.total());
  out.field("memory_flights", source.data().flights.bytes);
  out.field("memory_other", services.budget.other());
  out.field("memory_connections", services.budget.connections());
  out.field("memory_budget_used", services.budget.used());
  out.field("memory_budget_limit", services.budget.limit());
}

}  // namespace corral::commands

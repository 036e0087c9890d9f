// Redis' sections of INFO but for those about commands: same names, same order.
// Threading: see info_sections.h.
// See: info_sections.h.
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "protocol/redis_version.h"
#include "server/base/memory.h"
#include "server/commands/info_sections.h"
#include "server/commands/version.h"
#include "server/config/option_table.h"
#include "server/scripting/registry.h"

namespace corral::commands {
namespace {

using metrics::WorkerStats;

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }
double ratio(int64_t part, int64_t whole) { return ratio(static_cast<double>(part), static_cast<double>(whole)); }
std::string percent(int64_t part, int64_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f%%", 100 * ratio(part, whole));
  return text;
}

std::string text_of(const config::Settings& settings, std::string config::Settings::*member) {
  std::lock_guard lock(settings.text_mutex);
  return settings.*member;
}

std::string system_name() {
  utsname name{};
  uname(&name);
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

std::string compiler_version() {
#if defined(__clang__)
  return "0.0.0";
#else
  return std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." + std::to_string(__GNUC_PATCHLEVEL__);
#endif
}

double seconds_of(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

// The highest used_memory that was ever seen; asking for it is seeing it.
int64_t peak_of(dispatch::ServerState& state, int64_t used) {
  uint64_t peak = state.peak_memory.load(std::memory_order_relaxed);
  const auto now = static_cast<uint64_t>(std::max<int64_t>(0, used));
  while (peak < now && !state.peak_memory.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return static_cast<int64_t>(std::max(peak, now));
}

}  // namespace

void info_server(InfoSource& source, InfoText& out) {
  const dispatch::Services& services = source.ctx.services();
  const dispatch::ServerState& state = services.state;
  const int64_t uptime_s = (source.ctx.now_ms() - state.started_ms) / 1000;
  out.section("Server");
  out.field("redis_version", protocol::kRedisVersion);
  out.field("server_name", "corral");
  out.field("corral_version", kCorralVersion);
  out.field("redis_git_sha1", "00000000");
  out.field("redis_git_dirty", 0);
  out.field("redis_mode", "standalone");
  out.field("os", system_name());
  out.field("arch_bits", static_cast<int>(sizeof(void*) * 8));
  out.field("multiplexing_api", "epoll");
  out.field("gcc_version", compiler_version());
  out.field("process_id", static_cast<int64_t>(getpid()));
  out.field("process_supervised", services.settings.supervised_systemd != 0 ? "systemd" : "no");
  out.field("run_id", state.run_id);
  out.field("tcp_port", static_cast<int64_t>(services.settings.port));
  out.field("server_time_usec", services.clock.wall_us());
  out.field("uptime_in_seconds", uptime_s);
  out.field("uptime_in_days", uptime_s / (24 * 3600));
  out.field("hz", static_cast<int64_t>(services.settings.hz));
  out.field("configured_hz", static_cast<int64_t>(services.settings.hz));
  out.field("executable", state.executable);
  out.field("config_file", text_of(services.settings, &config::Settings::config_file));
}

void info_clients(InfoSource& source, InfoText& out) {
  const dispatch::Services& services = source.ctx.services();
  const ClientFigures& clients = source.clients();
  out.section("Clients");
  out.field("connected_clients", static_cast<uint64_t>(services.clients.size()));
  out.field("cluster_connections", 0);
  out.field("maxclients", static_cast<int64_t>(services.settings.maxclients));
  out.field("client_recent_max_input_buffer", clients.most_input_bytes);
  out.field("client_recent_max_output_buffer", clients.most_output_bytes);
  out.field("blocked_clients", clients.blocked);
  out.field("tracking_clients", static_cast<uint64_t>(services.tracking.clients.load()));
  out.field("pubsub_clients", clients.listening);
  out.field("watching_clients", clients.watching);
  out.field("clients_in_timeout_table", clients.blocked);  // a parked read always has an end to its patience
  out.field("total_watched_keys", clients.watched_keys);
}

void info_memory(InfoSource& source, InfoText& out) {
  const dispatch::Services& services = source.ctx.services();
  const DataFigures& data = source.data();
  const base::AllocatorFigures allocator = base::allocator_figures();
  const int64_t used = source.used_memory();
  const int64_t peak = peak_of(source.ctx.services().state, used);
  const int64_t dataset = std::min(used, data.memory.payload);
  const auto resident = static_cast<int64_t>(base::resident_bytes());
  const auto allocated = static_cast<int64_t>(allocator.allocated);
  const auto active = static_cast<int64_t>(allocator.active);
  const auto mapped = static_cast<int64_t>(allocator.resident);
  const int64_t limit = services.settings.maxmemory;
  const int64_t system = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  out.section("Memory");
  out.bytes("used_memory", used);
  out.bytes("used_memory_rss", resident);
  out.bytes("used_memory_peak", peak);
  out.field("used_memory_peak_perc", percent(used, peak));
  out.field("used_memory_overhead", used - dataset);
  out.field("used_memory_startup", 0);  // what counts begins at nothing
  out.field("used_memory_dataset", dataset);
  out.field("used_memory_dataset_perc", percent(dataset, used));
  out.field("allocator_allocated", allocated);
  out.field("allocator_active", active);
  out.field("allocator_resident", mapped);
  out.bytes("total_system_memory", system);
  const scripting::Registry& scripts = services.scripts;
  const auto lua = scripts.memory();
  const auto in_scripts = static_cast<int64_t>(lua.scripts);
  const auto in_functions = static_cast<int64_t>(lua.functions);
  const auto texts = static_cast<int64_t>(scripts.scripts.bytes());
  const auto codes = static_cast<int64_t>(scripts.libraries.bytes());
  out.field("used_memory_lua", in_scripts);
  out.field("used_memory_vm_eval", in_scripts);
  out.human("used_memory_lua", in_scripts);
  out.field("used_memory_scripts_eval", texts);
  out.field("number_of_cached_scripts", scripts.scripts.count());
  out.field("number_of_functions", scripts.libraries.function_count());
  out.field("number_of_libraries", scripts.libraries.library_count());
  out.field("used_memory_vm_functions", in_functions);
  out.bytes("used_memory_vm_total", in_scripts + in_functions);
  out.field("used_memory_functions", codes);
  out.bytes("used_memory_scripts", texts + codes);
  out.bytes("maxmemory", limit);
  out.field("maxmemory_policy", services.options.get(*services.options.find("maxmemory-policy")));
  out.field("allocator_frag_ratio", ratio(active, allocated), 2);
  out.field("allocator_frag_bytes", active - allocated);
  out.field("allocator_rss_ratio", ratio(mapped, active), 2);
  out.field("allocator_rss_bytes", mapped - active);
  out.field("rss_overhead_ratio", ratio(resident, mapped), 2);
  out.field("rss_overhead_bytes", resident - mapped);
  out.field("mem_fragmentation_ratio", ratio(resident, used), 2);
  out.field("mem_fragmentation_bytes", resident - used);
  out.zeros({"mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves"});
  out.field("mem_clients_normal", services.budget.connections());
  out.zeros({"mem_cluster_links", "mem_aof_buffer"});
  out.field("mem_allocator", base::allocator_name());
  out.zeros({"active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects"});
}

void info_persistence(InfoSource& source, InfoText& out) {
  out.section("Persistence");
  out.zeros({"loading", "async_loading"});
  out.field("rdb_changes_since_last_save", source.total(&WorkerStats::dirty));
  out.field("rdb_bgsave_in_progress", 0);
  // Nothing is ever saved; as in Redis before its first save, this is when the server started with empty hands.
  out.field("rdb_last_save_time", source.ctx.services().state.started_ms / 1000);
  out.field("rdb_last_bgsave_status", "ok");
  out.field("rdb_last_bgsave_time_sec", -1);
  out.field("rdb_current_bgsave_time_sec", -1);
  out.zeros({"rdb_saves", "rdb_last_cow_size", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded", "aof_enabled",
             "aof_rewrite_in_progress", "aof_rewrite_scheduled"});
  out.field("aof_last_rewrite_time_sec", -1);
  out.field("aof_current_rewrite_time_sec", -1);
  out.field("aof_last_bgrewrite_status", "ok");
  out.zeros({"aof_rewrites", "aof_rewrites_consecutive_failures"});
  out.field("aof_last_write_status", "ok");
  out.zeros({"aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size"});
}

void info_stats(InfoSource& source, InfoText& out) {
  const dispatch::ServerState& state = source.ctx.services().state;
  const auto kilobytes = [](const std::atomic<uint64_t>& bytes) {
    return static_cast<double>(bytes.load(std::memory_order_relaxed)) / 1024;
  };
  out.section("Stats");
  out.field("total_connections_received", source.total(&WorkerStats::connections));
  out.field("total_commands_processed", source.total(&WorkerStats::commands));
  out.field("instantaneous_ops_per_sec", state.operations_per_second.load(std::memory_order_relaxed));
  out.field("total_net_input_bytes", source.total(&WorkerStats::net_input_bytes));
  out.field("total_net_output_bytes", source.total(&WorkerStats::net_output_bytes));
  out.zeros({"total_net_repl_input_bytes", "total_net_repl_output_bytes"});
  out.field("instantaneous_input_kbps", kilobytes(state.input_bytes_per_second), 2);
  out.field("instantaneous_output_kbps", kilobytes(state.output_bytes_per_second), 2);
  out.field("instantaneous_input_repl_kbps", "0.00");
  out.field("instantaneous_output_repl_kbps", "0.00");
  out.field("rejected_connections", source.total(&WorkerStats::rejected_connections));
  out.zeros({"sync_full", "sync_partial_ok", "sync_partial_err"});
  out.field("expired_keys", source.total(&WorkerStats::expired_keys));
  out.field("evicted_keys", source.total(&WorkerStats::evicted_keys));
  out.field("evicted_clients", 0);
  out.field("keyspace_hits", source.total(&WorkerStats::keyspace_hits));
  out.field("keyspace_misses", source.total(&WorkerStats::keyspace_misses));
  const pubsub::Registry& listened = source.ctx.services().pubsub;
  out.field("pubsub_channels", static_cast<uint64_t>(listened.count(pubsub::Kind::kChannel)));
  out.field("pubsub_patterns", static_cast<uint64_t>(listened.count(pubsub::Kind::kPattern)));
  out.field("pubsubshard_channels", static_cast<uint64_t>(listened.count(pubsub::Kind::kShardChannel)));
  out.zeros({"latest_fork_usec", "total_forks", "migrate_cached_sockets", "slave_expires_tracked_keys",
             "active_defrag_hits", "active_defrag_misses",
             "active_defrag_key_hits", "active_defrag_key_misses"});
  const pubsub::TrackingTable& tracking = source.ctx.services().tracking;
  out.field("tracking_total_keys", tracking.keys());
  out.field("tracking_total_items", tracking.items());
  out.field("tracking_total_prefixes", tracking.prefixes());
  out.field("unexpected_error_replies", 0);
  out.field("total_error_replies", source.total(&WorkerStats::error_replies));
  out.field("dump_payload_sanitizations", 0);
  out.field("total_reads_processed", source.total(&WorkerStats::reads));
  out.field("total_writes_processed", source.total(&WorkerStats::writes));
  out.zeros({"io_threaded_reads_processed", "io_threaded_writes_processed"});
  // Names that Redis has had since 7.2.
  out.field("client_query_buffer_limit_disconnections", source.total(&WorkerStats::query_limit_disconnections));
  out.field("client_output_buffer_limit_disconnections", source.total(&WorkerStats::output_limit_disconnections));
}

void info_replication(InfoSource& source, InfoText& out) {
  out.section("Replication");
  out.field("role", "master");
  out.field("connected_slaves", 0);
  out.field("master_failover_state", "no-failover");
  out.field("master_replid", source.ctx.services().state.run_id);
  out.field("master_replid2", std::string(40, '0'));
  out.field("master_repl_offset", 0);
  out.field("second_repl_offset", -1);
  out.zeros({"repl_backlog_active", "repl_backlog_size", "repl_backlog_first_byte_offset", "repl_backlog_histlen"});
}

void info_cpu(InfoSource&, InfoText& out) {
  rusage own{};
  rusage children{};
  getrusage(RUSAGE_SELF, &own);
  getrusage(RUSAGE_CHILDREN, &children);
  out.section("CPU");
  out.field("used_cpu_sys", seconds_of(own.ru_stime), 6);
  out.field("used_cpu_user", seconds_of(own.ru_utime), 6);
  out.field("used_cpu_sys_children", seconds_of(children.ru_stime), 6);
  out.field("used_cpu_user_children", seconds_of(children.ru_utime), 6);
}

void info_modules(InfoSource&, InfoText& out) { out.section("Modules"); }

void info_cluster(InfoSource&, InfoText& out) {
  out.section("Cluster");
  out.field("cluster_enabled", 0);
}

void info_keyspace(InfoSource& source, InfoText& out) {
  out.section("Keyspace");
  const auto& databases = source.data().databases;
  for (size_t i = 0; i < databases.size(); ++i) {
    const DataFigures::Database& database = databases[i];
    if (database.keys == 0) continue;
    const double average = ratio(database.ttl_sum_ms, static_cast<double>(database.expires));
    out.field("db" + std::to_string(i), "keys=" + std::to_string(database.keys) + ",expires=" +
                                            std::to_string(database.expires) +
                                            ",avg_ttl=" + std::to_string(static_cast<int64_t>(average)));
  }
}

}  // namespace corral::commands

// The settings that running code reads: atomics that CONFIG SET may change at any time, and what is fixed at start.
// Threading: scalar fields are relaxed atomics; text fields are guarded by `text_mutex`.
// See: option_table.h for names, defaults and limits of each.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace corral::config {

/// An integer (or boolean) setting. Relaxed: a change is seen at the latest in the next loop turn.
class Setting {
 public:
  explicit Setting(int64_t value) : value_(value) {}
  operator int64_t() const { return value_.load(std::memory_order_relaxed); }  // NOLINT: reads like a number
  void set(int64_t value) { value_.store(value, std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_;
};

/// client-output-buffer-limit of one class: hard bytes, soft bytes, soft seconds; 0 = none.
struct OutputLimit {
  explicit OutputLimit(int64_t hard = 0, int64_t soft = 0, int64_t seconds = 0)
      : hard_bytes(hard), soft_bytes(soft), soft_seconds(seconds) {}
  Setting hard_bytes;
  Setting soft_bytes;
  Setting soft_seconds;
};

/// Who may use DEBUG (enable-debug-command): nobody, everybody, connections from this machine.
enum class DebugAccess : uint8_t { kNo, kYes, kLocal };

struct Settings {
  // network
  Setting port{6379};
  Setting tcp_backlog{511};
  Setting protected_mode{1};    // without a password only this machine may connect
  Setting unixsocketperm{0};
  Setting maxclients{10000};
  Setting timeout_seconds{0};
  Setting tcp_keepalive_seconds{300};
  Setting client_query_buffer_limit{1024LL * 1024 * 1024};
  Setting proto_max_bulk_len{512LL * 1024 * 1024};
  OutputLimit output_normal;
  OutputLimit output_pubsub{32LL << 20, 8LL << 20, 60};
  OutputLimit output_replica{256LL << 20, 64LL << 20, 60};
  // runtime
  Setting workers{0};           // 0 = one per core
  Setting pin_workers{0};
  Setting stripes{1024};
  Setting databases{16};
  Setting hz{10};
  Setting supervised_systemd{0};
  Setting enable_debug_command{static_cast<int64_t>(DebugAccess::kLocal)};
  Setting loglevel{2};          // base::LogLevel
  // memory
  Setting maxmemory{0};
  Setting maxmemory_policy{0};  // store::EvictionPolicy
  Setting hll_sparse_max_bytes{3000};
  // scripts
  Setting lua_memory_limit{128LL * 1024 * 1024};
  Setting allow_undeclared_keys{1};
  Setting busy_reply_threshold_ms{5000};
  // users
  Setting acllog_max_len{128};
  Setting acl_pubsub_all_channels{0};  // acl-pubsub-default: what new users and selectors may use
  // up to which size containers stay compact (types::Thresholds)
  Setting hash_max_listpack_entries{512};
  Setting hash_max_listpack_value{64};
  Setting list_max_listpack_size{-2};
  Setting set_max_intset_entries{512};
  Setting zset_max_listpack_entries{128};
  Setting zset_max_listpack_value{64};
  Setting stream_node_max_bytes{4096};
  Setting stream_node_max_entries{100};
  // observation
  Setting slowlog_log_slower_than_us{10000};
  Setting slowlog_max_len{128};
  Setting commandlog_request_larger_than{1 << 20};
  Setting commandlog_large_request_max_len{128};
  Setting commandlog_reply_larger_than{-1};
  Setting commandlog_large_reply_max_len{128};
  Setting latency_monitor_threshold_ms{0};
  Setting latency_tracking{1};
  Setting tracking_table_max_keys{1'000'000};
  Setting notify_keyspace_events{0};  // config::EventClass
  Setting loop_cpu_clock{0};
  // stampede bounds, of the whole server
  Setting cache_max_leases{65536};
  Setting cache_max_waiters{1048576};
  Setting cache_max_hit_for_miss{65536};
  Setting cache_max_held_replies{1024};           // per connection
  Setting cache_max_held_bytes{256 * 1024};       // per connection
  Setting cache_max_tags{65536};

  mutable std::mutex text_mutex;
  // Guarded by text_mutex once the server runs.
  std::vector<std::string> bind{"127.0.0.1", "-::1"};
  std::string unixsocket;
  std::string requirepass;
  std::string aclfile;
  std::string logfile;
  std::string dir;  // where relative names start; empty: where the server was started
  std::vector<double> latency_percentiles{50, 99, 99.9};  // latency-tracking-info-percentiles
  std::string config_file;  // absolute path or empty
};

}  // namespace corral::config

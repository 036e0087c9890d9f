// The rows of the option table.
// Threading: constant data; the functions run with Settings::text_mutex held.
// See: option_table.h; own_options.h for the options that are more than a number or a text.
#include "server/config/option_table.h"
#include "server/config/own_options.h"

namespace corral::config {
namespace {

using Kind = OptionKind;
constexpr int64_t kMostInt = INT32_MAX;
constexpr int64_t kMostLong = INT64_MAX;

constexpr std::string_view kNoPersistence = "persistence is not part of this version";
constexpr std::string_view kFreedOutsideLocks =
    "values are always freed after the locks of a command are gone; only 'yes' is true here";

// Numbers of store::EvictionPolicy. In Redis' order, ours last.
constexpr Choice kPolicies[] = {
    {"volatile-lru", 4}, {"volatile-lfu", 6},    {"volatile-random", 8}, {"volatile-ttl", 9},   {"allkeys-lru", 3},
    {"allkeys-lfu", 5},  {"allkeys-random", 7}, {"noeviction", 0},      {"allkeys-corral", 1}, {"volatile-corral", 2},
};
constexpr Choice kLevels[] = {{"debug", 0}, {"verbose", 1}, {"notice", 2}, {"warning", 3}};
constexpr Choice kSupervisors[] = {{"systemd", 1}, {"no", 0}};
constexpr Choice kChannelDefaults[] = {{"allchannels", 1}, {"resetchannels", 0}};
constexpr Choice kDebugAccess[] = {{"no", static_cast<int64_t>(DebugAccess::kNo)},
                                   {"yes", static_cast<int64_t>(DebugAccess::kYes)},
                                   {"local", static_cast<int64_t>(DebugAccess::kLocal)}};

constexpr Option number(std::string_view name, uint32_t flags, Setting Settings::*member, int64_t least, int64_t most,
                        std::string_view doc) {
  return {.name = name, .kind = Kind::kInteger, .flags = flags, .doc = doc, .number = member, .least = least, .most = most};
}
constexpr Option bytes(std::string_view name, Setting Settings::*member, int64_t least, std::string_view doc) {
  return {.name = name, .kind = Kind::kBytes, .doc = doc, .number = member, .least = least, .most = kMostLong};
}
constexpr Option alias_of_bytes(std::string_view name, Setting Settings::*member, std::string_view doc) {
  return {.name = name, .kind = Kind::kBytes, .flags = kAlias, .doc = doc, .number = member, .most = kMostLong};
}
constexpr Option yes_no(std::string_view name, uint32_t flags, Setting Settings::*member, std::string_view doc) {
  return {.name = name, .kind = Kind::kYesNo, .flags = flags, .doc = doc, .number = member};
}
constexpr Option choice(std::string_view name, uint32_t flags, Setting Settings::*member, std::span<const Choice> choices,
                        std::string_view doc) {
  return {.name = name, .kind = Kind::kChoice, .flags = flags, .doc = doc, .number = member, .choices = choices};
}
constexpr Option text(std::string_view name, uint32_t flags, std::string Settings::*member, std::string_view doc) {
  return {.name = name, .kind = Kind::kText, .flags = flags, .doc = doc, .text = member};
}
constexpr Option only(std::string_view name, uint32_t flags, std::string_view value, std::string_view refusal) {
  return {.name = name, .kind = Kind::kOnly, .flags = flags, .doc = refusal, .only = value, .refusal = refusal};
}

constexpr Option kRows[] = {
    // network
    {.name = "bind", .kind = Kind::kOwn, .flags = kImmutable | kSeveralWords,
     .doc = "addresses to listen on; one with a leading - may be missing on this machine", .set = set_bind, .get = get_bind},
    number("port", kImmutable, &Settings::port, 0, 65535, "TCP port; 0: none"),
    text("unixsocket", kImmutable, &Settings::unixsocket, "path of a unix socket to listen on as well"),
    {.name = "unixsocketperm", .kind = Kind::kOctal, .flags = kImmutable,
     .doc = "permissions of the unix socket, octal; 0: as the umask leaves them", .number = &Settings::unixsocketperm,
     .least = 0, .most = 0777},
    number("tcp-backlog", kImmutable, &Settings::tcp_backlog, 0, kMostInt, "connections the kernel may queue before accept"),
    number("maxclients", 0, &Settings::maxclients, 1, UINT32_MAX, "connections at the same time"),
    number("timeout", 0, &Settings::timeout_seconds, 0, kMostInt, "seconds until an idle connection is closed; 0: never"),
    number("tcp-keepalive", 0, &Settings::tcp_keepalive_seconds, 0, kMostInt, "seconds between keepalive probes; 0: none"),
    bytes("client-query-buffer-limit", &Settings::client_query_buffer_limit, 1 << 20, "input a client may have pending"),
    bytes("proto-max-bulk-len", &Settings::proto_max_bulk_len, 1 << 20, "longest argument and string value"),
    {.name = "client-output-buffer-limit", .kind = Kind::kOwn, .flags = kSeveralWords,
     .doc = "CLASS HARD SOFT SECONDS for normal, replica and pubsub clients; 0: no limit", .set = set_output_limits,
     .get = get_output_limits},
    text("requirepass", 0, &Settings::requirepass, "password of AUTH; empty: none"),
    text("aclfile", kImmutable, &Settings::aclfile, "file of users, for ACL LOAD and SAVE; empty: `user` lines here"),
    number("acllog-max-len", 0, &Settings::acllog_max_len, 0, kMostLong, "refusals ACL LOG keeps"),
    choice("acl-pubsub-default", 0, &Settings::acl_pubsub_all_channels, kChannelDefaults,
           "which channels new users may use"),
    yes_no("protected-mode", 0, &Settings::protected_mode,
           "without a password only this machine may connect"),
    // process
    number("workers", kImmutable, &Settings::workers, 0, 256, "threads that serve connections; 0: one per core"),
    yes_no("pin-workers", kImmutable, &Settings::pin_workers, "keep each worker on a core of its own"),
    {.name = "stripes", .kind = Kind::kOwn, .flags = kImmutable, .doc = "locks of the keyspace, a power of two, at most 4096",
     .set = set_stripes, .get = get_stripes},
    number("databases", kImmutable, &Settings::databases, 1, 1024, "how many SELECT may choose from"),
    {.name = "hz", .kind = Kind::kOwn, .doc = "how often a second background work is looked after, 1 to 500",
     .set = set_hz, .get = get_hz},
    {.name = "dir", .kind = Kind::kOwn, .flags = kProtected, .doc = "directory that relative file names start from",
     .set = set_dir, .get = get_dir},
    choice("supervised", kImmutable, &Settings::supervised_systemd, kSupervisors, "tell systemd when the server is ready"),
    only("daemonize", kImmutable, "no", "the server stays in the foreground; let the service manager put it in the background"),
    choice("loglevel", 0, &Settings::loglevel, kLevels, "the least important lines that are logged"),
    text("logfile", kImmutable, &Settings::logfile, "file for the log; empty: standard output"),
    choice("enable-debug-command", kImmutable, &Settings::enable_debug_command, kDebugAccess,
           "who may use DEBUG; local: connections from this machine"),
    // memory
    bytes("maxmemory", &Settings::maxmemory, 0, "bytes the data may take; 0: no limit"),
    choice("maxmemory-policy", 0, &Settings::maxmemory_policy, kPolicies, "what is evicted when maxmemory is reached"),
    bytes("hll-sparse-max-bytes", &Settings::hll_sparse_max_bytes, 0,
          "how long a HyperLogLog may get before its registers are laid out in full"),
    number("hash-max-listpack-entries", 0, &Settings::hash_max_listpack_entries, 0, kMostLong,
           "fields up to which a hash stays compact"),
    number("hash-max-ziplist-entries", kAlias, &Settings::hash_max_listpack_entries, 0, kMostLong,
           "older name of hash-max-listpack-entries"),
    bytes("hash-max-listpack-value", &Settings::hash_max_listpack_value, 0,
          "longest field or value of a compact hash"),
    alias_of_bytes("hash-max-ziplist-value", &Settings::hash_max_listpack_value,
                   "older name of hash-max-listpack-value"),
    number("list-max-listpack-size", 0, &Settings::list_max_listpack_size, INT32_MIN, kMostInt,
           "elements of a node of a list; -1 to -5: its size, 4 to 64 KiB"),
    number("list-max-ziplist-size", kAlias, &Settings::list_max_listpack_size, INT32_MIN, kMostInt,
           "older name of list-max-listpack-size"),
    only("list-compress-depth", 0, "0", "the nodes of a list are never compressed"),
    number("set-max-intset-entries", 0, &Settings::set_max_intset_entries, 0, kMostLong,
           "elements up to which a set of integers stays compact"),
    number("zset-max-listpack-entries", 0, &Settings::zset_max_listpack_entries, 0, kMostLong,
           "members up to which a sorted set stays compact"),
    number("zset-max-ziplist-entries", kAlias, &Settings::zset_max_listpack_entries, 0, kMostLong,
           "older name of zset-max-listpack-entries"),
    bytes("zset-max-listpack-value", &Settings::zset_max_listpack_value, 0,
          "longest member of a compact sorted set"),
    alias_of_bytes("zset-max-ziplist-value", &Settings::zset_max_listpack_value,
                   "older name of zset-max-listpack-value"),
    bytes("stream-node-max-bytes", &Settings::stream_node_max_bytes, 0, "bytes of a node of a stream; 0: no limit"),
    number("stream-node-max-entries", 0, &Settings::stream_node_max_entries, 0, kMostLong,
           "entries of a node of a stream; 0: no limit"),
    only("lazyfree-lazy-eviction", 0, "yes", kFreedOutsideLocks),
    only("lazyfree-lazy-expire", 0, "yes", kFreedOutsideLocks),
    only("lazyfree-lazy-server-del", 0, "yes", kFreedOutsideLocks),
    only("lazyfree-lazy-user-del", 0, "yes", kFreedOutsideLocks),
    only("lazyfree-lazy-user-flush", 0, "yes", kFreedOutsideLocks),
    // scripts
    bytes("lua-memory-limit", &Settings::lua_memory_limit, 1 << 20,
          "memory of the scripts of one worker; a script that needs more ends with an error"),
    yes_no("allow-undeclared-keys", 0, &Settings::allow_undeclared_keys,
           "scripts may use keys they did not declare; such a script then locks all keys while it runs"),
    number("busy-reply-threshold", 0, &Settings::busy_reply_threshold_ms, 0, kMostLong,
           "milliseconds after which a script is held to be stuck and other clients get BUSY; 0: never"),
    number("lua-time-limit", 0, &Settings::busy_reply_threshold_ms, 0, kMostLong, "older name of busy-reply-threshold"),
    // observation
    number("slowlog-log-slower-than", 0, &Settings::slowlog_log_slower_than_us, -1, kMostLong,
           "microseconds from which SLOWLOG keeps a command; -1: none, 0: all"),
    number("slowlog-max-len", 0, &Settings::slowlog_max_len, 0, kMostLong, "commands SLOWLOG keeps"),
    number("commandlog-execution-slower-than", kAlias, &Settings::slowlog_log_slower_than_us, -1, kMostLong,
           "Valkey's name of slowlog-log-slower-than"),
    number("commandlog-slow-execution-max-len", kAlias, &Settings::slowlog_max_len, 0, kMostLong,
           "Valkey's name of slowlog-max-len"),
    number("commandlog-request-larger-than", 0, &Settings::commandlog_request_larger_than, -1, kMostLong,
           "bytes from which COMMANDLOG keeps a request; -1: none, 0: all"),
    number("commandlog-large-request-max-len", 0, &Settings::commandlog_large_request_max_len, 0, kMostLong,
           "large requests COMMANDLOG keeps"),
    number("commandlog-reply-larger-than", 0, &Settings::commandlog_reply_larger_than, -1, kMostLong,
           "bytes from which COMMANDLOG keeps the command of a reply; -1: none, and no reply is measured; 0: all"),
    number("commandlog-large-reply-max-len", 0, &Settings::commandlog_large_reply_max_len, 0, kMostLong,
           "commands with large replies COMMANDLOG keeps"),
    number("tracking-table-max-keys", 0, &Settings::tracking_table_max_keys, 0, kMostLong,
           "keys remembered for CLIENT TRACKING; 0: no limit"),
    number("latency-monitor-threshold", 0, &Settings::latency_monitor_threshold_ms, 0, kMostLong,
           "milliseconds from which LATENCY keeps an event; 0: off"),
    yes_no("latency-tracking", 0, &Settings::latency_tracking, "show the latency of each command in INFO latencystats"),
    {.name = "latency-tracking-info-percentiles", .kind = Kind::kOwn, .flags = kSeveralWords,
     .doc = "percentiles in INFO latencystats", .set = set_percentiles, .get = get_percentiles},
    {.name = "notify-keyspace-events", .kind = Kind::kOwn,
     .doc = "which keyspace events are published, as letters of Ag$lshzxeKEtmdn", .set = set_events, .get = get_events},
    yes_no("loop-cpu-clock", 0, &Settings::loop_cpu_clock,
           "measure the longest loop turn in processor time, too (INFO corral_loop); costs two system calls a turn"),
    // stampede protection: bounds of the whole server unless said otherwise
    number("cache-max-leases", 0, &Settings::cache_max_leases, 0, kMostInt, "keys being filled at the same time"),
    number("cache-max-waiters", 0, &Settings::cache_max_waiters, 0, kMostInt, "reads that wait for a fill"),
    number("cache-max-hit-for-miss", 0, &Settings::cache_max_hit_for_miss, 0, kMostInt,
           "keys remembered as not fillable"),
    number("cache-max-held-replies", 0, &Settings::cache_max_held_replies, 1, kMostInt,
           "replies of one connection held behind a waiting read"),
    bytes("cache-max-held-bytes", &Settings::cache_max_held_bytes, 1024, "bytes of these replies"),
    number("cache-max-tags", kImmutable, &Settings::cache_max_tags, 1, kMostInt, "tags and prefixes kept apart"),
    // names of Redis that clients and tools ask for
    only("save", 0, "", kNoPersistence),
    only("appendonly", 0, "no", kNoPersistence),
    only("cluster-enabled", kImmutable, "no", "clusters are not part of this version"),
};

}  // namespace

std::span<const Option> option_rows() { return kRows; }

}  // namespace corral::config

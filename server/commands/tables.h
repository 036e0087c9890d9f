// The tables of commands, one per slice; tables.cc puts them together.
// Threading: constant data.
// See: README.md of this folder.
#pragma once

#include <span>

#include "server/dispatch/command_spec.h"

namespace corral::commands {

std::span<const dispatch::CommandSpec> string_commands();
std::span<const dispatch::CommandSpec> string_range_commands();
std::span<const dispatch::CommandSpec> string_conditional_commands();
std::span<const dispatch::CommandSpec> numeric_commands();
std::span<const dispatch::CommandSpec> lcs_commands();
std::span<const dispatch::CommandSpec> bitmap_commands();
std::span<const dispatch::CommandSpec> bitfield_commands();
std::span<const dispatch::CommandSpec> hyperloglog_commands();
std::span<const dispatch::CommandSpec> hash_commands();
std::span<const dispatch::CommandSpec> hash_numeric_commands();
std::span<const dispatch::CommandSpec> hash_walk_commands();
std::span<const dispatch::CommandSpec> hash_expire_commands();
std::span<const dispatch::CommandSpec> hash_extended_commands();
std::span<const dispatch::CommandSpec> list_commands();
std::span<const dispatch::CommandSpec> list_range_commands();
std::span<const dispatch::CommandSpec> list_blocking_commands();
std::span<const dispatch::CommandSpec> set_commands();
std::span<const dispatch::CommandSpec> set_random_commands();
std::span<const dispatch::CommandSpec> set_algebra_commands();
std::span<const dispatch::CommandSpec> sort_commands();
std::span<const dispatch::CommandSpec> zset_commands();
std::span<const dispatch::CommandSpec> zset_range_commands();
std::span<const dispatch::CommandSpec> zset_algebra_commands();
std::span<const dispatch::CommandSpec> zset_pop_commands();
std::span<const dispatch::CommandSpec> zset_walk_commands();
std::span<const dispatch::CommandSpec> geo_commands();
std::span<const dispatch::CommandSpec> geo_search_commands();
std::span<const dispatch::CommandSpec> stream_commands();
std::span<const dispatch::CommandSpec> stream_read_commands();
std::span<const dispatch::CommandSpec> stream_group_commands();
std::span<const dispatch::CommandSpec> stream_pending_commands();
std::span<const dispatch::CommandSpec> stream_info_commands();
std::span<const dispatch::CommandSpec> keys_commands();
std::span<const dispatch::CommandSpec> dump_commands();
std::span<const dispatch::CommandSpec> expire_commands();
std::span<const dispatch::CommandSpec> scan_commands();
std::span<const dispatch::CommandSpec> object_commands();
std::span<const dispatch::CommandSpec> memory_commands();
std::span<const dispatch::CommandSpec> flush_commands();
std::span<const dispatch::CommandSpec> cache_commands();
std::span<const dispatch::CommandSpec> config_commands();
std::span<const dispatch::CommandSpec> info_commands();
std::span<const dispatch::CommandSpec> latency_commands();
std::span<const dispatch::CommandSpec> server_commands();
std::span<const dispatch::CommandSpec> slowlog_commands();
std::span<const dispatch::CommandSpec> transaction_commands();
std::span<const dispatch::CommandSpec> connection_commands();
std::span<const dispatch::CommandSpec> client_commands();
std::span<const dispatch::CommandSpec> command_commands();
std::span<const dispatch::CommandSpec> pubsub_commands();
std::span<const dispatch::CommandSpec> eval_commands();
std::span<const dispatch::CommandSpec> function_commands();
std::span<const dispatch::CommandSpec> cluster_commands();
std::span<const dispatch::CommandSpec> hotkeys_commands();
std::span<const dispatch::CommandSpec> migrate_commands();
std::span<const dispatch::CommandSpec> module_commands();
std::span<const dispatch::CommandSpec> persistence_commands();
std::span<const dispatch::CommandSpec> replication_commands();

std::span<const dispatch::CommandSpec> acl_commands();

/// All of the above: what CommandTable is built from.
std::span<const std::span<const dispatch::CommandSpec>> all_tables();

}  // namespace corral::commands

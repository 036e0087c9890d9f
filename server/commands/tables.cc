// The list of slices, nothing else.
// Threading: constant data.
// See: README.md of this folder.
#include "server/commands/tables.h"

namespace corral::commands {

std::span<const std::span<const dispatch::CommandSpec>> all_tables() {
  static const std::span<const dispatch::CommandSpec> kTables[] = {
      string_commands(),
      string_range_commands(),
      string_conditional_commands(),
      numeric_commands(),
      lcs_commands(),
      bitmap_commands(),
      bitfield_commands(),
      hyperloglog_commands(),
      hash_commands(),
      hash_numeric_commands(),
      hash_walk_commands(),
      hash_expire_commands(),
      hash_extended_commands(),
      list_commands(),
      list_range_commands(),
      list_blocking_commands(),
      set_commands(),
      set_random_commands(),
      set_algebra_commands(),
      sort_commands(),
      zset_commands(),
      zset_range_commands(),
      zset_algebra_commands(),
      zset_pop_commands(),
      zset_walk_commands(),
      geo_commands(),
      geo_search_commands(),
      stream_commands(),
      stream_read_commands(),
      stream_group_commands(),
      stream_pending_commands(),
      stream_info_commands(),
      keys_commands(),
      dump_commands(),
      expire_commands(),
      scan_commands(),
      object_commands(),
      memory_commands(),
      flush_commands(),
      cache_commands(),
      config_commands(),
      info_commands(),
      latency_commands(),
      server_commands(),
      slowlog_commands(),
      transaction_commands(),
      connection_commands(),
      client_commands(),
      command_commands(),
      pubsub_commands(),
      eval_commands(),
      function_commands(),
      cluster_commands(),
      hotkeys_commands(),
      migrate_commands(),
      module_commands(),
      persistence_commands(),
      replication_commands(),
      acl_commands(),
  };
  return kTables;
}

}  // namespace corral::commands

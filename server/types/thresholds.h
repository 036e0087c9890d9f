// Up to which size a container stays compact: Redis' configuration names and defaults.
// Threading: constant once made; the server makes one from its settings whenever they change.
// See: README.md of this folder, "Compact and large".
#pragma once

#include <cstdint>

namespace corral::types {

struct Thresholds {
  // Positive: entries; negative: -1 … -5 for 4, 8, 16, 32, 64 KiB per node of a list.
  int64_t list_max_listpack_size = -2;
  int64_t list_compress_depth = 0;  // accepted for its name; nodes are not compressed
  int64_t hash_max_listpack_entries = 512;
  int64_t hash_max_listpack_value = 64;
  int64_t set_max_intset_entries = 512;
  int64_t set_max_listpack_entries = 128;  // from 7.2 on; small sets of strings answer "hashtable" all the same
  int64_t set_max_listpack_value = 64;
  int64_t zset_max_listpack_entries = 128;
  int64_t zset_max_listpack_value = 64;
  int64_t stream_node_max_bytes = 4096;
  int64_t stream_node_max_entries = 100;
};

}  // namespace corral::types

// Values out of foreign bytes, by their types.
// Threading: pure functions; what is returned belongs to the caller.
// See: README.md of this folder, "Values".
#pragma once

#include <memory>

#include "server/rdb/byte_reader.h"
#include "server/rdb/format.h"
#include "server/rdb/payload.h"

namespace corral::rdb {

/// False when anything is wrong. What it leaves in the reader is up to the caller.
bool read_value(RdbReader& reader, Type type, const Settings& settings, Restored& out);

/// Of one block; null when anything is wrong. A list takes several: `append_list`.
std::unique_ptr<types::Value> read_compact_set(Type type, std::string_view block, const Settings& settings);
std::unique_ptr<types::Value> read_compact_hash(Type type, std::string_view block, const Settings& settings);
std::unique_ptr<types::Value> read_compact_zset(Type type, std::string_view block, const Settings& settings);
bool append_compact_list(bool ziplist, std::string_view block, const Settings& settings, types::Value& list);

/// kStream1, 2, 3.
std::unique_ptr<types::Value> read_stream(RdbReader& reader, Type type, const Settings& settings);

}  // namespace corral::rdb

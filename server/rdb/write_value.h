// Values as Redis 7.0 writes them.
// Threading: pure functions that append to `out`.
// See: README.md of this folder, "Values".
#pragma once

#include <cstdint>
#include <string>

#include "server/types/stream_value.h"
#include "server/types/thresholds.h"
#include "server/types/value.h"

namespace corral::rdb {

/// Type and value of a container. O(size).
void write_value(std::string& out, const types::Value& value, const types::Thresholds& thresholds,
                 int64_t now_ms);
/// Without the type.
void write_stream(std::string& out, const types::StreamValue& stream, const types::Thresholds& thresholds);

}  // namespace corral::rdb

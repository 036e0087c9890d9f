// Durations and sizes as people write them: 500ms, 60s, 1h; 64mb. Parsing and printing.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/result.h"

namespace corral::base {

/// "500ms", "60s", "5m", "1h", "7d" to milliseconds. Whole numbers only. A number without a unit is refused,
/// because seconds and milliseconds are too easily taken for one another; only a plain 0 needs none.
Result<int64_t> parse_duration_ms(std::string_view text);

/// The shortest text that parse_duration_ms() reads back: 60000 is "1m", 1500 is "1500ms", 0 is "0s". ms >=
/// 0.
std::string duration_text(int64_t ms);

/// Bytes with the units of redis.conf, in any case: none or b, k = 1000, kb = 1024, m, mb, g, gb.
Result<int64_t> parse_size_bytes(std::string_view text);

}  // namespace corral::base

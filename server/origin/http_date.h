// Dates as HTTP writes them.
// Threading: pure functions.
// See: RFC 9110, section 5.6.7.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace corral::origin {

/// Unix time in ms of "Sun, 06 Nov 1994 08:49:37 GMT", or of one of the two obsolete forms that recipients must read
/// ("Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"); the names of days are not compared with the date.
/// Nothing for all else. Years of two digits lie at most 50 years after `now_ms`. Takes constant time.
std::optional<int64_t> parse_http_date(std::string_view text, int64_t now_ms);

}  // namespace corral::origin

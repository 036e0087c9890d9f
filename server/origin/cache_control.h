// How long an HTTP answer may live, by its own words.
// Threading: pure functions.
// See: README.md of this folder, "Freshness"; RFC 9111; RFC 5861.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corral::origin {

/// The directives of Cache-Control that mean something to a cache that several share. Seconds; a number that is none counts
/// as 0, one that is too large as 2^31. The first of several of one name counts.
struct CacheControl {
  std::optional<int64_t> s_maxage, max_age, stale_while_revalidate, stale_if_error;
  bool no_store = false;         ///< also `private`
  bool no_cache = false;         ///< asked for again before every use
  bool must_revalidate = false;  ///< also `proxy-revalidate`: never served stale
};

/// Reads one line, or several joined by commas. Directives it does not know are left out. O(n).
CacheControl parse_cache_control(std::string_view text);

/// The header lines that freshness is made of, as they came; empty: not there.
struct FreshnessHeaders {
  std::string cache_control, expires, date, age;
};

struct Freshness {
  std::optional<int64_t> ttl_ms;                     ///< what is left of it; none: the origin does not say
  std::optional<int64_t> stale_while_revalidate_ms;  ///< beyond ttl_ms, what is left of it
  std::optional<int64_t> stale_if_error_ms;          ///< the same
  bool no_store = false;
};

/// s-maxage, else max-age, else Expires − Date, each less Age. Expires that is no date is in the past. `now_ms`: wall clock.
Freshness freshness_of(const FreshnessHeaders& headers, int64_t now_ms);

/// Whole seconds, or 2^31 when they are more; nothing when it is anything else.
std::optional<int64_t> parse_delta_seconds(std::string_view text);

/// Retry-After: seconds, or a date less `now_ms` (0 when that is past); at most a day. Nothing when it is neither.
std::optional<int64_t> parse_retry_after_ms(std::string_view text, int64_t now_ms);

}  // namespace corral::origin

// Directives one by one, and the sums made of them.
// Threading: pure functions.
// See: cache_control.h.
#include "server/origin/cache_control.h"

#include <algorithm>

#include "protocol/bytes.h"
#include "server/origin/http_date.h"

namespace corral::origin {
namespace {

using protocol::equals_ignore_case;

constexpr int64_t kMostSeconds = int64_t{1} << 31;  // RFC 9111, section 1.2.2

bool blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the text up to the next comma outside of quotes.
std::string_view take_directive(std::string_view& rest) {
  bool quotes = false;
  size_t at = 0;
  for (; at < rest.size() && (quotes || rest[at] != ','); ++at) {
    if (rest[at] == '"') quotes = !quotes;
    if (quotes && rest[at] == '\\') ++at;
  }
  at = std::min(at, rest.size());
  const std::string_view directive = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return trimmed(directive);
}

void keep_seconds(std::optional<int64_t>& out, std::string_view value) {
  if (out) return;
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  out = parse_delta_seconds(value).value_or(0);
}

// What is left of `seconds` once `used` of them are gone.
int64_t left_ms(int64_t seconds, int64_t used) {
  return std::max<int64_t>(seconds - used, 0) * 1000;
}

std::optional<int64_t> lifetime_s(const CacheControl& control, const FreshnessHeaders& headers,
                                  int64_t now_ms) {
  if (control.s_maxage) return control.s_maxage;
  if (control.max_age) return control.max_age;
  if (headers.expires.empty()) return std::nullopt;
  const auto expires_ms = parse_http_date(trimmed(headers.expires), now_ms);
  if (!expires_ms) return 0;
  const int64_t date_ms = parse_http_date(trimmed(headers.date), now_ms).value_or(now_ms);
  return std::clamp<int64_t>((*expires_ms - date_ms) / 1000, 0, kMostSeconds);
}

}  // namespace

std::optional<int64_t> parse_delta_seconds(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  int64_t seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds = std::min(seconds * 10 + (c - '0'), kMostSeconds);
  }
  return seconds;
}

CacheControl parse_cache_control(std::string_view text) {
  CacheControl control;
  while (!text.empty()) {
    const std::string_view directive = take_directive(text);
    const size_t equals = std::min(directive.find('='), directive.size());
    const std::string_view name = trimmed(directive.substr(0, equals));
    const std::string_view value = trimmed(directive.substr(std::min(equals + 1, directive.size())));
    if (equals_ignore_case(name, "s-maxage")) {
      keep_seconds(control.s_maxage, value);
    } else if (equals_ignore_case(name, "max-age")) {
      keep_seconds(control.max_age, value);
    } else if (equals_ignore_case(name, "stale-while-revalidate")) {
      keep_seconds(control.stale_while_revalidate, value);
    } else if (equals_ignore_case(name, "stale-if-error")) {
      keep_seconds(control.stale_if_error, value);
    } else if (equals_ignore_case(name, "no-store") || equals_ignore_case(name, "private")) {
      // With names of headers behind it, `private` is about those headers: it is taken for the whole, as caches do.
      control.no_store = true;
    } else if (equals_ignore_case(name, "no-cache")) {
      // The same goes for `no-cache="Set-Cookie"`, but headers are not kept here: only without names it says anything.
      control.no_cache = control.no_cache || value.empty();
    } else if (equals_ignore_case(name, "must-revalidate") || equals_ignore_case(name, "proxy-revalidate")) {
      control.must_revalidate = true;
    }
  }
  return control;
}

Freshness freshness_of(const FreshnessHeaders& headers, int64_t now_ms) {
  const CacheControl control = parse_cache_control(headers.cache_control);
  Freshness freshness;
  freshness.no_store = control.no_store;
  std::optional<int64_t> lifetime = lifetime_s(control, headers, now_ms);
  if (control.no_cache) lifetime = 0;
  // A list is not allowed here; its first member counts.
  const std::string_view age_text = std::string_view(headers.age).substr(0, headers.age.find(','));
  const int64_t age = parse_delta_seconds(age_text).value_or(0);
  if (lifetime) freshness.ttl_ms = left_ms(*lifetime, age);
  // What the age takes beyond the lifetime, it takes from the time after it.
  const int64_t beyond = lifetime ? std::max<int64_t>(age - *lifetime, 0) : 0;
  if (control.must_revalidate || control.no_cache) {
    freshness.stale_while_revalidate_ms = 0;
    freshness.stale_if_error_ms = 0;
    return freshness;
  }
  if (control.stale_while_revalidate) {
    freshness.stale_while_revalidate_ms = left_ms(*control.stale_while_revalidate, beyond);
  }
  if (control.stale_if_error) freshness.stale_if_error_ms = left_ms(*control.stale_if_error, beyond);
  return freshness;
}

std::optional<int64_t> parse_retry_after_ms(std::string_view text, int64_t now_ms) {
  constexpr int64_t kMostMs = 86'400'000;
  text = trimmed(text);
  if (const auto seconds = parse_delta_seconds(text)) return std::min(*seconds * 1000, kMostMs);
  if (const auto date_ms = parse_http_date(text, now_ms))
    return std::clamp<int64_t>(*date_ms - now_ms, 0, kMostMs);
  return std::nullopt;
}

}  // namespace corral::origin

// Fuzz target of freshness: four header lines, separated by newlines, and the dates and numbers in them.
// Threading: none.
// See: README.md of this folder.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "server/origin/cache_control.h"
#include "server/origin/http_date.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral;
  constexpr int64_t kNow = 784'111'777'000;
  constexpr int64_t kMost = (int64_t{1} << 31) * 1000;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::array<std::string, 4> lines;
  std::string_view rest = input;
  for (std::string& line : lines) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto in_bounds = [&](const std::optional<int64_t>& ms) { return !ms || (*ms >= 0 && *ms <= kMost); };
  const origin::Freshness all = origin::freshness_of({lines[0], lines[1], lines[2], lines[3]}, kNow);
  fuzz::require(
      in_bounds(all.ttl_ms) && in_bounds(all.stale_while_revalidate_ms) && in_bounds(all.stale_if_error_ms),
      "times are bounded", input);
  const origin::Freshness young = origin::freshness_of({lines[0], lines[1], lines[2], ""}, kNow);
  fuzz::require(all.ttl_ms.has_value() == young.ttl_ms.has_value() && all.ttl_ms <= young.ttl_ms,
                "age only takes away", input);
  fuzz::require(all.no_store == young.no_store, "age forbids nothing", input);
  // A directive more cannot lift what others forbid.
  const origin::Freshness strict =
      origin::freshness_of({"no-store," + lines[0], lines[1], lines[2], lines[3]}, kNow);
  fuzz::require(strict.no_store && strict.ttl_ms == all.ttl_ms,
                "no-store in front forbids, and changes no time", input);
  fuzz::require(in_bounds(origin::parse_retry_after_ms(input, kNow)), "Retry-After is bounded", input);
  (void)origin::parse_http_date(input, kNow);
  return 0;
}

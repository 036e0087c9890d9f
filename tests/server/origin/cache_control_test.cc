// Freshness of HTTP answers by their headers, and the dates in them.
// Threading: one thread.
// See: server/origin/cache_control.h; server/origin/http_date.h.
#include "server/origin/cache_control.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "server/origin/http_date.h"

namespace corral::origin {
namespace {

constexpr int64_t kNow = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr int64_t kMost = int64_t{1} << 31;
constexpr auto kNone = std::nullopt;
using Ms = std::optional<int64_t>;

struct Case {
  FreshnessHeaders headers;
  Ms ttl, while_revalidate, if_error;
  bool no_store = false;
};

class FreshnessOf : public testing::TestWithParam<Case> {};

TEST_P(FreshnessOf, IsWhatTheHeadersSay) {
  const Case& c = GetParam();
  const Freshness freshness = freshness_of(c.headers, kNow);
  const std::string what = c.headers.cache_control + " | " + c.headers.expires + " | " + c.headers.age;
  EXPECT_EQ(freshness.ttl_ms, c.ttl) << what;
  EXPECT_EQ(freshness.stale_while_revalidate_ms, c.while_revalidate) << what;
  EXPECT_EQ(freshness.stale_if_error_ms, c.if_error) << what;
  EXPECT_EQ(freshness.no_store, c.no_store) << what;
}

INSTANTIATE_TEST_SUITE_P(
    Headers, FreshnessOf,
    testing::Values(
        // Nothing said.
        Case{{}, kNone, kNone, kNone}, Case{{"", "", "", "5"}, kNone, kNone, kNone},
        Case{{"public"}, kNone, kNone, kNone},
        // Who goes before whom.
        Case{{"max-age=60"}, 60'000, kNone, kNone}, Case{{"max-age=60, s-maxage=10"}, 10'000, kNone, kNone},
        Case{{"s-maxage=10,max-age=60", "Sun, 06 Nov 1994 09:49:37 GMT"}, 10'000, kNone, kNone},
        Case{{"max-age=60", "Sun, 06 Nov 1994 09:49:37 GMT"}, 60'000, kNone, kNone},
        Case{{"", "Sun, 06 Nov 1994 08:50:37 GMT"}, 60'000, kNone, kNone},
        Case{{"", "Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:50:07 GMT"}, 30'000, kNone, kNone},
        Case{{"", "Sun, 06 Nov 1994 08:49:36 GMT"}, 0, kNone, kNone}, Case{{"", "0"}, 0, kNone, kNone},
        Case{{"", "-1"}, 0, kNone, kNone},
        Case{{"", "Fri, 31 Dec 9999 23:59:59 GMT"}, kMost * 1000, kNone, kNone},
        // Age is taken off, from what comes after the life too.
        Case{{"max-age=60", "", "", "15"}, 45'000, kNone, kNone},
        Case{{"max-age=60", "", "", "61"}, 0, kNone, kNone},
        Case{{"max-age=60, stale-while-revalidate=30, stale-if-error=5", "", "", "70"}, 0, 20'000, 0},
        Case{{"max-age=60", "", "", "x"}, 60'000, kNone, kNone},
        Case{{"max-age=60", "", "", "-5"}, 60'000, kNone, kNone},
        Case{{"max-age=60", "", "", "10, 20"}, 50'000, kNone, kNone},
        Case{{"max-age=60", "", "", "99999999999999999999"}, 0, kNone, kNone},
        // Stale windows.
        Case{{"max-age=1, stale-while-revalidate=59, stale-if-error=86400"}, 1000, 59'000, 86'400'000},
        Case{{"stale-if-error=5"}, kNone, kNone, 5000},
        Case{{"s-maxage=1, stale-while-revalidate=59"}, 1000, 59'000, kNone},
        Case{{"max-age=1, stale-while-revalidate=59, must-revalidate"}, 1000, 0, 0},
        Case{{"max-age=1, proxy-revalidate"}, 1000, 0, 0},
        // What may not be kept, or not be used unasked.
        Case{{"no-store"}, kNone, kNone, kNone, true},
        Case{{"max-age=5, NO-STORE"}, 5000, kNone, kNone, true},
        Case{{"private, max-age=5"}, 5000, kNone, kNone, true},
        Case{{"private=\"X-A\""}, kNone, kNone, kNone, true}, Case{{"no-cache, max-age=5"}, 0, 0, 0},
        Case{{"no-cache"}, 0, 0, 0}, Case{{"no-cache=\"Set-Cookie\", max-age=5"}, 5000, kNone, kNone},
        // Spelling.
        Case{{"MAX-AGE=60"}, 60'000, kNone, kNone}, Case{{" ,, max-age = 60 ,"}, 60'000, kNone, kNone},
        Case{{"max-age=\"60\""}, 60'000, kNone, kNone}, Case{{"max-age=60, max-age=5"}, 60'000, kNone, kNone},
        Case{{"max-age=x"}, 0, kNone, kNone}, Case{{"max-age"}, 0, kNone, kNone},
        Case{{"max-age="}, 0, kNone, kNone}, Case{{"max-age=-1"}, 0, kNone, kNone},
        Case{{"max-age=1.5"}, 0, kNone, kNone},
        Case{{"max-age=99999999999999999999"}, kMost * 1000, kNone, kNone},
        Case{{"ext=\"a, max-age=9, \\\", no-store\", max-age=60"}, 60'000, kNone, kNone},
        Case{{"ext=\"never closed, no-store"}, kNone, kNone, kNone}, Case{{"\"\\"}, kNone, kNone, kNone},
        Case{{"xmax-age=60, no-stored"}, kNone, kNone, kNone}));

TEST(RetryAfter, SecondsOrADate) {
  EXPECT_EQ(parse_retry_after_ms("120", kNow), 120'000);
  EXPECT_EQ(parse_retry_after_ms(" 0 ", kNow), 0);
  EXPECT_EQ(parse_retry_after_ms("Sun, 06 Nov 1994 08:49:47 GMT", kNow), 10'000);
  EXPECT_EQ(parse_retry_after_ms("Sun, 06 Nov 1994 08:49:27 GMT", kNow), 0);
  EXPECT_EQ(parse_retry_after_ms("999999999999", kNow), 86'400'000);
  for (const char* wrong : {"", "-1", "1.5", "soon", "10s"})
    EXPECT_EQ(parse_retry_after_ms(wrong, kNow), kNone) << wrong;
}

TEST(HttpDate, ThreeFormsOfOneMoment) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", kNow), kNow);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", kNow), kNow);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", kNow), kNow);
}

TEST(HttpDate, CalendarAndCenturies) {
  EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT", kNow), 0);
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", kNow), 1'709'164'800'000);
  EXPECT_EQ(parse_http_date("Wed, 31 Dec 1969 23:59:59 GMT", kNow), -1000);
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", kNow), 1'483'228'800'000) << "a leap second";
  EXPECT_EQ(parse_http_date("Friday, 06-Nov-43 08:49:37 GMT", kNow),
            parse_http_date("Fri, 06 Nov 2043 08:49:37 GMT", kNow));
  EXPECT_EQ(parse_http_date("Friday, 06-Nov-45 08:49:37 GMT", kNow),
            parse_http_date("Fri, 06 Nov 1945 08:49:37 GMT", kNow));
}

TEST(HttpDate, AllElseIsNone) {
  for (const char* wrong :
       {"", "0", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Wed, 29 Feb 2023 00:00:00 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "1994-11-06T08:49:37Z and more text", "Sun, 06 Nov -994 08:49:37 GMT",
        ", 06 Nov 1994 08:49:37 GMT    "}) {
    EXPECT_EQ(parse_http_date(wrong, kNow), kNone) << wrong;
  }
}

}  // namespace
}  // namespace corral::origin

// The words of an origin: what is accepted, what is refused and how, and that printing reads back.
// Threading: one thread.
// See: server/origin/definition.h.
#include "server/origin/definition.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "server/config/words.h"

namespace corral::origin {
namespace {

base::Result<Definition> parse(std::string_view line, std::string_view name = "o") {
  const auto words = config::split_words(line);
  if (!words) return base::Error{"not a line"};
  return Definition::parse(name, {words->begin(), words->end()});
}

TEST(Definition, DefaultsAreThoseOfTheDocumentation) {
  const auto parsed = parse(R"(http://127.0.0.1:8080 load "GET /products/{1}")");
  ASSERT_TRUE(parsed) << parsed.error();
  const Definition& d = parsed.value();
  EXPECT_EQ(d.name, "o");
  EXPECT_EQ(d.kind, Kind::kHttp);
  ASSERT_EQ(d.urls.size(), 1U);
  EXPECT_EQ(d.urls[0].host, "127.0.0.1");
  EXPECT_EQ(d.urls[0].port, 8080);
  EXPECT_EQ(d.load, "GET /products/{1}");
  EXPECT_EQ(d.timeout_ms, 500);
  EXPECT_EQ(d.connect_timeout_ms, 250);
  EXPECT_EQ(d.total_timeout_ms, 1500);
  EXPECT_EQ(d.pool_least, 1U);
  EXPECT_EQ(d.pool_most, 16U);
  EXPECT_EQ(d.max_value_bytes, 8 << 20);
  EXPECT_EQ(d.concurrency, 0U);
  EXPECT_EQ(d.rate_per_s, 0U);
  EXPECT_EQ(d.retries, 2U);
  EXPECT_EQ(d.ttl_most_ms, 0);
}

TEST(Definition, EveryWordIsRead) {
  const auto parsed = parse(
      R"(https://app@a.example https://b.example:444/v1/ load "GET /p/{1}?x={2}" store "PUT /p/{1}" remove "DELETE /p/{1}" )"
      R"(header "Accept: text/plain" header "X-Team: shop" timeout 100ms connect-timeout 30ms total-timeout 1s pool 0-4 )"
      R"(max-value 1mb concurrency 12 rate 50/s retries 0 ttl 1s-1h password-env P tls-ca ca.pem)");
  ASSERT_FALSE(parsed) << "the second address has no user for the password";
  const auto good = parse(
      R"(https://app@a.example https://app@b.example:444/v1/ LOAD "GET /p/{1}?x={2}" store "PUT /p/{1}" remove "DELETE /p/{1}" )"
      R"(header "Accept: text/plain" header "X-Team: shop" timeout 100ms connect-timeout 30ms total-timeout 1s pool 0-4 )"
      R"(max-value 1mb concurrency 12 rate 50/s retries 0 ttl 1s-1h password-env P tls-ca ca.pem)");
  ASSERT_TRUE(good) << good.error();
  const Definition& d = good.value();
  EXPECT_EQ(d.urls[0].port, 443);
  EXPECT_EQ(d.urls[0].user, "app");
  EXPECT_TRUE(d.urls[0].tls);
  EXPECT_EQ(d.urls[1].path, "/v1");
  EXPECT_EQ(d.headers.size(), 2U);
  EXPECT_EQ(d.timeout_ms, 100);
  EXPECT_EQ(d.connect_timeout_ms, 30);
  EXPECT_EQ(d.total_timeout_ms, 1000);
  EXPECT_EQ(d.pool_least, 0U);
  EXPECT_EQ(d.pool_most, 4U);
  EXPECT_EQ(d.max_value_bytes, 1 << 20);
  EXPECT_EQ(d.concurrency, 12U);
  EXPECT_EQ(d.rate_per_s, 50U);
  EXPECT_EQ(d.retries, 0U);
  EXPECT_EQ(d.ttl_least_ms, 1000);
  EXPECT_EQ(d.ttl_most_ms, 3'600'000);
  EXPECT_EQ(d.password_env, "P");
  EXPECT_EQ(d.tls_ca, "ca.pem");
}

TEST(Definition, TimesThatAreNotGivenFollow) {
  const auto quick = parse(R"(http://h load "GET /" timeout 100ms)");
  ASSERT_TRUE(quick) << quick.error();
  EXPECT_EQ(quick.value().connect_timeout_ms, 50);
  EXPECT_EQ(quick.value().total_timeout_ms, 1500);
  const auto slow = parse(R"(http://h load "GET /" timeout 10s)");
  ASSERT_TRUE(slow) << slow.error();
  EXPECT_EQ(slow.value().connect_timeout_ms, 250);
  EXPECT_EQ(slow.value().total_timeout_ms, 30'000);
}

TEST(Definition, WhatIsPrintedReadsBack) {
  for (
      const char* line :
      {R"(http://127.0.0.1:8080 load "GET /products/{1}")",
       R"(https://app@a.example load "GET /p/{1}" header "Authorization: Bearer x\"y" timeout 90ms retries 5 password-file "a b")",
       R"(postgres://app@127.0.0.1/shop?sslmode=require load "SELECT body FROM users WHERE id = $1" pool 2-8 rate 9/s)",
       R"(redis://127.0.0.1:6380/2 redis://127.0.0.1:6381/2 load "GET {0}" max-value 100 concurrency 3 ttl 0s-1d)",
       R"(amqp://guest@127.0.0.1/%2f store "events {1}")"}) {
    const auto parsed = parse(line);
    ASSERT_TRUE(parsed) << line << ": " << parsed.error();
    const std::string text = parsed.value().words();
    const auto again = parse(text);
    ASSERT_TRUE(again) << text << ": " << again.error();
    EXPECT_EQ(again.value().words(), text);
    EXPECT_EQ(again.value().urls, parsed.value().urls);
    EXPECT_EQ(again.value().headers, parsed.value().headers);
    EXPECT_EQ(again.value().timeout_ms, parsed.value().timeout_ms);
    EXPECT_EQ(again.value().connect_timeout_ms, parsed.value().connect_timeout_ms);
    EXPECT_EQ(again.value().max_value_bytes, parsed.value().max_value_bytes);
  }
}

TEST(Definition, SecretsAreMasked) {
  const auto parsed = parse(
      R"(http://h load "GET /" header "Authorization: Bearer abc" header "X-Api-Key: k" header "X-Team: shop" header "Cookie: ${C}")");
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(
      parsed.value().masked_words(),
      R"(http://h load "GET /" header "Authorization: ***" header "X-Api-Key: ***" header "X-Team: shop" header "Cookie: ${C}")");
}

struct Refusal {
  const char* line;
  const char* message;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, SaysWhatIsWrongAndWhatWouldBeRight) {
  const auto parsed = parse(GetParam().line);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error(), std::string("origin o: ") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, Refused,
    testing::Values(
        Refusal{"", "needs an address behind its name, such as http://127.0.0.1:8080"},
        Refusal{"load x",
                "needs an address behind its name, such as http://127.0.0.1:8080; \"load\" is none"},
        Refusal{"http://h", "needs a load or a store, or there is nothing to ask it"},
        Refusal{
            "htp://h",
            R"("htp://h" begins with an unknown scheme (did you mean "http"?); those known are http, https, )"
            "postgres, redis, rediss and amqp"},
        Refusal{"http://h:0", R"("http://h:0" has the port "0"; write a number from 1 to 65535)"},
        Refusal{"http://h:x", R"("http://h:x" has the port "x"; write a number from 1 to 65535)"},
        Refusal{"http:///x", R"("http:///x" names no host)"},
        Refusal{"http://[::1", R"("http://[::1" has a [ without its ])"},
        Refusal{"http://a/b?c", R"("http://a/b?c" has a question mark; a query belongs into the templates)"},
        Refusal{
            "http://a/%zz",
            R"("http://a/%zz" has a path that has a % without two hexadecimal digits behind it; a percent )"
            "sign itself is %25"},
        Refusal{"redis://h/x",
                R"("redis://h/x" has "x" behind the slash, where the number of a database belongs)"},
        Refusal{"postgres://u:secret@h/d",
                R"("postgres://***@h/d" has a password, and addresses are shown to many; use )"
                "password-file PATH or password-env NAME"},
        Refusal{"http://h https://h",
                "one address is http, another https; all of an origin are of one scheme"},
        Refusal{"http://h http://h", R"("http://h" is given twice)"},
        Refusal{R"(http://h load "GET /" http://g)", "addresses come first, right behind the name"},
        Refusal{R"(http://h lod "GET /")", R"(unknown word "lod" (did you mean "load"?))"},
        Refusal{R"(http://h load)", R"("load" needs a value behind it)"},
        Refusal{R"(http://h load "")", "load: is empty"},
        Refusal{R"(http://h load "GET /" load "GET /")", R"("load" is given twice)"},
        Refusal{R"(http://h load "GTE /")",
                R"(load: "GTE" is no method of a load, which takes GET (did you mean "GET"?))"},
        Refusal{R"(http://h store "GET /")",
                R"(store: "GET" is no method of a store, which takes PUT, POST or PATCH)"},
        Refusal{R"(http://h load "/x")",
                R"(load: "/x" is not a method and a path; write them as in "GET /products/{1}")"},
        Refusal{R"(http://h load "GET x")",
                R"(load: "x" does not begin with a slash; write a path as in "GET /products/{1}")"},
        Refusal{R"(http://h load "GET /{id}")",
                R"(load: "/{id}" has "{id}" where {1} to {9}, the stars of the policy's pattern, )"
                "or {0}, the key, can stand"},
        Refusal{R"(http://h load "GET /a b")", R"(load: "/a b" has " " in it; write it as %20)"},
        Refusal{R"(http://h load "GET /#x")", R"(load: "/#x" has "#" in it; write it as %23)"},
        Refusal{R"(http://h load "GET /" load-many x)", "load-many is for postgres and redis, not for http"},
        Refusal{R"(http://h load "GET /" remove "DELETE /")", "remove needs a store beside it"},
        Refusal{R"(amqp://h load x)", "a load cannot come from amqp, which takes stores only"},
        Refusal{R"(http://h load "GET /" timeout 100)", R"(timeout: "100" has no unit; write 100s or 100ms)"},
        Refusal{R"(http://h load "GET /" timeout 1d)", R"(timeout: "1d" is out of bounds: 2ms to 10m)"},
        Refusal{R"(http://h load "GET /" connect-timeout 500ms)",
                "connect-timeout 500ms is not less than timeout 500ms: a "
                "failure to connect would never be seen as one"},
        Refusal{R"(http://h load "GET /" total-timeout 499ms)",
                "total-timeout 499ms is less than timeout 500ms"},
        Refusal{R"(http://h load "GET /" pool 5-4)", "pool: the least, 5, is above the most, 4"},
        Refusal{R"(http://h load "GET /" pool 2-4)",
                "pool: connections of http are opened when they are needed; write pool 4"},
        Refusal{R"(http://h load "GET /" pool x)", R"(pool: "x" is not a whole number)"},
        Refusal{R"(http://h load "GET /" max-value 1gb)", R"(max-value: "1gb" is out of bounds: 1 to 512mb)"},
        Refusal{R"(http://h load "GET /" concurrency atuo)",
                R"(concurrency: "atuo" is neither auto nor a number (did you mean )"
                R"("auto"?))"},
        Refusal{R"(http://h load "GET /" concurrency 0)", R"(concurrency: "0" is out of bounds: 1 to 4096)"},
        Refusal{R"(http://h load "GET /" rate 7)", R"(rate: "7" is not a rate; write 7/s)"},
        Refusal{R"(http://h load "GET /" ttl 1s)", R"(ttl: "1s" are not two bounds; write them as in 1s-1h)"},
        Refusal{R"(http://h load "GET /" ttl 2s-1s)", R"(ttl: "2s-1s" has its least above its most)"},
        Refusal{R"(http://h load "GET /" header x)", R"(header: "x": is not a header; write "Name: value")"},
        Refusal{R"(http://h load "GET /" header "Range: x")",
                R"(header: "Range: x": "Range" is a header that Corral sets by itself)"},
        Refusal{R"(http://h load "GET /" header "A: b\nC: d")",
                R"(header: "A: b\nC: d": has control characters in its value, or )"
                "more than 4096 bytes"},
        Refusal{R"(redis://h load "GET {0}" header "A: b")", "header is for http, not for redis"},
        Refusal{R"(http://h load "GET /" password-env P)",
                R"(a password is given, but no user in "http://h"; write )"
                "http://USER@h:80"},
        Refusal{R"(http://u@h load "GET /" password-env P password-file F)",
                "password-file and password-env are both given; leave "
                "one of them out"},
        Refusal{R"(http://h load "GET /" tls-ca f)",
                "tls-ca is given, but http is not encrypted; write https"}));

TEST(Definition, NamesAreChecked) {
  EXPECT_EQ(parse("http://h", "").error(), "an origin needs a name");
  EXPECT_EQ(parse("http://h", "a b").error(), R"(the name "a b" may hold neither spaces nor quotes)");
  EXPECT_EQ(parse("http://h", std::string(65, 'x')).error(),
            "the name \"" + std::string(65, 'x') + "\" has more than 64 bytes");
}

TEST(Definition, CapturesAreThoseOfThePattern) {
  const auto http = parse(R"(http://h load "GET /a/{1}/{0}" store "PUT /{2}")");
  ASSERT_TRUE(http) << http.error();
  EXPECT_TRUE(http.value().check_captures(2));
  EXPECT_EQ(http.value().check_captures(1).error(),
            R"(origin o: store "PUT /{2}": {2} has nothing to stand for: the pattern has 1 star)");
  EXPECT_EQ(http.value().check_captures(0).error(),
            R"(origin o: load "GET /a/{1}/{0}": {1} has nothing to stand for: the pattern has 0 stars)");

  const auto sql = parse(
      R"(postgres://h/d load "SELECT '$9', $1 -- $8" store "INSERT INTO t VALUES ($1, $2, $3) /* $7 */" remove "DELETE FROM t WHERE a=$1 AND v<$2")");
  ASSERT_TRUE(sql) << sql.error();
  EXPECT_TRUE(sql.value().check_captures(1)) << sql.value().check_captures(1).error();
  EXPECT_EQ(
      sql.value().check_captures(0).error(),
      R"(origin o: load "SELECT '$9', $1 -- $8": $1 has nothing to stand for: the pattern has 0 stars)");
}

TEST(Definition, PasswordsComeFromFilesAndTheEnvironment) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "origin_password";
  std::ofstream(path) << "s3cret\r\nsecond line\n";
  Definition d;
  EXPECT_EQ(read_password(d).value(), "");
  d.password_file = path;
  EXPECT_EQ(read_password(d).value(), "s3cret");
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_NE(read_password(d).error().find("is empty"), std::string::npos);
  std::filesystem::remove(path);
  EXPECT_EQ(read_password(d).error(), "password-file: \"" + path.string() + "\" cannot be read");
  d.password_file.clear();
  d.password_env = "CORRAL_TEST_PASSWORD";
  EXPECT_EQ(read_password(d).error(), "password-env: the variable \"CORRAL_TEST_PASSWORD\" is not set");
  setenv("CORRAL_TEST_PASSWORD", "from outside", 1);
  EXPECT_EQ(read_password(d).value(), "from outside");
  EXPECT_EQ(expand_header("A: x${CORRAL_TEST_PASSWORD}y").value(), "A: xfrom outsidey");
  EXPECT_FALSE(expand_header("A: ${CORRAL_TEST_NONE}"));
  setenv("CORRAL_TEST_PASSWORD", "two\nlines", 1);
  EXPECT_FALSE(expand_header("A: ${CORRAL_TEST_PASSWORD}"));
  unsetenv("CORRAL_TEST_PASSWORD");
}

}  // namespace
}  // namespace corral::origin

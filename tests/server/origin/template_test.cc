// Templates filled from keys, and what SQL texts refer to.
// Threading: one thread.
// See: server/origin/http_template.h; server/origin/placeholders.h.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "server/origin/http_template.h"
#include "server/origin/placeholders.h"
#include "server/origin/url.h"

namespace corral::origin {
namespace {

base::Result<std::string> fill(std::string_view target, const std::vector<std::string>& captures) {
  const auto parsed = HttpTemplate::parse(Operation::kLoad, "GET " + std::string(target));
  if (!parsed) return base::Error{parsed.error()};
  std::string out;
  if (const auto status = parsed.value().append_target(captures, out); !status)
    return base::Error{status.error()};
  return out;
}

TEST(HttpTemplate, CapturesArePercentEncoded) {
  EXPECT_EQ(fill("/products/{1}", {"product:7", "7"}).value(), "/products/7");
  EXPECT_EQ(fill("/{0}?a={1}&b={2}", {"k", "a b&c", "ä/?#%"}).value(), "/k?a=a%20b%26c&b=%C3%A4%2F%3F%23%25");
  EXPECT_EQ(fill("/x{1}{2}y", {"k", "-._~", ""}).value(), "/x-._~y");
  EXPECT_EQ(fill("/q?x={1}", {"k", ""}).value(), "/q?x=") << "in a query nothing is something";
  EXPECT_EQ(fill("/q?x={1}", {"k", "../.."}).value(), "/q?x=..%2F..");
  EXPECT_EQ(fill("/{1}", {"k", std::string("\r\n\0", 3)}).value(), "/%0D%0A%00");
}

TEST(HttpTemplate, NoKeyLeavesItsSegment) {
  for (const std::string capture : {"", ".", "..", "../admin", "x/../../admin", "x\\..\\y", "a/.", "./a"}) {
    EXPECT_FALSE(fill("/products/{1}", {"k", capture})) << capture;
    EXPECT_FALSE(fill("/products/{1}/price", {"k", capture})) << capture;
    EXPECT_FALSE(fill("/products/{1}?x=1", {"k", capture})) << capture;
  }
  EXPECT_FALSE(fill("/a/.{1}", {"k", "."}));
  EXPECT_FALSE(fill("/a/{1}{2}", {"k", ".", "."}));
  EXPECT_TRUE(fill("/a/{1}", {"k", "..."}));
  EXPECT_TRUE(fill("/a/{1}", {"k", "a..b/c"}));
}

TEST(HttpTemplate, LongTargetsAreRefused) {
  EXPECT_TRUE(fill("/{1}", {"k", std::string(8191, 'x')}));
  EXPECT_FALSE(fill("/{1}", {"k", std::string(8192, 'x')}));
  EXPECT_FALSE(fill("/{1}", {"k", std::string(1 << 20, ' ')}));
}

TEST(Placeholders, OfSqlAreFoundOutsideOfQuotesAndComments) {
  EXPECT_EQ(most_parameter("SELECT a FROM t WHERE b=$1 AND c=$12"), 12U);
  EXPECT_EQ(most_parameter("SELECT '$3', \"$4\", $$ $5 $$, $x$ $6 $x$, E'\\'$7', e'$8', a$9, /* $10 /* $11 "
                           "*/ $12 */ $2 -- $13"),
            2U);
  EXPECT_EQ(most_parameter("-- $1\n$3"), 3U);
  EXPECT_EQ(most_parameter("'it''s $1' || $2"), 2U);
  EXPECT_EQ(most_parameter("no"), 0U);
  EXPECT_EQ(most_parameter("$99999999999999999999"), 65'536U);
  for (const char* open : {"'$1", "\"$1", "E'\\", "/* $1", "$x$ $1", "$", "$x", "e'"})
    EXPECT_EQ(most_parameter(open), 0U) << open;
}

TEST(Placeholders, OfCommandsHaveOneDigit) {
  EXPECT_EQ(most_placeholder("HGETALL {1}:{3}"), 3U);
  EXPECT_EQ(most_placeholder("GET {0} {12} {x} {"), 0U);
}

TEST(Url, PartsOfAllKinds) {
  const auto http = parse_url("HTTP://[::1]/base/").value();
  EXPECT_EQ(http.host, "::1");
  EXPECT_EQ(http.authority(), "[::1]:80");
  EXPECT_EQ(http.path, "/base");
  const auto postgres = parse_url("postgresql://app%40x@%2Fvar%2Frun/shop%20db?sslmode=require").value();
  EXPECT_EQ(postgres.user, "app@x");
  EXPECT_EQ(postgres.host, "/var/run");
  EXPECT_EQ(postgres.path, "shop db");
  EXPECT_EQ(postgres.query, "sslmode=require");
  EXPECT_EQ(postgres.port, 5432);
  const auto redis = parse_url("rediss://r:7000/3").value();
  EXPECT_TRUE(redis.tls);
  EXPECT_EQ(redis.path, "3");
  EXPECT_EQ(redis.port, 7000);
  const auto amqp = parse_url("amqp://guest@q/%2f").value();
  EXPECT_EQ(amqp.path, "/");
  EXPECT_EQ(amqp.port, 5672);
}

}  // namespace
}  // namespace corral::origin

// Endpoints for definitions of every protocol, and why there is none.
// Threading: the test's thread runs the loop.
// See: server/origin/README.md.
#include "server/origin/make_endpoint.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/server/origin/endpoint_driver.h"

namespace corral::origin {
namespace {

std::string error_of(const std::vector<std::string_view>& words) {
  OriginLoop loop;
  const base::SystemClock clock;
  const auto made = make_endpoint(loop, clock, definition_of(words), 0);
  return made ? "" : made.error();
}

TEST(MakeEndpoint, KnowsThreeProtocols) {
  EXPECT_EQ(error_of({"http://h", "load", "GET /{1}"}), "");
  EXPECT_EQ(error_of({"postgres://u@h/d", "load", "SELECT 1"}), "");
  EXPECT_EQ(error_of({"redis://h", "load", "GET {0}"}), "");
  EXPECT_EQ(error_of({"amqp://h", "store", "x"}),
            "origin o: amqp is not there yet; http, postgres and redis are the origins that work");
}

TEST(MakeEndpoint, SaysWhatCannotWork) {
  EXPECT_EQ(error_of({"redis://h", "load", "SUBSCRIBE {0}"}),
            "origin o: load: SUBSCRIBE does not answer once and at once, or changes the connection");
  EXPECT_EQ(error_of({"redis://h", "load", "HGETALL {0}", "load-many", "MGET {0}"}),
            "origin o: load-many: is MGET with the key of load; leave it out, and it is used by itself");
  EXPECT_EQ(error_of({"redis://h", "load", "GET {0}", "load-many", "MGET {0}"}), "");
  EXPECT_NE(error_of({"redis://u@h", "load", "GET {0}"}).find("a user without a password"),
            std::string::npos);
  EXPECT_NE(error_of({"postgres://u@h/d", "load", "SELECT 1", "password-file", "/no/such/file"})
                .find("/no/such/file"),
            std::string::npos);
}

TEST(MakeEndpoint, AServerThatIsNotThereFailsItsCheck) {
  OriginLoop loop;
  const base::SystemClock clock;
  for (const std::vector<std::string_view>& words : std::vector<std::vector<std::string_view>>{
           {"postgres://u@127.0.0.1:1/d", "load", "SELECT 1"}, {"redis://127.0.0.1:1", "load", "GET {0}"}}) {
    const auto made = make_endpoint(loop, clock, definition_of(words), 0);
    ASSERT_TRUE(made);
    std::string result;
    check_endpoint(loop, *made.value(),
                   [&](const base::Status& status) { result = status ? "well" : status.error(); });
    EXPECT_EQ(result, "");
    while (result.empty()) loop.turn();
    EXPECT_TRUE(result.starts_with("origin o: ")) << result;
  }
  const auto http = make_endpoint(loop, clock, definition_of({"http://h", "load", "GET /{1}"}), 0);
  bool well = false;
  check_endpoint(loop, *http.value(), [&](const base::Status& status) { well = status.ok(); });
  loop.turn();
  EXPECT_TRUE(well);
}

}  // namespace
}  // namespace corral::origin

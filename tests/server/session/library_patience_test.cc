// Which libraries' reads may be held for how long.
// Threading: one thread.
// See: server/session/README.md, "Libraries".
#include "server/session/library_patience.h"

#include <gtest/gtest.h>

namespace corral::session {
namespace {

TEST(LibraryPatience, StaysBelowTheDefaultTimeout) {
  EXPECT_EQ(library_patience_ms("glide"), 200);
  EXPECT_EQ(library_patience_ms("redis-rs"), 400);
  EXPECT_EQ(library_patience_ms("redis-client"), 800);
}

TEST(LibraryPatience, NamesGoOnAndHaveAnyCase) {
  EXPECT_EQ(library_patience_ms("GlidePySync"), 200);
  EXPECT_EQ(library_patience_ms("redis-client(redis-rb_v5.4.0)"), 800);
  EXPECT_EQ(library_patience_ms("Redis-RS(x)"), 400);
}

TEST(LibraryPatience, OthersWaitAsLongAsThePolicySays) {
  for (const char* name : {"", "g", "redis-py", "redis-r", "my-glide", "jedis", "go-redis"}) {
    EXPECT_EQ(library_patience_ms(name), INT64_MAX) << name;
  }
}

}  // namespace
}  // namespace corral::session

// Grouping and bounds of the log of refusals.
// Threading: one thread.
// See: server/acl/README.md, "Log".
#include "server/acl/acl_log.h"

#include <gtest/gtest.h>

namespace corral::acl {
namespace {

Refusal refusal(std::string object, int64_t at_ms) {
  Refusal made;
  made.reason = "key";
  made.context = "toplevel";
  made.object = std::move(object);
  made.username = "u";
  made.at_ms = at_ms;
  return made;
}

TEST(RefusalLog, LikeRefusalsWithinAMinuteAreOne) {
  RefusalLog log;
  log.add(refusal("a", 0), 8);
  log.add(refusal("b", 1), 8);
  log.add(refusal("a", 60'000), 8);
  auto entries = log.newest(10);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].object, "a");
  EXPECT_EQ(entries[0].count, 2);
  EXPECT_EQ(entries[0].at_ms, 60'000);
  log.add(refusal("a", 120'001), 8);
  entries = log.newest(10);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].count, 1);
}

TEST(RefusalLog, KeepsTheNewest) {
  RefusalLog log;
  for (int i = 0; i < 5; ++i) log.add(refusal(std::to_string(i), i), 3);
  const auto entries = log.newest(10);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].object, "4");
  EXPECT_EQ(log.newest(1).size(), 1u);
  log.add(refusal("x", 9), 0);
  EXPECT_TRUE(log.newest(10).empty());
}

}  // namespace
}  // namespace corral::acl

// Who tracks which keys.
// Threading: one thread.
// See: server/pubsub/tracking_table.h.
#include "server/pubsub/tracking_table.h"

#include <gtest/gtest.h>

#include <set>

namespace corral::pubsub {
namespace {

TEST(TrackingTable, RemembersEachClientOnceAndForgetsByTaking) {
  TrackingTable table(2);
  table.remember(0, "k", {7, 1});
  table.remember(0, "k", {3, 0});
  table.remember(0, "k", {7, 1});
  table.remember(1, "other", {3, 0});
  EXPECT_EQ(table.keys(), 2u);
  EXPECT_EQ(table.items(), 3u);
  EXPECT_TRUE(table.take(1, "k").empty());
  const auto trackers = table.take(0, "k");
  ASSERT_EQ(trackers.size(), 2u);
  EXPECT_EQ(trackers[0].client, 3u);
  EXPECT_EQ(trackers[1].worker, 1u);
  EXPECT_TRUE(table.empty(0));
  EXPECT_FALSE(table.empty(1));
  table.clear(1);
  EXPECT_EQ(table.keys(), 0u);
  EXPECT_EQ(table.items(), 0u);
}

TEST(TrackingTable, FindsAVictimButTheSparedOne) {
  TrackingTable table(1);
  EXPECT_FALSE(table.any_key(0, 5).has_value());
  table.remember(0, "", {1, 0});
  EXPECT_EQ(table.any_key(0, 5), "");
  EXPECT_FALSE(table.any_key(0, 5, "").has_value());
  std::set<std::string> found;
  for (int i = 0; i < 50; ++i) table.remember(0, "k" + std::to_string(i), {1, 0});
  for (uint64_t chance = 0; chance < 1000; ++chance) {
    const auto victim = table.any_key(0, chance, "k7");
    ASSERT_TRUE(victim.has_value());
    EXPECT_NE(*victim, "k7");
    found.insert(*victim);
  }
  EXPECT_GT(found.size(), 20u);
}

TEST(TrackingTable, PrefixesAreCountedByName) {
  TrackingTable table(1);
  table.add_prefix("a");
  table.add_prefix("a");
  table.add_prefix("");
  EXPECT_EQ(table.prefixes(), 2u);
  table.remove_prefix("a");
  EXPECT_EQ(table.prefixes(), 2u);
  table.remove_prefix("a");
  table.remove_prefix("unknown");
  EXPECT_EQ(table.prefixes(), 1u);
}

}  // namespace
}  // namespace corral::pubsub

// Tag epochs: soft and hard invalidation, full tables, sweeps, many threads.
// Threading: as each test says.
// See: server/stampede/README.md, "Tags".
#include "server/stampede/tags.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace corral::stampede {
namespace {

const base::HashSecret kSecret = base::HashSecret::from_seed(1);

store::Extension entry_with(std::initializer_list<store::TagStamp> stamps) {
  store::Extension extension;
  for (const store::TagStamp stamp : stamps) extension.tags[extension.tag_count++] = stamp;
  return extension;
}

TEST(TagTable, EntriesFilledBeforeAnInvalidationAreStaleThoseAfterAreNot) {
  TagTable tags(1024, kSecret);
  const auto before = entry_with({tags.stamp(TagSpace::kTag, "t")});
  EXPECT_EQ(tags.state(before), TagState::kCurrent);
  EXPECT_TRUE(tags.invalidate(TagSpace::kTag, "t", false));
  EXPECT_EQ(tags.state(before), TagState::kStale);
  EXPECT_EQ(tags.state(entry_with({tags.stamp(TagSpace::kTag, "t")})), TagState::kCurrent);
}

TEST(TagTable, HardRemovesAndASoftOneAfterwardsDoesNotBringBack) {
  TagTable tags(1024, kSecret);
  const auto before = entry_with({tags.stamp(TagSpace::kTag, "t")});
  tags.invalidate(TagSpace::kTag, "t", true);
  EXPECT_EQ(tags.state(before), TagState::kRemoved);
  const auto between = entry_with({tags.stamp(TagSpace::kTag, "t")});
  tags.invalidate(TagSpace::kTag, "t", false);
  EXPECT_EQ(tags.state(before), TagState::kRemoved);
  EXPECT_EQ(tags.state(between), TagState::kStale);
}

TEST(TagTable, UnknownNamesAndTheOtherSpaceAreNotTouched) {
  TagTable tags(1024, kSecret);
  const auto entry = entry_with({tags.stamp(TagSpace::kTag, "t")});
  EXPECT_FALSE(tags.invalidate(TagSpace::kTag, "u", true));
  EXPECT_FALSE(tags.invalidate(TagSpace::kPrefix, "t", true));
  EXPECT_EQ(tags.state(entry), TagState::kCurrent);
  EXPECT_EQ(tags.rows(), 1u);
}

TEST(TagTable, TheWorstOfAnEntrysTagsCounts) {
  TagTable tags(1024, kSecret);
  const auto entry = entry_with(
      {tags.stamp(TagSpace::kTag, "a"), tags.stamp(TagSpace::kTag, "b"), tags.stamp(TagSpace::kPrefix, "c")});
  tags.invalidate(TagSpace::kTag, "b", false);
  EXPECT_EQ(tags.state(entry), TagState::kStale);
  tags.invalidate(TagSpace::kPrefix, "c", true);
  EXPECT_EQ(tags.state(entry), TagState::kRemoved);
  EXPECT_EQ(tags.state(store::Extension()), TagState::kCurrent);
}

TEST(TagTable, OneInvalidationServesAMillionEntriesByMovingOneEpoch) {
  TagTable tags(1024, kSecret);
  std::vector<store::Extension> entries(1'000'000, entry_with({tags.stamp(TagSpace::kTag, "t")}));
  EXPECT_TRUE(
      tags.invalidate(TagSpace::kTag, "t", false));  // knows of no entry, so it cannot depend on their number
  EXPECT_EQ(tags.rows(), 1u);
  for (const auto& entry : entries) ASSERT_EQ(tags.state(entry), TagState::kStale);
}

TEST(TagTable, AFullTableInvalidatesTooMuchAndNeverTooLittle) {
  TagTable tags(64, kSecret);
  std::vector<store::Extension> entries;
  for (int i = 0; i < 500; ++i)
    entries.push_back(entry_with({tags.stamp(TagSpace::kTag, std::to_string(i))}));
  EXPECT_LE(tags.rows(), 64u);
  EXPECT_EQ(tags.folded(), 500 - tags.rows());
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_TRUE(tags.invalidate(TagSpace::kTag, std::to_string(i), true));
    EXPECT_EQ(tags.state(entries[i]), TagState::kRemoved);
  }
}

TEST(TagTable, AFoldedNameThatGetsARowLaterStillReachesItsOldEntries) {
  TagTable tags(64, kSecret);
  std::vector<store::Extension> entries;
  for (int i = 0; i < 200; ++i)
    entries.push_back(entry_with({tags.stamp(TagSpace::kTag, std::to_string(i))}));
  tags.begin_sweep();
  for (size_t i = 100; i < 200; ++i) tags.mark(entries[i]);  // the first hundred are gone
  tags.end_sweep();
  EXPECT_LT(tags.rows(), 20u);
  const auto fresh = entry_with({tags.stamp(TagSpace::kTag, "150")});
  EXPECT_NE(fresh.tags[0].id, entries[150].tags[0].id);
  EXPECT_TRUE(tags.invalidate(TagSpace::kTag, "150", true));
  EXPECT_EQ(tags.state(entries[150]), TagState::kRemoved);
  EXPECT_EQ(tags.state(fresh), TagState::kRemoved);
}

TEST(TagTable, InvalidationDuringASweepReachesSharedRows) {
  TagTable tags(64, kSecret);
  std::vector<store::Extension> entries;
  for (int i = 0; i < 200; ++i)
    entries.push_back(entry_with({tags.stamp(TagSpace::kTag, std::to_string(i))}));
  tags.begin_sweep();
  EXPECT_TRUE(tags.invalidate(TagSpace::kTag, "199", true));
  EXPECT_EQ(tags.state(entries[199]), TagState::kRemoved);
}

TEST(TagTable, SweepDropsRowsWithoutEntriesAndKeepsTheOthers) {
  TagTable tags(1024, kSecret);
  const auto kept = entry_with({tags.stamp(TagSpace::kTag, "kept")});
  const auto lost = entry_with({tags.stamp(TagSpace::kTag, "lost")});
  tags.begin_sweep();
  tags.mark(kept);
  const auto made = entry_with({tags.stamp(TagSpace::kTag, "made meanwhile")});
  tags.end_sweep();
  EXPECT_EQ(tags.rows(), 2u);
  EXPECT_EQ(tags.state(kept), TagState::kCurrent);
  EXPECT_EQ(tags.state(made), TagState::kCurrent);
  EXPECT_EQ(tags.state(lost),
            TagState::kRemoved);  // had it slipped through, it would not live on under another name
  EXPECT_FALSE(tags.invalidate(TagSpace::kTag, "lost", false));
  EXPECT_TRUE(tags.invalidate(TagSpace::kTag, "kept", false));
}

TEST(TagTable, ManyThreadsStampInvalidateReadAndSweep) {
  TagTable tags(256, kSecret);
  std::atomic<uint64_t> wrong{0};
  const auto work = [&](int thread) {
    const std::string own = "own" + std::to_string(thread);  // nobody else moves this one
    for (int i = 0; i < 3000; ++i) {
      const auto entry =
          entry_with({tags.stamp(TagSpace::kTag, own), tags.stamp(TagSpace::kTag, std::to_string(i % 50))});
      tags.invalidate(TagSpace::kTag, own, i % 2 == 0);
      const TagState expected = i % 2 == 0 ? TagState::kRemoved : TagState::kStale;
      if (tags.state(entry_with({entry.tags[0]})) < expected) ++wrong;
      tags.state(entry);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (int i = 0; i < 20; ++i) {
    tags.begin_sweep();
    tags.end_sweep();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace corral::stampede

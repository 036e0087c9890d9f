// Sets against std::set, through all three forms.
// Threading: one thread.
// See: server/types/set_value.h.
#include "server/types/set_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <map>
#include <set>
#include <string>

#include "tests/server/types/heap_bytes.h"

namespace corral::types {
namespace {

const base::HashSecret kSecret = base::HashSecret::from_seed(11);
using Model = std::set<std::string>;

std::string text(const PackedElement& element) {
  PackedElement::Buffer buffer;
  return std::string(element.text(buffer));
}

Model content(const SetValue& set) {
  Model all;
  SetValue::Walk walk(set);
  while (const auto member = walk.next()) EXPECT_TRUE(all.insert(text(*member)).second);
  EXPECT_EQ(all.size(), set.size());
  return all;
}

std::string random_member(base::Random& random, uint64_t members, bool numbers_only) {
  const auto number = static_cast<int64_t>(random.below(members));
  if (numbers_only || number % 2 == 0)
    return std::to_string(number * number * number * (number % 3 == 0 ? -1 : 1));
  return number % 5 == 0 ? std::string(static_cast<size_t>(number % 64), '\0')
                         : "member " + std::to_string(number);
}

TEST(SetValue, AgreesWithASetInEveryForm) {
  for (const bool numbers_only : {true, false}) {
    for (const uint64_t members : {50, 120, 400, 1000, 20'000}) {
      std::cout << "seed " << members << '\n';
      base::Random random(members);
      SetValue set(kSecret);
      Model model;
      for (int step = 0; step < 10'000; ++step) {
        const std::string member = random_member(random, members, numbers_only);
        if (random.below(3) == 0) {
          ASSERT_EQ(set.erase(member), model.erase(member) == 1) << member;
        } else {
          ASSERT_EQ(set.add(member, {}), model.insert(member).second) << member;
        }
        const std::string other = random_member(random, members, numbers_only);
        ASSERT_EQ(set.contains(other), model.count(other) == 1) << other;
        if (step % 1000 == 0) {
          ASSERT_EQ(content(set), model);
        }
      }
      ASSERT_EQ(content(set), model);
      EXPECT_EQ(set.encoding(), numbers_only && members <= 400 ? "intset" : "hashtable");
    }
  }
}

TEST(SetValue, ChangesFormExactlyBehindTheThresholds) {
  SetValue numbers(kSecret);
  for (int i = 0; i < 512; ++i) numbers.add(std::to_string(i), {});
  numbers.add("7", {});
  EXPECT_EQ(numbers.encoding(), "intset");
  EXPECT_EQ(numbers.memory_bytes(), 48U + 1024U);
  numbers.add("512", {});
  EXPECT_EQ(numbers.encoding(), "hashtable");
  EXPECT_EQ(content(numbers).size(), 513U);

  SetValue mixed(kSecret);
  mixed.add("1", {});
  mixed.add("-0", {});
  EXPECT_EQ(mixed.encoding(), "hashtable");
  EXPECT_TRUE(mixed.erase("-0"));
  EXPECT_EQ(mixed.encoding(), "hashtable");

  SetValue nothing(kSecret);
  Thresholds thresholds;
  thresholds.set_max_intset_entries = 0;
  nothing.add("1", thresholds);
  EXPECT_EQ(nothing.encoding(), "hashtable");
}

TEST(SetValue, KeepsTheLimitsOfIntegersApart) {
  SetValue set(kSecret);
  const Model members = {
      "-9223372036854775808", "9223372036854775807", "-32768", "32767", "-32769", "32768", "-2147483648", "0",
      "2147483647",           "2147483648"};
  for (const auto& member : members) EXPECT_TRUE(set.add(member, {}));
  EXPECT_EQ(set.encoding(), "intset");
  EXPECT_EQ(content(set), members);
  for (const char* text : {"007", "+1", "-0", "9223372036854775808"}) {
    EXPECT_FALSE(set.contains(text));
    EXPECT_FALSE(set.erase(text));
  }
}

TEST(SetValue, MemoryIsTheAllocatorsOwnFigure) {
  const auto start = heap_bytes();
  if (!start) return;
  auto set = std::make_unique<SetValue>(kSecret);
  base::Random random(4);
  for (int step = 0; step < 6000; ++step) {
    const std::string member = step < 3000 ? std::to_string(random.next() >> random.below(64) >> 1)
                                           : "a member that is long " + std::to_string(random.below(800));
    const auto before = *heap_bytes() - static_cast<int64_t>(set->memory_bytes());
    set->add(member, {});
    ASSERT_EQ(*heap_bytes() - static_cast<int64_t>(set->memory_bytes()), before) << step;
    // Back to nothing now and then, so that every form is seen growing and shrinking.
    const PackedElement victim = set->random(random);
    PackedElement::Buffer buffer;
    if (step % 3 > 0 && step % 1000 > 500) set->erase(victim.text(buffer));
    ASSERT_EQ(*heap_bytes() - static_cast<int64_t>(set->memory_bytes()), before) << step;
  }
  const auto copy = set->clone();
  EXPECT_EQ(content(static_cast<const SetValue&>(*copy)), content(*set));
  size_t freed = 0;
  const size_t size = set->size();
  while (const size_t now = set->discard(7)) freed += now;
  EXPECT_EQ(freed, size);
  set.reset();
  EXPECT_EQ(*heap_bytes() - *start, static_cast<int64_t>(copy->memory_bytes()));
}

TEST(SetValue, RandomIsFairInEveryForm) {
  for (const int members : {8, 100, 600}) {
    for (const char* prefix : {"", "m"}) {
      SetValue set(kSecret);
      for (int i = 0; i < members; ++i) set.add(prefix + std::to_string(i), {});
      base::Random random(2);
      std::map<std::string, double> times;
      std::map<std::string, double> sampled;
      const auto third = static_cast<size_t>(members / 4);
      for (int i = 0; i < 100 * members; ++i) times[text(set.random(random))] += 1;
      for (int i = 0; i < 400; ++i) {
        Model distinct;
        for (const auto& member : set.sample(third, random)) distinct.insert(text(member));
        ASSERT_EQ(distinct.size(), third);
        for (const auto& member : distinct) sampled[member] += 1;
      }
      ASSERT_EQ(times.size(), static_cast<size_t>(members));
      for (const auto& [member, seen] : times) EXPECT_NEAR(seen, 100, 50) << member;
      for (const auto& [member, seen] : sampled) EXPECT_NEAR(seen, 100, 50) << member;
    }
  }
}

TEST(SetValue, AScanMissesNothing) {
  for (const int members : {10, 400, 3000}) {
    SetValue set(kSecret);
    for (int i = 0; i < members; ++i) set.add(std::to_string(i), {});
    Model seen;
    uint64_t cursor = 0;
    do {
      cursor = set.scan(cursor, 10, [&](const PackedElement& member) { seen.insert(text(member)); });
    } while (cursor != 0);
    EXPECT_EQ(seen, content(set));
  }
}

TEST(SetValue, KeepsAMegabyteAndNothing) {
  SetValue set(kSecret);
  EXPECT_TRUE(set.add("", {}));
  EXPECT_TRUE(set.add(std::string(1 << 20, 'x'), {}));
  EXPECT_FALSE(set.add(std::string(1 << 20, 'x'), {}));
  EXPECT_TRUE(set.contains(""));
}

}  // namespace
}  // namespace corral::types

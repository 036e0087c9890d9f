// String tables against std::map: content, memory, chance, and what a scan promises.
// Threading: one thread.
// See: server/types/string_table.h.
#include "server/types/string_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/server/types/heap_bytes.h"

namespace corral::types {
namespace {

const base::HashSecret kSecret = base::HashSecret::from_seed(7);
using Model = std::map<std::string, std::string>;

Model content(const StringTable& table) {
  Model all;
  StringTable::Walk walk(table);
  while (const auto element = walk.next()) {
    EXPECT_TRUE(all.emplace(element->key, element->payload_text()).second) << element->key;
  }
  return all;
}

std::string key_of(uint64_t number) {
  return "key:" + std::to_string(number);
}

void change(StringTable& table, Model& model, base::Random& random, uint64_t keys, uint64_t adds_of_ten) {
  const std::string key =
      random.below(50) == 0 ? std::string(random.below(3), '\0') : key_of(random.below(keys));
  if (random.below(10) < adds_of_ten) {
    const std::string payload(random.below(20) == 0 ? random.below(300) : random.below(8),
                              static_cast<char>(random.next()));
    EXPECT_EQ(table.put(key, payload), model.insert_or_assign(key, payload).second);
  } else {
    EXPECT_EQ(table.erase(key), model.erase(key) == 1);
  }
}

TEST(StringTable, AgreesWithAMapWhileGrowingAndShrinking) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    std::cout << "seed " << seed << '\n';
    base::Random random(seed);
    StringTable table(kSecret, Payload::kText);
    Model model;
    for (const uint64_t adds_of_ten : {9, 1, 6, 0, 8}) {
      for (int step = 0; step < 8000; ++step) change(table, model, random, 10'000, adds_of_ten);
      ASSERT_EQ(table.size(), model.size());
      ASSERT_EQ(content(table), model);
      for (uint64_t i = 0; i < 200; ++i) {
        const std::string key = key_of(random.below(10'000));
        const auto found = table.find(key);
        ASSERT_EQ(found.has_value(), model.count(key) == 1);
        if (found) {
          ASSERT_EQ(found->payload_text(), model[key]);
        }
      }
    }
  }
}

TEST(StringTable, MemoryIsTheAllocatorsOwnFigure) {
  std::vector<std::string> keys;
  for (uint64_t i = 0; i < 5000; ++i) keys.push_back(key_of(i));
  const std::string long_payload(1000, 'p');
  const auto before = heap_bytes();
  if (!before) return;
  StringTable table(kSecret, Payload::kText);
  const auto agrees = [&] { return static_cast<int64_t>(table.memory_bytes()) == *heap_bytes() - *before; };
  for (const auto& key : keys) {
    table.put(key, "value");
    ASSERT_TRUE(agrees());
  }
  for (size_t i = 0; i < keys.size(); i += 3) table.put(keys[i], long_payload);
  ASSERT_TRUE(agrees());
  for (size_t i = 0; i + 1 < keys.size(); ++i) {
    table.erase(keys[i]);
    ASSERT_TRUE(agrees());
  }
  EXPECT_LT(table.memory_bytes(), 200U);
}

TEST(StringTable, TakesLessThanTwelveBytesAnElementBesideItsBytes) {
  for (uint64_t count = 300; count < 400'000; count = count * 5 / 4) {
    StringTable table(kSecret, Payload::kNone);
    size_t elements = 0;
    for (uint64_t i = 0; i < count; ++i) {
      table.put(key_of(i));
      elements += base::size_class(1 + key_of(i).size());
    }
    EXPECT_LT(table.memory_bytes() - elements, 12 * count) << count;
  }
}

TEST(StringTable, AFixedPayloadIsChangedInPlace) {
  StringTable table(kSecret, Payload::kEightBytes);
  table.put("member", "12345678");
  const char* const place = table.find("member")->key.data();
  EXPECT_FALSE(table.put("member", "87654321"));
  std::memcpy(table.find("member")->payload, "abcdefgh", 8);
  for (uint64_t i = 0; i < 2000; ++i) table.put(key_of(i), "12345678");
  EXPECT_EQ(table.find("member")->payload_text(), "abcdefgh");
  EXPECT_EQ(table.find("member")->key.data(), place);
}

TEST(StringTable, ACloneIsWholeAndIndependent) {
  StringTable table(kSecret, Payload::kText);
  for (uint64_t i = 0; i < 3000; ++i) table.put(key_of(i), std::to_string(i));
  StringTable copy = table.clone();
  EXPECT_EQ(copy.memory_bytes(), table.memory_bytes());
  const Model model = content(table);
  for (uint64_t i = 0; i < 3000; ++i) table.erase(key_of(i));
  EXPECT_EQ(content(copy), model);
}

TEST(StringTable, DiscardGoesInSteps) {
  const auto before = heap_bytes();
  StringTable table(kSecret, Payload::kNone);
  for (uint64_t i = 0; i < 3000; ++i) table.put(key_of(i));
  size_t freed = 0;
  size_t steps = 0;
  while (const size_t now = table.discard(100)) {
    EXPECT_LE(now, 100U);
    freed += now;
    ++steps;
  }
  EXPECT_EQ(freed, 3000U);
  EXPECT_EQ(steps, 30U);
  EXPECT_EQ(heap_bytes(), before);
}

TEST(StringTable, RandomGivesEveryElementTheSameChance) {
  for (const uint64_t count : {5, 300, 1100}) {
    StringTable table(kSecret, Payload::kNone);
    for (uint64_t i = 0; i < 2 * count; ++i) table.put(key_of(i));
    for (uint64_t i = count; i < 2 * count; ++i) table.erase(key_of(i));
    base::Random random(3);
    std::map<std::string, double> seen;
    for (uint64_t i = 0; i < 100 * count; ++i) seen[std::string(table.random(random).key)] += 1;
    ASSERT_EQ(seen.size(), count);
    double chi_square = 0;
    for (const auto& [key, times] : seen) chi_square += (times - 100) * (times - 100) / 100;
    const double freedom = static_cast<double>(count) - 1;
    EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom)) << count;
  }
}

// Every element that stays from the first call to the last must be seen, with the table changing its size between calls.
void scan_while(uint64_t seed, uint64_t from, uint64_t to) {
  std::cout << "seed " << seed << " from " << from << " to " << to << '\n';
  base::Random random(seed);
  StringTable table(kSecret, Payload::kNone);
  const uint64_t kept = std::min(from, to) / 2;
  for (uint64_t i = 0; i < from; ++i) table.put(key_of(i));
  std::set<std::string> seen;
  uint64_t cursor = 0;
  uint64_t size = from;
  const size_t count = 1 + random.below(60);
  do {
    cursor = table.scan(cursor, count, [&](const StringElement& element) { seen.emplace(element.key); });
    for (uint64_t i = random.below(4 * count); i > 0 && size != to; --i) {
      if (size < to) {
        table.put(key_of(size++));
      } else {
        table.erase(key_of(--size));
      }
    }
    if (size == to) std::swap(from, to);  // and back
  } while (cursor != 0);
  for (uint64_t i = 0; i < kept; ++i) ASSERT_TRUE(seen.count(key_of(i)) == 1) << key_of(i);
}

TEST(StringTable, AScanMissesNothingThatStays) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    scan_while(seed, 5000, 200);
    scan_while(seed, 200, 5000);
    scan_while(seed, 3000, 3000);
  }
}

TEST(StringTable, AScanGivesAboutWhatWasAskedForAndTakesAnyCursor) {
  StringTable table(kSecret, Payload::kNone);
  for (uint64_t i = 0; i < 5000; ++i) table.put(key_of(i));
  size_t visits = 0;
  const auto visit = [&](const StringElement&) { ++visits; };
  for (uint64_t cursor = table.scan(0, 10, visit); cursor != 0; cursor = table.scan(cursor, 10, visit)) {
    ASSERT_LT(visits, 20U);
    visits = 0;
  }
  base::Random random(5);
  for (int i = 0; i < 1000; ++i) table.scan(random.next() >> random.below(64), 10, visit);
}

TEST(StringTable, KeepsAMegabyteAndNothing) {
  StringTable table(kSecret, Payload::kText);
  const std::string large(1 << 20, 'x');
  table.put(large, large);
  table.put("", "");
  EXPECT_EQ(table.find(large)->payload_text(), large);
  EXPECT_EQ(table.find("")->payload_text(), "");
  EXPECT_FALSE(table.put(large, ""));
  EXPECT_EQ(content(table), (Model{{large, ""}, {"", ""}}));
}

}  // namespace
}  // namespace corral::types

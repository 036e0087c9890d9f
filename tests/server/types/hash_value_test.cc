// Hashes against std::map, with fields that expire, through the change of form.
// Threading: one thread.
// See: server/types/hash_value.h.
#include "server/types/hash_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/server/types/heap_bytes.h"

namespace corral::types {
namespace {

const base::HashSecret kSecret = base::HashSecret::from_seed(9);
constexpr int64_t kNever = HashValue::kNever;

struct Expected {
  std::string value;
  int64_t at_ms = kNever;
  bool operator==(const Expected&) const = default;
};
using Model = std::map<std::string, Expected>;

std::string text(const PackedElement& element) {
  PackedElement::Buffer buffer;
  return std::string(element.text(buffer));
}

Model content(const HashValue& hash, int64_t now_ms) {
  Model all;
  HashValue::Walk walk(hash, now_ms);
  while (const auto pair = walk.next()) {
    const std::string field = text(pair->field);
    EXPECT_TRUE(all.emplace(field, Expected{text(pair->value), hash.expiry_ms(field, now_ms)}).second)
        << field;
  }
  return all;
}

void forget_due(Model& model, int64_t now_ms) {
  std::erase_if(model, [&](const auto& pair) { return pair.second.at_ms <= now_ms; });
}

std::string random_field(base::Random& random, uint64_t fields) {
  const uint64_t number = random.below(fields);
  return number % 3 == 0 ? std::to_string(number) : number == 1 ? "" : "field:" + std::to_string(number);
}

std::string random_value(base::Random& random) {
  if (random.below(3) == 0) return std::to_string(static_cast<int64_t>(random.next() >> random.below(64)));
  return std::string(random.below(65), static_cast<char>(random.next()));
}

void change(HashValue& hash, Model& model, base::Random& random, uint64_t fields, int64_t now_ms) {
  const std::string field = random_field(random, fields);
  const auto found = model.find(field);
  switch (random.below(6)) {
    case 0:
      EXPECT_EQ(hash.erase(field, now_ms), model.erase(field) == 1);
      break;
    case 1: {
      const int64_t at_ms =
          random.below(4) == 0 ? kNever : now_ms + 1 + static_cast<int64_t>(random.below(3000));
      EXPECT_EQ(hash.set_expiry(field, at_ms, now_ms), found != model.end());
      if (found != model.end()) found->second.at_ms = at_ms;
      break;
    }
    case 2: {
      const std::string value = random_value(random);
      const int64_t at_ms = found == model.end() ? kNever : found->second.at_ms;
      EXPECT_EQ(hash.set(field, value, now_ms, {}, HashValue::Expiry::kKeep), found == model.end());
      model[field] = {value, at_ms};
      break;
    }
    case 3: {
      const auto value = hash.get(field, now_ms);
      ASSERT_EQ(value.has_value(), found != model.end()) << field;
      if (value) {
        EXPECT_EQ(text(*value), found->second.value);
      }
      break;
    }
    default: {
      const std::string value = random_value(random);
      EXPECT_EQ(hash.set(field, value, now_ms, {}), found == model.end());
      model[field] = {value, kNever};
    }
  }
}

TEST(HashValue, AgreesWithAMapInBothForms) {
  for (const uint64_t fields : {20, 100, 2000}) {
    std::cout << "seed " << fields << '\n';
    base::Random random(fields);
    HashValue hash(kSecret);
    Model model;
    for (int64_t now_ms = 0; now_ms < 20'000; ++now_ms) {
      forget_due(model, now_ms);
      change(hash, model, random, fields, now_ms);
      if (now_ms % 500 == 0) {
        ASSERT_EQ(content(hash, now_ms), model);
      }
      if (now_ms % 100 == 0) hash.expire_due(now_ms, 5);
    }
    EXPECT_EQ(hash.encoding(), fields <= 100 ? "listpack" : "hashtable");
    while (hash.expire_due(kNever - 1, 10) > 0) {
    }
    forget_due(model, kNever - 1);
    EXPECT_EQ(hash.size(), model.size());
    EXPECT_EQ(content(hash, kNever - 1), model);
    EXPECT_EQ(hash.next_expiry_ms(), kNever);
  }
}

TEST(HashValue, BecomesLargeExactlyBehindTheThresholds) {
  const std::string fits(64, 'v');
  const std::string too_long(65, 'v');
  HashValue by_count(kSecret);
  for (int i = 0; i < 512; ++i) by_count.set(std::to_string(i), fits, 0, {});
  by_count.set("5", "again", 0, {});
  EXPECT_EQ(by_count.encoding(), "listpack");
  by_count.set("one more", "", 0, {});
  EXPECT_EQ(by_count.encoding(), "hashtable");
  EXPECT_EQ(text(*by_count.get("5", 0)), "again");
  for (const auto& [field, value] : {std::pair{fits, too_long}, std::pair{too_long, fits}}) {
    HashValue by_length(kSecret);
    by_length.set(fits, fits, 0, {});
    EXPECT_EQ(by_length.encoding(), "listpack");
    by_length.set(field, value, 0, {});
    EXPECT_EQ(by_length.encoding(), "hashtable");
  }
}

TEST(HashValue, KeepsTheOrderWhileCompact) {
  HashValue hash(kSecret);
  for (const char* field : {"z", "a", "10", "m"}) hash.set(field, field, 0, {});
  hash.set("a", "a longer value", 0, {});
  std::string order;
  HashValue::Walk walk(hash, 0);
  while (const auto pair = walk.next()) order += text(pair->field) + " ";
  EXPECT_EQ(order, "z a 10 m ");
}

TEST(HashValue, MemoryIsTheAllocatorsOwnFigure) {
  const auto start = heap_bytes();
  if (!start) return;
  auto hash = std::make_unique<HashValue>(kSecret);
  base::Random random(4);
  for (int64_t now_ms = 0; now_ms < 6000; ++now_ms) {
    const std::string field = "a field that is long " + std::to_string(random.below(800));
    const std::string value = random_value(random);
    const auto before = *heap_bytes() - static_cast<int64_t>(hash->memory_bytes());
    hash->set(field, value, now_ms, {});
    if (now_ms % 2 == 0) hash->set_expiry(field, now_ms + 500, now_ms);
    if (now_ms % 3 == 0) hash->erase(field, now_ms);
    hash->expire_due(now_ms, 1);
    ASSERT_EQ(*heap_bytes() - static_cast<int64_t>(hash->memory_bytes()), before) << now_ms;
  }
  EXPECT_GT(hash->expiring_fields(), 50U);
  const auto copy = hash->clone();
  EXPECT_EQ(content(static_cast<const HashValue&>(*copy), 6000), content(*hash, 6000));
  while (hash->discard(7) > 0) {
  }
  while (copy->discard(7) > 0) {
  }
  const auto left = static_cast<int64_t>(hash->memory_bytes() + copy->memory_bytes());
  EXPECT_EQ(*heap_bytes() - *start, left);
}

TEST(HashValue, WithoutExpiriesNothingIsPaidForThem) {
  HashValue hash(kSecret);
  hash.set("f", "v", 0, {});
  const size_t bytes = hash.memory_bytes();
  hash.set_expiry("f", 10, 0);
  EXPECT_GT(hash.memory_bytes(), bytes);
  hash.set_expiry("f", kNever, 0);
  EXPECT_EQ(hash.memory_bytes(), bytes);
}

TEST(HashValue, ADueFieldIsInvisibleAndMayComeBack) {
  for (const size_t length : {1, 100}) {
    HashValue hash(kSecret);
    hash.set("f", std::string(length, 'v'), 0, {});
    hash.set("g", "w", 0, {});
    EXPECT_TRUE(hash.set_expiry("f", 10, 0));
    EXPECT_EQ(hash.next_expiry_ms(), 10);
    EXPECT_TRUE(hash.contains("f", 9));
    EXPECT_FALSE(hash.contains("f", 10));
    EXPECT_EQ(content(hash, 10).size(), 1U);
    EXPECT_FALSE(hash.set_expiry("f", 20, 10));
    base::Random random(1);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(text(hash.random(random, 10)->field), "g");
    EXPECT_TRUE(hash.set("f", "new", 10, {}, HashValue::Expiry::kKeep));
    EXPECT_EQ(hash.expiry_ms("f", 10), kNever);
    EXPECT_EQ(hash.size(), 2U);
    EXPECT_TRUE(hash.set_expiry("f", 5, 10));
    EXPECT_FALSE(hash.erase("f", 10));
    EXPECT_EQ(hash.expiring_fields(), 0U);
  }
}

TEST(HashValue, SamplesAreDistinctAndFair) {
  for (const int fields : {10, 500}) {
    HashValue hash(kSecret);
    for (int i = 0; i < fields; ++i) hash.set(std::to_string(i), "v", 0, {});
    base::Random random(2);
    for (const size_t count : {size_t(fields) / 5, size_t(fields) / 2, size_t(fields) * 2}) {
      std::map<std::string, double> times;
      for (int round = 0; round < 400; ++round) {
        std::set<std::string> distinct;
        for (const auto& pair : hash.sample(count, random, 0)) distinct.insert(text(pair.field));
        ASSERT_EQ(distinct.size(), std::min<size_t>(count, static_cast<size_t>(fields)));
        for (const auto& field : distinct) times[field] += 1;
      }
      const double mean = 400.0 * static_cast<double>(std::min<size_t>(count, size_t(fields))) / fields;
      for (const auto& [field, seen] : times) EXPECT_NEAR(seen, mean, 5 * std::sqrt(mean)) << field;
    }
  }
}

TEST(HashValue, AScanSkipsDueFieldsAndSeesTheOthers) {
  HashValue hash(kSecret);
  for (int i = 0; i < 1000; ++i) hash.set(std::to_string(i), "v", 0, {});
  for (int i = 0; i < 500; ++i) hash.set_expiry(std::to_string(i), 5, 0);
  std::set<std::string> seen;
  uint64_t cursor = 0;
  do {
    cursor = hash.scan(cursor, 10, 5, [&](const HashValue::Pair& pair) { seen.insert(text(pair.field)); });
  } while (cursor != 0);
  EXPECT_EQ(seen.size(), 500U);
  EXPECT_EQ(hash.sample(10, *std::make_unique<base::Random>(3), 5).size(), 10U);
}

TEST(HashValue, KeepsAMegabyte) {
  HashValue hash(kSecret);
  const std::string large(1 << 20, 'x');
  hash.set(large, large, 0, {});
  EXPECT_EQ(text(*hash.get(large, 0)), large);
}

}  // namespace
}  // namespace corral::types

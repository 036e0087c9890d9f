// Packed lists against a deque of strings; text comes back byte for byte.
// Threading: one thread.
// See: server/types/packed_list.h.
#include "server/types/packed_list.h"

#include <gtest/gtest.h>

#include <deque>
#include <iostream>
#include <string>
#include <vector>

#include "server/base/random.h"
#include "tests/server/types/heap_bytes.h"

namespace corral::types {
namespace {

std::string text_at(const PackedList& list, PackedList::Position at) {
  PackedElement::Buffer buffer;
  return std::string(list.get(at).text(buffer));
}

std::vector<std::string> forward(const PackedList& list) {
  std::vector<std::string> all;
  for (auto at = list.first(); at != PackedList::kNone; at = list.next(at)) all.push_back(text_at(list, at));
  return all;
}

std::vector<std::string> backward(const PackedList& list) {
  std::vector<std::string> all;
  for (auto at = list.last(); at != PackedList::kNone; at = list.previous(at))
    all.push_back(text_at(list, at));
  return all;
}

TEST(PackedList, GivesBackEveryNumberAsItsText) {
  std::vector<int64_t> numbers = {INT64_MIN, INT64_MAX, 0};
  for (int bits = 0; bits < 63; ++bits) {
    for (const int64_t near : {-1, 0, 1}) {
      numbers.push_back((int64_t{1} << bits) + near);
      numbers.push_back(-(int64_t{1} << bits) + near);
    }
  }
  PackedList list;
  for (const int64_t number : numbers) list.append(PackedElement::of(std::to_string(number)));
  auto at = list.first();
  for (const int64_t number : numbers) {
    EXPECT_TRUE(list.get(at).is_number());
    EXPECT_EQ(list.get(at).number(), number);
    EXPECT_EQ(text_at(list, at), std::to_string(number));
    at = list.next(at);
  }
  EXPECT_EQ(backward(list).size(), numbers.size());
}

TEST(PackedList, OnlyCanonicalTextBecomesANumber) {
  for (const char* text :
       {"-0", "+1", "007", "", "-", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1e3"}) {
    EXPECT_FALSE(PackedElement::of(text).is_number()) << text;
    PackedList list;
    list.append(PackedElement::of(text));
    EXPECT_EQ(text_at(list, list.first()), text);
  }
  EXPECT_TRUE(PackedElement::of("-9223372036854775808").is_number());
}

TEST(PackedList, SmallNumbersAndShortTextTakeTwoBytesMoreAtMost) {
  EXPECT_EQ(PackedList::stored_size(PackedElement::of("127")), 2U);
  EXPECT_EQ(PackedList::stored_size(PackedElement::of("-4096")), 3U);
  EXPECT_EQ(PackedList::stored_size(PackedElement::of("32767")), 4U);
  EXPECT_EQ(PackedList::stored_size(PackedElement::of(std::string(20, 'x'))), 22U);
}

TEST(PackedList, KeepsLongAndBinaryText) {
  PackedList list;
  std::vector<std::string> model;
  for (const size_t size :
       {0, 1, 62, 63, 64, 125, 126, 127, 128, 4095, 4096, 16380, 16384, 1 << 20, 3 << 20}) {
    model.emplace_back(size, static_cast<char>(size));
    list.append(PackedElement::of(model.back()));
  }
  EXPECT_EQ(forward(list), model);
  EXPECT_EQ(backward(list), std::vector<std::string>(model.rbegin(), model.rend()));
}

TEST(PackedList, FindLooksAtEveryNthOnly) {
  PackedList pairs;
  for (const char* text : {"a", "b", "b", "c", "12", "a"}) pairs.append(PackedElement::of(text));
  const auto found = pairs.find(PackedElement::of("b"), pairs.first(), 1);
  EXPECT_EQ(text_at(pairs, pairs.next(found)), "c");
  EXPECT_EQ(pairs.find(PackedElement::of("c"), pairs.first(), 1), PackedList::kNone);
  EXPECT_NE(pairs.find(PackedElement::of(int64_t{12}), pairs.first(), 1), PackedList::kNone);
}

std::string random_text(base::Random& random) {
  switch (random.below(5)) {
    case 0:
      return std::to_string(static_cast<int64_t>(random.next() >> random.below(64)));
    case 1:
      return std::string(random.below(200), static_cast<char>(random.next()));
    case 2:
      return std::string(random.below(100) == 0 ? 5000 : 3, 'x');
    default:
      return std::string(1, static_cast<char>('a' + random.below(4)));
  }
}

void change(PackedList& list, std::deque<std::string>& model, base::Random& random) {
  const std::string text = random_text(random);
  const PackedElement element = PackedElement::of(text);
  const size_t index = model.empty() ? 0 : random.below(model.size());
  const auto place = model.begin() + static_cast<std::ptrdiff_t>(index);
  const auto at = list.at(static_cast<int64_t>(index));
  const uint64_t kind = random.below(10);
  if (model.empty() || kind < 2) {
    list.append(element);
    model.push_back(text);
  } else if (kind < 4) {
    list.prepend(element);
    model.push_front(text);
  } else if (kind == 4) {
    EXPECT_EQ(text_at(list, list.insert(at, element)), text);
    model.insert(place, text);
  } else if (kind == 5) {
    list.replace(at, element);
    *place = text;
  } else if (kind < 9) {
    const size_t erased = std::min<size_t>(1 + random.below(3), model.size() - index);
    const auto behind = list.erase(at, static_cast<uint32_t>(erased));
    model.erase(place, place + static_cast<std::ptrdiff_t>(erased));
    EXPECT_EQ(behind == PackedList::kNone, index == model.size());
  } else {
    PackedList rest = list.split(at);
    EXPECT_EQ(rest.count(), model.size() - index);
    list.append_all(rest);
  }
}

TEST(PackedList, AgreesWithADequeUnderRandomChanges) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::cout << "seed " << seed << '\n';
    base::Random random(seed);
    PackedList list;
    std::deque<std::string> model;
    for (int step = 0; step < 1000; ++step) {
      change(list, model, random);
      ASSERT_EQ(list.count(), model.size());
      if (step % 20 != 0) continue;
      ASSERT_EQ(forward(list), std::vector<std::string>(model.begin(), model.end()));
      ASSERT_EQ(backward(list), std::vector<std::string>(model.rbegin(), model.rend()));
      const std::string wanted = random_text(random);
      const bool there = std::find(model.begin(), model.end(), wanted) != model.end();
      ASSERT_EQ(list.find(PackedElement::of(wanted), list.first()) != PackedList::kNone, there);
    }
  }
}

TEST(PackedList, MemoryIsTheAllocatorsOwnFigureAndShrinks) {
  const std::string text(20, 'x');
  const auto before = heap_bytes();
  PackedList list;
  size_t most = 0;
  for (int i = 0; i < 300; ++i) {
    list.append(PackedElement::of(text));
    if (before) {
      ASSERT_EQ(static_cast<int64_t>(list.memory_bytes()), *heap_bytes() - *before) << i;
    }
    most = list.memory_bytes();
  }
  EXPECT_LE(most, 8192U);
  list.erase(list.first(), 250);
  EXPECT_LE(list.memory_bytes(), most / 2);
  const PackedList copy = list.clone();
  EXPECT_EQ(forward(copy), forward(list));
  list.clear();
  EXPECT_EQ(list.memory_bytes(), 0U);
}

}  // namespace
}  // namespace corral::types

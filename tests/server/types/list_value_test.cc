// Lists against a deque of strings, at every limit of a node.
// Threading: one thread.
// See: server/types/list_value.h.
#include "server/types/list_value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <string>
#include <vector>

#include "server/base/random.h"
#include "tests/server/types/heap_bytes.h"

namespace corral::types {
namespace {

using End = ListValue::End;
using Model = std::deque<std::string>;

std::string text(const PackedElement& element) {
  PackedElement::Buffer buffer;
  return std::string(element.text(buffer));
}

Model content(const ListValue& list) {
  Model all;
  for (auto place = list.at(0); place; place = list.next(place)) all.push_back(text(list.get(place)));
  Model backwards;
  for (auto place = list.at(-1); place; place = list.previous(place))
    backwards.push_front(text(list.get(place)));
  EXPECT_EQ(all, backwards);
  EXPECT_EQ(list.size(), all.size());
  return all;
}

std::string random_text(base::Random& random) {
  switch (random.below(6)) {
    case 0:
      return std::to_string(static_cast<int64_t>(random.next() >> random.below(64)));
    case 1:
      return std::string(random.below(2000), static_cast<char>(random.next()));
    case 2:
      return random.below(20) == 0 ? std::string(70'000, 'L') : "";
    default:
      return std::string(1, static_cast<char>('a' + random.below(3)));
  }
}

size_t remove_from(Model& model, const std::string& wanted, size_t most, End from) {
  size_t removed = 0;
  if (from == End::kTail) std::reverse(model.begin(), model.end());
  for (auto at = model.begin(); at != model.end() && removed < most;) {
    if (*at == wanted) {
      at = model.erase(at);
      ++removed;
    } else {
      ++at;
    }
  }
  if (from == End::kTail) std::reverse(model.begin(), model.end());
  return removed;
}

// A change in the middle.
void change_inside(ListValue& list, Model& model, base::Random& random, const Thresholds& thresholds) {
  const std::string given = random_text(random);
  const PackedElement element = PackedElement::of(given);
  const size_t index = random.below(model.size());
  const auto place = list.at(static_cast<int64_t>(index));
  const auto at = model.begin() + static_cast<std::ptrdiff_t>(index);
  EXPECT_EQ(text(list.get(place)), *at);
  switch (random.below(6)) {
    case 0:
      list.insert_before(place, element, thresholds);
      model.insert(at, given);
      break;
    case 1:
      list.insert_after(place, element, thresholds);
      model.insert(at + 1, given);
      break;
    case 2:
      list.replace(place, element, thresholds);
      *at = given;
      break;
    case 3:
      EXPECT_EQ(static_cast<bool>(list.erase(place)), index + 1 < model.size());
      model.erase(at);
      break;
    case 4: {
      const size_t count = random.below(6);
      list.erase_range(index, count);
      model.erase(at, at + static_cast<std::ptrdiff_t>(std::min(count, model.size() - index)));
      break;
    }
    default: {
      const End from = random.below(2) == 0 ? End::kHead : End::kTail;
      const size_t most = 1 + random.below(3);
      EXPECT_EQ(list.remove(element, most, from), remove_from(model, given, most, from));
    }
  }
}

void change(ListValue& list, Model& model, base::Random& random, const Thresholds& thresholds) {
  const std::string given = random_text(random);
  const uint64_t kind = random.below(10);
  if (model.empty() || kind < 2) {
    list.push(End::kTail, PackedElement::of(given), thresholds);
    model.push_back(given);
  } else if (kind < 4) {
    list.push(End::kHead, PackedElement::of(given), thresholds);
    model.push_front(given);
  } else if (kind == 4) {
    EXPECT_EQ(text(list.peek(End::kHead)), model.front());
    list.drop(End::kHead);
    model.pop_front();
  } else if (kind == 5) {
    ListValue::move(list, End::kTail, list, End::kHead, thresholds);
    model.push_front(model.back());
    model.pop_back();
  } else {
    change_inside(list, model, random, thresholds);
  }
}

TEST(ListValue, AgreesWithADequeAtEveryLimit) {
  for (const int64_t limit : {-5, -2, -1, 0, 1, 3, 128}) {
    std::cout << "seed 1 limit " << limit << '\n';
    Thresholds thresholds;
    thresholds.list_max_listpack_size = limit;
    base::Random random(1);
    ListValue list;
    Model model;
    for (int step = 0; step < 3000; ++step) {
      change(list, model, random, thresholds);
      if (step % 50 == 0) {
        ASSERT_EQ(content(list), model) << step;
      }
      if (step % 500 == 499) {
        const size_t index = random.below(model.size());
        const size_t count = random.below(model.size());
        list.trim(index, count);
        Model kept;
        for (size_t i = index; i < std::min(index + count, model.size()); ++i) kept.push_back(model[i]);
        model = kept;
      }
    }
    ASSERT_EQ(content(list), model);
  }
}

TEST(ListValue, MemoryIsTheAllocatorsOwnFigure) {
  if (!heap_bytes()) return;
  const Thresholds thresholds;
  base::Random random(2);
  const auto start = *heap_bytes();
  auto list = std::make_unique<ListValue>();
  EXPECT_EQ(static_cast<int64_t>(list->memory_bytes()), *heap_bytes() - start);
  for (int step = 0; step < 3000; ++step) {
    const std::string given = random_text(random);
    const auto before = *heap_bytes();
    const auto bytes_before = static_cast<int64_t>(list->memory_bytes());
    const size_t size = list->size();
    const PackedElement element = PackedElement::of(given);
    if (size < 5 || random.below(3) > 0) {
      list->push(random.below(2) == 0 ? End::kHead : End::kTail, element, thresholds);
    } else if (random.below(2) == 0) {
      list->insert_before(list->at(static_cast<int64_t>(size / 2)), element, thresholds);
    } else {
      list->erase_range(random.below(size), random.below(4));
    }
    ASSERT_EQ(static_cast<int64_t>(list->memory_bytes()) - bytes_before, *heap_bytes() - before) << step;
  }
}

TEST(ListValue, TwentyByteElementsTakeTwentyThreeBytes) {
  ListValue list;
  for (int i = 0; i < 100'000; ++i) list.push(End::kTail, PackedElement::of(std::string(20, 'x')), {});
  EXPECT_LT(list.memory_bytes(), 2'300'000U);
}

TEST(ListValue, ALargeElementHasItsOwnNodeAndComesBack) {
  ListValue list;
  const std::string large(1 << 20, 'x');
  for (const auto& given : {std::string("a"), large, std::string("b"), large})
    list.push(End::kTail, PackedElement::of(given), {});
  EXPECT_EQ(content(list), (Model{"a", large, "b", large}));
  ListValue::move(list, End::kTail, list, End::kHead, {});
  EXPECT_EQ(content(list), (Model{large, "a", large, "b"}));
}

TEST(ListValue, ACloneIsWholeAndDiscardGoesInSteps) {
  ListValue list;
  for (int i = 0; i < 50'000; ++i) list.push(End::kTail, PackedElement::of(std::to_string(i)), {});
  const auto copy = list.clone();
  EXPECT_EQ(copy->memory_bytes(), list.memory_bytes());
  size_t freed = 0;
  while (const size_t now = list.discard(100)) {
    EXPECT_LT(now, 4200U);  // whole nodes
    freed += now;
  }
  EXPECT_EQ(freed, 50'000U);
  const Model all = content(static_cast<const ListValue&>(*copy));
  EXPECT_EQ(all.back(), "49999");
  EXPECT_EQ(copy->encoding(), "quicklist");
}

}  // namespace
}  // namespace corral::types

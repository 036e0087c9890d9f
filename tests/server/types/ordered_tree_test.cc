// Ordered trees against a sorted vector: ranks, seeking, stepping, memory.
// Threading: one thread.
// See: server/types/ordered_tree.h.
#include "server/types/ordered_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "server/base/random.h"
#include "tests/server/types/heap_bytes.h"

namespace corral::types {
namespace {

using Tree = OrderedTree<uint64_t>;

auto before(uint64_t wanted) {
  return [wanted](uint64_t item) { return item < wanted; };
}

std::vector<uint64_t> content(const Tree& tree) {
  std::vector<uint64_t> all;
  for (auto at = tree.first(); at; at.next()) all.push_back(*at);
  return all;
}

std::vector<uint64_t> backwards(const Tree& tree) {
  std::vector<uint64_t> all;
  for (auto at = tree.last(); at; at.previous()) all.push_back(*at);
  return all;
}

void compare(const Tree& tree, const std::vector<uint64_t>& model, base::Random& random) {
  ASSERT_EQ(tree.size(), model.size());
  ASSERT_EQ(content(tree), model);
  ASSERT_EQ(backwards(tree), std::vector<uint64_t>(model.rbegin(), model.rend()));
  ASSERT_FALSE(tree.at(model.size()));
  for (int i = 0; i < 100 && !model.empty(); ++i) {
    const uint64_t rank = random.below(model.size());
    ASSERT_EQ(*tree.at(rank), model[rank]);
    const uint64_t wanted = random.below(60'000);
    const auto place = std::lower_bound(model.begin(), model.end(), wanted);
    ASSERT_EQ(tree.count_before(before(wanted)), static_cast<uint64_t>(place - model.begin()));
    const auto found = tree.seek(before(wanted));
    ASSERT_EQ(static_cast<bool>(found), place != model.end());
    if (found) {
      ASSERT_EQ(*found, *place);
    }
  }
}

TEST(OrderedTree, AgreesWithASortedVector) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    std::cout << "seed " << seed << '\n';
    base::Random random(seed);
    Tree tree;
    std::vector<uint64_t> model;
    for (const uint64_t adds_of_ten : {10, 2, 8, 0, 9, 0}) {
      for (int step = 0; step < 20'000; ++step) {
        const uint64_t item = random.below(50'000);
        const auto place = std::lower_bound(model.begin(), model.end(), item);
        if (random.below(10) < adds_of_ten) {
          tree.insert(item, before(item));
          model.insert(place, item);
        } else if (place != model.end()) {
          const uint64_t rank = static_cast<uint64_t>(place - model.begin());
          if (random.below(2) == 0) {
            tree.erase(before(item));
          } else {
            tree.erase_rank(rank);
          }
          model.erase(place);
        }
      }
      compare(tree, model, random);
    }
  }
}

TEST(OrderedTree, EndsMayGrowAndShrinkLikeAQueue) {
  Tree tree;
  for (uint64_t i = 0; i < 100'000; ++i) {
    tree.append(i);
    if (i >= 3000) tree.erase_rank(0);
  }
  ASSERT_EQ(tree.size(), 3000U);
  EXPECT_EQ(*tree.first(), 97'000U);
  EXPECT_EQ(*tree.last(), 99'999U);
  EXPECT_LT(tree.memory_bytes(), 12 * 3000U);
  while (!tree.empty()) tree.erase_rank(tree.size() - 1);
  EXPECT_EQ(tree.memory_bytes(), 0U);
}

TEST(OrderedTree, MemoryIsTheAllocatorsOwnFigure) {
  base::Random random(3);
  const auto start = heap_bytes();
  if (!start) return;
  Tree tree;
  for (int i = 0; i < 30'000; ++i) {
    const uint64_t item = random.next();
    if (i % 10'000 < 7000) {
      tree.insert(item, before(item));
    } else {
      tree.erase_rank(random.below(tree.size()));
    }
    ASSERT_EQ(static_cast<int64_t>(tree.memory_bytes()), *heap_bytes() - *start);
  }
  tree.clear();
  EXPECT_EQ(tree.memory_bytes(), 0U);
  EXPECT_EQ(heap_bytes(), start);
}

TEST(OrderedTree, FillingAtTheEndOrAtRandomWastesLittle) {
  Tree ascending;
  for (uint64_t i = 0; i < 200'000; ++i) ascending.append(i);
  EXPECT_LT(ascending.memory_bytes(), 9 * 200'000U);
  base::Random random(4);
  Tree scattered;
  for (uint64_t i = 0; i < 200'000; ++i) {
    const uint64_t item = random.next();
    scattered.insert(item, before(item));
  }
  EXPECT_LT(scattered.memory_bytes(), 11 * 200'000U);
}

TEST(OrderedTree, GoesAwayLeafByLeaf) {
  Tree tree;
  for (uint64_t i = 0; i < 50'000; ++i) tree.append(i);
  uint64_t dropped = 0;
  uint64_t sum = 0;
  while (!tree.empty()) {
    const size_t now = tree.drop_last_leaf([&](uint64_t item) { sum += item; });
    EXPECT_LE(now, 125U);
    dropped += now;
    ASSERT_EQ(tree.size(), 50'000 - dropped);
  }
  EXPECT_EQ(sum, uint64_t{50'000} * 49'999 / 2);
  EXPECT_EQ(tree.memory_bytes(), 0U);
}

}  // namespace
}  // namespace corral::types

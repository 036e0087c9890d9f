// Sorting as far as it is needed; that equal elements lie as Redis has them is for the oracle of GEOSEARCH.
// Threading: one thread.
// See: server/base/partial_quicksort.h
#include "server/base/partial_quicksort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "server/base/random.h"

namespace corral::base {
namespace {

int compare(int a, int b) {
  return a < b ? -1 : (a > b ? 1 : 0);
}

void expect_sorted_range(std::vector<int> elements, size_t first, size_t end) {
  std::vector<int> sorted = elements;
  std::ranges::sort(sorted);
  partial_quicksort(std::span(elements), first, end, compare);
  for (size_t i = first; i < end; ++i)
    ASSERT_EQ(elements[i], sorted[i]) << i << " of " << first << " to " << end;
  std::ranges::sort(elements);
  EXPECT_EQ(elements, sorted) << "nothing is lost";
}

TEST(PartialQuicksort, TheRangeIsSorted) {
  Random random(5);
  for (int round = 0; round < 2000; ++round) {
    std::vector<int> elements(random.below(200));
    const uint64_t values = 1 + random.below(300);
    for (int& element : elements) element = static_cast<int>(random.below(values));
    const size_t first = random.below(elements.size() + 1);
    const size_t end = first + random.below(elements.size() - first + 1);
    expect_sorted_range(std::move(elements), first, end);
  }
}

TEST(PartialQuicksort, OrdersThatAreThereAlready) {
  std::vector<int> elements(1000);
  expect_sorted_range(elements, 0, 10);
  std::iota(elements.begin(), elements.end(), 0);
  expect_sorted_range(elements, 0, 1000);
  std::ranges::reverse(elements);
  expect_sorted_range(elements, 990, 1000);
  expect_sorted_range({}, 0, 0);
  expect_sorted_range({1}, 0, 1);
}

// An adversary that decides the order while it is asked (McIlroy, "A killer adversary for quicksort", 1999).
TEST(PartialQuicksort, NoLayoutMakesItSlow) {
  constexpr int kElements = 20'000;
  constexpr int kGas = kElements;
  std::vector<int> value(kElements, kGas);
  int solid = 0;
  int candidate = 0;
  uint64_t comparisons = 0;
  const auto answer = [&](int x, int y) {
    ++comparisons;
    auto& left = value[static_cast<size_t>(x)];
    auto& right = value[static_cast<size_t>(y)];
    if (left == kGas && right == kGas) (x == candidate ? left : right) = solid++;
    if (left == kGas)
      candidate = x;
    else if (right == kGas)
      candidate = y;
    return compare(left, right);
  };
  std::vector<int> elements(kElements);
  std::iota(elements.begin(), elements.end(), 0);
  partial_quicksort(std::span(elements), 0, kElements, answer);
  EXPECT_LT(comparisons, uint64_t{kElements} * 150);
}

}  // namespace
}  // namespace corral::base

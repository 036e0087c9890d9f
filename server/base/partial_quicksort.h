// Sorting as far as a range needs it, where the order of equal elements must be Redis': its quicksort step by step.
// Threading: none of its own.
// See: Bentley and McIlroy, "Engineering a sort function" (1993); README.md of this folder.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <utility>

namespace corral::base {
namespace partial_quicksort_detail {

template <typename T, typename Compare>
T* median(T* a, T* b, T* c, Compare& compare) {
  if (compare(*a, *b) < 0) return compare(*b, *c) < 0 ? b : (compare(*a, *c) < 0 ? c : a);
  return compare(*b, *c) > 0 ? b : (compare(*a, *c) < 0 ? a : c);
}

template <typename T, typename Compare>
void insertion_sort(T* begin, size_t size, Compare& compare) {
  for (T* at = begin + 1; at < begin + size; ++at) {
    for (T* down = at; down > begin && compare(down[-1], *down) > 0; --down) std::swap(*down, down[-1]);
  }
}

template <typename T, typename Compare>
T* choose_pivot(T* begin, size_t size, Compare& compare) {
  T* middle = begin + size / 2;
  if (size <= 7) return middle;
  T* low = begin;
  T* high = begin + size - 1;
  if (size > 40) {
    const size_t d = size / 8;
    low = median(low, low + d, low + 2 * d, compare);
    middle = median(middle - d, middle, middle + d, compare);
    high = median(high - 2 * d, high - d, high, compare);
  }
  return median(low, middle, high, compare);
}

// Puts what is equal to the pivot into the middle; returns how many are less and how many are greater.
template <typename T, typename Compare>
std::pair<size_t, size_t> partition(T* begin, size_t size, Compare& compare) {
  std::swap(*begin, *choose_pivot(begin, size, compare));
  T* const end = begin + size;
  T* equal_low = begin + 1;
  T* low = begin + 1;
  T* high = end - 1;
  T* equal_high = end - 1;
  for (;;) {
    for (; low <= high; ++low) {
      const int order = compare(*low, *begin);
      if (order > 0) break;
      if (order == 0) std::swap(*equal_low++, *low);
    }
    for (; low <= high; --high) {
      const int order = compare(*high, *begin);
      if (order < 0) break;
      if (order == 0) std::swap(*high, *equal_high--);
    }
    if (low > high) break;
    std::swap(*low++, *high--);
  }
  const auto less = static_cast<size_t>(low - equal_low);
  const auto greater = static_cast<size_t>(equal_high - high);
  const size_t from_low = std::min(static_cast<size_t>(equal_low - begin), less);
  std::swap_ranges(begin, begin + from_low, low - from_low);
  const size_t from_high = std::min(greater, static_cast<size_t>(end - equal_high) - 1);
  std::swap_ranges(low, low + from_high, end - from_high);
  return {less, greater};
}

}  // namespace partial_quicksort_detail

/// Afterwards [first, end) of the elements holds what it would hold if all were sorted. `compare(a, b)` is negative, 0 or
/// positive. O(n) expected for a short range, O(n log n) at worst: elements laid out against the choice of pivots are
/// sorted stably instead, and only then the order of equal ones is another than Redis'.
template <typename T, typename Compare>
void partial_quicksort(std::span<T> elements, size_t first, size_t end, Compare compare) {
  namespace detail = partial_quicksort_detail;
  struct Sort {
    T* wanted_begin;
    T* wanted_end;
    Compare& compare;

    bool wanted(const T* begin, size_t size) const {
      return begin < wanted_end && begin + size > wanted_begin;
    }
    void run(T* begin, size_t size, size_t rounds) {
      for (; size >= 7; --rounds) {
        if (rounds == 0) {
          std::stable_sort(begin, begin + size, [this](const T& a, const T& b) { return compare(a, b) < 0; });
          return;
        }
        const auto [less, greater] = detail::partition(begin, size, compare);
        if (less > 1 && wanted(begin, less)) run(begin, less, rounds - 1);
        begin += size - greater;
        size = greater;
        if (size <= 1 || !wanted(begin, size)) return;
      }
      detail::insertion_sort(begin, size, compare);
    }
  };
  if (elements.size() < 2 || first >= end) return;
  const size_t rounds = 4 * static_cast<size_t>(std::bit_width(elements.size())) + 16;
  Sort{elements.data() + first, elements.data() + end, compare}.run(elements.data(), elements.size(), rounds);
}

}  // namespace corral::base

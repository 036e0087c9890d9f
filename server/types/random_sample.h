// Distinct random elements of a container, each subset with the same chance.
// Threading: none of its own.
// See: README.md of this folder, "Chance"; Vitter, "Random Sampling with a Reservoir" (1985).
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_set>
#include <vector>

#include "server/base/random.h"

namespace corral::types {

/// Up to `count` distinct elements in no order. `next` walks all that may be chosen (an std::optional<Element> a call),
/// `draw` gives a random one of about `size`, or none when that one may not be chosen, and `identity` what tells two
/// apart. O(size) when count is a large share of it, else O(count) expected.
template <typename Element, typename Next, typename Draw, typename Identity>
std::vector<Element> sample_distinct(size_t size, size_t count, base::Random& random, Next next, Draw draw,
                                     Identity identity) {
  std::vector<Element> chosen;
  if (count < size / 3) {
    std::unordered_set<const void*> seen;
    // With a third chosen at most, each draw is new with a chance of two thirds; those that may not be chosen count too.
    for (size_t draws = 0; draws < 20 * count + 100 && chosen.size() < count; ++draws) {
      const std::optional<Element> element = draw();
      if (element && seen.insert(identity(*element)).second) chosen.push_back(*element);
    }
    if (chosen.size() == count) return chosen;
    chosen.clear();  // hardly any may be chosen: look at all
  }
  size_t walked = 0;
  while (const std::optional<Element> element = next()) {
    ++walked;
    if (chosen.size() < count) {
      chosen.push_back(*element);
      continue;
    }
    const size_t place = random.below(walked);
    if (place < count) chosen[place] = *element;
  }
  return chosen;
}

}  // namespace corral::types

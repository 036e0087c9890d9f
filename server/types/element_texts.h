// Texts of packed elements that outlive the next look at the container.
// Threading: none of its own.
// See: README.md of this folder, "Packed list".
#pragma once

#include <deque>
#include <string_view>

#include "server/types/packed_list.h"

namespace corral::types {

/// Of numbers it keeps the digits; of anything else the view is enough, which is valid as long as the element's bytes are.
class ElementTexts {
 public:
  std::string_view of(const PackedElement& element) {
    if (!element.is_number()) return element.text(unused_);
    return element.text(digits_.emplace_back().room);
  }
  /// What `text(buffer)` returns, a view of the buffer or of the container.
  template <typename Text>
  std::string_view keep(const Text& text) {
    const std::string_view kept = text(digits_.emplace_back().room);
    if (kept.data() != digits_.back().room) digits_.pop_back();
    return kept;
  }
  void clear() { digits_.clear(); }

 private:
  struct Digits {
    PackedElement::Buffer room;
  };
  std::deque<Digits> digits_;
  PackedElement::Buffer unused_;
};

}  // namespace corral::types

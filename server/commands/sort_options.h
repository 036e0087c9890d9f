// SORT's words: what is sorted by what, what is answered, and which keys that touches.
// Threading: pure functions over the arguments.
// See: README.md of this folder, "SORT".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/bytes.h"

namespace corral::commands {

/// A pattern of BY or GET: "#" (the element itself), "weight_*" (a string) or "user_*->name" (a field of a hash).
class SortPattern {
 public:
  /// Redis reads the marks up to the first NUL and the rest whole. `text` must stay.
  explicit SortPattern(protocol::Bytes text);

  bool is_element() const { return is_element_; }
  /// Without a star it leads nowhere.
  bool has_star() const { return has_star_; }
  /// The key for an element.
  std::string key(protocol::Bytes element) const;
  const std::optional<protocol::Bytes>& field() const { return field_; }

 private:
  protocol::Bytes before_;
  protocol::Bytes behind_;
  std::optional<protocol::Bytes> field_;
  bool is_element_ = false;
  bool has_star_ = false;
};

struct SortOptions {
  bool descending = false;
  bool alpha = false;
  bool sorts = true;              // false: BY without a star
  std::optional<SortPattern> by;  // only with a star
  std::vector<SortPattern> gets;
  int64_t limit_start = 0;
  int64_t limit_count = -1;  // negative: all
  size_t store_at = 0;       // the destination among the arguments; 0: none

  bool uses_patterns() const;
};

/// SORT's words from argument 2 on; `read_only`: STORE is unknown. Returns the error, empty when there is none.
protocol::Bytes parse_sort(std::span<const protocol::Bytes> arguments, bool read_only, SortOptions& options,
                         bool may_read_all = true);

/// As COMMAND GETKEYS tells it: the source, and the last destination that Redis' key finder meets.
bool find_sort_keys(std::span<const protocol::Bytes> arguments, std::vector<int>& positions);
bool sort_touches_others(std::span<const protocol::Bytes> arguments);
bool sort_ro_touches_others(std::span<const protocol::Bytes> arguments);

}  // namespace corral::commands

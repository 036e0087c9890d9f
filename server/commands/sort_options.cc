// Parsing of SORT.
// Threading: see sort_options.h.
// See: sort_options.h
#include "server/commands/sort_options.h"

#include <algorithm>

#include "protocol/error_text.h"
#include "protocol/number.h"

namespace corral::commands {

using protocol::Bytes;
using protocol::equals_ignore_case;
namespace error_text = protocol::error_text;

SortPattern::SortPattern(Bytes text) : is_element_(protocol::c_text(text) == "#") {
  const Bytes seen = protocol::c_text(text);
  const size_t star = seen.find('*');
  has_star_ = star != Bytes::npos;
  if (!has_star_) return;
  before_ = text.substr(0, star);
  behind_ = text.substr(star + 1);
  const size_t arrow = seen.find("->", star + 1);
  // An arrow with nothing behind it is part of the key.
  if (arrow == Bytes::npos || arrow + 2 >= seen.size()) return;
  behind_ = text.substr(star + 1, arrow - star - 1);
  field_ = text.substr(arrow + 2);
}

std::string SortPattern::key(Bytes element) const {
  std::string key;
  key.reserve(before_.size() + element.size() + behind_.size());
  return key.append(before_).append(element).append(behind_);
}

bool SortOptions::uses_patterns() const {
  return by.has_value() || std::ranges::any_of(gets, &SortPattern::has_star);
}

Bytes parse_sort(std::span<const Bytes> arguments, bool read_only, SortOptions& options, bool may_read_all) {
  for (size_t i = 2; i < arguments.size(); ++i) {
    const Bytes word = arguments[i];
    const size_t behind = arguments.size() - i - 1;
    if (equals_ignore_case(word, "asc")) {
      options.descending = false;
    } else if (equals_ignore_case(word, "desc")) {
      options.descending = true;
    } else if (equals_ignore_case(word, "alpha")) {
      options.alpha = true;
    } else if (equals_ignore_case(word, "limit") && behind >= 2) {
      const auto start = protocol::parse_int64(arguments[i + 1]);
      const auto count = protocol::parse_int64(arguments[i + 2]);
      if (!start || !count) return error_text::kNotInteger;
      options.limit_start = *start;
      options.limit_count = *count;
      i += 2;
    } else if (!read_only && equals_ignore_case(word, "store") && behind >= 1) {
      options.store_at = ++i;
    } else if (equals_ignore_case(word, "by") && behind >= 1) {
      const SortPattern pattern(arguments[++i]);
      if (pattern.has_star() && !may_read_all) {
        return "ERR BY option of SORT denied due to insufficient ACL permissions.";
      }
      // One BY without a star is enough, wherever it stands.
      options.sorts = options.sorts && pattern.has_star();
      options.by = pattern;
    } else if (equals_ignore_case(word, "get") && behind >= 1) {
      if (!may_read_all) return "ERR GET option of SORT denied due to insufficient ACL permissions.";
      options.gets.emplace_back(arguments[++i]);
    } else {
      return error_text::kSyntax;
    }
  }
  if (!options.sorts) options.by.reset();
  return {};
}

bool find_sort_keys(std::span<const Bytes> arguments, std::vector<int>& positions) {
  positions.push_back(1);
  int store = 0;
  for (size_t i = 2; i < arguments.size(); ++i) {
    if (equals_ignore_case(arguments[i], "limit")) {
      i += 2;
    } else if (equals_ignore_case(arguments[i], "get") || equals_ignore_case(arguments[i], "by")) {
      ++i;
    } else if (equals_ignore_case(arguments[i], "store") && i + 1 < arguments.size()) {
      store = static_cast<int>(i + 1);
    }
  }
  if (store != 0) positions.push_back(store);
  return true;
}

bool sort_touches_others(std::span<const Bytes> arguments) {
  SortOptions options;
  if (!parse_sort(arguments, false, options).empty()) return false;
  std::vector<int> found;
  find_sort_keys(arguments, found);
  // Words that are keys as well (STORE by STORE x) may lead the key finder astray.
  const bool missed = options.store_at != 0 && static_cast<size_t>(found.back()) != options.store_at;
  return missed || options.uses_patterns();
}

bool sort_ro_touches_others(std::span<const Bytes> arguments) {
  SortOptions options;
  return parse_sort(arguments, true, options).empty() && options.uses_patterns();
}

}  // namespace corral::commands

// A key with its database as one string: what per-stripe side tables are keyed by.
// Threading: pure functions.
// See: watches.h, blocked_queues.h.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace corral::dispatch {

inline std::string named_key(int database, std::string_view key) {
  std::string name(sizeof database, '\0');
  std::memcpy(name.data(), &database, sizeof database);
  return name.append(key);
}

inline std::pair<int, std::string_view> split_named_key(std::string_view name) {
  int database = 0;
  std::memcpy(&database, name.data(), sizeof database);
  return {database, name.substr(sizeof database)};
}

}  // namespace corral::dispatch

// The clients of one worker that listen, by name.
// Threading: one worker.
// See: README.md of this folder.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/pubsub/registry.h"

namespace corral::pubsub {

class LocalSubscribers {
 public:
  using Clients = std::vector<uint64_t>;

  void add(Kind kind, const std::string& name, uint64_t client) { map(kind)[name].push_back(client); }
  void remove(Kind kind, const std::string& name, uint64_t client) {
    const auto at = map(kind).find(name);
    if (at == map(kind).end()) return;
    std::erase(at->second, client);
    if (at->second.empty()) map(kind).erase(at);
  }
  /// Null when nobody of this worker listens.
  const Clients* find(Kind kind, const std::string& name) const {
    const auto& names = maps_[static_cast<size_t>(kind)];
    const auto at = names.find(name);
    return at == names.end() ? nullptr : &at->second;
  }

 private:
  using Map = std::unordered_map<std::string, Clients>;
  Map& map(Kind kind) { return maps_[static_cast<size_t>(kind)]; }
  std::array<Map, 3> maps_;
};

}  // namespace corral::pubsub

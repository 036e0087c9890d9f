// Frees detached tables step by step.
// Threading: see graveyard.h.
// See: graveyard.h.
#include "server/store/graveyard.h"

namespace corral::store {

void Graveyard::add(std::vector<std::unique_ptr<Table>> tables) {
  for (auto& table : tables) tables_.push_back(std::move(table));
}

bool Graveyard::free_some(size_t entries, LargeValues& large) {
  while (!tables_.empty() && entries > 0) {
    const size_t freed = tables_.back()->discard(entries, &large);
    entries -= freed < entries ? freed : entries;
    if (tables_.back()->size() == 0) tables_.pop_back();
  }
  return !tables_.empty();
}

}  // namespace corral::store

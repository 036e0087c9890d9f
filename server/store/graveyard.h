// Detached tables waiting to be freed in bounded steps.
// Threading: one owner at a time; holds no stripe and needs none.
// See: README.md of this folder.
#pragma once

#include <memory>
#include <vector>

#include "server/store/table.h"

namespace corral::store {

class Graveyard {
 public:
  void add(std::vector<std::unique_ptr<Table>> tables);
  bool empty() const { return tables_.empty(); }
  /// Frees about `entries` entries (at most a segment more). Returns whether there is more to free.
  /// Containers with many elements go to `large`.
  bool free_some(size_t entries, LargeValues& large);

 private:
  std::vector<std::unique_ptr<Table>> tables_;
};

}  // namespace corral::store

// What the workers share of scripts: the cache of texts, and figures of every worker's states.
// Threading: any thread.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "server/scripting/script_cache.h"

namespace corral::scripting {

class WorkerScripts;

class Registry {
 public:
  ScriptCache scripts;

  /// Lua memory of all workers, in bytes.
  struct Memory {
    size_t scripts = 0;
    size_t functions = 0;
  };
  Memory memory() const;

  /// A worker made its states; it leaves before they go.
  void enter(WorkerScripts* worker);
  void leave(WorkerScripts* worker);

 private:
  mutable std::mutex mutex_;
  std::vector<WorkerScripts*> workers_;
};

}  // namespace corral::scripting

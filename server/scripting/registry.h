// What the workers share of scripts: the cache of texts, and figures of every worker's states.
// Threading: any thread.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "server/scripting/function_libraries.h"
#include "server/scripting/script_cache.h"

namespace corral::scripting {

class WorkerScripts;

class Registry {
 public:
  ScriptCache scripts;
  FunctionLibraries libraries;

  /// Lua memory of all workers, in bytes.
  struct Memory {
    size_t scripts = 0;
    size_t functions = 0;
  };
  Memory memory() const;

  /// The function that has run for too long on some worker; an empty name: none.
  struct Running {
    std::string name;
    std::vector<std::string> command;
    int64_t began_us = 0;  // steady
  };
  Running running_function() const;

  /// SCRIPT KILL and FUNCTION KILL: ends what has run for too long and not written. The error's text, empty when done.
  std::string kill(bool functions);

  /// A worker made its states; it leaves before they go.
  void enter(WorkerScripts* worker);
  void leave(WorkerScripts* worker);

 private:
  mutable std::mutex mutex_;
  std::vector<WorkerScripts*> workers_;
};

}  // namespace corral::scripting

// Sums over the workers.
// Threading: see registry.h.
// See: registry.h.
#include "server/scripting/registry.h"

#include "server/scripting/worker_scripts.h"

namespace corral::scripting {

Registry::Memory Registry::memory() const {
  const std::lock_guard lock(mutex_);
  Memory sum;
  for (const WorkerScripts* worker : workers_) {
    sum.scripts += worker->script_memory();
  }
  return sum;
}

void Registry::enter(WorkerScripts* worker) {
  const std::lock_guard lock(mutex_);
  workers_.push_back(worker);
}

void Registry::leave(WorkerScripts* worker) {
  const std::lock_guard lock(mutex_);
  std::erase(workers_, worker);
}

}  // namespace corral::scripting

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
    sum.functions += worker->function_memory();
  }
  return sum;
}

Registry::Running Registry::running_function() const {
  const std::lock_guard lock(mutex_);
  for (WorkerScripts* worker : workers_) {
    if (worker->interpreter(true).busy() != Interpreter::Busy::kNo) return worker->busy_function();
  }
  return {};
}

std::string Registry::kill(bool functions) {
  const std::lock_guard lock(mutex_);
  bool killed = false;
  bool wrote = false;
  bool other = false;
  for (WorkerScripts* worker : workers_) {
    const auto busy = worker->interpreter(functions).busy();
    if (busy == Interpreter::Busy::kYes) {
      worker->interpreter(functions).kill();
      killed = true;
    }
    wrote |= busy == Interpreter::Busy::kWrote;
    other |= worker->interpreter(!functions).busy() != Interpreter::Busy::kNo;
  }
  if (killed) return {};
  if (wrote) {
    return "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script "
           "termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.";
  }
  if (other) {
    return functions ? "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
                     : "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
  }
  return "NOTBUSY No scripts in execution right now.";
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

// Keeping a request, and leaving a script.
// Threading: see script_task.h.
// See: script_task.h.
#include "server/dispatch/script_task.h"

#include "server/store/lock_set.h"

namespace corral::dispatch {

void ScriptTask::keep(const Request& original) {
  size_t size = 0;
  for (const Bytes argument : original.arguments) size += argument.size();
  bytes.clear();
  bytes.reserve(size);
  arguments.clear();
  for (const Bytes argument : original.arguments) {
    const size_t begin = bytes.size();
    bytes.append(argument);
    arguments.emplace_back(bytes.data() + begin, argument.size());
  }
  request = original;
  request.arguments = arguments;
  request.first_key = {};
  failed = false;
}

void ScriptTask::yield(WorkerState& worker) {
  std::vector<ReadyKey> ready;
  ready.swap(worker.ready_keys);
  store::LockSet::leave_thread();
  fiber.yield();
  store::LockSet::return_to_thread();
  ready.swap(worker.ready_keys);
}

const char* busy_text(const ServerState& state) {
  if (state.busy_scripts.load(std::memory_order_relaxed) > 0) {
    return "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
  }
  if (state.busy_functions.load(std::memory_order_relaxed) > 0) {
    return "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
  }
  return nullptr;
}

}  // namespace corral::dispatch

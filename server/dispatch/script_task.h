// A script on its way: on a stack of its own, so that one that runs for too long can be left and gone on with in later turns.
// Threading: the worker that runs it.
// See: README.md of this folder, "Scripts".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/reply_buffer.h"
#include "server/base/fiber.h"
#include "server/dispatch/command_context.h"

namespace corral::dispatch {

/// One per worker, made at its first script; while one is suspended no other begins on this worker.
struct ScriptTask {
  // Lua may nest 200 calls of C functions, some of which have buffers of 8 KiB on the stack.
  static constexpr size_t kStackBytes = 16 * 1024 * 1024;

  base::Fiber fiber{kStackBytes};
  // The request, with bytes of its own: the connection's memory is used for others meanwhile.
  Request request;
  std::string bytes;
  std::vector<Bytes> arguments;
  static constexpr size_t kRoomBytes = 16 * 1024;
  std::unique_ptr<char[]> room = std::make_unique<char[]>(kRoomBytes);  // for a reply that is not longer
  protocol::ReplyBuffer reply;
  Outcome outcome = Outcome::kDone;
  bool failed = false;
  bool muted = false;
  uint64_t began = 0;  // cycles

  void keep(const Request& original);
  /// From inside the script: lets the worker's loop have a turn. What the script made ready stays with it.
  void yield(WorkerState& worker);
};

/// Whether background work must not wait for stripes now: a script has held some for longer than a moment.
inline bool script_in_the_way(const Services& services) {
  return services.state.long_scripts.load(std::memory_order_relaxed) > 0;
}

/// The error of commands while a script has run for too long; null when none has.
const char* busy_text(const ServerState& state);

}  // namespace corral::dispatch

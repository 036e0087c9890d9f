// Values that the server fetches itself: what a worker asks for, who fetches it, and what becomes of it.
// Threading: a Loader is called by all workers; the functions by the worker whose state they get, without locks.
// See: README.md of this folder, "Loads"; server/stampede/README.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/dispatch/services.h"

namespace corral::dispatch {

/// Fetches values from origins (server/loading).
class Loader {
 public:
  virtual ~Loader() = default;
  /// Never blocks. Every request is answered exactly once, by a LoadedMessage to its worker, whatever happens to clients.
  virtual void load(std::vector<LoadRequest> requests) = 0;
};

/// Hands what this turn's reads asked for to the loader.
void send_loads(Services& services, WorkerState& worker);
/// Stores what was loaded, if nothing has overtaken it, and answers who waits. Locks the key's stripe.
void finish_load(Services& services, WorkerState& worker, LoadedMessage& message);

}  // namespace corral::dispatch

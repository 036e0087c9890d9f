// Values that the server fetches itself: what a worker asks for, who fetches it, and what becomes of it.
// Threading: a Loader is called by all workers; the functions by the worker whose state they get, without locks.
// See: README.md of this folder, "Loads"; server/stampede/README.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/services.h"

namespace corral::dispatch {

/// Fetches values from origins (server/loading).
class Loader {
 public:
  virtual ~Loader() = default;
  /// Never blocks. Every request is answered exactly once, by a LoadedMessage to its worker, whatever happens to clients.
  virtual void load(std::vector<LoadRequest> requests) = 0;

  // For CACHE.ORIGIN and CACHE.POLICY; any thread.
  virtual std::vector<std::string> names() const = 0;
  /// The line that defines the origin, secrets masked; empty: no such origin.
  virtual std::string words(std::string_view name) const = 0;
  /// `name:value` lines, a tenth of a second old at most.
  virtual std::string figures(std::string_view name) const = 0;
  /// Why a policy with so many stars in its pattern may not name this origin; empty: it may.
  virtual std::string objection(std::string_view name, size_t stars) const = 0;
  enum class Breaker : uint8_t { kAuto, kShadow, kForceOpen, kForceClosed, kReset };
  /// The breakers of all its endpoints, from the next turn of the loader on. False: no such origin, or too much waits.
  virtual bool set_breaker(std::string_view name, Breaker mode) = 0;
};

/// Why the policy cannot be in force, as one line; empty: it can.
std::string load_objection(const Loader* loader, const stampede::Policy& policy);

/// Hands what this turn's reads asked for to the loader.
void send_loads(Services& services, WorkerState& worker);
/// Stores what was loaded, if nothing has overtaken it, and answers who waits. Locks the key's stripe.
void finish_load(Services& services, WorkerState& worker, LoadedMessage& message);

}  // namespace corral::dispatch

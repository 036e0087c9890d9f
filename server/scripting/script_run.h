// One run of a script or function: what it may do by its flags, and which locks it takes.
// Threading: the worker; the stripes of the declared keys, or all, are held.
// See: README.md of this folder, "Locks".
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "server/scripting/interpreter.h"
#include "server/scripting/script_cache.h"

namespace corral::scripting {

/// What is to be run.
struct Runnable {
  int reference;          // in the interpreter's registry
  std::string_view name;  // as errors show it
  uint32_t flags;         // ScriptFlag
  std::atomic<Script::Reach>* reach;
  bool is_function;
};

/// Argument 2: how many keys follow. Writes the error and returns false when it is no such number.
bool read_key_count(dispatch::CommandContext& ctx, int64_t& keys);

/// Checks flags, runs, replies. kAllStripes and no reply when it must be run again with all stripes.
dispatch::Outcome run_script(dispatch::CommandContext& ctx, Interpreter& interpreter, const Runnable& what,
                             bool read_only, int64_t keys);

}  // namespace corral::scripting

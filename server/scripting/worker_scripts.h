// The scripts of one worker: its Lua state, made at first use, and what it has compiled.
// Threading: the worker; memory figures by any thread.
// See: README.md of this folder, "A run".
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/dispatch/command_context.h"
#include "server/scripting/interpreter.h"
#include "server/scripting/registry.h"

namespace corral::scripting {

class WorkerScripts final : public dispatch::ScriptState {
 public:
  /// The worker's, made now if it has none yet.
  static WorkerScripts& of(dispatch::CommandContext& ctx);

  explicit WorkerScripts(dispatch::Services& services);
  ~WorkerScripts() override;

  /// EVAL and EVAL_RO: argument 1 is the text, 2 the number of keys.
  dispatch::Outcome eval(dispatch::CommandContext& ctx, bool read_only);
  /// EVALSHA and EVALSHA_RO.
  dispatch::Outcome eval_sha(dispatch::CommandContext& ctx, bool read_only);
  /// SCRIPT LOAD: the SHA1, or empty and the error's text.
  std::string load(std::string_view text, std::string& error);

  /// FCALL and FCALL_RO: argument 1 is the function.
  dispatch::Outcome call_function(dispatch::CommandContext& ctx, bool read_only);
  /// FUNCTION LOAD and RESTORE: makes libraries of the codes, all or none. The error's text without its code word.
  std::string load_libraries(const std::vector<std::string>& codes, FunctionLibraries::Policy policy, std::string& name,
                             bool restoring);

  /// Any thread: what runs while interpreter(true).busy().
  Registry::Running busy_function() const {
    const std::lock_guard lock(running_mutex_);
    return running_;
  }
  Interpreter& interpreter(bool functions) { return functions ? functions_ : scripts_; }
  size_t function_memory() const { return functions_.memory().used(); }
  size_t script_memory() const { return scripts_.memory().used(); }

 private:
  struct Compiled {
    ScriptRef script;
    int reference;
  };
  Compiled* compiled_text(std::string_view text, std::string& error);
  Compiled* compiled_sha(std::string_view sha);
  Compiled* compile(const ScriptRef& script, std::string& error);
  void drop_forgotten();
  void follow_libraries();
  dispatch::Outcome run(dispatch::CommandContext& ctx, const Compiled& compiled, bool read_only, int64_t keys);

  dispatch::Services& services_;
  Interpreter scripts_;
  Interpreter functions_;
  struct LoadedLibrary {
    LibraryRef library;
    std::vector<int> references;  // of its functions, in order
  };
  struct Callable {
    LibraryRef library;
    const Function* function;
    int reference;
  };
  std::unordered_map<std::string, LoadedLibrary> loaded_;
  std::unordered_map<std::string, Callable> callable_;  // by name in lower case
  uint64_t seen_version_ = 0;
  mutable std::mutex running_mutex_;
  Registry::Running running_;
  std::unordered_map<std::string, Compiled> by_sha_;
  std::unordered_map<uint64_t, Compiled*> by_digest_;  // of the text: spares SHA1 and the shared cache
};

}  // namespace corral::scripting

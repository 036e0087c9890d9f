// One Lua state: compiles scripts, runs them, and keeps what a running one may do.
// Threading: one worker; memory figures may be read by any thread.
// See: README.md of this folder, "A run".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_buffer.h"
#include "server/dispatch/command_context.h"
#include "server/scripting/lua.h"
#include "server/scripting/lua_memory.h"

namespace corral::scripting {

/// One run of a script or function: what it may do and what it has done.
struct Run {
  dispatch::CommandContext& ctx;
  std::string_view name;  // SHA1 or function, as errors show it
  std::span<const protocol::Bytes> keys;
  std::span<const protocol::Bytes> arguments;
  bool is_function = false;
  bool read_only = false;
  bool refuses_growth = false;  // memory was full when it began, and it has no leave to grow all the same
  bool declared_only = false;   // allow-undeclared-keys is no
  int resp_version = 2;         // of the replies it gets: redis.setresp()
  session::Session session = {};  // as its commands see it: SELECT in a script is the script's own
  // What it did.
  bool wrote = false;
  bool needs_all_stripes = false;  // a key outside the stripes held, before it wrote: to be run again
  bool touched_undeclared = false;
  int64_t began_us = 0;   // steady; set when its first look at the clock comes
  int64_t turn_us = 0;    // when it went on last
  bool is_long = false;   // counted in ServerState::long_scripts
  bool is_busy = false;   // and past busy-reply-threshold
  bool gates = false;              // a command changed what the dispatcher looks up
  const char* stop_reason = nullptr;  // not null: raised again and again until it is over
};

struct Loading;

class Interpreter {
 public:
  enum class Kind : uint8_t { kScripts, kFunctions };

  Interpreter(Kind kind, dispatch::Services& services, size_t memory_limit);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;
  static Interpreter& of(lua_State* state);

  /// Compiles text to a function kept in the registry. On failure the text of the error; `reference` is then unset.
  bool compile(std::string_view text, const char* name, int& reference, std::string& error);
  void forget(int reference);
  /// Runs the function and writes its reply to the context. Writes nothing when run.needs_all_stripes comes out true.
  dispatch::Outcome run(int reference, Run& run);
  /// Calls `body` with errors caught; false and the error's text when one was raised.
  bool protect(lua_CFunction body, void* argument, std::string& error);

  lua_State* state() { return state_; }
  Kind kind() const { return kind_; }
  Run* current() { return current_; }
  /// The library whose code runs now.
  Loading* loading() { return loading_; }
  void set_loading(Loading* loading);
  dispatch::Services& services() { return services_; }
  LuaMemory& memory() { return memory_; }
  const LuaMemory& memory() const { return memory_; }
  /// From any thread. What a run is, when it has run for too long, and whether it wrote; kill() ends it at its next look.
  enum class Busy : uint8_t { kNo, kYes, kWrote };
  Busy busy() const { return busy_.load(std::memory_order_acquire); }
  void kill() { kill_.store(true, std::memory_order_release); }
  /// redis.call() notes that a busy script wrote.
  void note_write() {
    current_->wrote = true;
    if (current_->is_busy) busy_.store(Busy::kWrote, std::memory_order_release);
  }

  /// 31 random bits of the generator that scripts see, as lrand48().
  uint32_t random_bits();
  void seed(uint32_t seed);
  /// Ends the run by an error that no pcall of the script can keep.
  [[noreturn]] void stop(lua_State* state, const char* reason);

  /// Replies of the commands a script calls are written here, one at a time.
  static constexpr size_t kScratchBytes = 64 * 1024;
  static constexpr size_t kReplyBytes = 16 * 1024;  // behind it: for the reply of the script
  char* scratch() { return scratch_.get(); }

 private:
  static int run_protected(lua_State* state);
  static void on_count(lua_State* state, lua_Debug* record);
  void look_at_clock(lua_State* state);
  void become_busy();
  void end_busy();
  void settle();

  Kind kind_;
  dispatch::Services& services_;
  LuaMemory memory_;
  lua_State* state_ = nullptr;
  Run* current_ = nullptr;
  Loading* loading_ = nullptr;
  std::atomic<Busy> busy_{Busy::kNo};
  std::atomic<bool> kill_{false};
  uint64_t random_ = 0x1234abcd330e;  // where drand48() begins when nobody has seeded it
  std::unique_ptr<char[]> scratch_;
};

}  // namespace corral::scripting

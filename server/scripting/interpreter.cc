// Making of the state, and runs.
// Threading: see interpreter.h.
// See: interpreter.h.
#include "server/scripting/interpreter.h"

#include <cstdlib>

#include "server/base/check.h"
#include "server/dispatch/script_task.h"
#include "server/scripting/conversion.h"
#include "server/scripting/error_report.h"
#include "server/scripting/function_loading.h"
#include "server/scripting/redis_api.h"
#include "server/scripting/sandbox.h"

namespace corral::scripting {
namespace {

constexpr int kHookInstructions = 100000;
constexpr int64_t kMomentUs = 1000;  // a script that ran for so long makes background work wait
constexpr int64_t kTurnUs = 5000;    // of a busy script, between turns of the loop
constexpr char kKilled[] = "Script killed by user with SCRIPT KILL...";  // also by FUNCTION KILL, as in Redis
constexpr int64_t kMostLoadingUs = 500'000;
constexpr size_t kCollectAbove = 1024 * 1024;

struct Start {
  Interpreter* self;
  int reference;
  Run* run;
  protocol::ReplyBuffer* reply;
};

void push_array(lua_State* state, std::span<const protocol::Bytes> values) {
  lua_createtable(state, static_cast<int>(values.size()), 0);
  int i = 0;
  for (const protocol::Bytes value : values) {
    lua_pushlstring(state, value.data(), value.size());
    lua_rawseti(state, -2, ++i);
  }
}

int set_up(lua_State* state) {
  open_libraries(state);
  open_redis(state);
  seal_globals(state);
  return 0;
}

}  // namespace

Interpreter::Interpreter(Kind kind, dispatch::Services& services, size_t memory_limit)
    : kind_(kind), services_(services), scratch_(std::make_unique<char[]>(kScratchBytes + kReplyBytes)) {
  memory_.set_owner(this);
  state_ = lua_newstate(LuaMemory::allocate, &memory_);
  CHECK(state_ != nullptr);
  CHECK(lua_cpcall(state_, set_up, nullptr) == 0);
  memory_.set_limit(memory_limit);
}

Interpreter::~Interpreter() { lua_close(state_); }

Interpreter& Interpreter::of(lua_State* state) {
  void* memory = nullptr;
  lua_getallocf(state, &memory);
  return *static_cast<Interpreter*>(static_cast<LuaMemory*>(memory)->owner());
}

bool Interpreter::protect(lua_CFunction body, void* argument, std::string& error) {
  const int status = lua_cpcall(state_, body, argument);
  if (status == 0) return true;
  error = error_text(state_, -1);
  lua_settop(state_, 0);
  return false;
}

bool Interpreter::compile(std::string_view text, const char* name, int& reference, std::string& error) {
  struct Source {
    std::string_view text;
    const char* name;
    int reference;
  } source{text, name, LUA_NOREF};
  const auto body = [](lua_State* state) {
    auto& from = *static_cast<Source*>(lua_touserdata(state, 1));
    if (compile_text(state, from.text, from.name) != 0) return lua_error(state);
    from.reference = luaL_ref(state, LUA_REGISTRYINDEX);
    return 0;
  };
  const bool done = protect(body, &source, error);
  reference = source.reference;
  return done;
}

void Interpreter::forget(int reference) { luaL_unref(state_, LUA_REGISTRYINDEX, reference); }

uint32_t Interpreter::random_bits() {
  random_ = (random_ * 0x5deece66d + 0xb) & 0xffffffffffff;
  return static_cast<uint32_t>(random_ >> 17);
}

void Interpreter::seed(uint32_t seed) { random_ = (uint64_t{seed} << 16) | 0x330e; }

void Interpreter::stop(lua_State* state, const char* reason) {
  current_->stop_reason = reason;
  // From now on every line raises it again, so that no loop around a pcall goes on.
  lua_sethook(state, on_count, LUA_MASKLINE | LUA_MASKCOUNT, 1);
  lua_sethook(state_, on_count, LUA_MASKLINE | LUA_MASKCOUNT, 1);
  raise_error(state, reason);
}

void Interpreter::on_count(lua_State* state, lua_Debug*) {
  Interpreter& self = of(state);
  if (self.loading_ != nullptr && self.services_.clock.steady_us() - self.loading_->began_us > kMostLoadingUs) {
    raise_error(state, "FUNCTION LOAD timeout");
  }
  if (self.current_ == nullptr) return;
  if (self.current_->stop_reason != nullptr) raise_error(state, self.current_->stop_reason);
  self.look_at_clock(state);
}

void Interpreter::set_loading(Loading* loading) {
  loading_ = loading;
  lua_sethook(state_, loading != nullptr ? on_count : nullptr, loading != nullptr ? LUA_MASKCOUNT : 0, kHookInstructions);
}

void Interpreter::look_at_clock(lua_State* state) {
  Run& run = *current_;
  dispatch::WorkerState& worker = run.ctx.worker();
  if (worker.end_scripts) stop(state, "The server is shutting down");
  if (kill_.exchange(false, std::memory_order_acq_rel) && !run.wrote) {
    stop(state, kKilled);
  }
  const int64_t now_us = services_.clock.steady_us();
  if (run.began_us == 0) run.began_us = now_us;
  if (!run.is_long && now_us - run.began_us > kMomentUs) {
    run.is_long = true;
    services_.state.long_scripts.fetch_add(1, std::memory_order_relaxed);
  }
  const int64_t threshold_ms = services_.settings.busy_reply_threshold_ms;
  if (!run.is_busy && threshold_ms > 0 && now_us - run.began_us >= threshold_ms * 1000) become_busy();
  if (run.is_busy && now_us - run.turn_us >= kTurnUs && worker.script_task != nullptr) {
    worker.script_task->yield(worker);
    run.turn_us = services_.clock.steady_us();
  }
}

void Interpreter::become_busy() {
  Run& run = *current_;
  run.is_busy = true;
  kill_.store(false, std::memory_order_relaxed);
  busy_.store(run.wrote ? Busy::kWrote : Busy::kYes, std::memory_order_release);
  (kind_ == Kind::kScripts ? services_.state.busy_scripts : services_.state.busy_functions).fetch_add(1);
  // Whoever waits for its keys gives up and answers BUSY.
  run.ctx.locks()->take_long();
  services_.log.warning("Slow script detected: still in execution after " +
                        std::to_string(static_cast<int64_t>(services_.settings.busy_reply_threshold_ms)) +
                        " milliseconds. You can try killing the script using the " +
                        (kind_ == Kind::kScripts ? "SCRIPT" : "FUNCTION") + " KILL command. Script name is: " +
                        std::string(run.name));
}

void Interpreter::end_busy() {
  if (current_->is_long) services_.state.long_scripts.fetch_sub(1, std::memory_order_relaxed);
  if (!current_->is_busy) return;
  (kind_ == Kind::kScripts ? services_.state.busy_scripts : services_.state.busy_functions).fetch_sub(1);
  busy_.store(Busy::kNo, std::memory_order_release);
  kill_.store(false, std::memory_order_relaxed);
}

int Interpreter::run_protected(lua_State* state) {
  const Start& start = *static_cast<Start*>(lua_touserdata(state, 1));
  Run& run = *start.run;
  push_error_handler(state);
  const int handler = lua_gettop(state);
  lua_rawgeti(state, LUA_REGISTRYINDEX, start.reference);
  int arguments = 0;
  if (run.is_function) {
    push_array(state, run.keys);
    push_array(state, run.arguments);
    arguments = 2;
  } else {
    push_real_globals(state);
    push_array(state, run.keys);
    lua_setfield(state, -2, "KEYS");
    push_array(state, run.arguments);
    lua_setfield(state, -2, "ARGV");
    lua_pop(state, 1);
  }
  const int status = lua_pcall(state, arguments, 1, handler);
  if (run.needs_all_stripes) return 0;
  protocol::ReplyWriter reply(*start.reply, run.ctx.session().resp_version);
  if (status != 0) {
    write_failure(state, run, reply);
  } else {
    write_reply(state, run, reply);
  }
  return 0;
}

dispatch::Outcome Interpreter::run(int reference, Run& run) {
  CHECK(current_ == nullptr);
  current_ = &run;
  run.session.id = run.ctx.session().id;
  run.session.record = run.ctx.session().record;
  run.session.user = run.ctx.session().user;
  if (run.ctx.session().has(session::kRestricted)) run.session.set(session::kRestricted);
  run.session.database = run.ctx.session().database;
  run.session.resp_version = 2;
  run.session.set(session::kInScript);
  if (run.ctx.session().has(session::kNoTouch)) run.session.set(session::kNoTouch);
  lua_sethook(state_, on_count, LUA_MASKCOUNT, kHookInstructions);
  protocol::ReplyBuffer written;
  written.lend(scratch() + kScratchBytes, scratch() + kScratchBytes + kReplyBytes);
  Start start{this, reference, &run, &written};
  const int status = lua_cpcall(state_, run_protected, &start);
  written.take_back();
  std::string failure;
  if (status != 0) failure = error_text(state_, -1);
  settle();
  end_busy();
  // SELECT inside the script is shown while it runs only.
  run.session.record->database.store(run.ctx.session().database, std::memory_order_relaxed);
  current_ = nullptr;
  if (run.needs_all_stripes) return dispatch::Outcome::kAllStripes;
  if (status != 0) {
    // No memory even for the reply.
    run.ctx.fail("ERR Error running script " + std::string(run.name) + ", " + failure);
  } else {
    run.ctx.reply().buffer().append_buffer(std::move(written));
  }
  return run.gates ? dispatch::Outcome::kGates : dispatch::Outcome::kDone;
}

// Behind a run: nothing of it is left on the stack, and much garbage goes at once.
void Interpreter::settle() {
  lua_settop(state_, 0);
  lua_sethook(state_, nullptr, 0, 0);
  lua_gc(state_, LUA_GCRESTART, 0);
  if (memory_.used() > kCollectAbove && memory_.used() > memory_.limit() / 4) lua_gc(state_, LUA_GCCOLLECT, 0);
}

}  // namespace corral::scripting

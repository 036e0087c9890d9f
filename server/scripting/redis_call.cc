// redis.call and redis.pcall: a command from inside a script.
// Threading: as the state; the stripes of the script are held.
// See: README.md of this folder, "redis.call".
#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <vector>

#include "server/dispatch/dispatcher.h"
#include "server/dispatch/monitor_line.h"
#include "server/dispatch/permissions.h"
#include "server/dispatch/tracking.h"
#include "server/scripting/conversion.h"
#include "server/scripting/error_report.h"
#include "server/scripting/redis_api.h"

namespace corral::scripting {
namespace {

using namespace dispatch;
using protocol::Bytes;

// The arguments on the stack: strings stay where Lua has them, numbers are written out.
class Arguments {
 public:
  // False when one is neither string nor number.
  bool read(lua_State* state) {
    const int count = lua_gettop(state);
    bytes_.reserve(static_cast<size_t>(count));
    for (int i = 1; i <= count; ++i) {
      size_t size = 0;
      if (lua_type(state, i) == LUA_TSTRING) {
        const char* text = lua_tolstring(state, i, &size);
        bytes_.emplace_back(text, size);
      } else if (lua_type(state, i) == LUA_TNUMBER) {
        auto& text = numbers_.emplace_back();
        size = static_cast<size_t>(std::snprintf(text.data(), text.size(), "%.17g", lua_tonumber(state, i)));
        bytes_.emplace_back(text.data(), size);
      } else {
        return false;
      }
    }
    return true;
  }
  std::span<const Bytes> all() const { return bytes_; }

 private:
  std::vector<Bytes> bytes_;
  std::deque<std::array<char, 64>> numbers_;  // which do not move
};

// Null when the command may run, else why not.
const char* refusal(const Run& run, const Command* command, std::span<const Bytes> arguments) {
  if (command == nullptr) return "Unknown Redis command called from script";
  const CommandSpec& spec = *command->spec;
  const auto argc = static_cast<int>(arguments.size());
  if (!spec.subcommands.empty() && argc > 1) return "Unknown Redis command called from script";
  if ((spec.arity > 0 && argc != spec.arity) || argc < -spec.arity || spec.run == nullptr) {
    return "Wrong number of args calling Redis command from script";
  }
  if ((spec.flags & kNoScript) != 0) return "This Redis command is not allowed from script";
  if ((spec.flags & (kWrite | kMayReplicate)) != 0 && run.read_only) return "Write commands are not allowed from read-only scripts.";
  if ((spec.flags & kDenyOom) != 0 && run.refuses_growth && !run.wrote) {
    return "-OOM command not allowed when used memory > 'maxmemory'.";
  }
  return nullptr;
}

// Null when the user who runs the script may run the command, too.
const char* denial(const Run& run, const Command& command, std::span<const Bytes> arguments) {
  if (!run.session.has(session::kRestricted)) return nullptr;
  CommandContext& ctx = run.ctx;
  const Permission granted =
      checked_permission(ctx.services(), ctx.worker(), run.session, command, arguments, AskedFrom::kScript);
  switch (granted.denial) {
    case acl::Denial::kNone:
      return nullptr;
    case acl::Denial::kCommand:
      return "The user executing the script can't run this command or subcommand";
    case acl::Denial::kKey:
      return "The user executing the script can't access at least one of the keys mentioned in the command arguments";
    case acl::Denial::kChannel:
      return "The user executing the script can't publish to the channel mentioned in the command";
  }
  return nullptr;
}

bool declared(const Run& run, Bytes key) { return std::find(run.keys.begin(), run.keys.end(), key) != run.keys.end(); }

enum class Reached : uint8_t { kYes, kUndeclared, kNotHeld };

// Whether the script may touch the keys of the command: their stripes are held, or can be taken without waiting.
Reached reach(Run& run, const Command& command, std::span<const Bytes> arguments) {
  const KeyShape shape = command.spec->keys.shape;
  if (shape == KeyShape::kNone) return Reached::kYes;
  store::LockSet* locks = run.ctx.locks();
  std::vector<int> positions;
  const bool walks = shape == KeyShape::kAll || shape == KeyShape::kWalk;
  // Arguments that make no sense are answered by an error; should a key be touched all the same, it is held.
  if (walks || !find_keys(*command.spec, arguments, positions)) {
    if (run.declared_only && !locks->holds_all()) return Reached::kUndeclared;
    run.touched_undeclared = true;
    return locks->holds_all() ? Reached::kYes : Reached::kNotHeld;
  }
  const store::Placement& placement = run.ctx.services().keyspace.placement();
  for (const int at : positions) {
    const Bytes key = arguments[static_cast<size_t>(at)];
    if (!declared(run, key)) {
      if (run.declared_only) return Reached::kUndeclared;
      run.touched_undeclared = true;
    }
    const uint32_t stripe = placement.locate(key).stripe;
    if (locks->holds(stripe)) continue;
    if (!run.wrote || !locks->try_add(stripe)) return Reached::kNotHeld;
  }
  return Reached::kYes;
}

void show_monitors(Run& run, std::span<const Bytes> arguments) {
  const auto line = std::make_shared<const std::string>(
      monitor_line(run.ctx.now_us(), run.session.database, "lua", arguments));
  for (uint32_t i = 0; i < run.ctx.services().state.workers; ++i) run.ctx.worker().port.post(i, MonitorMessage{line});
}

// Runs the command; its encoded reply is in `out`.
void execute(Run& run, const Command& command, std::span<const Bytes> arguments, protocol::ReplyBuffer& out) {
  CommandContext& outer = run.ctx;
  Request request;
  request.session = &run.session;
  request.command = &command;
  request.arguments = arguments;
  if (outer.worker().monitored && (command.spec->flags & (kSkipMonitor | kAdmin)) == 0) show_monitors(run, arguments);
  const uint64_t begin = base::cycles();
  CommandContext inner(outer.services(), outer.worker(), outer.policies(), request, out, outer.locks(), true);
  const Outcome outcome = command.spec->run(inner);
  if (outer.session().has(session::kTracking)) {
    Request read = request;  // it is the client who reads
    read.session = &outer.session();
    remember_read(outer.services(), outer.worker(), read);
  }
  run.gates |= outcome == Outcome::kGates;
  metrics::CommandStats& stats = outer.worker().stats.by_command[command.id];
  stats.record(base::cycles() - begin);
  outer.worker().stats.commands.add();
  if (inner.failed()) stats.failed.add();
}

void push_result(lua_State* state, const protocol::ReplyBuffer& out, bool* failed) {
  if (out.empty()) {  // muted commands say nothing
    lua_pushnil(state);
    return;
  }
  std::vector<protocol::ReplyBuffer::Piece> pieces(64);
  size_t count = out.pieces(pieces.data(), pieces.size());
  if (count == 1) return push_reply(state, {pieces[0].data, pieces[0].size}, failed);
  while (count == pieces.size()) {
    pieces.resize(pieces.size() * 2);
    count = out.pieces(pieces.data(), pieces.size());
  }
  std::string whole;
  whole.reserve(out.size());
  for (size_t i = 0; i < count; ++i) whole.append(pieces[i].data, pieces[i].size);
  push_reply(state, whole, failed);
}

int fail(lua_State* state, const char* text, bool raises) {
  push_error(state, text);
  if (raises) return lua_error(state);
  return 1;
}

const Command* find_command(const Run& run, std::span<const Bytes> arguments) {
  const Command* command = run.ctx.services().commands.find(arguments[0]);
  if (command == nullptr || command->spec->subcommands.empty() || arguments.size() < 2) return command;
  const Command* sub = CommandTable::find_subcommand(*command, arguments[1]);
  return sub != nullptr ? sub : command;
}

int call(lua_State* state, bool raises) {
  Interpreter& self = Interpreter::of(state);
  Run* run = self.current();
  if (run == nullptr) return fail(state, "redis.call() or redis.pcall() can only be called from a script", raises);
  if (run->stop_reason != nullptr) raise_error(state, run->stop_reason);
  if (lua_gettop(state) == 0) return fail(state, "Please specify at least one argument for this redis lib call", raises);
  Arguments arguments;
  if (!arguments.read(state)) {
    return fail(state, "Lua redis lib command arguments must be strings or integers", raises);
  }
  const Command* command = find_command(*run, arguments.all());
  if (const char* why = refusal(*run, command, arguments.all())) return fail(state, why, raises);
  if (const char* why = denial(*run, *command, arguments.all())) return fail(state, why, raises);
  switch (reach(*run, *command, arguments.all())) {
    case Reached::kYes:
      break;
    case Reached::kUndeclared:
      return fail(state, "Script attempted to access a key it did not declare (allow-undeclared-keys is no)", raises);
    case Reached::kNotHeld:
      if (!run->wrote) {
        run->needs_all_stripes = true;
        self.stop(state, "Script needs keys it did not declare");
      }
      return fail(state, "-TRYAGAIN Script wrote, then needed a key it did not declare while another client used it", raises);
  }
  bool failed = false;
  protocol::ReplyBuffer out;
  out.lend(self.scratch(), self.scratch() + Interpreter::kScratchBytes);
  run->session.resp_version = run->resp_version;
  if ((command->spec->flags & kWrite) != 0) self.note_write();
  execute(*run, *command, arguments.all(), out);
  push_result(state, out, &failed);
  out.take_back();
  if (failed && raises) return lua_error(state);
  return 1;
}

}  // namespace

int redis_call(lua_State* state) { return call(state, true); }
int redis_pcall(lua_State* state) { return call(state, false); }

}  // namespace corral::scripting

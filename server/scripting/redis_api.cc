// What scripts find in `redis`, and the globals that go with it.
// Threading: see redis_api.h.
// See: redis_api.h.
#include "server/scripting/redis_api.h"

#include <cmath>
#include <span>
#include <string>

#include "protocol/redis_version.h"
#include "server/dispatch/permissions.h"
#include "server/scripting/error_report.h"
#include "server/scripting/function_loading.h"
#include "server/scripting/interpreter.h"
#include "server/scripting/script_cache.h"
#include "server/scripting/script_libraries.h"

namespace corral::scripting {
namespace {

constexpr int kRandomRange = 0x7fffffff;
constexpr int kReplAof = 1;
constexpr int kReplReplica = 2;

// redis.error_reply(text) and redis.status_reply(text)
int error_reply(lua_State* state) {
  if (lua_gettop(state) != 1 || lua_type(state, -1) != LUA_TSTRING) {
    push_error(state, "wrong number or type of arguments");
    return 1;
  }
  size_t size = 0;
  const char* bytes = lua_tolstring(state, 1, &size);
  std::string text(bytes, size);
  if (text.empty() || text[0] != '-') text.insert(0, 1, '-');
  push_error(state, text);
  return 1;
}

int status_reply(lua_State* state) {
  if (lua_gettop(state) != 1 || lua_type(state, -1) != LUA_TSTRING) {
    push_error(state, "wrong number or type of arguments");
    return 1;
  }
  lua_newtable(state);
  lua_pushvalue(state, 1);
  lua_setfield(state, -2, "ok");
  return 1;
}

int sha1(lua_State* state) {
  if (lua_gettop(state) != 1) raise_error(state, "wrong number of arguments");
  size_t size = 0;
  const char* bytes = lua_tolstring(state, 1, &size);
  const std::string digest = sha1_hex(bytes != nullptr ? std::string_view(bytes, size) : std::string_view());
  lua_pushlstring(state, digest.data(), digest.size());
  return 1;
}

// redis.log(level, text …)
int log_line(lua_State* state) {
  const int count = lua_gettop(state);
  if (count < 2) raise_error(state, "redis.log() requires two arguments or more.");
  if (lua_isnumber(state, -count) == 0) raise_error(state, "First argument must be a number (log level).");
  const auto level = static_cast<int>(lua_tonumber(state, -count));
  if (level < 0 || level > 3) raise_error(state, "Invalid debug level.");
  std::string text;
  for (int i = 2; i <= count; ++i) {
    size_t size = 0;
    const char* bytes = lua_tolstring(state, i, &size);
    if (bytes == nullptr) continue;
    if (i > 2) text += ' ';
    text.append(bytes, size);
  }
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  constexpr size_t kMostBytes = 1024;  // of a line, as in Redis
  if (text.size() > kMostBytes) text.resize(kMostBytes);
  Interpreter::of(state).services().log.write(static_cast<base::LogLevel>(level), text);
  return 0;
}

int set_resp(lua_State* state) {
  if (lua_gettop(state) != 1) raise_error(state, "redis.setresp() requires one argument.");
  const auto version = static_cast<int>(lua_tonumber(state, -1));
  if (version != 2 && version != 3) raise_error(state, "RESP version must be 2 or 3.");
  if (Run* run = Interpreter::of(state).current()) run->resp_version = version;
  return 0;
}

int replicate_commands(lua_State* state) {
  lua_pushboolean(state, 1);
  return 1;
}

// redis.set_repl(flags): there is no replica to be kept from seeing a write, so every choice holds.
int set_repl(lua_State* state) {
  if (lua_gettop(state) != 1) raise_error(state, "redis.set_repl() requires two arguments.");
  const auto flags = static_cast<int>(lua_tonumber(state, -1));
  if ((flags & ~(kReplAof | kReplReplica)) != 0) {
    raise_error(state, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
  }
  return 0;
}

// redis.breakpoint(): false, since no debugger is at work.
int breakpoint(lua_State* state) {
  lua_pushboolean(state, 0);
  return 1;
}

int debug_line(lua_State*) { return 0; }

// redis.acl_check_cmd(command, …): whether the user who runs the script may run the command.
int acl_check(lua_State* state) {
  if (lua_gettop(state) == 0) raise_error(state, "Please specify at least one argument for this redis lib call");
  for (int i = 1; i <= lua_gettop(state); ++i) {
    if (lua_isstring(state, i) == 0) raise_error(state, "Lua redis lib command arguments must be strings or integers");
  }
  const auto text = [state](int i) {
    size_t size = 0;
    const char* bytes = lua_tolstring(state, i, &size);
    return protocol::Bytes(bytes, size);
  };
  Interpreter& self = Interpreter::of(state);
  const dispatch::Command* command = self.services().commands.find(text(1));
  if (command != nullptr && !command->spec->subcommands.empty() && lua_gettop(state) > 1) {
    command = dispatch::CommandTable::find_subcommand(*command, text(2));
  }
  if (command == nullptr) raise_error(state, "Invalid command passed to redis.acl_check_cmd()");
  const Run* run = self.current();
  bool granted = true;  // while a library loads, nobody's rights are in question
  if (run != nullptr && run->session.has(session::kRestricted)) {
    std::vector<protocol::Bytes> arguments;
    for (int i = 1; i <= lua_gettop(state); ++i) arguments.push_back(text(i));
    granted = run->session.user != nullptr &&
              dispatch::permission(self.services(), *run->session.user, *command, arguments).granted();
  }
  lua_pushboolean(state, granted ? 1 : 0);
  return 1;
}

// pcall, which gives the text of an error that is a table with one.
int protected_call(lua_State* state) {
  const int count = lua_gettop(state);
  if (count == 0) {
    lua_pushboolean(state, 0);
    lua_pushliteral(state, "attempt to call a boolean value");  // Redis calls its own first result here
    return 2;
  }
  lua_pushboolean(state, 1);
  lua_insert(state, 1);
  if (lua_pcall(state, count - 1, LUA_MULTRET, 0) != 0) {
    lua_remove(state, 1);
    if (lua_istable(state, -1)) {
      lua_getfield(state, -1, "err");
      if (lua_isstring(state, -1) != 0) {
        lua_replace(state, -2);
      } else {
        lua_pop(state, 1);
      }
    }
    lua_pushboolean(state, 0);
    lua_insert(state, 1);
  }
  return lua_gettop(state);
}

// math.random as Lua has it, on a generator whose sequence is known.
int random(lua_State* state) {
  const lua_Number r = static_cast<lua_Number>(Interpreter::of(state).random_bits() % kRandomRange) /
                       static_cast<lua_Number>(kRandomRange);
  switch (lua_gettop(state)) {
    case 0:
      lua_pushnumber(state, r);
      break;
    case 1: {
      const int most = luaL_checkint(state, 1);
      luaL_argcheck(state, 1 <= most, 1, "interval is empty");
      lua_pushnumber(state, std::floor(r * most) + 1);
      break;
    }
    case 2: {
      const int least = luaL_checkint(state, 1);
      const int most = luaL_checkint(state, 2);
      luaL_argcheck(state, least <= most, 2, "interval is empty");
      lua_pushnumber(state, std::floor(r * (static_cast<lua_Number>(most) - least + 1)) + least);
      break;
    }
    default:
      return luaL_error(state, "wrong number of arguments");
  }
  return 1;
}

int random_seed(lua_State* state) {
  Interpreter::of(state).seed(static_cast<uint32_t>(luaL_checkint(state, 1)));
  return 0;
}

constexpr luaL_Reg kScriptFunctions[] = {
    {"call", redis_call},
    {"pcall", redis_pcall},
    {"log", log_line},
    {"setresp", set_resp},
    {"error_reply", error_reply},
    {"status_reply", status_reply},
    {"sha1hex", sha1},
    {"set_repl", set_repl},
    {"acl_check_cmd", acl_check},
    {nullptr, nullptr},
};
constexpr luaL_Reg kOnlyEval[] = {
    {"replicate_commands", replicate_commands}, {"breakpoint", breakpoint}, {"debug", debug_line}, {nullptr, nullptr}};

struct Constant {
  const char* name;
  int value;
};
constexpr Constant kConstants[] = {{"LOG_DEBUG", 0},   {"LOG_VERBOSE", 1},
                                   {"LOG_NOTICE", 2},  {"LOG_WARNING", 3},
                                   {"REPL_NONE", 0},   {"REPL_SLAVE", kReplReplica},
                                   {"REPL_AOF", kReplAof}, {"REPL_REPLICA", kReplReplica},
                                   {"REPL_ALL", kReplAof | kReplReplica}, {"REDIS_VERSION_NUM", protocol::kRedisVersionNumber}};

void push_constants(lua_State* state, std::span<const Constant> constants) {
  for (const Constant& constant : constants) {
    lua_pushinteger(state, constant.value);
    lua_setfield(state, -2, constant.name);
  }
  lua_pushlstring(state, protocol::kRedisVersion.data(), protocol::kRedisVersion.size());
  lua_setfield(state, -2, "REDIS_VERSION");
}

}  // namespace

void push_loading_api(lua_State* state) {
  lua_newtable(state);
  lua_pushcfunction(state, log_line);
  lua_setfield(state, -2, "log");
  push_constants(state, kConstants);
}

void open_redis(lua_State* state) {
  const bool functions = Interpreter::of(state).kind() == Interpreter::Kind::kFunctions;
  lua_newtable(state);
  luaL_register(state, nullptr, kScriptFunctions);
  if (!functions) luaL_register(state, nullptr, kOnlyEval);
  push_constants(state, kConstants);
  lua_setglobal(state, "redis");
  lua_register(state, "pcall", protected_call);
  lua_getglobal(state, "math");
  lua_pushcfunction(state, random);
  lua_setfield(state, -2, "random");
  lua_pushcfunction(state, random_seed);
  lua_setfield(state, -2, "randomseed");
  lua_pop(state, 1);
  open_script_libraries(state);
  if (functions) {
    open_loading(state);
  } else {
    open_error_handler(state);
  }
}

}  // namespace corral::scripting

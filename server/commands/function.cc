// FCALL, FCALL_RO and FUNCTION.
// Threading: FCALL holds the stripes of its declared keys, or all of them; FUNCTION needs none.
// See: server/scripting/README.md, "Functions".
#include <algorithm>

#include "server/base/glob.h"
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"
#include "server/scripting/worker_scripts.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using scripting::FunctionLibraries;
using scripting::WorkerScripts;
using Policy = FunctionLibraries::Policy;

FunctionLibraries& libraries(CommandContext& ctx) { return ctx.services().scripts.libraries; }

// FCALL function numkeys [key …] [arg …]
Outcome fcall(CommandContext& ctx) { return WorkerScripts::of(ctx).call_function(ctx, false); }
Outcome fcall_ro(CommandContext& ctx) { return WorkerScripts::of(ctx).call_function(ctx, true); }

// FUNCTION LOAD [REPLACE] code
Outcome load(CommandContext& ctx) {
  Policy policy = Policy::kAppend;
  for (size_t i = 2; i + 1 < ctx.argc(); ++i) {
    if (!protocol::equals_ignore_case(ctx.arg(i), "replace")) {
      return ctx.fail("ERR Unknown option given: " + std::string(ctx.arg(i)));
    }
    policy = Policy::kReplace;
  }
  std::string name;
  const std::string error =
      WorkerScripts::of(ctx).load_libraries({std::string(ctx.arg(ctx.argc() - 1))}, policy, name, false);
  if (!error.empty()) return ctx.fail("ERR " + error);
  ctx.reply().bulk(name);
  return Outcome::kDone;
}

// FUNCTION DELETE library
Outcome remove(CommandContext& ctx) {
  if (!libraries(ctx).remove(ctx.arg(2))) return ctx.fail("ERR Library not found");
  ctx.reply().ok();
  return Outcome::kDone;
}

// FUNCTION FLUSH [ASYNC | SYNC]: workers drop what they compiled when they next look.
Outcome flush(CommandContext& ctx) {
  if (ctx.argc() > 3) {
    return ctx.fail("ERR unknown subcommand or wrong number of arguments for '" + std::string(ctx.arg(1)) +
                    "'. Try FUNCTION HELP.");
  }
  if (ctx.argc() == 3 && !protocol::equals_ignore_case(ctx.arg(2), "sync") &&
      !protocol::equals_ignore_case(ctx.arg(2), "async")) {
    return ctx.fail("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
  }
  libraries(ctx).clear();
  ctx.reply().ok();
  return Outcome::kDone;
}

void describe(CommandContext& ctx, const scripting::Library& library, bool with_code) {
  auto& reply = ctx.reply();
  reply.map(with_code ? 4 : 3);
  reply.bulk("library_name");
  reply.bulk(library.name);
  reply.bulk("engine");
  reply.bulk("LUA");
  reply.bulk("functions");
  reply.array(static_cast<int64_t>(library.functions.size()));
  for (const auto& function : library.functions) {
    reply.map(3);
    reply.bulk("name");
    reply.bulk(function->name);
    reply.bulk("description");
    function->description ? reply.bulk(*function->description) : reply.null();
    reply.bulk("flags");
    int64_t count = 0;
    for (size_t i = 0; i < std::size(scripting::kScriptFlagNames); ++i) count += (function->flags >> i & 1) != 0 ? 1 : 0;
    reply.set(count);
    for (size_t i = 0; i < std::size(scripting::kScriptFlagNames); ++i) {
      if ((function->flags >> i & 1) != 0) reply.simple(scripting::kScriptFlagNames[i]);
    }
  }
  if (!with_code) return;
  reply.bulk("library_code");
  reply.bulk(library.code);
}

// FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]
Outcome list(CommandContext& ctx) {
  bool with_code = false;
  const Bytes* pattern = nullptr;
  for (size_t i = 2; i < ctx.argc(); ++i) {
    if (!with_code && protocol::equals_ignore_case(ctx.arg(i), "withcode")) {
      with_code = true;
    } else if (pattern == nullptr && protocol::equals_ignore_case(ctx.arg(i), "libraryname")) {
      if (i + 1 == ctx.argc()) return ctx.fail("ERR library name argument was not given");
      pattern = &ctx.args()[++i];
    } else {
      return ctx.fail("ERR Unknown argument " + std::string(ctx.arg(i)));
    }
  }
  auto all = libraries(ctx).all();
  std::erase_if(all, [&](const auto& library) {
    return pattern != nullptr && !base::glob_matches(*pattern, library->name, true);
  });
  ctx.reply().array(static_cast<int64_t>(all.size()));
  for (const auto& library : all) describe(ctx, *library, with_code);
  return Outcome::kDone;
}

// FUNCTION STATS
Outcome stats(CommandContext& ctx) {
  auto& reply = ctx.reply();
  const auto running = ctx.services().scripts.running_function();
  reply.map(2);
  reply.bulk("running_script");
  if (running.name.empty()) {
    reply.null();
  } else {
    reply.map(3);
    reply.bulk("name");
    reply.bulk(running.name);
    reply.bulk("command");
    reply.array(static_cast<int64_t>(running.command.size()));
    for (const std::string& word : running.command) reply.bulk(word);
    reply.bulk("duration_ms");
    reply.integer((ctx.services().clock.steady_us() - running.began_us) / 1000);
  }
  reply.bulk("engines");
  reply.map(1);
  reply.bulk("LUA");
  reply.map(2);
  reply.bulk("libraries_count");
  reply.integer(static_cast<int64_t>(libraries(ctx).library_count()));
  reply.bulk("functions_count");
  reply.integer(static_cast<int64_t>(libraries(ctx).function_count()));
  return Outcome::kDone;
}

// FUNCTION KILL
Outcome kill(CommandContext& ctx) {
  const std::string error = ctx.services().scripts.kill(true);
  if (!error.empty()) return ctx.fail(error);
  ctx.reply().ok();
  return Outcome::kDone;
}

// FUNCTION DUMP
Outcome dump(CommandContext& ctx) {
  ctx.reply().bulk(scripting::dump_codes(libraries(ctx).all()));
  return Outcome::kDone;
}

// FUNCTION RESTORE payload [FLUSH | APPEND | REPLACE]
Outcome restore(CommandContext& ctx) {
  if (ctx.argc() > 4) {
    return ctx.fail("ERR unknown subcommand or wrong number of arguments for '" + std::string(ctx.arg(1)) +
                    "'. Try FUNCTION HELP.");
  }
  Policy policy = Policy::kAppend;
  if (ctx.argc() == 4) {
    if (protocol::equals_ignore_case(ctx.arg(3), "replace")) {
      policy = Policy::kReplace;
    } else if (protocol::equals_ignore_case(ctx.arg(3), "flush")) {
      policy = Policy::kFlush;
    } else if (!protocol::equals_ignore_case(ctx.arg(3), "append")) {
      return ctx.fail("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    }
  }
  const auto codes = scripting::read_codes(ctx.arg(2));
  if (!codes) return ctx.fail("ERR " + codes.error());
  std::string name;
  const std::string error = WorkerScripts::of(ctx).load_libraries(codes.value(), policy, name, true);
  if (!error.empty()) return ctx.fail("ERR " + error);
  ctx.reply().ok();
  return Outcome::kDone;
}

// FUNCTION HELP
Outcome help(CommandContext& ctx) {
  static constexpr Bytes kLines[] = {
      "LOAD [REPLACE] <FUNCTION CODE>",
      "    Create a new library with the given library name and code.",
      "DELETE <LIBRARY NAME>",
      "    Delete the given library.",
      "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
      "    Return general information on all the libraries:",
      "    * Library name",
      "    * The engine used to run the Library",
      "    * Library description",
      "    * Functions list",
      "    * Library code (if WITHCODE is given)",
      "    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
      "STATS",
      "    Return information about the current function running:",
      "    * Function name",
      "    * Command used to run the function",
      "    * Duration in MS that the function is running",
      "    If no function is running, return nil",
      "    In addition, returns a list of available engines.",
      "KILL",
      "    Kill the current running function.",
      "FLUSH [ASYNC|SYNC]",
      "    Delete all the libraries.",
      "    When called without the optional mode argument, the behavior is determined by the",
      "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
      "    * ASYNC: Asynchronously flush the libraries.",
      "    * SYNC: Synchronously flush the libraries.",
      "DUMP",
      "    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command",
      "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
      "    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
      "    control how to handle existing libraries (default APPEND):",
      "    * FLUSH: delete all existing libraries.",
      "    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
      "    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
      "      libraries with the new libraries (notice that even on this option there is a chance of failure",
      "      in case of functions name collision with another library).",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kRun = kNoScript | kStale | kSkipMonitor | kNoMandatoryKeys | kMovableKeys | kRunsScript;
constexpr uint32_t kChange = kWrite | kNoScript;
constexpr KeySpec kNoKeys = keys::walk();  // writes, but no keys: no stripe is held

constexpr CommandSpec kFunctionTable[] = {
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .acl = acl::kScripting, .run = help},
    {.name = "load", .arity = -3, .keys = kNoKeys, .flags = kChange | kDenyOom, .acl = acl::kScripting, .run = load},
    {.name = "delete", .arity = 3, .keys = kNoKeys, .flags = kChange, .acl = acl::kScripting, .run = remove},
    {.name = "flush", .arity = -2, .keys = kNoKeys, .flags = kChange, .acl = acl::kScripting, .run = flush},
    {.name = "restore", .arity = -3, .keys = kNoKeys, .flags = kChange | kDenyOom, .acl = acl::kScripting, .run = restore},
    {.name = "dump", .arity = 2, .flags = kNoScript, .acl = acl::kScripting, .run = dump},
    {.name = "list", .arity = -2, .flags = kNoScript, .acl = acl::kScripting, .run = list},
    {.name = "stats", .arity = 2, .flags = kNoScript | kAllowBusy, .acl = acl::kScripting, .run = stats},
    {.name = "kill", .arity = 2, .flags = kNoScript | kAllowBusy, .acl = acl::kScripting, .run = kill},
};
static_assert(valid(kFunctionTable));

constexpr CommandSpec kTable[] = {
    {.name = "fcall", .arity = -3, .keys = keys::counted(2), .flags = kRun, .acl = acl::kScripting, .run = fcall},
    {.name = "fcall_ro", .arity = -3, .keys = keys::counted(2), .flags = kRun | kReadOnly, .acl = acl::kScripting,
     .run = fcall_ro},
    {.name = "function", .arity = -2, .acl = 0, .subcommands = kFunctionTable},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> function_commands() { return kTable; }

}  // namespace corral::commands

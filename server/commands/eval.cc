// EVAL, EVALSHA, their _RO forms, and SCRIPT.
// Threading: the EVAL family holds the stripes of its declared keys, or all of them; SCRIPT needs none.
// See: server/scripting/README.md.
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"
#include "server/scripting/worker_scripts.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using scripting::WorkerScripts;

// EVAL script numkeys [key …] [arg …]
Outcome eval(CommandContext& ctx) { return WorkerScripts::of(ctx).eval(ctx, false); }
Outcome eval_ro(CommandContext& ctx) { return WorkerScripts::of(ctx).eval(ctx, true); }
// EVALSHA sha1 numkeys [key …] [arg …]
Outcome evalsha(CommandContext& ctx) { return WorkerScripts::of(ctx).eval_sha(ctx, false); }
Outcome evalsha_ro(CommandContext& ctx) { return WorkerScripts::of(ctx).eval_sha(ctx, true); }

// SCRIPT LOAD script
Outcome load(CommandContext& ctx) {
  std::string error;
  const std::string sha = WorkerScripts::of(ctx).load(ctx.arg(2), error);
  if (sha.empty()) return ctx.fail(error);
  ctx.reply().bulk(sha);
  return Outcome::kDone;
}

// SCRIPT EXISTS sha1 [sha1 …]
Outcome exists(CommandContext& ctx) {
  ctx.reply().array(static_cast<int64_t>(ctx.argc() - 2));
  for (size_t i = 2; i < ctx.argc(); ++i) {
    ctx.reply().integer(ctx.services().scripts.scripts.find(ctx.arg(i)) != nullptr ? 1 : 0);
  }
  return Outcome::kDone;
}

// SCRIPT FLUSH [ASYNC | SYNC]: workers drop what they compiled when they next look.
Outcome flush(CommandContext& ctx) {
  const bool option = ctx.argc() == 3 && (protocol::equals_ignore_case(ctx.arg(2), "sync") ||
                                          protocol::equals_ignore_case(ctx.arg(2), "async"));
  if (ctx.argc() > 2 && !option) return ctx.fail("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  ctx.services().scripts.scripts.flush();
  ctx.reply().ok();
  return Outcome::kDone;
}

// SCRIPT KILL
Outcome kill(CommandContext& ctx) {
  const std::string error = ctx.services().scripts.kill(false);
  if (!error.empty()) return ctx.fail(error);
  ctx.reply().ok();
  return Outcome::kDone;
}

// SCRIPT DEBUG YES | SYNC | NO
Outcome debug(CommandContext& ctx) {
  if (protocol::equals_ignore_case(ctx.arg(2), "no")) {
    ctx.reply().ok();
    return Outcome::kDone;
  }
  if (protocol::equals_ignore_case(ctx.arg(2), "yes") || protocol::equals_ignore_case(ctx.arg(2), "sync")) {
    return ctx.fail("ERR the debugger of scripts is not part of this server");
  }
  return ctx.fail("ERR Use SCRIPT DEBUG YES/SYNC/NO");
}

// SCRIPT HELP
Outcome help(CommandContext& ctx) {
  static constexpr Bytes kLines[] = {
      "DEBUG (YES|SYNC|NO)",
      "    Set the debug mode for subsequent scripts executed.",
      "EXISTS <sha1> [<sha1> ...]",
      "    Return information about the existence of the scripts in the script cache.",
      "FLUSH [ASYNC|SYNC]",
      "    Flush the Lua scripts cache. Very dangerous on replicas.",
      "    When called without the optional mode argument, the behavior is determined by the",
      "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
      "    * ASYNC: Asynchronously flush the scripts cache.",
      "    * SYNC: Synchronously flush the scripts cache.",
      "KILL",
      "    Kill the currently executing Lua script.",
      "LOAD <script>",
      "    Load a script into the scripts cache without executing it.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kRun = kNoScript | kStale | kSkipMonitor | kNoMandatoryKeys | kMovableKeys | kRunsScript;

constexpr CommandSpec kScriptTable[] = {
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .acl = acl::kScripting, .run = help},
    {.name = "exists", .arity = -3, .flags = kNoScript, .acl = acl::kScripting, .run = exists},
    {.name = "kill", .arity = 2, .flags = kNoScript | kAllowBusy, .acl = acl::kScripting, .run = kill},
    {.name = "debug", .arity = 3, .flags = kNoScript, .acl = acl::kScripting, .run = debug},
    {.name = "flush", .arity = -2, .flags = kNoScript, .acl = acl::kScripting, .run = flush},
    {.name = "load", .arity = 3, .flags = kNoScript | kStale, .acl = acl::kScripting, .run = load},
};
static_assert(valid(kScriptTable));

constexpr CommandSpec kTable[] = {
    {.name = "eval", .arity = -3, .keys = keys::counted(2), .flags = kRun, .acl = acl::kScripting, .run = eval},
    {.name = "eval_ro", .arity = -3, .keys = keys::counted(2), .flags = kRun | kReadOnly, .acl = acl::kScripting,
     .run = eval_ro},
    {.name = "evalsha", .arity = -3, .keys = keys::counted(2), .flags = kRun, .acl = acl::kScripting, .run = evalsha},
    {.name = "evalsha_ro", .arity = -3, .keys = keys::counted(2), .flags = kRun | kReadOnly, .acl = acl::kScripting,
     .run = evalsha_ro},
    {.name = "script", .arity = -2, .acl = 0, .subcommands = kScriptTable},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> eval_commands() { return kTable; }

}  // namespace corral::commands

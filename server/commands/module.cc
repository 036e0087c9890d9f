// MODULE: there are none, and none can be loaded.
// Threading: any worker; touches no keys.
// See: README.md of this folder, "What is not there yet".
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;

// MODULE LIST
Outcome list(CommandContext& ctx) {
  ctx.reply().array(0);
  return Outcome::kDone;
}

// MODULE LOAD path [arg …], MODULE LOADEX path …, MODULE UNLOAD name
Outcome refuse(CommandContext& ctx) {
  return ctx.fail(
      "ERR MODULE command not allowed: Corral takes no modules, its commands are all built in. COMMAND LIST "
      "names them.");
}

// MODULE HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "LIST",
      "    Name the loaded modules: there are none, and none can be loaded.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kFlags = kAdmin | kNoScript;
constexpr CommandSpec kSubcommands[] = {
    {.name = "list", .arity = 2, .flags = kFlags, .run = list},
    {.name = "load", .arity = -3, .flags = kFlags | kNoAsyncLoading, .run = refuse},
    {.name = "loadex", .arity = -3, .flags = kFlags | kNoAsyncLoading, .run = refuse},
    {.name = "unload", .arity = 3, .flags = kFlags | kNoAsyncLoading, .run = refuse},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "module", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> module_commands() {
  return kTable;
}

}  // namespace corral::commands

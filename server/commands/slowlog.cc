// SLOWLOG: the last commands that took long.
// Threading: any worker; the log has a leaf mutex.
// See: server/metrics/slow_log.h.
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;

// SLOWLOG GET [count]
Outcome get(CommandContext& ctx) {
  int64_t count = 10;
  if (ctx.argc() > 3) {
    return ctx.fail("ERR unknown subcommand or wrong number of arguments for '" + std::string(protocol::c_text(ctx.arg(1).substr(0, 128))) +
                    "'. Try SLOWLOG HELP.");
  }
  if (ctx.argc() == 3) {
    const auto number = protocol::parse_int64(ctx.arg(2));
    if (!number || *number < -1) return ctx.fail("ERR count should be greater than or equal to -1");
    count = *number;
  }
  const auto entries = ctx.services().slow_log.newest(count);
  protocol::ReplyWriter& reply = ctx.reply();
  reply.array(static_cast<int64_t>(entries.size()));
  for (const metrics::SlowCommand& entry : entries) {
    reply.array(6);
    reply.integer(static_cast<int64_t>(entry.id));
    reply.integer(entry.at_seconds);
    reply.integer(entry.duration_us);
    reply.array(static_cast<int64_t>(entry.arguments.size()));
    for (const std::string& argument : entry.arguments) reply.bulk(argument);
    reply.bulk(entry.client_address);
    reply.bulk(entry.client_name);
  }
  return Outcome::kDone;
}

// SLOWLOG LEN
Outcome len(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(ctx.services().slow_log.size()));
  return Outcome::kDone;
}

// SLOWLOG RESET
Outcome reset(CommandContext& ctx) {
  ctx.services().slow_log.clear();
  ctx.reply().ok();
  return Outcome::kDone;
}

// SLOWLOG HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "GET [<count>]",
      "    Answer the newest <count> slow commands (10 by default, -1: all). Each is an",
      "    array of: number, unix time, duration in microseconds, the arguments,",
      "    address and name of the client.",
      "LEN",
      "    Tell how many slow commands are kept.",
      "RESET",
      "    Forget them.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kFlags = kAdmin | kLoading | kStale;
constexpr CommandSpec kSubcommands[] = {
    {.name = "get", .arity = -2, .flags = kFlags, .run = get},
    {.name = "len", .arity = 2, .flags = kFlags, .run = len},
    {.name = "reset", .arity = 2, .flags = kFlags, .run = reset},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "slowlog", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> slowlog_commands() { return kTable; }

}  // namespace corral::commands

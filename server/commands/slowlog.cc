// SLOWLOG and Valkey's COMMANDLOG: the last commands that took long, or had a large request or reply.
// Threading: any worker; each log has a leaf mutex.
// See: server/metrics/slow_log.h.
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;

Outcome answer_entries(CommandContext& ctx, const metrics::CommandLog& log, int64_t count) {
  const auto entries = log.newest(count);
  protocol::ReplyWriter& reply = ctx.reply();
  reply.array(static_cast<int64_t>(entries.size()));
  for (const metrics::LoggedCommand& entry : entries) {
    reply.array(6);
    reply.integer(static_cast<int64_t>(entry.id));
    reply.integer(entry.at_seconds);
    reply.integer(entry.amount);
    reply.array(static_cast<int64_t>(entry.arguments.size()));
    for (const std::string& argument : entry.arguments) reply.bulk(argument);
    reply.bulk(entry.client_address);
    reply.bulk(entry.client_name);
  }
  return Outcome::kDone;
}

Outcome answer_length(CommandContext& ctx, const metrics::CommandLog& log) {
  ctx.reply().integer(static_cast<int64_t>(log.size()));
  return Outcome::kDone;
}

Outcome clear(CommandContext& ctx, metrics::CommandLog& log) {
  log.clear();
  ctx.reply().ok();
  return Outcome::kDone;
}

/// The count at argument 2; false when it is none: then the error is written.
bool read_count(CommandContext& ctx, int64_t& count) {
  const auto number = protocol::parse_int64(ctx.arg(2));
  if (!number || *number < -1) {
    ctx.fail("ERR count should be greater than or equal to -1");
    return false;
  }
  count = *number;
  return true;
}

// --- SLOWLOG ------------------------------------------------------------------------------------------------------

// SLOWLOG GET [count]
Outcome slow_get(CommandContext& ctx) {
  int64_t count = 10;
  if (ctx.argc() > 3) {
    return ctx.fail("ERR unknown subcommand or wrong number of arguments for '" +
                    std::string(protocol::c_text(ctx.arg(1).substr(0, 128))) + "'. Try SLOWLOG HELP.");
  }
  if (ctx.argc() == 3 && !read_count(ctx, count)) return Outcome::kDone;
  return answer_entries(ctx, ctx.services().command_logs.slow, count);
}

// SLOWLOG LEN
Outcome slow_len(CommandContext& ctx) { return answer_length(ctx, ctx.services().command_logs.slow); }

// SLOWLOG RESET
Outcome slow_reset(CommandContext& ctx) { return clear(ctx, ctx.services().command_logs.slow); }

// SLOWLOG HELP
Outcome slow_help(CommandContext& ctx) {
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

// --- COMMANDLOG ---------------------------------------------------------------------------------------------------

/// The log that argument `at` names; null when none: then the error is written.
metrics::CommandLog* named_log(CommandContext& ctx, size_t at) {
  metrics::CommandLogs& logs = ctx.services().command_logs;
  if (equals_ignore_case(ctx.arg(at), "slow")) return &logs.slow;
  if (equals_ignore_case(ctx.arg(at), "large-request")) return &logs.large_requests;
  if (equals_ignore_case(ctx.arg(at), "large-reply")) return &logs.large_replies;
  ctx.fail("ERR type should be one of the following: slow, large-request, large-reply");
  return nullptr;
}

// COMMANDLOG GET count SLOW | LARGE-REQUEST | LARGE-REPLY
Outcome get(CommandContext& ctx) {
  int64_t count = 0;
  if (!read_count(ctx, count)) return Outcome::kDone;
  const metrics::CommandLog* log = named_log(ctx, 3);
  return log == nullptr ? Outcome::kDone : answer_entries(ctx, *log, count);
}

// COMMANDLOG LEN SLOW | LARGE-REQUEST | LARGE-REPLY
Outcome len(CommandContext& ctx) {
  const metrics::CommandLog* log = named_log(ctx, 2);
  return log == nullptr ? Outcome::kDone : answer_length(ctx, *log);
}

// COMMANDLOG RESET SLOW | LARGE-REQUEST | LARGE-REPLY
Outcome reset(CommandContext& ctx) {
  metrics::CommandLog* log = named_log(ctx, 2);
  return log == nullptr ? Outcome::kDone : clear(ctx, *log);
}

// COMMANDLOG HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "GET <count> (SLOW|LARGE-REQUEST|LARGE-REPLY)",
      "    Answer the newest <count> commands of that log (-1: all). Each is an array of:",
      "    number, unix time, duration in microseconds or size in bytes, the arguments,",
      "    address and name of the client.",
      "LEN (SLOW|LARGE-REQUEST|LARGE-REPLY)",
      "    Tell how many commands are kept.",
      "RESET (SLOW|LARGE-REQUEST|LARGE-REPLY)",
      "    Forget them. SLOW is the log of SLOWLOG.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kFlags = kAdmin | kLoading | kStale;
constexpr CommandSpec kSlowSubcommands[] = {
    {.name = "get", .arity = -2, .flags = kFlags, .run = slow_get},
    {.name = "len", .arity = 2, .flags = kFlags, .run = slow_len},
    {.name = "reset", .arity = 2, .flags = kFlags, .run = slow_reset},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = slow_help},
};
static_assert(valid(kSlowSubcommands));
constexpr CommandSpec kSubcommands[] = {
    {.name = "get", .arity = 4, .flags = kFlags, .run = get},
    {.name = "len", .arity = 3, .flags = kFlags, .run = len},
    {.name = "reset", .arity = 3, .flags = kFlags, .run = reset},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {
    {.name = "slowlog", .arity = -2, .subcommands = kSlowSubcommands},
    {.name = "commandlog", .arity = -2, .subcommands = kSubcommands},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> slowlog_commands() { return kTable; }

}  // namespace corral::commands

// Documentation of the commands about the server: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr const char* kCommandTips[] = {"nondeterministic_output_order"};
constexpr ArgumentDoc kCommandDocsArguments[] = {
    {.name = "command-name", .type = "string", .flags = kOptional | kMultiple},
};
constexpr ChangeDoc kCommandInfoHistory[] = {{"7.0.0", "no arguments: all commands"}};
constexpr ArgumentDoc kCommandListFilterbyChoices[] = {
    {.name = "module-name", .type = "string", .token = "MODULE"},
    {.name = "category", .type = "string", .token = "ACLCAT"},
    {.name = "pattern", .type = "pattern", .token = "PATTERN"},
};
constexpr ArgumentDoc kCommandListArguments[] = {
    {.name = "filterby",
     .type = "oneof",
     .token = "FILTERBY",
     .flags = kOptional,
     .children = kCommandListFilterbyChoices},
};
constexpr ChangeDoc kConfigGetHistory[] = {{"7.0.0", "several patterns"}};
constexpr ArgumentDoc kConfigGetParameterChoices[] = {{.name = "parameter", .type = "string"}};
constexpr ArgumentDoc kConfigGetArguments[] = {
    {.name = "parameter", .type = "block", .flags = kMultiple, .children = kConfigGetParameterChoices},
};
constexpr ChangeDoc kConfigSetHistory[] = {{"7.0.0", "several settings"}};
constexpr const char* kConfigSetTips[] = {"request_policy:all_nodes", "response_policy:all_succeeded"};
constexpr ArgumentDoc kConfigSetParameterValueChoices[] = {
    {.name = "parameter", .type = "string"},
    {.name = "value", .type = "string"},
};
constexpr ArgumentDoc kConfigSetArguments[] = {
    {.name = "parameter_value",
     .type = "block",
     .flags = kMultiple,
     .children = kConfigSetParameterValueChoices},
};
constexpr const char* kDbsizeTips[] = {"request_policy:all_shards", "response_policy:agg_sum"};
constexpr ChangeDoc kFlushallHistory[] = {
    {"4.0.0", "ASYNC"},
    {"6.2.0", "SYNC"},
};
constexpr const char* kFlushallTips[] = {"request_policy:all_shards", "response_policy:all_succeeded"};
constexpr ArgumentDoc kFlushallAsyncChoices[] = {
    {.name = "async", .type = "pure-token", .token = "ASYNC", .since = "4.0.0"},
    {.name = "sync", .type = "pure-token", .token = "SYNC", .since = "6.2.0"},
};
constexpr ArgumentDoc kFlushallArguments[] = {
    {.name = "async", .type = "oneof", .flags = kOptional, .children = kFlushallAsyncChoices},
};
constexpr ChangeDoc kInfoHistory[] = {{"7.0.0", "several sections"}};
constexpr const char* kInfoTips[] = {
    "nondeterministic_output",
    "request_policy:all_shards",
    "response_policy:special",
};
constexpr ArgumentDoc kInfoArguments[] = {
    {.name = "section", .type = "string", .flags = kOptional | kMultiple},
};
constexpr const char* kLatencyDoctorTips[] = {
    "nondeterministic_output",
    "request_policy:all_nodes",
    "response_policy:special",
};
constexpr ArgumentDoc kLatencyGraphArguments[] = {{.name = "event", .type = "string"}};
constexpr ArgumentDoc kLatencyHistogramArguments[] = {
    {.name = "command", .type = "string", .flags = kOptional | kMultiple},
};
constexpr ArgumentDoc kLatencyResetArguments[] = {
    {.name = "event", .type = "string", .flags = kOptional | kMultiple},
};
constexpr ArgumentDoc kLolwutArguments[] = {
    {.name = "version", .type = "integer", .token = "VERSION", .flags = kOptional},
};
constexpr ArgumentDoc kMemoryUsageArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "count", .type = "integer", .token = "SAMPLES", .flags = kOptional},
};
constexpr KeySpecDoc kSecondReads[] = {key_at(2, kReads)};
constexpr ChangeDoc kShutdownHistory[] = {{"7.0.0", "NOW, FORCE and ABORT"}};
constexpr ArgumentDoc kShutdownNosaveSaveChoices[] = {
    {.name = "nosave", .type = "pure-token", .token = "NOSAVE"},
    {.name = "save", .type = "pure-token", .token = "SAVE"},
};
constexpr ArgumentDoc kShutdownArguments[] = {
    {.name = "nosave_save", .type = "oneof", .flags = kOptional, .children = kShutdownNosaveSaveChoices},
    {.name = "now", .type = "pure-token", .token = "NOW", .flags = kOptional, .since = "7.0.0"},
    {.name = "force", .type = "pure-token", .token = "FORCE", .flags = kOptional, .since = "7.0.0"},
    {.name = "abort", .type = "pure-token", .token = "ABORT", .flags = kOptional, .since = "7.0.0"},
};
constexpr ChangeDoc kSlowlogGetHistory[] = {{"4.0.0", "address and name of the client"}};
constexpr const char* kSlowlogGetTips[] = {"request_policy:all_nodes", "nondeterministic_output"};
constexpr ArgumentDoc kSlowlogGetArguments[] = {{.name = "count", .type = "integer", .flags = kOptional}};
constexpr const char* kSlowlogLenTips[] = {
    "request_policy:all_nodes",
    "response_policy:agg_sum",
    "nondeterministic_output",
};
constexpr ArgumentDoc kSwapdbArguments[] = {
    {.name = "index1", .type = "integer"},
    {.name = "index2", .type = "integer"},
};
constexpr const char* kTimeTips[] = {"nondeterministic_output"};

constexpr CommandDoc kDocs[] = {
    {.name = "command",
     .summary = "Describes all commands; its sub-commands tell parts of it.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(N), N the commands",
     .tips = kCommandTips},
    {.name = "command|count",
     .summary = "Returns how many commands there are.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "command|docs",
     .summary = "Returns the documentation of commands.",
     .since = "7.0.0",
     .group = "server",
     .complexity = "O(N), N the commands asked for",
     .tips = kCommandTips,
     .arguments = kCommandDocsArguments},
    {.name = "command|getkeys",
     .summary = "Returns which arguments of a given command are keys.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(N), N the arguments of the command"},
    {.name = "command|getkeysandflags",
     .summary = "Returns the keys of a given command and how it uses each.",
     .since = "7.0.0",
     .group = "server",
     .complexity = "O(N), N the arguments of the command"},
    {.name = "command|help",
     .summary = "Lists the sub-commands of COMMAND.",
     .since = "5.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "command|info",
     .summary = "Describes the named commands, or all.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(N), N the commands asked for",
     .history = kCommandInfoHistory,
     .tips = kCommandTips,
     .arguments = kCommandDocsArguments},
    {.name = "command|list",
     .summary = "Returns the names of commands, all or by filter.",
     .since = "7.0.0",
     .group = "server",
     .complexity = "O(N), N the commands",
     .tips = kCommandTips,
     .arguments = kCommandListArguments},
    {.name = "config",
     .summary = "Sub-commands about the settings of the server.",
     .since = "2.0.0",
     .group = "server",
     .complexity = "that of the sub-command"},
    {.name = "config|get",
     .summary = "Returns settings by name or pattern.",
     .since = "2.0.0",
     .group = "server",
     .complexity = "O(N), N the parameters named",
     .history = kConfigGetHistory,
     .arguments = kConfigGetArguments},
    {.name = "config|help",
     .summary = "Lists the sub-commands of CONFIG.",
     .since = "5.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "config|resetstat",
     .summary = "Sets the counters of INFO back to zero.",
     .since = "2.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "config|rewrite",
     .summary = "Writes the settings in force to the configuration file.",
     .since = "2.8.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "config|set",
     .summary = "Changes settings while the server runs.",
     .since = "2.0.0",
     .group = "server",
     .complexity = "O(N), N the parameters named",
     .history = kConfigSetHistory,
     .tips = kConfigSetTips,
     .arguments = kConfigSetArguments},
    {.name = "dbsize",
     .summary = "Returns how many keys the database holds.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kDbsizeTips},
    {.name = "debug",
     .summary = "Sub-commands for finding faults.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "that of the sub-command",
     .flags = kSystemCommand},
    {.name = "flushall",
     .summary = "Removes every key of every database.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(N), N the keys of all databases",
     .history = kFlushallHistory,
     .tips = kFlushallTips,
     .arguments = kFlushallArguments},
    {.name = "flushdb",
     .summary = "Removes every key of this database.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(N), N the keys of the database",
     .history = kFlushallHistory,
     .tips = kFlushallTips,
     .arguments = kFlushallArguments},
    {.name = "info",
     .summary = "Reports the state of the server by sections.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .history = kInfoHistory,
     .tips = kInfoTips,
     .arguments = kInfoArguments},
    {.name = "latency",
     .summary = "Sub-commands about slow events.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "that of the sub-command"},
    {.name = "latency|doctor",
     .summary = "Reports in words on slow events.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kLatencyDoctorTips},
    {.name = "latency|graph",
     .summary = "Draws the latest samples of an event as text.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kLatencyDoctorTips,
     .arguments = kLatencyGraphArguments},
    {.name = "latency|help",
     .summary = "Lists the sub-commands of LATENCY.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "latency|histogram",
     .summary = "Returns how long commands took, as cumulative counts.",
     .since = "7.0.0",
     .group = "server",
     .complexity = "O(N), N the commands asked for",
     .tips = kLatencyDoctorTips,
     .arguments = kLatencyHistogramArguments},
    {.name = "latency|history",
     .summary = "Returns the times and durations recorded for an event.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kLatencyDoctorTips,
     .arguments = kLatencyGraphArguments},
    {.name = "latency|latest",
     .summary = "Returns the newest sample of every event.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kLatencyDoctorTips},
    {.name = "latency|reset",
     .summary = "Forgets the samples of events.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kConfigSetTips,
     .arguments = kLatencyResetArguments},
    {.name = "lolwut",
     .summary = "Shows a small picture and the version.",
     .since = "5.0.0",
     .group = "server",
     .arguments = kLolwutArguments},
    {.name = "memory",
     .summary = "Sub-commands about memory.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "that of the sub-command"},
    {.name = "memory|doctor",
     .summary = "Reports in words on the use of memory.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kInfoTips},
    {.name = "memory|help",
     .summary = "Lists the sub-commands of MEMORY.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "memory|malloc-stats",
     .summary = "Returns what the allocator says about itself.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "grows with the allocated memory",
     .tips = kInfoTips},
    {.name = "memory|purge",
     .summary = "Lets the allocator give unused memory back.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "grows with the allocated memory",
     .tips = kFlushallTips},
    {.name = "memory|stats",
     .summary = "Returns figures on the use of memory.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kInfoTips},
    {.name = "memory|usage",
     .summary = "Returns how many bytes a key and its value take.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(N), N the samples",
     .arguments = kMemoryUsageArguments,
     .key_specs = kSecondReads},
    {.name = "monitor",
     .summary = "Streams every command that the server executes.",
     .since = "1.0.0",
     .group = "server"},
    {.name = "shutdown",
     .summary = "Stops the server.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(N) when saving N keys, otherwise O(1)",
     .history = kShutdownHistory,
     .arguments = kShutdownArguments},
    {.name = "slowlog",
     .summary = "Sub-commands about the log of slow commands.",
     .since = "2.2.12",
     .group = "server",
     .complexity = "that of the sub-command"},
    {.name = "slowlog|get",
     .summary = "Returns entries of the log of slow commands.",
     .since = "2.2.12",
     .group = "server",
     .complexity = "O(N), N the entries returned",
     .history = kSlowlogGetHistory,
     .tips = kSlowlogGetTips,
     .arguments = kSlowlogGetArguments},
    {.name = "slowlog|help",
     .summary = "Lists the sub-commands of SLOWLOG.",
     .since = "6.2.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "slowlog|len",
     .summary = "Returns how many entries the log of slow commands has.",
     .since = "2.2.12",
     .group = "server",
     .complexity = "O(1)",
     .tips = kSlowlogLenTips},
    {.name = "slowlog|reset",
     .summary = "Empties the log of slow commands.",
     .since = "2.2.12",
     .group = "server",
     .complexity = "O(N), N the entries",
     .tips = kConfigSetTips},
    {.name = "swapdb",
     .summary = "Exchanges the contents of two databases.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(N), N the clients that watch or wait for keys of the two",
     .arguments = kSwapdbArguments},
    {.name = "time",
     .summary = "Returns the clock of the server.",
     .since = "2.6.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kTimeTips},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> server_docs() {
  return kDocs;
}

}  // namespace corral::commands

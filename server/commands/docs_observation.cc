// Documentation of what later servers have for watching: COMMANDLOG (Valkey 8.1), HOTKEYS (Redis 8.6).
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;

constexpr const char* kEveryNode[] = {"request_policy:all_nodes", "nondeterministic_output"};
constexpr const char* kLenTips[] = {"request_policy:all_nodes", "response_policy:agg_sum",
                                    "nondeterministic_output"};
constexpr const char* kResetTips[] = {"request_policy:all_nodes", "response_policy:all_succeeded"};
constexpr ArgumentDoc kLogs[] = {
    {.name = "slow", .type = "pure-token", .token = "SLOW"},
    {.name = "large-request", .type = "pure-token", .token = "LARGE-REQUEST"},
    {.name = "large-reply", .type = "pure-token", .token = "LARGE-REPLY"},
};
constexpr ArgumentDoc kLogArguments[] = {{.name = "type", .type = "oneof", .children = kLogs}};
constexpr ArgumentDoc kGetArguments[] = {
    {.name = "count", .type = "integer"},
    {.name = "type", .type = "oneof", .children = kLogs},
};

constexpr ArgumentDoc kMetricChoices[] = {
    {.name = "count", .type = "integer"},
    {.name = "cpu", .type = "pure-token", .token = "CPU", .flags = kOptional},
    {.name = "net", .type = "pure-token", .token = "NET", .flags = kOptional},
    {.name = "reads", .type = "pure-token", .token = "READS", .flags = kOptional},
    {.name = "writes", .type = "pure-token", .token = "WRITES", .flags = kOptional},
};
constexpr ArgumentDoc kStartArguments[] = {
    {.name = "metrics", .type = "block", .token = "METRICS", .children = kMetricChoices},
    {.name = "k", .type = "integer", .token = "COUNT", .flags = kOptional},
    {.name = "seconds", .type = "integer", .token = "DURATION", .flags = kOptional},
    {.name = "ratio", .type = "integer", .token = "SAMPLE", .flags = kOptional},
};

constexpr CommandDoc kDocs[] = {
    {.name = "commandlog",
     .summary = "The last commands that took long, or had a large request or reply.",
     .since = "8.1.0",
     .group = "server",
     .complexity = "That of the sub-command"},
    {.name = "commandlog|get",
     .summary = "Answers commands of a log, the newest first.",
     .since = "8.1.0",
     .group = "server",
     .complexity = "O(N), N the commands answered",
     .tips = kEveryNode,
     .arguments = kGetArguments},
    {.name = "commandlog|help",
     .summary = "Lists the sub-commands.",
     .since = "8.1.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "commandlog|len",
     .summary = "Tells how many commands a log keeps.",
     .since = "8.1.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kLenTips,
     .arguments = kLogArguments},
    {.name = "commandlog|reset",
     .summary = "Empties a log.",
     .since = "8.1.0",
     .group = "server",
     .complexity = "O(N), N the commands kept",
     .tips = kResetTips,
     .arguments = kLogArguments},
    {.name = "hotkeys",
     .summary = "Finds the keys that are accessed most.",
     .since = "8.6.0",
     .group = "server",
     .complexity = "That of the sub-command"},
    {.name = "hotkeys|get",
     .summary = "Answers what was found.",
     .since = "8.6.0",
     .group = "server",
     .complexity = "O(N log N), N the keys that are counted"},
    {.name = "hotkeys|help",
     .summary = "Lists the sub-commands.",
     .since = "8.6.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "hotkeys|reset",
     .summary = "Forgets what was found.",
     .since = "8.6.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "hotkeys|start",
     .summary = "Begins to look.",
     .since = "8.6.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kStartArguments},
    {.name = "hotkeys|stop",
     .summary = "Ends the search; what was found stays.",
     .since = "8.6.0",
     .group = "server",
     .complexity = "O(1)"},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> observation_docs() {
  return kDocs;
}

}  // namespace corral::commands

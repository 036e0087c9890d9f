// Documentation of what later servers have for watching: COMMANDLOG (Valkey 8.1).
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

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
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> observation_docs() {
  return kDocs;
}

}  // namespace corral::commands

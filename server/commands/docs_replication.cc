// Documentation of the commands on replication: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kFailoverTargetArguments[] = {
    {.name = "host", .type = "string"},
    {.name = "port", .type = "integer"},
    {.name = "force", .type = "pure-token", .token = "FORCE", .flags = kOptional},
};
constexpr ArgumentDoc kFailoverArguments[] = {
    {.name = "target",
     .type = "block",
     .token = "TO",
     .flags = kOptional,
     .children = kFailoverTargetArguments},
    {.name = "abort", .type = "pure-token", .token = "ABORT", .flags = kOptional},
    {.name = "milliseconds", .type = "integer", .token = "TIMEOUT", .flags = kOptional},
};
constexpr ArgumentDoc kPsyncArguments[] = {
    {.name = "replicationid", .type = "string"},
    {.name = "offset", .type = "integer"},
};
constexpr ArgumentDoc kReplicaofArgsHostPortArguments[] = {
    {.name = "host", .type = "string"},
    {.name = "port", .type = "integer"},
};
constexpr ArgumentDoc kReplicaofArgsNoOneArguments[] = {
    {.name = "no", .type = "pure-token", .token = "NO"},
    {.name = "one", .type = "pure-token", .token = "ONE"},
};
constexpr ArgumentDoc kReplicaofArgsArguments[] = {
    {.name = "host-port", .type = "block", .children = kReplicaofArgsHostPortArguments},
    {.name = "no-one", .type = "block", .children = kReplicaofArgsNoOneArguments},
};
constexpr ArgumentDoc kReplicaofArguments[] = {
    {.name = "args", .type = "oneof", .children = kReplicaofArgsArguments},
};
constexpr const char* kWaitTips[] = {"request_policy:all_shards", "response_policy:agg_min"};
constexpr ArgumentDoc kWaitArguments[] = {
    {.name = "numreplicas", .type = "integer"},
    {.name = "timeout", .type = "integer"},
};

constexpr CommandDoc kDocs[] = {
    {.name = "failover",
     .summary = "Would hand over to a replica; there is none.",
     .since = "6.2.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kFailoverArguments},
    {.name = "psync",
     .summary = "Asks for the stream of changes; there is none to follow.",
     .since = "2.8.0",
     .group = "server",
     .arguments = kPsyncArguments},
    {.name = "replconf",
     .summary = "How a replica introduces itself; there are none.",
     .since = "3.0.0",
     .group = "server",
     .complexity = "O(1)",
     .flags = kSystemCommand},
    {.name = "replicaof",
     .summary = "Makes the server follow another one, or nobody.",
     .since = "5.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kReplicaofArguments},
    {.name = "role",
     .summary = "Tells the role in replication, which is that of a master.",
     .since = "2.8.12",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "slaveof",
     .summary = "The old name of REPLICAOF.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .flags = kDeprecated,
     .deprecated_since = "5.0.0",
     .replaced_by = "`REPLICAOF`",
     .arguments = kReplicaofArguments},
    {.name = "sync",
     .summary = "Asks for all data and what follows; replication is not there.",
     .since = "1.0.0",
     .group = "server"},
    {.name = "wait",
     .summary = "Waits until so many replicas have what was written.",
     .since = "3.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .tips = kWaitTips,
     .arguments = kWaitArguments},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> replication_docs() {
  return kDocs;
}

}  // namespace corral::commands

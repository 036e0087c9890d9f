// Documentation of the commands on clusters: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kClusterAddslotsArguments[] = {
    {.name = "slot", .type = "integer", .flags = kMultiple},
};
constexpr ArgumentDoc kClusterAddslotsrangeStartSlotEndSlotArguments[] = {
    {.name = "start-slot", .type = "integer"},
    {.name = "end-slot", .type = "integer"},
};
constexpr ArgumentDoc kClusterAddslotsrangeArguments[] = {
    {.name = "start-slot_end-slot",
     .type = "block",
     .flags = kMultiple,
     .children = kClusterAddslotsrangeStartSlotEndSlotArguments},
};
constexpr const char* kClusterBumpepochTips[] = {"nondeterministic_output"};
constexpr const char* kClusterCountFailureReportsTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kClusterCountFailureReportsArguments[] = {
    {.name = "node-id", .type = "string"},
};
constexpr ArgumentDoc kClusterCountkeysinslotArguments[] = {
    {.name = "slot", .type = "integer"},
};
constexpr ArgumentDoc kClusterFailoverOptionsArguments[] = {
    {.name = "force", .type = "pure-token", .token = "FORCE"},
    {.name = "takeover", .type = "pure-token", .token = "TAKEOVER"},
};
constexpr ArgumentDoc kClusterFailoverArguments[] = {
    {.name = "options", .type = "oneof", .flags = kOptional, .children = kClusterFailoverOptionsArguments},
};
constexpr const char* kClusterGetkeysinslotTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kClusterGetkeysinslotArguments[] = {
    {.name = "slot", .type = "integer"},
    {.name = "count", .type = "integer"},
};
constexpr const char* kClusterInfoTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kClusterKeyslotArguments[] = {
    {.name = "key", .type = "string"},
};
constexpr const char* kClusterLinksTips[] = {"nondeterministic_output"};
constexpr ChangeDoc kClusterMeetHistory[] = {
    {"4.0.0", "the port of the bus"},
};
constexpr ArgumentDoc kClusterMeetArguments[] = {
    {.name = "ip", .type = "string"},
    {.name = "port", .type = "integer"},
    {.name = "cluster_bus_port", .type = "integer", .flags = kOptional, .since = "4.0.0"},
};
constexpr const char* kClusterNodesTips[] = {"nondeterministic_output"};
constexpr const char* kClusterReplicasTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kClusterResetHardSoftArguments[] = {
    {.name = "hard", .type = "pure-token", .token = "HARD"},
    {.name = "soft", .type = "pure-token", .token = "SOFT"},
};
constexpr ArgumentDoc kClusterResetArguments[] = {
    {.name = "hard_soft", .type = "oneof", .flags = kOptional, .children = kClusterResetHardSoftArguments},
};
constexpr ArgumentDoc kClusterSetConfigEpochArguments[] = {
    {.name = "config-epoch", .type = "integer"},
};
constexpr ArgumentDoc kClusterSetslotSubcommandArguments[] = {
    {.name = "node-id", .type = "string", .token = "IMPORTING"},
    {.name = "node-id", .type = "string", .token = "MIGRATING"},
    {.name = "node-id", .type = "string", .token = "NODE"},
    {.name = "stable", .type = "pure-token", .token = "STABLE"},
};
constexpr ArgumentDoc kClusterSetslotArguments[] = {
    {.name = "slot", .type = "integer"},
    {.name = "subcommand", .type = "oneof", .children = kClusterSetslotSubcommandArguments},
};
constexpr const char* kClusterShardsTips[] = {"nondeterministic_output"};
constexpr const char* kClusterSlavesTips[] = {"nondeterministic_output"};
constexpr ChangeDoc kClusterSlotsHistory[] = {
    {"4.0.0", "identities of nodes"},
    {"7.0.0", "more about where a node listens"},
};
constexpr const char* kClusterSlotsTips[] = {"nondeterministic_output"};

constexpr CommandDoc kDocs[] = {
    {.name = "asking",
     .summary = "Would let the next request pass a slot that moves.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)"},
    {.name = "cluster",
     .summary = "Everything about clusters, to which the server does not belong.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "That of the sub-command"},
    {.name = "cluster|addslots",
     .summary = "Takes over slots.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(N), N the slots",
     .arguments = kClusterAddslotsArguments},
    {.name = "cluster|addslotsrange",
     .summary = "Takes over ranges of slots.",
     .since = "7.0.0",
     .group = "cluster",
     .complexity = "O(N), N the slots",
     .arguments = kClusterAddslotsrangeArguments},
    {.name = "cluster|bumpepoch",
     .summary = "Raises the epoch of the node.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .tips = kClusterBumpepochTips},
    {.name = "cluster|count-failure-reports",
     .summary = "Tells how many nodes report another as failed.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(N), N the reports",
     .tips = kClusterCountFailureReportsTips,
     .arguments = kClusterCountFailureReportsArguments},
    {.name = "cluster|countkeysinslot",
     .summary = "Tells how many keys a slot has.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .arguments = kClusterCountkeysinslotArguments},
    {.name = "cluster|delslots",
     .summary = "Gives up slots.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(N), N the slots",
     .arguments = kClusterAddslotsArguments},
    {.name = "cluster|delslotsrange",
     .summary = "Gives up ranges of slots.",
     .since = "7.0.0",
     .group = "cluster",
     .complexity = "O(N), N the slots",
     .arguments = kClusterAddslotsrangeArguments},
    {.name = "cluster|failover",
     .summary = "Makes a replica take over from its master.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .arguments = kClusterFailoverArguments},
    {.name = "cluster|flushslots",
     .summary = "Gives up all slots.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)"},
    {.name = "cluster|forget",
     .summary = "Removes a node from those that are known.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .arguments = kClusterCountFailureReportsArguments},
    {.name = "cluster|getkeysinslot",
     .summary = "Lists keys of a slot.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(log(N)), N the keys asked for",
     .tips = kClusterGetkeysinslotTips,
     .arguments = kClusterGetkeysinslotArguments},
    {.name = "cluster|help",
     .summary = "Lists the sub-commands.",
     .since = "5.0.0",
     .group = "cluster",
     .complexity = "O(1)"},
    {.name = "cluster|info",
     .summary = "Tells the state of the cluster.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .tips = kClusterInfoTips},
    {.name = "cluster|keyslot",
     .summary = "Tells the slot of a key.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(N), N the bytes of the key",
     .arguments = kClusterKeyslotArguments},
    {.name = "cluster|links",
     .summary = "Lists the connections to other nodes.",
     .since = "7.0.0",
     .group = "cluster",
     .complexity = "O(N), N the nodes",
     .tips = kClusterLinksTips},
    {.name = "cluster|meet",
     .summary = "Introduces another node.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .history = kClusterMeetHistory,
     .arguments = kClusterMeetArguments},
    {.name = "cluster|myid",
     .summary = "Tells the identity of the node.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)"},
    {.name = "cluster|nodes",
     .summary = "Lists the nodes and their slots.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(N), N the nodes",
     .tips = kClusterNodesTips},
    {.name = "cluster|replicas",
     .summary = "Lists the replicas of a node.",
     .since = "5.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .tips = kClusterReplicasTips,
     .arguments = kClusterCountFailureReportsArguments},
    {.name = "cluster|replicate",
     .summary = "Makes the node a replica of another.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .arguments = kClusterCountFailureReportsArguments},
    {.name = "cluster|reset",
     .summary = "Makes the node forget the cluster.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(N), N the known nodes",
     .arguments = kClusterResetArguments},
    {.name = "cluster|saveconfig",
     .summary = "Writes what is known of the cluster to its file.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)"},
    {.name = "cluster|set-config-epoch",
     .summary = "Sets the epoch of a new node.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .arguments = kClusterSetConfigEpochArguments},
    {.name = "cluster|setslot",
     .summary = "Gives a slot to a node, or marks it as moving.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .arguments = kClusterSetslotArguments},
    {.name = "cluster|shards",
     .summary = "Lists the nodes by what they hold.",
     .since = "7.0.0",
     .group = "cluster",
     .complexity = "O(N), N the nodes",
     .tips = kClusterShardsTips},
    {.name = "cluster|slaves",
     .summary = "The old name of CLUSTER REPLICAS.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)",
     .flags = kDeprecated,
     .deprecated_since = "5.0.0",
     .replaced_by = "`CLUSTER REPLICAS`",
     .tips = kClusterSlavesTips,
     .arguments = kClusterCountFailureReportsArguments},
    {.name = "cluster|slots",
     .summary = "Lists slots with their nodes.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(N), N the nodes",
     .flags = kDeprecated,
     .deprecated_since = "7.0.0",
     .replaced_by = "`CLUSTER SHARDS`",
     .history = kClusterSlotsHistory,
     .tips = kClusterSlotsTips},
    {.name = "readonly",
     .summary = "Would let a cluster's replica answer reads.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)"},
    {.name = "readwrite",
     .summary = "Would end READONLY.",
     .since = "3.0.0",
     .group = "cluster",
     .complexity = "O(1)"},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> cluster_docs() {
  return kDocs;
}

}  // namespace corral::commands

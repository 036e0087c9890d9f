// CLUSTER, READONLY, READWRITE, ASKING: what a redis-server answers that is not part of a cluster.
// Threading: any worker; touches no keys.
// See: README.md of this folder, "What is not there yet".
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;

Outcome refuse(CommandContext& ctx) {
  return ctx.fail("ERR This instance has cluster support disabled");
}

constexpr uint32_t kAsks = kStale;
constexpr uint32_t kAsksAdmin = kAdmin | kStale;
constexpr uint32_t kChanges = kAdmin | kStale | kNoAsyncLoading;
constexpr CommandSpec kSubcommands[] = {
    {.name = "addslots", .arity = -3, .flags = kChanges, .run = refuse},
    {.name = "addslotsrange", .arity = -4, .flags = kChanges, .run = refuse},
    {.name = "bumpepoch", .arity = 2, .flags = kChanges, .run = refuse},
    {.name = "count-failure-reports", .arity = 3, .flags = kAsksAdmin, .run = refuse},
    {.name = "countkeysinslot", .arity = 3, .flags = kAsks, .run = refuse},
    {.name = "delslots", .arity = -3, .flags = kChanges, .run = refuse},
    {.name = "delslotsrange", .arity = -4, .flags = kChanges, .run = refuse},
    {.name = "failover", .arity = -2, .flags = kChanges, .run = refuse},
    {.name = "flushslots", .arity = 2, .flags = kChanges, .run = refuse},
    {.name = "forget", .arity = 3, .flags = kChanges, .run = refuse},
    {.name = "getkeysinslot", .arity = 4, .flags = kAsks, .run = refuse},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = refuse},
    {.name = "info", .arity = 2, .flags = kAsks, .run = refuse},
    {.name = "keyslot", .arity = 3, .flags = kAsks, .run = refuse},
    {.name = "links", .arity = 2, .flags = kAsks, .run = refuse},
    {.name = "meet", .arity = -4, .flags = kChanges, .run = refuse},
    {.name = "myid", .arity = 2, .flags = kAsks, .run = refuse},
    {.name = "nodes", .arity = 2, .flags = kAsks, .run = refuse},
    {.name = "replicas", .arity = 3, .flags = kAsksAdmin, .run = refuse},
    {.name = "replicate", .arity = 3, .flags = kChanges, .run = refuse},
    {.name = "reset", .arity = -2, .flags = kAdmin | kNoScript | kStale, .run = refuse},
    {.name = "saveconfig", .arity = 2, .flags = kChanges, .run = refuse},
    {.name = "set-config-epoch", .arity = 3, .flags = kChanges, .run = refuse},
    {.name = "setslot", .arity = -4, .flags = kChanges, .run = refuse},
    {.name = "shards", .arity = 2, .flags = kAsks, .run = refuse},
    {.name = "slaves", .arity = 3, .flags = kAsksAdmin, .run = refuse},
    {.name = "slots", .arity = 2, .flags = kAsks, .run = refuse},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {
    {.name = "cluster", .arity = -2, .subcommands = kSubcommands},
    {.name = "readonly",
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .acl = acl::kConnection,
     .run = refuse},
    {.name = "readwrite",
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .acl = acl::kConnection,
     .run = refuse},
    {.name = "asking", .arity = 1, .flags = kFast, .acl = acl::kConnection, .run = refuse},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> cluster_commands() {
  return kTable;
}

}  // namespace corral::commands

// Documentation of the commands about connections: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ChangeDoc kAuthHistory[] = {{"6.0.0", "user name before the password"}};
constexpr ArgumentDoc kAuthArguments[] = {
    {.name = "username", .type = "string", .flags = kOptional, .since = "6.0.0"},
    {.name = "password", .type = "string"},
};
constexpr ArgumentDoc kClientCachingModeChoices[] = {
    {.name = "yes", .type = "pure-token", .token = "YES"},
    {.name = "no", .type = "pure-token", .token = "NO"},
};
constexpr ArgumentDoc kClientCachingArguments[] = {
    {.name = "mode", .type = "oneof", .children = kClientCachingModeChoices},
};
constexpr const char* kClientInfoTips[] = {"nondeterministic_output"};
constexpr ChangeDoc kClientKillHistory[] = {
    {"2.8.12", "filters by name and value"},      {"2.8.12", "ID"},   {"3.2.0", "TYPE master"},
    {"5.0.0", "TYPE replica, an alias of slave"}, {"6.2.0", "LADDR"},
};
constexpr ArgumentDoc kClientKillFilterNewFormatNormalMasterSlavePubsubChoices[] = {
    {.name = "normal", .type = "pure-token", .token = "NORMAL"},
    {.name = "master", .type = "pure-token", .token = "MASTER", .since = "3.2.0"},
    {.name = "slave", .type = "pure-token", .token = "SLAVE"},
    {.name = "replica", .type = "pure-token", .token = "REPLICA", .since = "5.0.0"},
    {.name = "pubsub", .type = "pure-token", .token = "PUBSUB"},
};
constexpr ArgumentDoc kClientKillFilterNewFormatChoices[] = {
    {.name = "client-id", .type = "integer", .token = "ID", .flags = kOptional, .since = "2.8.12"},
    {.name = "normal_master_slave_pubsub",
     .type = "oneof",
     .token = "TYPE",
     .flags = kOptional,
     .since = "2.8.12",
     .children = kClientKillFilterNewFormatNormalMasterSlavePubsubChoices},
    {.name = "username", .type = "string", .token = "USER", .flags = kOptional},
    {.name = "ip:port", .type = "string", .token = "ADDR", .flags = kOptional},
    {.name = "ip:port", .type = "string", .token = "LADDR", .flags = kOptional, .since = "6.2.0"},
    {.name = "yes/no", .type = "string", .token = "SKIPME", .flags = kOptional},
};
constexpr ArgumentDoc kClientKillFilterChoices[] = {
    {.name = "ip:port", .type = "string", .deprecated_since = "2.8.12"},
    {.name = "new-format",
     .type = "oneof",
     .flags = kMultiple,
     .children = kClientKillFilterNewFormatChoices},
};
constexpr ArgumentDoc kClientKillArguments[] = {
    {.name = "filter", .type = "oneof", .children = kClientKillFilterChoices},
};
constexpr ChangeDoc kClientListHistory[] = {
    {"2.8.12", "field id"},
    {"5.0.0", "TYPE"},
    {"6.0.0", "field user"},
    {"6.2.0", "fields argv-mem, tot-mem, laddr and redir; ID"},
    {"7.0.0", "fields resp, multi-mem, rbs and rbp"},
    {"7.0.3", "field ssub"},
};
constexpr ArgumentDoc kClientListNormalMasterReplicaPubsubChoices[] = {
    {.name = "normal", .type = "pure-token", .token = "NORMAL"},
    {.name = "master", .type = "pure-token", .token = "MASTER"},
    {.name = "replica", .type = "pure-token", .token = "REPLICA"},
    {.name = "pubsub", .type = "pure-token", .token = "PUBSUB"},
};
constexpr ArgumentDoc kClientListIdChoices[] = {{.name = "client-id", .type = "integer", .flags = kMultiple}};
constexpr ArgumentDoc kClientListArguments[] = {
    {.name = "normal_master_replica_pubsub",
     .type = "oneof",
     .token = "TYPE",
     .flags = kOptional,
     .since = "5.0.0",
     .children = kClientListNormalMasterReplicaPubsubChoices},
    {.name = "id",
     .type = "block",
     .token = "ID",
     .flags = kOptional,
     .since = "6.2.0",
     .children = kClientListIdChoices},
};
constexpr ArgumentDoc kClientNoEvictEnabledChoices[] = {
    {.name = "on", .type = "pure-token", .token = "ON"},
    {.name = "off", .type = "pure-token", .token = "OFF"},
};
constexpr ArgumentDoc kClientNoEvictArguments[] = {
    {.name = "enabled", .type = "oneof", .children = kClientNoEvictEnabledChoices},
};
constexpr ChangeDoc kClientPauseHistory[] = {{"6.2.0", "WRITE and ALL"}};
constexpr ArgumentDoc kClientPauseModeChoices[] = {
    {.name = "write", .type = "pure-token", .token = "WRITE"},
    {.name = "all", .type = "pure-token", .token = "ALL"},
};
constexpr ArgumentDoc kClientPauseArguments[] = {
    {.name = "timeout", .type = "integer"},
    {.name = "mode",
     .type = "oneof",
     .flags = kOptional,
     .since = "6.2.0",
     .children = kClientPauseModeChoices},
};
constexpr ArgumentDoc kClientReplyOnOffSkipChoices[] = {
    {.name = "on", .type = "pure-token", .token = "ON"},
    {.name = "off", .type = "pure-token", .token = "OFF"},
    {.name = "skip", .type = "pure-token", .token = "SKIP"},
};
constexpr ArgumentDoc kClientReplyArguments[] = {
    {.name = "on_off_skip", .type = "oneof", .children = kClientReplyOnOffSkipChoices},
};
constexpr const char* kClientSetinfoTips[] = {"request_policy:all_nodes", "response_policy:all_succeeded"};
constexpr ArgumentDoc kClientSetinfoAttrChoices[] = {
    {.name = "libname", .type = "string", .token = "LIB-NAME"},
    {.name = "libver", .type = "string", .token = "LIB-VER"},
};
constexpr ArgumentDoc kClientSetinfoArguments[] = {
    {.name = "attr", .type = "oneof", .children = kClientSetinfoAttrChoices},
};
constexpr ArgumentDoc kClientSetnameArguments[] = {{.name = "connection-name", .type = "string"}};
constexpr ArgumentDoc kClientTrackingArguments[] = {
    {.name = "status", .type = "oneof", .children = kClientNoEvictEnabledChoices},
    {.name = "client-id", .type = "integer", .token = "REDIRECT", .flags = kOptional},
    {.name = "prefix", .type = "string", .token = "PREFIX", .flags = kOptional | kMultiple | kMultipleToken},
    {.name = "bcast", .type = "pure-token", .token = "BCAST", .flags = kOptional},
    {.name = "optin", .type = "pure-token", .token = "OPTIN", .flags = kOptional},
    {.name = "optout", .type = "pure-token", .token = "OPTOUT", .flags = kOptional},
    {.name = "noloop", .type = "pure-token", .token = "NOLOOP", .flags = kOptional},
};
constexpr ArgumentDoc kClientUnblockTimeoutErrorChoices[] = {
    {.name = "timeout", .type = "pure-token", .token = "TIMEOUT"},
    {.name = "error", .type = "pure-token", .token = "ERROR"},
};
constexpr ArgumentDoc kClientUnblockArguments[] = {
    {.name = "client-id", .type = "integer"},
    {.name = "timeout_error",
     .type = "oneof",
     .flags = kOptional,
     .children = kClientUnblockTimeoutErrorChoices},
};
constexpr ArgumentDoc kEchoArguments[] = {{.name = "message", .type = "string"}};
constexpr ChangeDoc kHelloHistory[] = {{"6.2.0", "no arguments: only the report"}};
constexpr ArgumentDoc kHelloArgumentsUsernamePasswordChoices[] = {
    {.name = "username", .type = "string"},
    {.name = "password", .type = "string"},
};
constexpr ArgumentDoc kHelloArgumentsChoices[] = {
    {.name = "protover", .type = "integer"},
    {.name = "username_password",
     .type = "block",
     .token = "AUTH",
     .flags = kOptional,
     .children = kHelloArgumentsUsernamePasswordChoices},
    {.name = "clientname", .type = "string", .token = "SETNAME", .flags = kOptional},
};
constexpr ArgumentDoc kHelloArguments[] = {
    {.name = "arguments", .type = "block", .flags = kOptional, .children = kHelloArgumentsChoices},
};
constexpr const char* kPingTips[] = {"request_policy:all_shards", "response_policy:all_succeeded"};
constexpr ArgumentDoc kPingArguments[] = {{.name = "message", .type = "string", .flags = kOptional}};
constexpr ArgumentDoc kSelectArguments[] = {{.name = "index", .type = "integer"}};

constexpr CommandDoc kDocs[] = {
    {.name = "auth",
     .summary = "Proves who the client is.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(N), N the passwords of the user",
     .history = kAuthHistory,
     .arguments = kAuthArguments},
    {.name = "client",
     .summary = "Sub-commands about connections.",
     .since = "2.4.0",
     .group = "connection",
     .complexity = "that of the sub-command"},
    {.name = "client|caching",
     .summary = "Says whether the keys of the next command are tracked.",
     .since = "6.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kClientCachingArguments},
    {.name = "client|getname",
     .summary = "Returns the name given to this connection.",
     .since = "2.6.9",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "client|getredir",
     .summary = "Returns which connection gets this one's invalidation messages.",
     .since = "6.0.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "client|help",
     .summary = "Lists the sub-commands of CLIENT.",
     .since = "5.0.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "client|id",
     .summary = "Returns the number of this connection.",
     .since = "5.0.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "client|info",
     .summary = "Describes this connection.",
     .since = "6.2.0",
     .group = "connection",
     .complexity = "O(1)",
     .tips = kClientInfoTips},
    {.name = "client|kill",
     .summary = "Closes connections by address, number or filter.",
     .since = "2.4.0",
     .group = "connection",
     .complexity = "O(N), N the connections",
     .history = kClientKillHistory,
     .arguments = kClientKillArguments},
    {.name = "client|list",
     .summary = "Describes the open connections.",
     .since = "2.4.0",
     .group = "connection",
     .complexity = "O(N), N the connections",
     .history = kClientListHistory,
     .tips = kClientInfoTips,
     .arguments = kClientListArguments},
    {.name = "client|no-evict",
     .summary = "Protects this connection from being closed for want of memory.",
     .since = "7.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kClientNoEvictArguments},
    {.name = "client|no-touch",
     .summary = "Lets reads of this connection leave the last use of keys alone.",
     .since = "7.2.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kClientNoEvictArguments},
    {.name = "client|pause",
     .summary = "Holds back the commands of clients for a while.",
     .since = "2.9.50",
     .group = "connection",
     .complexity = "O(1)",
     .history = kClientPauseHistory,
     .arguments = kClientPauseArguments},
    {.name = "client|reply",
     .summary = "Turns the replies to this connection on, off, or skips one.",
     .since = "3.2.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kClientReplyArguments},
    {.name = "client|setinfo",
     .summary = "Records the name or version of the client library.",
     .since = "7.2.0",
     .group = "connection",
     .complexity = "O(1)",
     .tips = kClientSetinfoTips,
     .arguments = kClientSetinfoArguments},
    {.name = "client|setname",
     .summary = "Names this connection.",
     .since = "2.6.9",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kClientSetnameArguments},
    {.name = "client|tracking",
     .summary = "Has this connection told when what it has read changes.",
     .since = "6.0.0",
     .group = "connection",
     .complexity = "O(1); some options cost more",
     .arguments = kClientTrackingArguments},
    {.name = "client|trackinginfo",
     .summary = "Tells how this connection is tracked.",
     .since = "6.2.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "client|unblock",
     .summary = "Ends the wait of another connection in a blocking command.",
     .since = "5.0.0",
     .group = "connection",
     .complexity = "O(log N), N the connections",
     .arguments = kClientUnblockArguments},
    {.name = "client|unpause",
     .summary = "Lets paused clients go on.",
     .since = "6.2.0",
     .group = "connection",
     .complexity = "O(N), N the paused clients"},
    {.name = "echo",
     .summary = "Returns its argument.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kEchoArguments},
    {.name = "hello",
     .summary = "Chooses the protocol version, and authenticates and names the connection if asked.",
     .since = "6.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .history = kHelloHistory,
     .arguments = kHelloArguments},
    {.name = "ping",
     .summary = "Answers PONG, or the given message.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .tips = kPingTips,
     .arguments = kPingArguments},
    {.name = "quit",
     .summary = "Closes this connection.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "reset",
     .summary = "Puts this connection back into the state of a new one.",
     .since = "6.2.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "select",
     .summary = "Chooses the database of this connection.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kSelectArguments},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> connection_docs() {
  return kDocs;
}

}  // namespace corral::commands

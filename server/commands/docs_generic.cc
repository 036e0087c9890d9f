// Documentation of the commands on keys of any type: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kCopyArguments[] = {
    {.name = "source", .type = "key", .key_spec_index = 0},
    {.name = "destination", .type = "key", .key_spec_index = 1},
    {.name = "destination-db", .type = "integer", .token = "DB", .flags = kOptional},
    {.name = "replace", .type = "pure-token", .token = "REPLACE", .flags = kOptional},
};
constexpr KeySpecDoc kFirstReadsAccessSecondOverwritesUpdate[] = {
    key_at(1, kReads | kAccess),
    key_at(2, kOverwrites | kUpdate),
};
constexpr const char* kDelTips[] = {"request_policy:multi_shard", "response_policy:agg_sum"};
constexpr ArgumentDoc kKeysArgument[] = {
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
};
constexpr KeySpecDoc kAllRemovesDelete[] = {keys_between(1, -1, 1, kRemoves | kDelete)};
constexpr ChangeDoc kExistsHistory[] = {{"3.0.3", "more than one key"}};
constexpr KeySpecDoc kAllReads[] = {keys_between(1, -1, 1, kReads)};
constexpr ChangeDoc kExpireHistory[] = {{"7.0.0", "NX, XX, GT and LT"}};
constexpr ArgumentDoc kExpireConditionChoices[] = {
    {.name = "nx", .type = "pure-token", .token = "NX"},
    {.name = "xx", .type = "pure-token", .token = "XX"},
    {.name = "gt", .type = "pure-token", .token = "GT"},
    {.name = "lt", .type = "pure-token", .token = "LT"},
};
constexpr ArgumentDoc kExpireArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "seconds", .type = "integer"},
    {.name = "condition",
     .type = "oneof",
     .flags = kOptional,
     .since = "7.0.0",
     .children = kExpireConditionChoices},
};
constexpr KeySpecDoc kFirstReadsAndWritesUpdate[] = {key_at(1, kReadsAndWrites | kUpdate)};
constexpr ArgumentDoc kExpireatArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "unix-time-seconds", .type = "unix-time"},
    {.name = "condition",
     .type = "oneof",
     .flags = kOptional,
     .since = "7.0.0",
     .children = kExpireConditionChoices},
};
constexpr ArgumentDoc kKeyArgument[] = {{.name = "key", .type = "key", .key_spec_index = 0}};
constexpr KeySpecDoc kFirstReadsAccess[] = {key_at(1, kReads | kAccess)};
constexpr const char* kKeysTips[] = {"request_policy:all_shards", "nondeterministic_output_order"};
constexpr ArgumentDoc kKeysArguments[] = {{.name = "pattern", .type = "pattern"}};
constexpr ArgumentDoc kMoveArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "db", .type = "integer"},
};
constexpr KeySpecDoc kFirstReadsAndWritesAccessUpdate[] = {key_at(1, kReadsAndWrites | kAccess | kUpdate)};
constexpr const char* kObjectEncodingTips[] = {"nondeterministic_output"};
constexpr KeySpecDoc kSecondReads[] = {key_at(2, kReads)};
constexpr ArgumentDoc kPexpireArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "milliseconds", .type = "integer"},
    {.name = "condition",
     .type = "oneof",
     .flags = kOptional,
     .since = "7.0.0",
     .children = kExpireConditionChoices},
};
constexpr ArgumentDoc kPexpireatArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "unix-time-milliseconds", .type = "unix-time"},
    {.name = "condition",
     .type = "oneof",
     .flags = kOptional,
     .since = "7.0.0",
     .children = kExpireConditionChoices},
};
constexpr ChangeDoc kPttlHistory[] = {{"2.8.0", "-2 for a missing key"}};
constexpr const char* kRandomkeyTips[] = {"request_policy:all_shards", "nondeterministic_output"};
constexpr ArgumentDoc kRenameArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "newkey", .type = "key", .key_spec_index = 1},
};
constexpr KeySpecDoc kFirstReadsAndWritesAccessDeleteSecondOverwritesUpdate[] = {
    key_at(1, kReadsAndWrites | kAccess | kDelete),
    key_at(2, kOverwrites | kUpdate),
};
constexpr ChangeDoc kRenamenxHistory[] = {{"3.2.0", "equal names are no error"}};
constexpr KeySpecDoc kFirstReadsAndWritesAccessDeleteSecondOverwritesInsert[] = {
    key_at(1, kReadsAndWrites | kAccess | kDelete),
    key_at(2, kOverwrites | kInsert),
};
constexpr ChangeDoc kScanHistory[] = {{"6.0.0", "TYPE"}};
constexpr const char* kScanTips[] = {"nondeterministic_output", "request_policy:special"};
constexpr ArgumentDoc kScanArguments[] = {
    {.name = "cursor", .type = "integer"},
    {.name = "pattern", .type = "pattern", .token = "MATCH", .flags = kOptional},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
    {.name = "type", .type = "string", .token = "TYPE", .flags = kOptional, .since = "6.0.0"},
};
constexpr KeySpecDoc kFirstReads[] = {key_at(1, kReads)};

constexpr CommandDoc kDocs[] = {
    {.name = "copy",
     .summary = "Writes the value of one key to another.",
     .since = "6.2.0",
     .group = "generic",
     .complexity = "O(N), N the elements of a collection; O(1) for strings",
     .arguments = kCopyArguments,
     .key_specs = kFirstReadsAccessSecondOverwritesUpdate},
    {.name = "del",
     .summary = "Removes keys.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(N), N the number of keys; O(M) for a collection of M elements, O(1) for a string",
     .tips = kDelTips,
     .arguments = kKeysArgument,
     .key_specs = kAllRemovesDelete},
    {.name = "exists",
     .summary = "Counts how many of the named keys are there.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(N), N the number of keys",
     .history = kExistsHistory,
     .tips = kDelTips,
     .arguments = kKeysArgument,
     .key_specs = kAllReads},
    {.name = "expire",
     .summary = "Lets a key expire after some seconds.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .history = kExpireHistory,
     .arguments = kExpireArguments,
     .key_specs = kFirstReadsAndWritesUpdate},
    {.name = "expireat",
     .summary = "Lets a key expire at a Unix time in seconds.",
     .since = "1.2.0",
     .group = "generic",
     .complexity = "O(1)",
     .history = kExpireHistory,
     .arguments = kExpireatArguments,
     .key_specs = kFirstReadsAndWritesUpdate},
    {.name = "expiretime",
     .summary = "Returns the Unix time in seconds at which a key expires.",
     .since = "7.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAccess},
    {.name = "keys",
     .summary = "Returns all key names that match a pattern.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(N), N the keys of the database",
     .tips = kKeysTips,
     .arguments = kKeysArguments},
    {.name = "move",
     .summary = "Takes a key to another database.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kMoveArguments,
     .key_specs = kFirstReadsAndWritesAccessUpdate},
    {.name = "object",
     .summary = "Sub-commands that look into how a value is held.",
     .since = "2.2.3",
     .group = "generic",
     .complexity = "that of the sub-command"},
    {.name = "object|encoding",
     .summary = "Names the inner form of a value.",
     .since = "2.2.3",
     .group = "generic",
     .complexity = "O(1)",
     .tips = kObjectEncodingTips,
     .arguments = kKeyArgument,
     .key_specs = kSecondReads},
    {.name = "object|freq",
     .summary = "Returns how often a key was used lately, on a logarithmic scale.",
     .since = "4.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .tips = kObjectEncodingTips,
     .arguments = kKeyArgument,
     .key_specs = kSecondReads},
    {.name = "object|help",
     .summary = "Lists the sub-commands of OBJECT.",
     .since = "6.2.0",
     .group = "generic",
     .complexity = "O(1)"},
    {.name = "object|idletime",
     .summary = "Returns the seconds since a key was last used.",
     .since = "2.2.3",
     .group = "generic",
     .complexity = "O(1)",
     .tips = kObjectEncodingTips,
     .arguments = kKeyArgument,
     .key_specs = kSecondReads},
    {.name = "object|refcount",
     .summary = "Returns how many references a value has.",
     .since = "2.2.3",
     .group = "generic",
     .complexity = "O(1)",
     .tips = kObjectEncodingTips,
     .arguments = kKeyArgument,
     .key_specs = kSecondReads},
    {.name = "persist",
     .summary = "Takes the expiry off a key.",
     .since = "2.2.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAndWritesUpdate},
    {.name = "pexpire",
     .summary = "Lets a key expire after some milliseconds.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "O(1)",
     .history = kExpireHistory,
     .arguments = kPexpireArguments,
     .key_specs = kFirstReadsAndWritesUpdate},
    {.name = "pexpireat",
     .summary = "Lets a key expire at a Unix time in milliseconds.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "O(1)",
     .history = kExpireHistory,
     .arguments = kPexpireatArguments,
     .key_specs = kFirstReadsAndWritesUpdate},
    {.name = "pexpiretime",
     .summary = "Returns the Unix time in milliseconds at which a key expires.",
     .since = "7.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAccess},
    {.name = "pttl",
     .summary = "Returns the milliseconds a key has left.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "O(1)",
     .history = kPttlHistory,
     .tips = kObjectEncodingTips,
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAccess},
    {.name = "randomkey",
     .summary = "Returns any one key name.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .tips = kRandomkeyTips},
    {.name = "rename",
     .summary = "Gives a key another name, replacing what had it.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kRenameArguments,
     .key_specs = kFirstReadsAndWritesAccessDeleteSecondOverwritesUpdate},
    {.name = "renamenx",
     .summary = "Gives a key another name unless that one is taken.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .history = kRenamenxHistory,
     .arguments = kRenameArguments,
     .key_specs = kFirstReadsAndWritesAccessDeleteSecondOverwritesInsert},
    {.name = "scan",
     .summary = "Walks over the key names in small steps.",
     .since = "2.8.0",
     .group = "generic",
     .complexity = "O(1) a call, O(N) for the whole walk over N keys",
     .history = kScanHistory,
     .tips = kScanTips,
     .arguments = kScanArguments},
    {.name = "touch",
     .summary = "Counts the named keys that are there and marks them as used now.",
     .since = "3.2.1",
     .group = "generic",
     .complexity = "O(N), N the number of keys",
     .tips = kDelTips,
     .arguments = kKeysArgument,
     .key_specs = kAllReads},
    {.name = "ttl",
     .summary = "Returns the seconds a key has left.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .history = kPttlHistory,
     .tips = kObjectEncodingTips,
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAccess},
    {.name = "type",
     .summary = "Names the type of the value of a key.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReads},
    {.name = "unlink",
     .summary = "Removes keys and frees their memory later.",
     .since = "4.0.0",
     .group = "generic",
     .complexity = "O(1) a key, then O(N) later to free its N allocations",
     .tips = kDelTips,
     .arguments = kKeysArgument,
     .key_specs = kAllRemovesDelete},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> generic_docs() {
  return kDocs;
}

}  // namespace corral::commands

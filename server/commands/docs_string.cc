// Documentation of the commands on strings: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kKeyAndValue[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "value", .type = "string"},
};
constexpr KeySpecDoc kFirstReadsAndWritesInsert[] = {key_at(1, kReadsAndWrites | kInsert)};
constexpr ArgumentDoc kKeyArgument[] = {{.name = "key", .type = "key", .key_spec_index = 0}};
constexpr KeySpecDoc kFirstReadsAndWritesAccessUpdate[] = {key_at(1, kReadsAndWrites | kAccess | kUpdate)};
constexpr ArgumentDoc kDecrbyArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "decrement", .type = "integer"},
};
constexpr KeySpecDoc kFirstReadsAccess[] = {key_at(1, kReads | kAccess)};
constexpr KeySpecDoc kFirstReadsAndWritesAccessDelete[] = {key_at(1, kReadsAndWrites | kAccess | kDelete)};
constexpr ArgumentDoc kGetexExpirationChoices[] = {
    {.name = "seconds", .type = "integer", .token = "EX"},
    {.name = "milliseconds", .type = "integer", .token = "PX"},
    {.name = "unix-time-seconds", .type = "unix-time", .token = "EXAT"},
    {.name = "unix-time-milliseconds", .type = "unix-time", .token = "PXAT"},
    {.name = "persist", .type = "pure-token", .token = "PERSIST"},
};
constexpr ArgumentDoc kGetexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "expiration", .type = "oneof", .flags = kOptional, .children = kGetexExpirationChoices},
};
constexpr KeySpecDoc kFirstReadsAndWritesAccessUpdate2[] = {
    key_at(1, kReadsAndWrites | kAccess | kUpdate, "written because the expiry may change"),
};
constexpr ArgumentDoc kGetrangeArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "start", .type = "integer"},
    {.name = "end", .type = "integer"},
};
constexpr ArgumentDoc kIncrbyArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "increment", .type = "integer"},
};
constexpr ArgumentDoc kIncrbyfloatArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "increment", .type = "double"},
};
constexpr ArgumentDoc kLcsArguments[] = {
    {.name = "key1", .type = "key", .key_spec_index = 0},
    {.name = "key2", .type = "key", .key_spec_index = 0},
    {.name = "len", .type = "pure-token", .token = "LEN", .flags = kOptional},
    {.name = "idx", .type = "pure-token", .token = "IDX", .flags = kOptional},
    {.name = "len", .type = "integer", .token = "MINMATCHLEN", .flags = kOptional},
    {.name = "withmatchlen", .type = "pure-token", .token = "WITHMATCHLEN", .flags = kOptional},
};
constexpr KeySpecDoc kBothReadsAccess[] = {keys_between(1, 1, 1, kReads | kAccess)};
constexpr const char* kMgetTips[] = {"request_policy:multi_shard"};
constexpr ArgumentDoc kKeysArgument[] = {
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
};
constexpr KeySpecDoc kAllReadsAccess[] = {keys_between(1, -1, 1, kReads | kAccess)};
constexpr const char* kMsetTips[] = {"request_policy:multi_shard", "response_policy:all_succeeded"};
constexpr ArgumentDoc kMsetArguments[] = {
    {.name = "key_value", .type = "block", .flags = kMultiple, .children = kKeyAndValue},
};
constexpr KeySpecDoc kEveryOtherOverwritesUpdate[] = {keys_between(1, -1, 2, kOverwrites | kUpdate)};
constexpr const char* kMsetnxTips[] = {"request_policy:multi_shard", "response_policy:agg_min"};
constexpr KeySpecDoc kEveryOtherOverwritesInsert[] = {keys_between(1, -1, 2, kOverwrites | kInsert)};
constexpr ArgumentDoc kPsetexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "milliseconds", .type = "integer"},
    {.name = "value", .type = "string"},
};
constexpr KeySpecDoc kFirstOverwritesUpdate[] = {key_at(1, kOverwrites | kUpdate)};
constexpr ChangeDoc kSetHistory[] = {
    {"2.6.12", "EX, PX, NX and XX"},
    {"6.0.0", "KEEPTTL"},
    {"6.2.0", "GET, EXAT and PXAT"},
    {"7.0.0", "NX together with GET"},
};
constexpr ArgumentDoc kSetConditionChoices[] = {
    {.name = "nx", .type = "pure-token", .token = "NX"},
    {.name = "xx", .type = "pure-token", .token = "XX"},
};
constexpr ArgumentDoc kSetExpirationChoices[] = {
    {.name = "seconds", .type = "integer", .token = "EX", .since = "2.6.12"},
    {.name = "milliseconds", .type = "integer", .token = "PX", .since = "2.6.12"},
    {.name = "unix-time-seconds", .type = "unix-time", .token = "EXAT", .since = "6.2.0"},
    {.name = "unix-time-milliseconds", .type = "unix-time", .token = "PXAT", .since = "6.2.0"},
    {.name = "keepttl", .type = "pure-token", .token = "KEEPTTL", .since = "6.0.0"},
};
constexpr ArgumentDoc kSetArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "value", .type = "string"},
    {.name = "condition",
     .type = "oneof",
     .flags = kOptional,
     .since = "2.6.12",
     .children = kSetConditionChoices},
    {.name = "get", .type = "pure-token", .token = "GET", .flags = kOptional, .since = "6.2.0"},
    {.name = "expiration", .type = "oneof", .flags = kOptional, .children = kSetExpirationChoices},
};
constexpr KeySpecDoc kFirstReadsAndWritesAccessUpdateVariableFlags[] = {
    key_at(1, kReadsAndWrites | kAccess | kUpdate | kVariableFlags, "read as well when GET is given"),
};
constexpr ArgumentDoc kSetexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "seconds", .type = "integer"},
    {.name = "value", .type = "string"},
};
constexpr KeySpecDoc kFirstOverwritesInsert[] = {key_at(1, kOverwrites | kInsert)};
constexpr ArgumentDoc kSetrangeArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "offset", .type = "integer"},
    {.name = "value", .type = "string"},
};
constexpr KeySpecDoc kFirstReadsAndWritesUpdate[] = {key_at(1, kReadsAndWrites | kUpdate)};
constexpr KeySpecDoc kFirstReads[] = {key_at(1, kReads)};

constexpr KeySpecDoc kFirstReadsAndWritesDelete[] = {key_at(1, kReadsAndWrites | kDelete)};
constexpr ArgumentDoc kComparisonChoices[] = {
    {.name = "ifeq-value", .type = "string", .token = "IFEQ"},
    {.name = "ifne-value", .type = "string", .token = "IFNE"},
    {.name = "ifdeq-digest", .type = "string", .token = "IFDEQ"},
    {.name = "ifdne-digest", .type = "string", .token = "IFDNE"},
};
constexpr ArgumentDoc kDelexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "condition", .type = "oneof", .flags = kOptional, .children = kComparisonChoices},
};
constexpr ArgumentDoc kMsetexArguments[] = {
    {.name = "numkeys", .type = "integer"},
    {.name = "data", .type = "block", .flags = kMultiple, .children = kKeyAndValue},
    {.name = "condition", .type = "oneof", .flags = kOptional, .children = kSetConditionChoices},
    {.name = "expiration", .type = "oneof", .flags = kOptional, .children = kSetExpirationChoices},
};
constexpr KeySpecDoc kCountedOverwritesUpdate[] = {
    {.flags = kOverwrites | kUpdate,
     .begin = {.position = 1},
     .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 2, .limit = 1}},
};

constexpr CommandDoc kDocs[] = {
    {.name = "append",
     .summary = "Adds bytes to the end of a string, creating it when missing.",
     .since = "2.0.0",
     .group = "string",
     .complexity = "O(1), amortized O(1) for short additions",
     .arguments = kKeyAndValue,
     .key_specs = kFirstReadsAndWritesInsert},
    {.name = "decr",
     .summary = "Takes one from an integer.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAndWritesAccessUpdate},
    {.name = "decrby",
     .summary = "Takes a given amount from an integer.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kDecrbyArguments,
     .key_specs = kFirstReadsAndWritesAccessUpdate},
    {.name = "delex",
     .summary = "Removes a key if its value, or the digest of it, is as expected.",
     .since = "8.4.0",
     .group = "string",
     .complexity = "O(1) for IFEQ and IFNE, O(N) for IFDEQ and IFDNE, N the length of the string",
     .arguments = kDelexArguments,
     .key_specs = kFirstReadsAndWritesDelete},
    {.name = "delifeq",
     .summary = "Removes a key if its value is as expected (Valkey's form).",
     .since = "9.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyAndValue,
     .key_specs = kFirstReadsAndWritesDelete},
    {.name = "digest",
     .summary = "Returns the digest of a string.",
     .since = "8.4.0",
     .group = "string",
     .complexity = "O(N), N the length of the string",
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAccess},
    {.name = "get",
     .summary = "Returns a string.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAccess},
    {.name = "getdel",
     .summary = "Returns a string and removes its key.",
     .since = "6.2.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAndWritesAccessDelete},
    {.name = "getex",
     .summary = "Returns a string and sets or clears its time to live.",
     .since = "6.2.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kGetexArguments,
     .key_specs = kFirstReadsAndWritesAccessUpdate2},
    {.name = "getrange",
     .summary = "Returns the bytes of a string between two offsets.",
     .since = "2.4.0",
     .group = "string",
     .complexity = "O(N), N the bytes returned; O(1) for short ones",
     .arguments = kGetrangeArguments,
     .key_specs = kFirstReadsAccess},
    {.name = "getset",
     .summary = "Stores a string and returns the one it replaces.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "SET with GET",
     .arguments = kKeyAndValue,
     .key_specs = kFirstReadsAndWritesAccessUpdate},
    {.name = "incr",
     .summary = "Adds one to an integer.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReadsAndWritesAccessUpdate},
    {.name = "incrby",
     .summary = "Adds a given amount to an integer.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kIncrbyArguments,
     .key_specs = kFirstReadsAndWritesAccessUpdate},
    {.name = "incrbyfloat",
     .summary = "Adds a given amount to a floating-point number.",
     .since = "2.6.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kIncrbyfloatArguments,
     .key_specs = kFirstReadsAndWritesAccessUpdate},
    {.name = "lcs",
     .summary = "Finds the longest subsequence that two strings share.",
     .since = "7.0.0",
     .group = "string",
     .complexity = "O(N*M), N and M the lengths of the strings",
     .arguments = kLcsArguments,
     .key_specs = kBothReadsAccess},
    {.name = "mget",
     .summary = "Returns the strings of several keys at once.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(N), N the number of keys",
     .tips = kMgetTips,
     .arguments = kKeysArgument,
     .key_specs = kAllReadsAccess},
    {.name = "mset",
     .summary = "Stores several strings at once.",
     .since = "1.0.1",
     .group = "string",
     .complexity = "O(N), N the number of keys",
     .tips = kMsetTips,
     .arguments = kMsetArguments,
     .key_specs = kEveryOtherOverwritesUpdate},
    {.name = "msetex",
     .summary = "Stores several strings with one condition and one time to live.",
     .since = "8.4.0",
     .group = "string",
     .complexity = "O(N), N the number of keys",
     .arguments = kMsetexArguments,
     .key_specs = kCountedOverwritesUpdate},
    {.name = "msetnx",
     .summary = "Stores several strings, or none if any of the keys is there.",
     .since = "1.0.1",
     .group = "string",
     .complexity = "O(N), N the number of keys",
     .tips = kMsetnxTips,
     .arguments = kMsetArguments,
     .key_specs = kEveryOtherOverwritesInsert},
    {.name = "psetex",
     .summary = "Stores a string with a time to live in milliseconds.",
     .since = "2.6.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kPsetexArguments,
     .key_specs = kFirstOverwritesUpdate},
    {.name = "set",
     .summary = "Stores a string, on conditions and with an expiry if asked.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .history = kSetHistory,
     .arguments = kSetArguments,
     .key_specs = kFirstReadsAndWritesAccessUpdateVariableFlags},
    {.name = "setex",
     .summary = "Stores a string with a time to live in seconds.",
     .since = "2.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kSetexArguments,
     .key_specs = kFirstOverwritesUpdate},
    {.name = "setnx",
     .summary = "Stores a string if the key is not there yet.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyAndValue,
     .key_specs = kFirstOverwritesInsert},
    {.name = "setrange",
     .summary = "Overwrites bytes of a string from an offset on, padding with zeros.",
     .since = "2.2.0",
     .group = "string",
     .complexity =
         "O(1) without the copying, amortized O(1) for short values, else O(M), M the length of the value",
     .arguments = kSetrangeArguments,
     .key_specs = kFirstReadsAndWritesUpdate},
    {.name = "strlen",
     .summary = "Returns how many bytes a string has.",
     .since = "2.2.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyArgument,
     .key_specs = kFirstReads},
    {.name = "substr",
     .summary = "Older name of GETRANGE.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(N), N the bytes returned; O(1) for short ones",
     .flags = kDeprecated,
     .deprecated_since = "2.0.0",
     .replaced_by = "GETRANGE",
     .arguments = kGetrangeArguments,
     .key_specs = kFirstReadsAccess},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> string_docs() {
  return kDocs;
}

}  // namespace corral::commands

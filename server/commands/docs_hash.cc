// Documentation of the commands on hashes: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ChangeDoc kHdelHistory[] = {
    {"2.4.0", "takes several fields"},
};
constexpr ArgumentDoc kHdelArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "field", .type = "string", .flags = kMultiple},
};
constexpr KeySpecDoc kHdelKeys[] = {
    {.flags = kReadsAndWrites | kDelete, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kHexistsArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "field", .type = "string"},
};
constexpr KeySpecDoc kHexistsKeys[] = {
    {.flags = kReads, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr KeySpecDoc kHgetKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr const char* kHgetallTips[] = {"nondeterministic_output_order"};
constexpr ArgumentDoc kHgetallArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
};
constexpr ArgumentDoc kHincrbyArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "field", .type = "string"},
    {.name = "increment", .type = "integer"},
};
constexpr KeySpecDoc kHincrbyKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kHincrbyfloatArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "field", .type = "string"},
    {.name = "increment", .type = "double"},
};
constexpr const char* kHkeysTips[] = {"nondeterministic_output_order"};
constexpr ArgumentDoc kHmsetFieldValueArguments[] = {
    {.name = "field", .type = "string"},
    {.name = "value", .type = "string"},
};
constexpr ArgumentDoc kHmsetArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "field_value", .type = "block", .flags = kMultiple, .children = kHmsetFieldValueArguments},
};
constexpr KeySpecDoc kHmsetKeys[] = {
    {.flags = kReadsAndWrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr const char* kHrandfieldTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kHrandfieldOptionsArguments[] = {
    {.name = "count", .type = "integer"},
    {.name = "withvalues", .type = "pure-token", .token = "WITHVALUES", .flags = kOptional},
};
constexpr ArgumentDoc kHrandfieldArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "options", .type = "block", .flags = kOptional, .children = kHrandfieldOptionsArguments},
};
constexpr const char* kHscanTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kHscanArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "cursor", .type = "integer"},
    {.name = "pattern", .type = "pattern", .token = "MATCH", .flags = kOptional},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr ChangeDoc kHsetHistory[] = {
    {"4.0.0", "takes several pairs"},
};
constexpr ArgumentDoc kHsetnxArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "field", .type = "string"},
    {.name = "value", .type = "string"},
};
constexpr KeySpecDoc kHsetnxKeys[] = {
    {.flags = kReadsAndWrites | kInsert, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr const char* kHvalsTips[] = {"nondeterministic_output_order"};

// Of Redis 7.4 and 8.0.
constexpr ArgumentDoc kFieldsChildren[] = {
    {.name = "numfields", .type = "integer"},
    {.name = "field", .type = "string", .flags = kMultiple},
};
constexpr ArgumentDoc kPairsDataChildren[] = {
    {.name = "field", .type = "string"},
    {.name = "value", .type = "string"},
};
constexpr ArgumentDoc kPairsChildren[] = {
    {.name = "numfields", .type = "integer"},
    {.name = "data", .type = "block", .flags = kMultiple, .children = kPairsDataChildren},
};
constexpr ArgumentDoc kFieldTimeConditions[] = {
    {.name = "nx", .type = "pure-token", .token = "NX"},
    {.name = "xx", .type = "pure-token", .token = "XX"},
    {.name = "gt", .type = "pure-token", .token = "GT"},
    {.name = "lt", .type = "pure-token", .token = "LT"},
};
constexpr ArgumentDoc kFieldConditions[] = {
    {.name = "fnx", .type = "pure-token", .token = "FNX"},
    {.name = "fxx", .type = "pure-token", .token = "FXX"},
};
constexpr ArgumentDoc kGetTimes[] = {
    {.name = "seconds", .type = "integer", .token = "EX"},
    {.name = "milliseconds", .type = "integer", .token = "PX"},
    {.name = "unix-time-seconds", .type = "unix-time", .token = "EXAT"},
    {.name = "unix-time-milliseconds", .type = "unix-time", .token = "PXAT"},
    {.name = "persist", .type = "pure-token", .token = "PERSIST"},
};
constexpr ArgumentDoc kSetTimes[] = {
    {.name = "seconds", .type = "integer", .token = "EX"},
    {.name = "milliseconds", .type = "integer", .token = "PX"},
    {.name = "unix-time-seconds", .type = "unix-time", .token = "EXAT"},
    {.name = "unix-time-milliseconds", .type = "unix-time", .token = "PXAT"},
    {.name = "keepttl", .type = "pure-token", .token = "KEEPTTL"},
};
constexpr ArgumentDoc kFieldListArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "fields", .type = "block", .token = "FIELDS", .children = kFieldsChildren},
};
constexpr ArgumentDoc kHgetexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "expiration", .type = "oneof", .flags = kOptional, .children = kGetTimes},
    {.name = "fields", .type = "block", .token = "FIELDS", .children = kFieldsChildren},
};
constexpr ArgumentDoc kHsetexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "condition", .type = "oneof", .flags = kOptional, .children = kFieldConditions},
    {.name = "expiration", .type = "oneof", .flags = kOptional, .children = kSetTimes},
    {.name = "fields", .type = "block", .token = "FIELDS", .children = kPairsChildren},
};
constexpr ArgumentDoc kHexpireArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "seconds", .type = "integer"},
    {.name = "condition", .type = "oneof", .flags = kOptional, .children = kFieldTimeConditions},
    {.name = "fields", .type = "block", .token = "FIELDS", .children = kFieldsChildren},
};
constexpr ArgumentDoc kHpexpireArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "milliseconds", .type = "integer"},
    {.name = "condition", .type = "oneof", .flags = kOptional, .children = kFieldTimeConditions},
    {.name = "fields", .type = "block", .token = "FIELDS", .children = kFieldsChildren},
};
constexpr ArgumentDoc kHexpireatArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "unix-time-seconds", .type = "unix-time"},
    {.name = "condition", .type = "oneof", .flags = kOptional, .children = kFieldTimeConditions},
    {.name = "fields", .type = "block", .token = "FIELDS", .children = kFieldsChildren},
};
constexpr ArgumentDoc kHpexpireatArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "unix-time-milliseconds", .type = "unix-time"},
    {.name = "condition", .type = "oneof", .flags = kOptional, .children = kFieldTimeConditions},
    {.name = "fields", .type = "block", .token = "FIELDS", .children = kFieldsChildren},
};
constexpr KeySpecDoc kHgetdelKeys[] = {key_at(1, kReadsAndWrites | kAccess | kDelete)};

constexpr CommandDoc kDocs[] = {
    {.name = "hdel",
     .summary = "Removes fields from a hash; the last one takes the key with it.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .history = kHdelHistory,
     .arguments = kHdelArguments,
     .key_specs = kHdelKeys},
    {.name = "hexists",
     .summary = "Whether a field is in a hash.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(1)",
     .arguments = kHexistsArguments,
     .key_specs = kHexistsKeys},
    {.name = "hexpire",
     .summary = "Gives fields of a hash a time to live in seconds.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kHexpireArguments,
     .key_specs = kHmsetKeys},
    {.name = "hexpireat",
     .summary = "Lets fields of a hash expire at a Unix time in seconds.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kHexpireatArguments,
     .key_specs = kHmsetKeys},
    {.name = "hexpiretime",
     .summary = "When fields expire, as a Unix time in seconds.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kFieldListArguments,
     .key_specs = kHgetKeys},
    {.name = "hget",
     .summary = "The value of one field.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(1)",
     .arguments = kHexistsArguments,
     .key_specs = kHgetKeys},
    {.name = "hgetall",
     .summary = "All fields and values of a hash.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(N) for a hash of N fields",
     .tips = kHgetallTips,
     .arguments = kHgetallArguments,
     .key_specs = kHgetKeys},
    {.name = "hgetdel",
     .summary = "The values of fields, which it removes.",
     .since = "8.0.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kFieldListArguments,
     .key_specs = kHgetdelKeys},
    {.name = "hgetex",
     .summary = "The values of fields, whose times to live it may change.",
     .since = "8.0.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kHgetexArguments,
     .key_specs = kHmsetKeys},
    {.name = "hincrby",
     .summary = "Adds to the integer in a field; a missing one counts as 0.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(1)",
     .arguments = kHincrbyArguments,
     .key_specs = kHincrbyKeys},
    {.name = "hincrbyfloat",
     .summary = "Adds to the number in a field; a missing one counts as 0.",
     .since = "2.6.0",
     .group = "hash",
     .complexity = "O(1)",
     .arguments = kHincrbyfloatArguments,
     .key_specs = kHincrbyKeys},
    {.name = "hkeys",
     .summary = "All fields of a hash.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(N) for a hash of N fields",
     .tips = kHkeysTips,
     .arguments = kHgetallArguments,
     .key_specs = kHgetKeys},
    {.name = "hlen",
     .summary = "How many fields a hash has.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(1)",
     .arguments = kHgetallArguments,
     .key_specs = kHexistsKeys},
    {.name = "hmget",
     .summary = "The values of several fields, nil for those that are missing.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kHdelArguments,
     .key_specs = kHgetKeys},
    {.name = "hmset",
     .summary = "Sets several fields and answers OK.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(N) for N pairs",
     .flags = kDeprecated,
     .deprecated_since = "4.0.0",
     .replaced_by = "`HSET` with multiple field-value pairs",
     .arguments = kHmsetArguments,
     .key_specs = kHmsetKeys},
    {.name = "hpersist",
     .summary = "Takes the time to live from fields of a hash.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kFieldListArguments,
     .key_specs = kHmsetKeys},
    {.name = "hpexpire",
     .summary = "Gives fields of a hash a time to live in milliseconds.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kHpexpireArguments,
     .key_specs = kHmsetKeys},
    {.name = "hpexpireat",
     .summary = "Lets fields of a hash expire at a Unix time in milliseconds.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kHpexpireatArguments,
     .key_specs = kHmsetKeys},
    {.name = "hpexpiretime",
     .summary = "When fields expire, as a Unix time in milliseconds.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kFieldListArguments,
     .key_specs = kHgetKeys},
    {.name = "hpttl",
     .summary = "The time to live of fields in milliseconds.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kFieldListArguments,
     .key_specs = kHgetKeys},
    {.name = "hrandfield",
     .summary = "One or several fields chosen at random.",
     .since = "6.2.0",
     .group = "hash",
     .complexity = "O(N) for N fields answered",
     .tips = kHrandfieldTips,
     .arguments = kHrandfieldArguments,
     .key_specs = kHgetKeys},
    {.name = "hscan",
     .summary = "A part of the fields of a hash and a cursor to go on with.",
     .since = "2.8.0",
     .group = "hash",
     .complexity = "O(1) a call, O(N) for a whole hash of N fields",
     .tips = kHscanTips,
     .arguments = kHscanArguments,
     .key_specs = kHgetKeys},
    {.name = "hset",
     .summary = "Sets fields and answers how many are new.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(1) a pair, O(N) for N pairs",
     .history = kHsetHistory,
     .arguments = kHmsetArguments,
     .key_specs = kHmsetKeys},
    {.name = "hsetex",
     .summary = "Sets fields together with their time to live.",
     .since = "8.0.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kHsetexArguments,
     .key_specs = kHmsetKeys},
    {.name = "hsetnx",
     .summary = "Sets a field unless it is there.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(1)",
     .arguments = kHsetnxArguments,
     .key_specs = kHsetnxKeys},
    {.name = "hstrlen",
     .summary = "The length of the value of a field.",
     .since = "3.2.0",
     .group = "hash",
     .complexity = "O(1)",
     .arguments = kHexistsArguments,
     .key_specs = kHexistsKeys},
    {.name = "httl",
     .summary = "The time to live of fields in seconds.",
     .since = "7.4.0",
     .group = "hash",
     .complexity = "O(N) for N fields",
     .arguments = kFieldListArguments,
     .key_specs = kHgetKeys},
    {.name = "hvals",
     .summary = "All values of a hash.",
     .since = "2.0.0",
     .group = "hash",
     .complexity = "O(N) for a hash of N fields",
     .tips = kHvalsTips,
     .arguments = kHgetallArguments,
     .key_specs = kHgetKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> hash_docs() {
  return kDocs;
}

}  // namespace corral::commands

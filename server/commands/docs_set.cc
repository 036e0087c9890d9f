// Documentation of the commands on sets: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ChangeDoc kSaddHistory[] = {
    {"2.4.0", "several members in one call"},
};
constexpr ArgumentDoc kSaddArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "member", .type = "string", .flags = kMultiple},
};
constexpr KeySpecDoc kSaddKeys[] = {
    {.flags = kReadsAndWrites | kInsert, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kScardArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
};
constexpr KeySpecDoc kScardKeys[] = {
    {.flags = kReads, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr const char* kSdiffTips[] = {"nondeterministic_output_order"};
constexpr ArgumentDoc kSdiffArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
};
constexpr KeySpecDoc kSdiffKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = -1, .step = 1}}};
constexpr ArgumentDoc kSdiffstoreArguments[] = {
    {.name = "destination", .type = "key", .key_spec_index = 0},
    {.name = "key", .type = "key", .key_spec_index = 1, .flags = kMultiple},
};
constexpr KeySpecDoc kSdiffstoreKeys[] = {
    {.flags = kOverwrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kReads | kAccess, .begin = {.position = 2}, .find = {.last = -1, .step = 1}}};
constexpr const char* kSinterTips[] = {"nondeterministic_output_order"};
constexpr ArgumentDoc kSintercardArguments[] = {
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "limit", .type = "integer", .token = "LIMIT", .flags = kOptional},
};
constexpr KeySpecDoc kSintercardKeys[] = {
    {.flags = kReads | kAccess,
     .begin = {.position = 1},
     .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr KeySpecDoc kSinterstoreKeys[] = {
    {.flags = kReadsAndWrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kReads | kAccess, .begin = {.position = 2}, .find = {.last = -1, .step = 1}}};
constexpr ArgumentDoc kSismemberArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "member", .type = "string"},
};
constexpr const char* kSmembersTips[] = {"nondeterministic_output_order"};
constexpr KeySpecDoc kSmembersKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kSmoveArguments[] = {
    {.name = "source", .type = "key", .key_spec_index = 0},
    {.name = "destination", .type = "key", .key_spec_index = 1},
    {.name = "member", .type = "string"},
};
constexpr KeySpecDoc kSmoveKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kDelete, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kReadsAndWrites | kInsert, .begin = {.position = 2}, .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kSpopHistory[] = {
    {"3.2.0", "a count may be given"},
};
constexpr const char* kSpopTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kSpopArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "count", .type = "integer", .flags = kOptional, .since = "3.2.0"},
};
constexpr KeySpecDoc kSpopKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kDelete, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kSrandmemberHistory[] = {
    {"2.6.0", "a count may be given"},
};
constexpr const char* kSrandmemberTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kSrandmemberArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "count", .type = "integer", .flags = kOptional, .since = "2.6.0"},
};
constexpr ChangeDoc kSremHistory[] = {
    {"2.4.0", "several members in one call"},
};
constexpr KeySpecDoc kSremKeys[] = {
    {.flags = kReadsAndWrites | kDelete, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr const char* kSscanTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kSscanArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "cursor", .type = "integer"},
    {.name = "pattern", .type = "pattern", .token = "MATCH", .flags = kOptional},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr const char* kSunionTips[] = {"nondeterministic_output_order"};

constexpr CommandDoc kDocs[] = {
    {.name = "sadd",
     .summary = "Adds members to a set, which is made when it is missing.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(1) for each member added, so O(N) for N members",
     .history = kSaddHistory,
     .arguments = kSaddArguments,
     .key_specs = kSaddKeys},
    {.name = "scard",
     .summary = "Tells how many members a set has.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(1)",
     .arguments = kScardArguments,
     .key_specs = kScardKeys},
    {.name = "sdiff",
     .summary = "Returns the members of the first set that no other set has.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(N) with the members of all sets together",
     .tips = kSdiffTips,
     .arguments = kSdiffArguments,
     .key_specs = kSdiffKeys},
    {.name = "sdiffstore",
     .summary = "Stores the members of the first set that no other set has.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(N) with the members of all sets together",
     .arguments = kSdiffstoreArguments,
     .key_specs = kSdiffstoreKeys},
    {.name = "sinter",
     .summary = "Returns the members that all sets have.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(N*M) at worst, with the members of the smallest set and the number of sets",
     .tips = kSinterTips,
     .arguments = kSdiffArguments,
     .key_specs = kSdiffKeys},
    {.name = "sintercard",
     .summary = "Counts the members that all sets have, up to a limit.",
     .since = "7.0.0",
     .group = "set",
     .complexity = "O(N*M) at worst, with the members of the smallest set and the number of sets",
     .arguments = kSintercardArguments,
     .key_specs = kSintercardKeys},
    {.name = "sinterstore",
     .summary = "Stores the members that all sets have.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(N*M) at worst, with the members of the smallest set and the number of sets",
     .arguments = kSdiffstoreArguments,
     .key_specs = kSinterstoreKeys},
    {.name = "sismember",
     .summary = "Tells whether a member is in a set.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(1)",
     .arguments = kSismemberArguments,
     .key_specs = kScardKeys},
    {.name = "smembers",
     .summary = "Returns all members of a set.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(N) with the members of the set",
     .tips = kSmembersTips,
     .arguments = kScardArguments,
     .key_specs = kSmembersKeys},
    {.name = "smismember",
     .summary = "Tells of each of several members whether it is in a set.",
     .since = "6.2.0",
     .group = "set",
     .complexity = "O(N) with the members asked for",
     .arguments = kSaddArguments,
     .key_specs = kSmembersKeys},
    {.name = "smove",
     .summary = "Moves a member from one set to another.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(1)",
     .arguments = kSmoveArguments,
     .key_specs = kSmoveKeys},
    {.name = "spop",
     .summary = "Takes random members out of a set and returns them.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(1) without a count, else O(N) with the count",
     .history = kSpopHistory,
     .tips = kSpopTips,
     .arguments = kSpopArguments,
     .key_specs = kSpopKeys},
    {.name = "srandmember",
     .summary = "Returns random members of a set.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(1) without a count, else O(N) with the absolute count",
     .history = kSrandmemberHistory,
     .tips = kSrandmemberTips,
     .arguments = kSrandmemberArguments,
     .key_specs = kSmembersKeys},
    {.name = "srem",
     .summary = "Removes members from a set, and the set with its last one.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(N) with the members given",
     .history = kSremHistory,
     .arguments = kSaddArguments,
     .key_specs = kSremKeys},
    {.name = "sscan",
     .summary = "Walks over the members of a set in steps.",
     .since = "2.8.0",
     .group = "set",
     .complexity = "O(1) for each call, O(N) for a walk over all N members",
     .tips = kSscanTips,
     .arguments = kSscanArguments,
     .key_specs = kSmembersKeys},
    {.name = "sunion",
     .summary = "Returns the members that any of the sets has.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(N) with the members of all sets together",
     .tips = kSunionTips,
     .arguments = kSdiffArguments,
     .key_specs = kSdiffKeys},
    {.name = "sunionstore",
     .summary = "Stores the members that any of the sets has.",
     .since = "1.0.0",
     .group = "set",
     .complexity = "O(N) with the members of all sets together",
     .arguments = kSdiffstoreArguments,
     .key_specs = kSdiffstoreKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> set_docs() {
  return kDocs;
}

}  // namespace corral::commands

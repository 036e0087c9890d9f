// Documentation of the DUMP and RESTORE: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr const char* kDumpTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kDumpArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
};
constexpr KeySpecDoc kDumpKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kRestoreHistory[] = {
    {"3.0.0", "REPLACE takes the place of an existing key"},
    {"5.0.0", "ABSTTL gives the time itself"},
    {"5.0.0", "IDLETIME and FREQ"},
};
constexpr ArgumentDoc kRestoreArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "ttl", .type = "integer"},
    {.name = "serialized-value", .type = "string"},
    {.name = "replace", .type = "pure-token", .token = "REPLACE", .flags = kOptional, .since = "3.0.0"},
    {.name = "absttl", .type = "pure-token", .token = "ABSTTL", .flags = kOptional, .since = "5.0.0"},
    {.name = "seconds", .type = "integer", .token = "IDLETIME", .flags = kOptional, .since = "5.0.0"},
    {.name = "frequency", .type = "integer", .token = "FREQ", .flags = kOptional, .since = "5.0.0"},
};
constexpr KeySpecDoc kRestoreKeys[] = {
    {.flags = kOverwrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kRestoreAskingHistory[] = {
    {"3.0.0", "REPLACE takes the place of an existing key"},
    {"5.0.0", "ABSTTL gives the time itself"},
    {"5.0.0", "IDLETIME and FREQ"},
};

constexpr CommandDoc kDocs[] = {
    {.name = "dump",
     .summary = "Returns the value of a key as bytes that RESTORE takes.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "O(1) to find the key and O(N*M) to write its N elements of M bytes; O(1)+O(1*M) for a "
                   "short string, so O(1)",
     .tips = kDumpTips,
     .arguments = kDumpArguments,
     .key_specs = kDumpKeys},
    {.name = "restore",
     .summary = "Creates a key from the bytes that DUMP gave.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "O(1) to make the key and O(N*M) to read its N elements of M bytes; O(1)+O(1*M) for a "
                   "short string, so O(1); "
                   "O(N*M*log(N)) for a sorted set, as adding to one is O(log(N))",
     .history = kRestoreHistory,
     .arguments = kRestoreArguments,
     .key_specs = kRestoreKeys},
    {.name = "restore-asking",
     .summary = "RESTORE while a slot moves between nodes.",
     .since = "3.0.0",
     .group = "server",
     .complexity = "O(1) to make the key and O(N*M) to read its N elements of M bytes; O(1)+O(1*M) for a "
                   "short string, so O(1); "
                   "O(N*M*log(N)) for a sorted set, as adding to one is O(log(N))",
     .flags = kSystemCommand,
     .history = kRestoreAskingHistory,
     .arguments = kRestoreArguments,
     .key_specs = kRestoreKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> dump_docs() {
  return kDocs;
}

}  // namespace corral::commands

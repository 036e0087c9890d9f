// Documentation of the commands on persistence, modules and MIGRATE: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ChangeDoc kBgsaveHistory[] = {
    {"3.2.2", "SCHEDULE"},
};
constexpr ArgumentDoc kBgsaveArguments[] = {
    {.name = "schedule", .type = "pure-token", .token = "SCHEDULE", .flags = kOptional, .since = "3.2.2"},
};
constexpr const char* kLastsaveTips[] = {"nondeterministic_output"};
constexpr ChangeDoc kMigrateHistory[] = {
    {"3.0.0", "COPY and REPLACE"},
    {"3.0.6", "KEYS"},
    {"4.0.7", "AUTH"},
    {"6.0.0", "AUTH2"},
};
constexpr const char* kMigrateTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kMigrateKeyOrEmptyStringArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "empty_string", .type = "pure-token", .token = ""},
};
constexpr ArgumentDoc kMigrateAuthenticationUsernamePasswordArguments[] = {
    {.name = "username", .type = "string"},
    {.name = "password", .type = "string"},
};
constexpr ArgumentDoc kMigrateAuthenticationArguments[] = {
    {.name = "password", .type = "string", .token = "AUTH", .flags = kOptional, .since = "4.0.7"},
    {.name = "username_password",
     .type = "block",
     .token = "AUTH2",
     .flags = kOptional,
     .since = "6.0.0",
     .children = kMigrateAuthenticationUsernamePasswordArguments},
};
constexpr ArgumentDoc kMigrateArguments[] = {
    {.name = "host", .type = "string"},
    {.name = "port", .type = "integer"},
    {.name = "key_or_empty_string", .type = "oneof", .children = kMigrateKeyOrEmptyStringArguments},
    {.name = "destination-db", .type = "integer"},
    {.name = "timeout", .type = "integer"},
    {.name = "copy", .type = "pure-token", .token = "COPY", .flags = kOptional, .since = "3.0.0"},
    {.name = "replace", .type = "pure-token", .token = "REPLACE", .flags = kOptional, .since = "3.0.0"},
    {.name = "authentication",
     .type = "oneof",
     .flags = kOptional,
     .children = kMigrateAuthenticationArguments},
    {.name = "key",
     .type = "key",
     .token = "KEYS",
     .key_spec_index = 1,
     .flags = kOptional | kMultiple,
     .since = "3.0.6"},
};
constexpr KeySpecDoc kMigrateKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kDelete, .begin = {.position = 3}, .find = {.last = 0, .step = 1}},
    {.flags = kReadsAndWrites | kAccess | kDelete | kIncomplete,
     .begin = {.position = -2, .keyword = "KEYS"},
     .find = {.last = -1, .step = 1}}};
constexpr const char* kModuleListTips[] = {"nondeterministic_output_order"};
constexpr ArgumentDoc kModuleLoadArguments[] = {
    {.name = "path", .type = "string"},
    {.name = "arg", .type = "string", .flags = kOptional | kMultiple},
};
constexpr ArgumentDoc kModuleLoadexConfigsArguments[] = {
    {.name = "name", .type = "string"},
    {.name = "value", .type = "string"},
};
constexpr ArgumentDoc kModuleLoadexArgsArguments[] = {
    {.name = "arg", .type = "string"},
};
constexpr ArgumentDoc kModuleLoadexArguments[] = {
    {.name = "path", .type = "string"},
    {.name = "configs",
     .type = "block",
     .token = "CONFIG",
     .flags = kOptional | kMultiple | kMultipleToken,
     .children = kModuleLoadexConfigsArguments},
    {.name = "args",
     .type = "block",
     .token = "ARGS",
     .flags = kOptional | kMultiple,
     .children = kModuleLoadexArgsArguments},
};
constexpr ArgumentDoc kModuleUnloadArguments[] = {
    {.name = "name", .type = "string"},
};

constexpr CommandDoc kDocs[] = {
    {.name = "bgrewriteaof",
     .summary = "Would write the append-only file anew; there is none.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "bgsave",
     .summary = "Would save in the background; there is no file.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .history = kBgsaveHistory,
     .arguments = kBgsaveArguments},
    {.name = "lastsave",
     .summary = "Tells when the data was saved last, or the server started.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kLastsaveTips},
    {.name = "migrate",
     .summary = "Moves keys to another server.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "DUMP, RESTORE and DEL of the keys; O(N) to send them",
     .history = kMigrateHistory,
     .tips = kMigrateTips,
     .arguments = kMigrateArguments,
     .key_specs = kMigrateKeys},
    {.name = "module",
     .summary = "Everything about modules, of which there are none.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "That of the sub-command"},
    {.name = "module|help",
     .summary = "Lists the sub-commands.",
     .since = "5.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "module|list",
     .summary = "Lists the loaded modules.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(N), N the modules",
     .tips = kModuleListTips},
    {.name = "module|load",
     .summary = "Would load a module; none can be.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kModuleLoadArguments},
    {.name = "module|loadex",
     .summary = "Would load a module with settings; none can be.",
     .since = "7.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kModuleLoadexArguments},
    {.name = "module|unload",
     .summary = "Would unload a module; there is none.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kModuleUnloadArguments},
    {.name = "save",
     .summary = "Would save at once; there is no file.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(N), N the keys"},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> persistence_docs() {
  return kDocs;
}

}  // namespace corral::commands

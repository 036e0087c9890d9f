// Documentation of ACL: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kAclCatArguments[] = {
    {.name = "categoryname", .type = "string", .flags = kOptional},
};
constexpr ArgumentDoc kAclDeluserArguments[] = {
    {.name = "username", .type = "string", .flags = kMultiple},
};
constexpr ArgumentDoc kAclDryrunArguments[] = {
    {.name = "username", .type = "string"},
    {.name = "command", .type = "string"},
    {.name = "arg", .type = "string", .flags = kOptional | kMultiple},
};
constexpr ArgumentDoc kAclGenpassArguments[] = {
    {.name = "bits", .type = "integer", .flags = kOptional},
};
constexpr ChangeDoc kAclGetuserHistory[] = {
    {"6.2.0", "Shows the channel patterns, too."},
    {"7.0.0", "Shows selectors, and the patterns as one text of rules."},
};
constexpr ArgumentDoc kAclGetuserArguments[] = {
    {.name = "username", .type = "string"},
};
constexpr ArgumentDoc kAclLogOperationArguments[] = {
    {.name = "count", .type = "integer"},
    {.name = "reset", .type = "pure-token", .token = "RESET"},
};
constexpr ArgumentDoc kAclLogArguments[] = {
    {.name = "operation", .type = "oneof", .flags = kOptional, .children = kAclLogOperationArguments},
};
constexpr ChangeDoc kAclSetuserHistory[] = {
    {"6.2.0", "Takes channel patterns."},
    {"7.0.0", "Takes selectors and key patterns for reading or writing only."},
};
constexpr ArgumentDoc kAclSetuserArguments[] = {
    {.name = "username", .type = "string"},
    {.name = "rule", .type = "string", .flags = kOptional | kMultiple},
};

constexpr CommandDoc kDocs[] = {
    {.name = "acl",
     .summary = "Users and what they may do.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "Depends on subcommand."},
    {.name = "acl|cat",
     .summary = "Names the categories, or the commands of one.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1) since the categories and commands are a fixed set.",
     .arguments = kAclCatArguments},
    {.name = "acl|deluser",
     .summary = "Removes users and closes their connections.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1) amortized time considering the typical user.",
     .arguments = kAclDeluserArguments},
    {.name = "acl|dryrun",
     .summary = "Tells whether a user may run a command, without running it.",
     .since = "7.0.0",
     .group = "server",
     .complexity = "O(1).",
     .arguments = kAclDryrunArguments},
    {.name = "acl|genpass",
     .summary = "Makes a random password.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kAclGenpassArguments},
    {.name = "acl|getuser",
     .summary = "Shows the rights of a user.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N). Where N is the number of password, command and pattern rules that the user has.",
     .history = kAclGetuserHistory,
     .arguments = kAclGetuserArguments},
    {.name = "acl|help",
     .summary = "Explains the sub-commands.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "acl|list",
     .summary = "Shows all users as lines of a configuration file.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N). Where N is the number of configured users."},
    {.name = "acl|load",
     .summary = "Replaces the users by those of the ACL file.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N). Where N is the number of configured users."},
    {.name = "acl|log",
     .summary = "Shows what was refused lately, or forgets it.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) with N being the number of entries shown.",
     .arguments = kAclLogArguments},
    {.name = "acl|save",
     .summary = "Writes the users to the ACL file.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N). Where N is the number of configured users."},
    {.name = "acl|setuser",
     .summary = "Makes a user or changes its rights.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N). Where N is the number of rules provided.",
     .history = kAclSetuserHistory,
     .arguments = kAclSetuserArguments},
    {.name = "acl|users",
     .summary = "Names all users.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N). Where N is the number of configured users."},
    {.name = "acl|whoami",
     .summary = "Names the user of this connection.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1)"},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> acl_docs() {
  return kDocs;
}

}  // namespace corral::commands

// Documentation of the scripts and functions: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kEvalArguments[] = {
    {.name = "script", .type = "string"},
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kOptional | kMultiple},
    {.name = "arg", .type = "string", .flags = kOptional | kMultiple},
};
constexpr KeySpecDoc kEvalKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kUpdate, .notes = "a script may do anything with its keys", .begin = {.position = 2}, .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr KeySpecDoc kEvalRoKeys[] = {
    {.flags = kReads | kAccess, .notes = "a script may do anything with its keys", .begin = {.position = 2}, .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr ArgumentDoc kEvalshaArguments[] = {
    {.name = "sha1", .type = "string"},
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kOptional | kMultiple},
    {.name = "arg", .type = "string", .flags = kOptional | kMultiple},
};
constexpr KeySpecDoc kEvalshaKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kUpdate, .begin = {.position = 2}, .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr KeySpecDoc kEvalshaRoKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 2}, .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr ArgumentDoc kFcallArguments[] = {
    {.name = "function", .type = "string"},
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kOptional | kMultiple},
    {.name = "arg", .type = "string", .flags = kOptional | kMultiple},
};
constexpr const char* kFunctionDeleteTips[] = {"request_policy:all_shards", "response_policy:all_succeeded"};
constexpr ArgumentDoc kFunctionDeleteArguments[] = {
    {.name = "library-name", .type = "string"},
};
constexpr const char* kFunctionFlushTips[] = {"request_policy:all_shards", "response_policy:all_succeeded"};
constexpr ArgumentDoc kFunctionFlushAsyncArguments[] = {
    {.name = "async", .type = "pure-token", .token = "ASYNC"},
    {.name = "sync", .type = "pure-token", .token = "SYNC"},
};
constexpr ArgumentDoc kFunctionFlushArguments[] = {
    {.name = "async", .type = "oneof", .flags = kOptional, .children = kFunctionFlushAsyncArguments},
};
constexpr const char* kFunctionKillTips[] = {"request_policy:all_shards", "response_policy:one_succeeded"};
constexpr const char* kFunctionListTips[] = {"nondeterministic_output_order"};
constexpr ArgumentDoc kFunctionListArguments[] = {
    {.name = "library-name-pattern", .type = "string", .token = "LIBRARYNAME", .flags = kOptional},
    {.name = "withcode", .type = "pure-token", .token = "WITHCODE", .flags = kOptional},
};
constexpr const char* kFunctionLoadTips[] = {"request_policy:all_shards", "response_policy:all_succeeded"};
constexpr ArgumentDoc kFunctionLoadArguments[] = {
    {.name = "replace", .type = "pure-token", .token = "REPLACE", .flags = kOptional},
    {.name = "function-code", .type = "string"},
};
constexpr const char* kFunctionRestoreTips[] = {"request_policy:all_shards", "response_policy:all_succeeded"};
constexpr ArgumentDoc kFunctionRestorePolicyArguments[] = {
    {.name = "flush", .type = "pure-token", .token = "FLUSH"},
    {.name = "append", .type = "pure-token", .token = "APPEND"},
    {.name = "replace", .type = "pure-token", .token = "REPLACE"},
};
constexpr ArgumentDoc kFunctionRestoreArguments[] = {
    {.name = "serialized-value", .type = "string"},
    {.name = "policy", .type = "oneof", .flags = kOptional, .children = kFunctionRestorePolicyArguments},
};
constexpr const char* kFunctionStatsTips[] = {"nondeterministic_output", "request_policy:all_shards", "response_policy:special"};
constexpr ArgumentDoc kScriptDebugModeArguments[] = {
    {.name = "yes", .type = "pure-token", .token = "YES"},
    {.name = "sync", .type = "pure-token", .token = "SYNC"},
    {.name = "no", .type = "pure-token", .token = "NO"},
};
constexpr ArgumentDoc kScriptDebugArguments[] = {
    {.name = "mode", .type = "oneof", .children = kScriptDebugModeArguments},
};
constexpr const char* kScriptExistsTips[] = {"request_policy:all_shards", "response_policy:agg_logical_and"};
constexpr ArgumentDoc kScriptExistsArguments[] = {
    {.name = "sha1", .type = "string", .flags = kMultiple},
};
constexpr ChangeDoc kScriptFlushHistory[] = {
    {"6.2.0", "takes ASYNC and SYNC"},
};
constexpr const char* kScriptFlushTips[] = {"request_policy:all_nodes", "response_policy:all_succeeded"};
constexpr ArgumentDoc kScriptFlushArguments[] = {
    {.name = "async", .type = "oneof", .flags = kOptional, .since = "6.2.0", .children = kFunctionFlushAsyncArguments},
};
constexpr const char* kScriptKillTips[] = {"request_policy:all_shards", "response_policy:one_succeeded"};
constexpr const char* kScriptLoadTips[] = {"request_policy:all_nodes", "response_policy:all_succeeded"};
constexpr ArgumentDoc kScriptLoadArguments[] = {
    {.name = "script", .type = "string"},
};

constexpr CommandDoc kDocs[] = {
    {.name = "eval",
     .summary = "Runs a script.",
     .since = "2.6.0",
     .group = "scripting",
     .complexity = "that of the script",
     .arguments = kEvalArguments,
     .key_specs = kEvalKeys},
    {.name = "eval_ro",
     .summary = "Runs a script that may not write.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "that of the script",
     .arguments = kEvalArguments,
     .key_specs = kEvalRoKeys},
    {.name = "evalsha",
     .summary = "Runs a script that is known, by its SHA1.",
     .since = "2.6.0",
     .group = "scripting",
     .complexity = "that of the script",
     .arguments = kEvalshaArguments,
     .key_specs = kEvalshaKeys},
    {.name = "evalsha_ro",
     .summary = "Runs a script that is known, by its SHA1, and may not write.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "that of the script",
     .arguments = kEvalshaArguments,
     .key_specs = kEvalshaRoKeys},
    {.name = "fcall",
     .summary = "Runs a function of a library.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "that of the function",
     .arguments = kFcallArguments,
     .key_specs = kEvalKeys},
    {.name = "fcall_ro",
     .summary = "Runs a function of a library, which may not write.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "that of the function",
     .arguments = kFcallArguments,
     .key_specs = kEvalRoKeys},
    {.name = "function",
     .summary = "Has sub-commands for libraries of functions.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "that of the sub-command"},
    {.name = "function|delete",
     .summary = "Removes a library with its functions.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(1)",
     .tips = kFunctionDeleteTips,
     .arguments = kFunctionDeleteArguments},
    {.name = "function|dump",
     .summary = "Packs all libraries into one value.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(N), N the libraries"},
    {.name = "function|flush",
     .summary = "Removes all libraries.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(N), N the functions",
     .tips = kFunctionFlushTips,
     .arguments = kFunctionFlushArguments},
    {.name = "function|help",
     .summary = "Lists the sub-commands.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(1)"},
    {.name = "function|kill",
     .summary = "Ends the function that has run for too long.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(1)",
     .tips = kFunctionKillTips},
    {.name = "function|list",
     .summary = "Shows libraries and their functions.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(N), N the functions",
     .tips = kFunctionListTips,
     .arguments = kFunctionListArguments},
    {.name = "function|load",
     .summary = "Makes a library from its code.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(1), besides compiling",
     .tips = kFunctionLoadTips,
     .arguments = kFunctionLoadArguments},
    {.name = "function|restore",
     .summary = "Unpacks libraries that FUNCTION DUMP packed.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(N), N the libraries",
     .tips = kFunctionRestoreTips,
     .arguments = kFunctionRestoreArguments},
    {.name = "function|stats",
     .summary = "Shows the function that runs, and how many there are.",
     .since = "7.0.0",
     .group = "scripting",
     .complexity = "O(1)",
     .tips = kFunctionStatsTips},
    {.name = "script",
     .summary = "Has sub-commands for scripts.",
     .since = "2.6.0",
     .group = "scripting",
     .complexity = "that of the sub-command"},
    {.name = "script|debug",
     .summary = "Turns the debugger of scripts on or off.",
     .since = "3.2.0",
     .group = "scripting",
     .complexity = "O(1)",
     .arguments = kScriptDebugArguments},
    {.name = "script|exists",
     .summary = "Tells which scripts are known.",
     .since = "2.6.0",
     .group = "scripting",
     .complexity = "O(N), N the scripts asked for: O(1) for one",
     .tips = kScriptExistsTips,
     .arguments = kScriptExistsArguments},
    {.name = "script|flush",
     .summary = "Forgets all scripts.",
     .since = "2.6.0",
     .group = "scripting",
     .complexity = "O(N), N the scripts",
     .history = kScriptFlushHistory,
     .tips = kScriptFlushTips,
     .arguments = kScriptFlushArguments},
    {.name = "script|help",
     .summary = "Lists the sub-commands.",
     .since = "5.0.0",
     .group = "scripting",
     .complexity = "O(1)"},
    {.name = "script|kill",
     .summary = "Ends the script that has run for too long.",
     .since = "2.6.0",
     .group = "scripting",
     .complexity = "O(1)",
     .tips = kScriptKillTips},
    {.name = "script|load",
     .summary = "Makes a script known without running it.",
     .since = "2.6.0",
     .group = "scripting",
     .complexity = "O(N), N its length",
     .tips = kScriptLoadTips,
     .arguments = kScriptLoadArguments},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> scripting_docs() {
  return kDocs;
}

}  // namespace corral::commands

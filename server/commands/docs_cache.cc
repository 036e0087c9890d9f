// Documentation of our own commands, CACHE.*: arguments, keys, versions (Corral's, not Redis's).
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;

constexpr const char* kDependsOnTime[] = {"nondeterministic_output"};
constexpr ArgumentDoc kKeyArgument[] = {{.name = "key", .type = "key", .key_spec_index = 0}};
constexpr KeySpecDoc kFirstReadsAccess[] = {key_at(1, kReads | kAccess)};
constexpr KeySpecDoc kFirstReads[] = {key_at(1, kReads)};
constexpr KeySpecDoc kFirstOverwritesUpdate[] = {key_at(1, kOverwrites | kUpdate)};
constexpr ArgumentDoc kCacheGetArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "wait", .type = "integer", .token = "WAIT", .flags = kOptional},
    {.name = "fresh", .type = "pure-token", .token = "FRESH", .flags = kOptional},
    {.name = "meta", .type = "pure-token", .token = "META", .flags = kOptional},
};
constexpr KeySpecDoc kCacheInvalidateKeys[] = {
    {.flags = kReadsAndWrites | kUpdate,
     .begin = {.position = 1, .keyword = "KEY"},
     .find = {.last = -1, .step = 1}},
};
constexpr ArgumentDoc kCacheInvalidateWhatChoices[] = {
    {.name = "key", .type = "key", .token = "KEY", .key_spec_index = 0, .flags = kMultiple},
    {.name = "tag", .type = "string", .token = "TAG", .flags = kMultiple},
    {.name = "prefix", .type = "string", .token = "PREFIX", .flags = kMultiple},
};
constexpr ArgumentDoc kCacheInvalidateArguments[] = {
    {.name = "hard", .type = "pure-token", .token = "HARD", .flags = kOptional},
    {.name = "what", .type = "oneof", .children = kCacheInvalidateWhatChoices},
};
constexpr ArgumentDoc kCachePolicySetChoices[] = {
    {.name = "name", .type = "string"},
    {.name = "word", .type = "string", .flags = kMultiple},
};
constexpr ArgumentDoc kCachePolicyActionChoices[] = {
    {.name = "set", .type = "block", .token = "SET", .children = kCachePolicySetChoices},
    {.name = "get", .type = "string", .token = "GET"},
    {.name = "del", .type = "string", .token = "DEL"},
    {.name = "list", .type = "pure-token", .token = "LIST"},
};
constexpr ArgumentDoc kCachePolicyArguments[] = {
    {.name = "action", .type = "oneof", .children = kCachePolicyActionChoices},
};
constexpr ArgumentDoc kCacheReleaseArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "token", .type = "integer"},
    {.name = "negative", .type = "integer", .token = "NEGATIVE", .flags = kOptional},
};
constexpr ArgumentDoc kCacheSetExpirationChoices[] = {
    {.name = "seconds", .type = "integer", .token = "EX"},
    {.name = "milliseconds", .type = "integer", .token = "PX"},
};
constexpr ArgumentDoc kCacheSetTagsChoices[] = {
    {.name = "count", .type = "integer"},
    {.name = "tag", .type = "string", .flags = kMultiple},
};
constexpr ArgumentDoc kCacheSetArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "value", .type = "string"},
    {.name = "token", .type = "integer"},
    {.name = "expiration", .type = "oneof", .flags = kOptional, .children = kCacheSetExpirationChoices},
    {.name = "stale", .type = "integer", .token = "STALE", .flags = kOptional},
    {.name = "tags", .type = "block", .token = "TAGS", .flags = kOptional, .children = kCacheSetTagsChoices},
};
constexpr ArgumentDoc kCacheOriginArguments[] = {{.name = "verb", .type = "string"},
                                                  {.name = "name", .type = "string", .flags = kOptional},
                                                  {.name = "mode", .type = "string", .flags = kOptional}};
constexpr ArgumentDoc kCacheStatsArguments[] = {{.name = "policy", .type = "string", .flags = kOptional}};

constexpr CommandDoc kDocs[] = {
    {.name = "cache.explain",
     .summary = "Tells which policy, times and lease a key has, and why its last read got what it got.",
     .since = "0.1.0",
     .group = "cache",
     .complexity = "O(1)",
     .tips = kDependsOnTime,
     .arguments = kKeyArgument,
     .key_specs = kFirstReads},
    {.name = "cache.get",
     .summary = "Returns a string with its age, or the lease to fill it, or waits for whoever fills it.",
     .since = "0.1.0",
     .group = "cache",
     .complexity = "O(1)",
     .tips = kDependsOnTime,
     .arguments = kCacheGetArguments,
     .key_specs = kFirstReadsAccess},
    {.name = "cache.invalidate",
     .summary = "Makes keys, or all keys of a tag or prefix, due for a new fill.",
     .since = "0.1.0",
     .group = "cache",
     .complexity = "O(N), N the names given, however many keys have them",
     .arguments = kCacheInvalidateArguments,
     .key_specs = kCacheInvalidateKeys},
    {.name = "cache.origin",
     .summary = "Lists the origins, tells how one does, or sets its breakers by hand.",
     .since = "0.1.0",
     .group = "cache",
     .complexity = "O(N), N the origins",
     .tips = kDependsOnTime,
     .arguments = kCacheOriginArguments},
    {.name = "cache.policy",
     .summary = "Sets, shows, removes or lists the policies of protection.",
     .since = "0.1.0",
     .group = "cache",
     .complexity = "O(N), N the policies",
     .arguments = kCachePolicyArguments},
    {.name = "cache.release",
     .summary = "Gives a lease back without a value.",
     .since = "0.1.0",
     .group = "cache",
     .complexity = "O(1)",
     .arguments = kCacheReleaseArguments,
     .key_specs = kFirstReads},
    {.name = "cache.set",
     .summary = "Stores a string if the lease is still good.",
     .since = "0.1.0",
     .group = "cache",
     .complexity = "O(1)",
     .arguments = kCacheSetArguments,
     .key_specs = kFirstOverwritesUpdate},
    {.name = "cache.stats",
     .summary = "Returns the figures of one policy, or of all.",
     .since = "0.1.0",
     .group = "cache",
     .complexity = "O(N), N the policies",
     .tips = kDependsOnTime,
     .arguments = kCacheStatsArguments},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> cache_docs() {
  return kDocs;
}

}  // namespace corral::commands

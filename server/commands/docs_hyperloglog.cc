// Documentation of the commands on HyperLogLogs: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kPfaddArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "element", .type = "string", .flags = kOptional | kMultiple}};
constexpr KeySpecDoc kPfaddKeys[] = {key_at(1, kReadsAndWrites | kInsert)};
constexpr ArgumentDoc kPfcountArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple}};
constexpr KeySpecDoc kPfcountKeys[] = {
    keys_between(1, -1, 1, kReadsAndWrites | kAccess, "written because the cached estimate may change")};
constexpr ArgumentDoc kPfdebugArguments[] = {{.name = "subcommand", .type = "string"},
                                             {.name = "key", .type = "key", .key_spec_index = 0}};
constexpr KeySpecDoc kPfdebugKeys[] = {key_at(2, kReadsAndWrites | kAccess)};
constexpr ArgumentDoc kPfmergeArguments[] = {
    {.name = "destkey", .type = "key", .key_spec_index = 0},
    {.name = "sourcekey", .type = "key", .key_spec_index = 1, .flags = kMultiple}};
constexpr KeySpecDoc kPfmergeKeys[] = {key_at(1, kReadsAndWrites | kAccess | kInsert),
                                       keys_between(2, -1, 1, kReads | kAccess)};

constexpr CommandDoc kDocs[] = {
    {.name = "pfadd",
     .summary = "Adds elements to a HyperLogLog, creating it when missing.",
     .since = "2.8.9",
     .group = "hyperloglog",
     .complexity = "O(1) for each element",
     .arguments = kPfaddArguments,
     .key_specs = kPfaddKeys},
    {.name = "pfcount",
     .summary =
         "Estimates how many different elements were added to one HyperLogLog, or to several together.",
     .since = "2.8.9",
     .group = "hyperloglog",
     .complexity = "O(1) with a small constant for one key; O(N) with a large one for N keys",
     .arguments = kPfcountArguments,
     .key_specs = kPfcountKeys},
    {.name = "pfdebug",
     .summary = "Shows the inside of a HyperLogLog.",
     .since = "2.8.9",
     .group = "hyperloglog",
     .complexity = "that of what is asked for",
     .flags = kSystemCommand,
     .arguments = kPfdebugArguments,
     .key_specs = kPfdebugKeys},
    {.name = "pfmerge",
     .summary = "Merges HyperLogLogs into one.",
     .since = "2.8.9",
     .group = "hyperloglog",
     .complexity = "O(N), N the number of keys, with a large constant",
     .arguments = kPfmergeArguments,
     .key_specs = kPfmergeKeys},
    {.name = "pfselftest",
     .summary = "Checks the estimator against known sets.",
     .since = "2.8.9",
     .group = "hyperloglog",
     .complexity = "that of what is asked for",
     .flags = kSystemCommand},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> hyperloglog_docs() {
  return kDocs;
}

}  // namespace corral::commands

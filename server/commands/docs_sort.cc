// Documentation of the commands SORT and SORT_RO: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kSortOffsetCountArguments[] = {
    {.name = "offset", .type = "integer"},
    {.name = "count", .type = "integer"},
};
constexpr ArgumentDoc kSortOrderArguments[] = {
    {.name = "asc", .type = "pure-token", .token = "ASC"},
    {.name = "desc", .type = "pure-token", .token = "DESC"},
};
constexpr ArgumentDoc kSortArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "pattern", .type = "pattern", .token = "BY", .key_spec_index = 1, .flags = kOptional},
    {.name = "offset_count",
     .type = "block",
     .token = "LIMIT",
     .flags = kOptional,
     .children = kSortOffsetCountArguments},
    {.name = "pattern",
     .type = "pattern",
     .token = "GET",
     .key_spec_index = 1,
     .flags = kOptional | kMultiple | kMultipleToken},
    {.name = "order", .type = "oneof", .flags = kOptional, .children = kSortOrderArguments},
    {.name = "sorting", .type = "pure-token", .token = "ALPHA", .flags = kOptional},
    {.name = "destination", .type = "key", .token = "STORE", .key_spec_index = 2, .flags = kOptional},
};
constexpr KeySpecDoc kSortKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kReads | kAccess,
     .notes = "BY and GET name keys by what the key holds",
     .find = {.kind = KeyFind::Kind::kUnknown}},
    {.flags = kOverwrites | kUpdate,
     .notes = "STORE may stand anywhere among the words",
     .begin = {.position = 2},
     .find = {.kind = KeyFind::Kind::kUnknown}}};
constexpr ArgumentDoc kSortRoArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "pattern", .type = "pattern", .token = "BY", .key_spec_index = 1, .flags = kOptional},
    {.name = "offset_count",
     .type = "block",
     .token = "LIMIT",
     .flags = kOptional,
     .children = kSortOffsetCountArguments},
    {.name = "pattern",
     .type = "pattern",
     .token = "GET",
     .key_spec_index = 1,
     .flags = kOptional | kMultiple | kMultipleToken},
    {.name = "order", .type = "oneof", .flags = kOptional, .children = kSortOrderArguments},
    {.name = "sorting", .type = "pure-token", .token = "ALPHA", .flags = kOptional},
};
constexpr KeySpecDoc kSortRoKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kReads | kAccess,
     .notes = "BY and GET name keys by what the key holds",
     .find = {.kind = KeyFind::Kind::kUnknown}}};

constexpr CommandDoc kDocs[] = {
    {.name = "sort",
     .summary =
         "Sorts the elements of a list, a set or a sorted set; returns or stores them, or what they lead to.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(N+M*log(M)) with the N elements of the key and the M that are answered; O(N) when "
                   "nothing is sorted",
     .arguments = kSortArguments,
     .key_specs = kSortKeys},
    {.name = "sort_ro",
     .summary = "Returns the sorted elements of a list, a set or a sorted set, or what they lead to.",
     .since = "7.0.0",
     .group = "generic",
     .complexity = "O(N+M*log(M)) with the N elements of the key and the M that are answered; O(N) when "
                   "nothing is sorted",
     .arguments = kSortRoArguments,
     .key_specs = kSortRoKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> sort_docs() {
  return kDocs;
}

}  // namespace corral::commands

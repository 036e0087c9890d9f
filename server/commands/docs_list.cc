// Documentation of the commands on lists: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kBlmoveWherefromArguments[] = {
    {.name = "left", .type = "pure-token", .token = "LEFT"},
    {.name = "right", .type = "pure-token", .token = "RIGHT"},
};
constexpr ArgumentDoc kBlmoveArguments[] = {
    {.name = "source", .type = "key", .key_spec_index = 0},
    {.name = "destination", .type = "key", .key_spec_index = 1},
    {.name = "wherefrom", .type = "oneof", .children = kBlmoveWherefromArguments},
    {.name = "whereto", .type = "oneof", .children = kBlmoveWherefromArguments},
    {.name = "timeout", .type = "double"},
};
constexpr KeySpecDoc kBlmoveKeys[] = {key_at(1, kReadsAndWrites | kAccess | kDelete),
                                      key_at(2, kReadsAndWrites | kInsert)};
constexpr ArgumentDoc kBlmpopArguments[] = {
    {.name = "timeout", .type = "double"},
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "where", .type = "oneof", .children = kBlmoveWherefromArguments},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr KeySpecDoc kBlmpopKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kDelete,
     .begin = {.position = 2},
     .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr ChangeDoc kBlpopHistory[] = {
    {"6.0.0", "the timeout may have a fraction"},
};
constexpr ArgumentDoc kBlpopArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "timeout", .type = "double"},
};
constexpr KeySpecDoc kBlpopKeys[] = {keys_between(1, -2, 1, kReadsAndWrites | kAccess | kDelete)};
constexpr ChangeDoc kBrpopHistory[] = {
    {"6.0.0", "the timeout may have a fraction"},
};
constexpr ChangeDoc kBrpoplpushHistory[] = {
    {"6.0.0", "the timeout may have a fraction"},
};
constexpr ArgumentDoc kBrpoplpushArguments[] = {
    {.name = "source", .type = "key", .key_spec_index = 0},
    {.name = "destination", .type = "key", .key_spec_index = 1},
    {.name = "timeout", .type = "double"},
};
constexpr ArgumentDoc kLindexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "index", .type = "integer"},
};
constexpr KeySpecDoc kLindexKeys[] = {key_at(1, kReads | kAccess)};
constexpr ArgumentDoc kLinsertWhereArguments[] = {
    {.name = "before", .type = "pure-token", .token = "BEFORE"},
    {.name = "after", .type = "pure-token", .token = "AFTER"},
};
constexpr ArgumentDoc kLinsertArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "where", .type = "oneof", .children = kLinsertWhereArguments},
    {.name = "pivot", .type = "string"},
    {.name = "element", .type = "string"},
};
constexpr KeySpecDoc kLinsertKeys[] = {key_at(1, kReadsAndWrites | kInsert)};
constexpr ArgumentDoc kLlenArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
};
constexpr KeySpecDoc kLlenKeys[] = {key_at(1, kReads)};
constexpr ArgumentDoc kLmoveArguments[] = {
    {.name = "source", .type = "key", .key_spec_index = 0},
    {.name = "destination", .type = "key", .key_spec_index = 1},
    {.name = "wherefrom", .type = "oneof", .children = kBlmoveWherefromArguments},
    {.name = "whereto", .type = "oneof", .children = kBlmoveWherefromArguments},
};
constexpr ArgumentDoc kLmpopArguments[] = {
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "where", .type = "oneof", .children = kBlmoveWherefromArguments},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr KeySpecDoc kLmpopKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kDelete,
     .begin = {.position = 1},
     .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr ChangeDoc kLpopHistory[] = {
    {"6.2.0", "takes a count"},
};
constexpr ArgumentDoc kLpopArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "count", .type = "integer", .flags = kOptional, .since = "6.2.0"},
};
constexpr KeySpecDoc kLpopKeys[] = {key_at(1, kReadsAndWrites | kAccess | kDelete)};
constexpr ArgumentDoc kLposArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "element", .type = "string"},
    {.name = "rank", .type = "integer", .token = "RANK", .flags = kOptional},
    {.name = "num-matches", .type = "integer", .token = "COUNT", .flags = kOptional},
    {.name = "len", .type = "integer", .token = "MAXLEN", .flags = kOptional},
};
constexpr ChangeDoc kLpushHistory[] = {
    {"2.4.0", "takes several elements"},
};
constexpr ArgumentDoc kLpushArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "element", .type = "string", .flags = kMultiple},
};
constexpr ChangeDoc kLpushxHistory[] = {
    {"4.0.0", "takes several elements"},
};
constexpr ArgumentDoc kLrangeArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "start", .type = "integer"},
    {.name = "stop", .type = "integer"},
};
constexpr ArgumentDoc kLremArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "count", .type = "integer"},
    {.name = "element", .type = "string"},
};
constexpr KeySpecDoc kLremKeys[] = {key_at(1, kReadsAndWrites | kDelete)};
constexpr ArgumentDoc kLsetArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "index", .type = "integer"},
    {.name = "element", .type = "string"},
};
constexpr KeySpecDoc kLsetKeys[] = {key_at(1, kReadsAndWrites | kUpdate)};
constexpr ChangeDoc kRpopHistory[] = {
    {"6.2.0", "takes a count"},
};
constexpr ArgumentDoc kRpoplpushArguments[] = {
    {.name = "source", .type = "key", .key_spec_index = 0},
    {.name = "destination", .type = "key", .key_spec_index = 1},
};
constexpr ChangeDoc kRpushHistory[] = {
    {"2.4.0", "takes several elements"},
};
constexpr ChangeDoc kRpushxHistory[] = {
    {"4.0.0", "takes several elements"},
};

constexpr CommandDoc kDocs[] = {
    {.name = "blmove",
     .summary = "Moves an element from one list to another; waits for one while the source is empty.",
     .since = "6.2.0",
     .group = "list",
     .complexity = "O(1)",
     .arguments = kBlmoveArguments,
     .key_specs = kBlmoveKeys},
    {.name = "blmpop",
     .summary = "Pops elements from the first of several lists that has any; waits while all are empty.",
     .since = "7.0.0",
     .group = "list",
     .complexity = "O(N+M), N the number of keys and M that of popped elements",
     .arguments = kBlmpopArguments,
     .key_specs = kBlmpopKeys},
    {.name = "blpop",
     .summary = "Pops the first element of the first list that has one; waits while all are empty.",
     .since = "2.0.0",
     .group = "list",
     .complexity = "O(N), N the number of keys",
     .history = kBlpopHistory,
     .arguments = kBlpopArguments,
     .key_specs = kBlpopKeys},
    {.name = "brpop",
     .summary = "Pops the last element of the first list that has one; waits while all are empty.",
     .since = "2.0.0",
     .group = "list",
     .complexity = "O(N), N the number of keys",
     .history = kBrpopHistory,
     .arguments = kBlpopArguments,
     .key_specs = kBlpopKeys},
    {.name = "brpoplpush",
     .summary =
         "Moves the last element of a list to the front of another; waits for one while the source is empty.",
     .since = "2.2.0",
     .group = "list",
     .complexity = "O(1)",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
     .history = kBrpoplpushHistory,
     .arguments = kBrpoplpushArguments,
     .key_specs = kBlmoveKeys},
    {.name = "lindex",
     .summary = "Reads the element at an index.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(N), N the elements from the nearer end to the index; O(1) at both ends",
     .arguments = kLindexArguments,
     .key_specs = kLindexKeys},
    {.name = "linsert",
     .summary = "Puts an element before or behind the first one that equals the pivot.",
     .since = "2.2.0",
     .group = "list",
     .complexity = "O(N), N the elements from the head to the pivot: O(1) near the head, O(N) near the tail",
     .arguments = kLinsertArguments,
     .key_specs = kLinsertKeys},
    {.name = "llen",
     .summary = "Tells how many elements a list has.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(1)",
     .arguments = kLlenArguments,
     .key_specs = kLlenKeys},
    {.name = "lmove",
     .summary = "Moves an element from an end of a list to an end of another, or of the same.",
     .since = "6.2.0",
     .group = "list",
     .complexity = "O(1)",
     .arguments = kLmoveArguments,
     .key_specs = kBlmoveKeys},
    {.name = "lmpop",
     .summary = "Pops elements from the first of several lists that has any.",
     .since = "7.0.0",
     .group = "list",
     .complexity = "O(N+M), N the number of keys and M that of popped elements",
     .arguments = kLmpopArguments,
     .key_specs = kLmpopKeys},
    {.name = "lpop",
     .summary = "Pops one or more elements from the front of a list.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(N), N the number of popped elements",
     .history = kLpopHistory,
     .arguments = kLpopArguments,
     .key_specs = kLpopKeys},
    {.name = "lpos",
     .summary = "Finds where in a list an element is.",
     .since = "6.0.6",
     .group = "list",
     .complexity = "O(N), N the length of the list; less where MAXLEN bounds it or a match is near the end "
                   "it starts from",
     .arguments = kLposArguments,
     .key_specs = kLindexKeys},
    {.name = "lpush",
     .summary = "Puts elements at the front of a list, creating it when missing.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(1) for each element, O(N) for N of them",
     .history = kLpushHistory,
     .arguments = kLpushArguments,
     .key_specs = kLinsertKeys},
    {.name = "lpushx",
     .summary = "Puts elements at the front of a list that exists.",
     .since = "2.2.0",
     .group = "list",
     .complexity = "O(1) for each element, O(N) for N of them",
     .history = kLpushxHistory,
     .arguments = kLpushArguments,
     .key_specs = kLinsertKeys},
    {.name = "lrange",
     .summary = "Reads the elements between two indices.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(S+N), S the elements from the nearer end to the start and N those that are read",
     .arguments = kLrangeArguments,
     .key_specs = kLindexKeys},
    {.name = "lrem",
     .summary = "Removes elements that equal the given one, from either end on.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(N+M), N the length of the list and M the number of removed elements",
     .arguments = kLremArguments,
     .key_specs = kLremKeys},
    {.name = "lset",
     .summary = "Replaces the element at an index.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(N), N the length of the list; O(1) at both ends",
     .arguments = kLsetArguments,
     .key_specs = kLsetKeys},
    {.name = "ltrim",
     .summary = "Keeps the elements between two indices and removes the others.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(N), N the number of removed elements",
     .arguments = kLrangeArguments,
     .key_specs = kLremKeys},
    {.name = "rpop",
     .summary = "Pops one or more elements from the end of a list.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(N), N the number of popped elements",
     .history = kRpopHistory,
     .arguments = kLpopArguments,
     .key_specs = kLpopKeys},
    {.name = "rpoplpush",
     .summary = "Moves the last element of a list to the front of another, or of the same.",
     .since = "1.2.0",
     .group = "list",
     .complexity = "O(1)",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`LMOVE` with the `RIGHT` and `LEFT` arguments",
     .arguments = kRpoplpushArguments,
     .key_specs = kBlmoveKeys},
    {.name = "rpush",
     .summary = "Puts elements at the end of a list, creating it when missing.",
     .since = "1.0.0",
     .group = "list",
     .complexity = "O(1) for each element, O(N) for N of them",
     .history = kRpushHistory,
     .arguments = kLpushArguments,
     .key_specs = kLinsertKeys},
    {.name = "rpushx",
     .summary = "Puts elements at the end of a list that exists.",
     .since = "2.2.0",
     .group = "list",
     .complexity = "O(1) for each element, O(N) for N of them",
     .history = kRpushxHistory,
     .arguments = kLpushArguments,
     .key_specs = kLinsertKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> list_docs() {
  return kDocs;
}

}  // namespace corral::commands

// Documentation of the commands on sorted sets: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kBzmpopWhereArguments[] = {
    {.name = "min", .type = "pure-token", .token = "MIN"},
    {.name = "max", .type = "pure-token", .token = "MAX"},
};
constexpr ArgumentDoc kBzmpopArguments[] = {
    {.name = "timeout", .type = "double"},
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "where", .type = "oneof", .children = kBzmpopWhereArguments},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr KeySpecDoc kBzmpopKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kDelete,
     .begin = {.position = 2},
     .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr ChangeDoc kBzpopmaxHistory[] = {
    {"6.0.0", "the timeout may have a fraction"},
};
constexpr ArgumentDoc kBzpopmaxArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "timeout", .type = "double"},
};
constexpr KeySpecDoc kBzpopmaxKeys[] = {{.flags = kReadsAndWrites | kAccess | kDelete,
                                         .begin = {.position = 1},
                                         .find = {.last = -2, .step = 1}}};
constexpr ChangeDoc kBzpopminHistory[] = {
    {"6.0.0", "the timeout may have a fraction"},
};
constexpr ChangeDoc kZaddHistory[] = {
    {"2.4.0", "several members at once"},
    {"3.0.2", "NX, XX, CH and INCR"},
    {"6.2.0", "GT and LT"},
};
constexpr ArgumentDoc kZaddConditionArguments[] = {
    {.name = "nx", .type = "pure-token", .token = "NX"},
    {.name = "xx", .type = "pure-token", .token = "XX"},
};
constexpr ArgumentDoc kZaddComparisonArguments[] = {
    {.name = "gt", .type = "pure-token", .token = "GT"},
    {.name = "lt", .type = "pure-token", .token = "LT"},
};
constexpr ArgumentDoc kZaddScoreMemberArguments[] = {
    {.name = "score", .type = "double"},
    {.name = "member", .type = "string"},
};
constexpr ArgumentDoc kZaddArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "condition",
     .type = "oneof",
     .flags = kOptional,
     .since = "3.0.2",
     .children = kZaddConditionArguments},
    {.name = "comparison",
     .type = "oneof",
     .flags = kOptional,
     .since = "6.2.0",
     .children = kZaddComparisonArguments},
    {.name = "change", .type = "pure-token", .token = "CH", .flags = kOptional, .since = "3.0.2"},
    {.name = "increment", .type = "pure-token", .token = "INCR", .flags = kOptional, .since = "3.0.2"},
    {.name = "score_member", .type = "block", .flags = kMultiple, .children = kZaddScoreMemberArguments},
};
constexpr KeySpecDoc kZaddKeys[] = {
    {.flags = kReadsAndWrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kZcardArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
};
constexpr KeySpecDoc kZcardKeys[] = {
    {.flags = kReads, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kZdiffArguments[] = {
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "withscores", .type = "pure-token", .token = "WITHSCORES", .flags = kOptional},
};
constexpr KeySpecDoc kZdiffKeys[] = {
    {.flags = kReads | kAccess,
     .begin = {.position = 1},
     .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr ArgumentDoc kZdiffstoreArguments[] = {
    {.name = "destination", .type = "key", .key_spec_index = 0},
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 1, .flags = kMultiple},
};
constexpr KeySpecDoc kZdiffstoreKeys[] = {
    {.flags = kOverwrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kReads | kAccess,
     .begin = {.position = 2},
     .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr ArgumentDoc kZincrbyArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "increment", .type = "integer"},
    {.name = "member", .type = "string"},
};
constexpr KeySpecDoc kZincrbyKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kZinterAggregateArguments[] = {
    {.name = "sum", .type = "pure-token", .token = "SUM"},
    {.name = "min", .type = "pure-token", .token = "MIN"},
    {.name = "max", .type = "pure-token", .token = "MAX"},
};
constexpr ArgumentDoc kZinterArguments[] = {
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "weight", .type = "integer", .token = "WEIGHTS", .flags = kOptional | kMultiple},
    {.name = "aggregate",
     .type = "oneof",
     .token = "AGGREGATE",
     .flags = kOptional,
     .children = kZinterAggregateArguments},
    {.name = "withscores", .type = "pure-token", .token = "WITHSCORES", .flags = kOptional},
};
constexpr ArgumentDoc kZintercardArguments[] = {
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "limit", .type = "integer", .token = "LIMIT", .flags = kOptional},
};
constexpr ArgumentDoc kZinterstoreArguments[] = {
    {.name = "destination", .type = "key", .key_spec_index = 0},
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 1, .flags = kMultiple},
    {.name = "weight", .type = "integer", .token = "WEIGHTS", .flags = kOptional | kMultiple},
    {.name = "aggregate",
     .type = "oneof",
     .token = "AGGREGATE",
     .flags = kOptional,
     .children = kZinterAggregateArguments},
};
constexpr ArgumentDoc kZmpopArguments[] = {
    {.name = "numkeys", .type = "integer"},
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "where", .type = "oneof", .children = kBzmpopWhereArguments},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr KeySpecDoc kZmpopKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kDelete,
     .begin = {.position = 1},
     .find = {.kind = KeyFind::Kind::kCounted, .last = 0, .step = 1, .limit = 1}}};
constexpr ArgumentDoc kZmscoreArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "member", .type = "string", .flags = kMultiple},
};
constexpr KeySpecDoc kZmscoreKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kZpopmaxArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "count", .type = "integer", .flags = kOptional},
};
constexpr KeySpecDoc kZpopmaxKeys[] = {
    {.flags = kReadsAndWrites | kAccess | kDelete, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr const char* kZrandmemberTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kZrandmemberOptionsArguments[] = {
    {.name = "count", .type = "integer"},
    {.name = "withscores", .type = "pure-token", .token = "WITHSCORES", .flags = kOptional},
};
constexpr ArgumentDoc kZrandmemberArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "options", .type = "block", .flags = kOptional, .children = kZrandmemberOptionsArguments},
};
constexpr ArgumentDoc kZrankArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "member", .type = "string"},
};
constexpr ChangeDoc kZremHistory[] = {
    {"2.4.0", "several members at once"},
};
constexpr KeySpecDoc kZremKeys[] = {
    {.flags = kReadsAndWrites | kDelete, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr const char* kZscanTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kZscanArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "cursor", .type = "integer"},
    {.name = "pattern", .type = "pattern", .token = "MATCH", .flags = kOptional},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};

constexpr CommandDoc kDocs[] = {
    {.name = "bzmpop",
     .summary = "Takes members from the first sorted set that has some, and waits for one until then.",
     .since = "7.0.0",
     .group = "sorted-set",
     .complexity = "O(K) + O(M*log(N)) for K keys, M members taken and a set of N",
     .arguments = kBzmpopArguments,
     .key_specs = kBzmpopKeys},
    {.name = "bzpopmax",
     .summary = "Takes the highest member of the first sorted set that has one, and waits until then.",
     .since = "5.0.0",
     .group = "sorted-set",
     .complexity = "O(log(N)) for a set of N",
     .history = kBzpopmaxHistory,
     .arguments = kBzpopmaxArguments,
     .key_specs = kBzpopmaxKeys},
    {.name = "bzpopmin",
     .summary = "Takes the lowest member of the first sorted set that has one, and waits until then.",
     .since = "5.0.0",
     .group = "sorted-set",
     .complexity = "O(log(N)) for a set of N",
     .history = kBzpopminHistory,
     .arguments = kBzpopmaxArguments,
     .key_specs = kBzpopmaxKeys},
    {.name = "zadd",
     .summary = "Adds members, or gives them new scores.",
     .since = "1.2.0",
     .group = "sorted-set",
     .complexity = "O(log(N)) a member, for a set of N",
     .history = kZaddHistory,
     .arguments = kZaddArguments,
     .key_specs = kZaddKeys},
    {.name = "zcard",
     .summary = "How many members there are.",
     .since = "1.2.0",
     .group = "sorted-set",
     .complexity = "O(1)",
     .arguments = kZcardArguments,
     .key_specs = kZcardKeys},
    {.name = "zdiff",
     .summary = "Members of the first set that no other has.",
     .since = "6.2.0",
     .group = "sorted-set",
     .complexity =
         "O(L + (N-K)log(N)) at worst, for L members in all sets, N in the first and K in the result",
     .arguments = kZdiffArguments,
     .key_specs = kZdiffKeys},
    {.name = "zdiffstore",
     .summary = "Keeps the members of the first set that no other has.",
     .since = "6.2.0",
     .group = "sorted-set",
     .complexity =
         "O(L + (N-K)log(N)) at worst, for L members in all sets, N in the first and K in the result",
     .arguments = kZdiffstoreArguments,
     .key_specs = kZdiffstoreKeys},
    {.name = "zincrby",
     .summary = "Adds to the score of a member.",
     .since = "1.2.0",
     .group = "sorted-set",
     .complexity = "O(log(N)) for a set of N",
     .arguments = kZincrbyArguments,
     .key_specs = kZincrbyKeys},
    {.name = "zinter",
     .summary = "Members that all sets have.",
     .since = "6.2.0",
     .group = "sorted-set",
     .complexity = "O(N*K)+O(M*log(M)) at worst, for K sets, N members in the smallest and M in the result",
     .arguments = kZinterArguments,
     .key_specs = kZdiffKeys},
    {.name = "zintercard",
     .summary = "How many members all sets have.",
     .since = "7.0.0",
     .group = "sorted-set",
     .complexity = "O(N*K) at worst, for K sets and N members in the smallest",
     .arguments = kZintercardArguments,
     .key_specs = kZdiffKeys},
    {.name = "zinterstore",
     .summary = "Keeps the members that all sets have.",
     .since = "2.0.0",
     .group = "sorted-set",
     .complexity = "O(N*K)+O(M*log(M)) at worst, for K sets, N members in the smallest and M in the result",
     .arguments = kZinterstoreArguments,
     .key_specs = kZdiffstoreKeys},
    {.name = "zmpop",
     .summary = "Takes members from the first of several sorted sets that has some.",
     .since = "7.0.0",
     .group = "sorted-set",
     .complexity = "O(K) + O(M*log(N)) for K keys, M members taken and a set of N",
     .arguments = kZmpopArguments,
     .key_specs = kZmpopKeys},
    {.name = "zmscore",
     .summary = "Scores of several members.",
     .since = "6.2.0",
     .group = "sorted-set",
     .complexity = "O(N) for N members asked for",
     .arguments = kZmscoreArguments,
     .key_specs = kZmscoreKeys},
    {.name = "zpopmax",
     .summary = "Takes the highest members.",
     .since = "5.0.0",
     .group = "sorted-set",
     .complexity = "O(log(N)*M) for M members taken from a set of N",
     .arguments = kZpopmaxArguments,
     .key_specs = kZpopmaxKeys},
    {.name = "zpopmin",
     .summary = "Takes the lowest members.",
     .since = "5.0.0",
     .group = "sorted-set",
     .complexity = "O(log(N)*M) for M members taken from a set of N",
     .arguments = kZpopmaxArguments,
     .key_specs = kZpopmaxKeys},
    {.name = "zrandmember",
     .summary = "Members drawn by chance.",
     .since = "6.2.0",
     .group = "sorted-set",
     .complexity = "O(N) for N members replied",
     .tips = kZrandmemberTips,
     .arguments = kZrandmemberArguments,
     .key_specs = kZmscoreKeys},
    {.name = "zrank",
     .summary = "How many members stand before one.",
     .since = "2.0.0",
     .group = "sorted-set",
     .complexity = "O(log(N)) for a set of N",
     .arguments = kZrankArguments,
     .key_specs = kZmscoreKeys},
    {.name = "zrem",
     .summary = "Removes members.",
     .since = "1.2.0",
     .group = "sorted-set",
     .complexity = "O(M*log(N)) for M members of a set of N",
     .history = kZremHistory,
     .arguments = kZmscoreArguments,
     .key_specs = kZremKeys},
    {.name = "zrevrank",
     .summary = "How many members stand behind one.",
     .since = "2.0.0",
     .group = "sorted-set",
     .complexity = "O(log(N)) for a set of N",
     .arguments = kZrankArguments,
     .key_specs = kZmscoreKeys},
    {.name = "zscan",
     .summary = "Walks over the members step by step.",
     .since = "2.8.0",
     .group = "sorted-set",
     .complexity = "O(1) a call, O(N) for a whole walk over a set of N",
     .tips = kZscanTips,
     .arguments = kZscanArguments,
     .key_specs = kZmscoreKeys},
    {.name = "zscore",
     .summary = "The score of a member.",
     .since = "1.2.0",
     .group = "sorted-set",
     .complexity = "O(1)",
     .arguments = kZrankArguments,
     .key_specs = kZmscoreKeys},
    {.name = "zunion",
     .summary = "Members that any set has.",
     .since = "6.2.0",
     .group = "sorted-set",
     .complexity = "O(N)+O(M*log(M)) for N members in all sets and M in the result",
     .arguments = kZinterArguments,
     .key_specs = kZdiffKeys},
    {.name = "zunionstore",
     .summary = "Keeps the members that any set has.",
     .since = "2.0.0",
     .group = "sorted-set",
     .complexity = "O(N)+O(M log(M)) for N members in all sets and M in the result",
     .arguments = kZinterstoreArguments,
     .key_specs = kZdiffstoreKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> zset_docs() {
  return kDocs;
}

}  // namespace corral::commands

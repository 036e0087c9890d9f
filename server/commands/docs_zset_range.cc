// Documentation of the commands on ranges of sorted sets: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kZcountArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "min", .type = "double"},
    {.name = "max", .type = "double"},
};
constexpr KeySpecDoc kZcountKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kZlexcountArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "min", .type = "string"},
    {.name = "max", .type = "string"},
};
constexpr ChangeDoc kZrangeHistory[] = {
    {"6.2.0", "REV, BYSCORE, BYLEX and LIMIT"},
};
constexpr ArgumentDoc kZrangeSortbyArguments[] = {
    {.name = "byscore", .type = "pure-token", .token = "BYSCORE"},
    {.name = "bylex", .type = "pure-token", .token = "BYLEX"},
};
constexpr ArgumentDoc kZrangeOffsetCountArguments[] = {
    {.name = "offset", .type = "integer"},
    {.name = "count", .type = "integer"},
};
constexpr ArgumentDoc kZrangeArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "start", .type = "string"},
    {.name = "stop", .type = "string"},
    {.name = "sortby",
     .type = "oneof",
     .flags = kOptional,
     .since = "6.2.0",
     .children = kZrangeSortbyArguments},
    {.name = "rev", .type = "pure-token", .token = "REV", .flags = kOptional, .since = "6.2.0"},
    {.name = "offset_count",
     .type = "block",
     .token = "LIMIT",
     .flags = kOptional,
     .since = "6.2.0",
     .children = kZrangeOffsetCountArguments},
    {.name = "withscores", .type = "pure-token", .token = "WITHSCORES", .flags = kOptional},
};
constexpr ArgumentDoc kZrangebylexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "min", .type = "string"},
    {.name = "max", .type = "string"},
    {.name = "offset_count",
     .type = "block",
     .token = "LIMIT",
     .flags = kOptional,
     .children = kZrangeOffsetCountArguments},
};
constexpr ChangeDoc kZrangebyscoreHistory[] = {
    {"2.0.0", "WITHSCORES"},
};
constexpr ArgumentDoc kZrangebyscoreArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "min", .type = "double"},
    {.name = "max", .type = "double"},
    {.name = "withscores", .type = "pure-token", .token = "WITHSCORES", .flags = kOptional, .since = "2.0.0"},
    {.name = "offset_count",
     .type = "block",
     .token = "LIMIT",
     .flags = kOptional,
     .children = kZrangeOffsetCountArguments},
};
constexpr ArgumentDoc kZrangestoreArguments[] = {
    {.name = "dst", .type = "key", .key_spec_index = 0},
    {.name = "src", .type = "key", .key_spec_index = 1},
    {.name = "min", .type = "string"},
    {.name = "max", .type = "string"},
    {.name = "sortby", .type = "oneof", .flags = kOptional, .children = kZrangeSortbyArguments},
    {.name = "rev", .type = "pure-token", .token = "REV", .flags = kOptional},
    {.name = "offset_count",
     .type = "block",
     .token = "LIMIT",
     .flags = kOptional,
     .children = kZrangeOffsetCountArguments},
};
constexpr KeySpecDoc kZrangestoreKeys[] = {
    {.flags = kOverwrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kReads | kAccess, .begin = {.position = 2}, .find = {.last = 0, .step = 1}}};
constexpr KeySpecDoc kZremrangebylexKeys[] = {
    {.flags = kReadsAndWrites | kDelete, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kZremrangebyrankArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "start", .type = "integer"},
    {.name = "stop", .type = "integer"},
};
constexpr ArgumentDoc kZrevrangeArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "start", .type = "integer"},
    {.name = "stop", .type = "integer"},
    {.name = "withscores", .type = "pure-token", .token = "WITHSCORES", .flags = kOptional},
};
constexpr ArgumentDoc kZrevrangebylexArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "max", .type = "string"},
    {.name = "min", .type = "string"},
    {.name = "offset_count",
     .type = "block",
     .token = "LIMIT",
     .flags = kOptional,
     .children = kZrangeOffsetCountArguments},
};
constexpr ChangeDoc kZrevrangebyscoreHistory[] = {
    {"2.1.6", "either end may be exclusive"},
};
constexpr ArgumentDoc kZrevrangebyscoreArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "max", .type = "double"},
    {.name = "min", .type = "double"},
    {.name = "withscores", .type = "pure-token", .token = "WITHSCORES", .flags = kOptional},
    {.name = "offset_count",
     .type = "block",
     .token = "LIMIT",
     .flags = kOptional,
     .children = kZrangeOffsetCountArguments},
};

constexpr CommandDoc kDocs[] = {
    {.name = "zcount",
     .summary = "How many members have scores in a range.",
     .since = "2.0.0",
     .group = "sorted-set",
     .complexity = "O(log(N)) for a set of N",
     .arguments = kZcountArguments,
     .key_specs = kZcountKeys},
    {.name = "zlexcount",
     .summary = "How many members lie between two strings, where all scores are equal.",
     .since = "2.8.9",
     .group = "sorted-set",
     .complexity = "O(log(N)) for a set of N",
     .arguments = kZlexcountArguments,
     .key_specs = kZcountKeys},
    {.name = "zrange",
     .summary = "Members between two ranks, scores or strings.",
     .since = "1.2.0",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N",
     .history = kZrangeHistory,
     .arguments = kZrangeArguments,
     .key_specs = kZcountKeys},
    {.name = "zrangebylex",
     .summary = "Members between two strings, where all scores are equal.",
     .since = "2.8.9",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N; O(log(N)) where LIMIT keeps M small",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `BYLEX` argument",
     .arguments = kZrangebylexArguments,
     .key_specs = kZcountKeys},
    {.name = "zrangebyscore",
     .summary = "Members with scores in a range.",
     .since = "1.0.5",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N; O(log(N)) where LIMIT keeps M small",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `BYSCORE` argument",
     .history = kZrangebyscoreHistory,
     .arguments = kZrangebyscoreArguments,
     .key_specs = kZcountKeys},
    {.name = "zrangestore",
     .summary = "Keeps the members between two ranks, scores or strings.",
     .since = "6.2.0",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N",
     .arguments = kZrangestoreArguments,
     .key_specs = kZrangestoreKeys},
    {.name = "zremrangebylex",
     .summary = "Removes the members between two strings, where all scores are equal.",
     .since = "2.8.9",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N",
     .arguments = kZlexcountArguments,
     .key_specs = kZremrangebylexKeys},
    {.name = "zremrangebyrank",
     .summary = "Removes the members between two ranks.",
     .since = "2.0.0",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N",
     .arguments = kZremrangebyrankArguments,
     .key_specs = kZremrangebylexKeys},
    {.name = "zremrangebyscore",
     .summary = "Removes the members with scores in a range.",
     .since = "1.2.0",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N",
     .arguments = kZcountArguments,
     .key_specs = kZremrangebylexKeys},
    {.name = "zrevrange",
     .summary = "Members between two ranks, the highest first.",
     .since = "1.2.0",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `REV` argument",
     .arguments = kZrevrangeArguments,
     .key_specs = kZcountKeys},
    {.name = "zrevrangebylex",
     .summary = "Members between two strings, the last first, where all scores are equal.",
     .since = "2.8.9",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N; O(log(N)) where LIMIT keeps M small",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `REV` and `BYLEX` arguments",
     .arguments = kZrevrangebylexArguments,
     .key_specs = kZcountKeys},
    {.name = "zrevrangebyscore",
     .summary = "Members with scores in a range, the highest first.",
     .since = "2.2.0",
     .group = "sorted-set",
     .complexity = "O(log(N)+M) for M members of a set of N; O(log(N)) where LIMIT keeps M small",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`ZRANGE` with the `REV` and `BYSCORE` arguments",
     .history = kZrevrangebyscoreHistory,
     .arguments = kZrevrangebyscoreArguments,
     .key_specs = kZcountKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> zset_range_docs() {
  return kDocs;
}

}  // namespace corral::commands

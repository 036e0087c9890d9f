// Documentation of the commands on streams: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kXackArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "group", .type = "string"},
    {.name = "id", .type = "string", .flags = kMultiple},
};
constexpr KeySpecDoc kXackKeys[] = {
    {.flags = kReadsAndWrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kXaddHistory[] = {
    {"6.2.0", "NOMKSTREAM, MINID and LIMIT"},
    {"7.0.0", "ids of the form ms-*"},
};
constexpr const char* kXaddTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kXaddTrimStrategyArguments[] = {
    {.name = "maxlen", .type = "pure-token", .token = "MAXLEN"},
    {.name = "minid", .type = "pure-token", .token = "MINID", .since = "6.2.0"},
};
constexpr ArgumentDoc kXaddTrimOperatorArguments[] = {
    {.name = "equal", .type = "pure-token", .token = "="},
    {.name = "approximately", .type = "pure-token", .token = "~"},
};
constexpr ArgumentDoc kXaddTrimArguments[] = {
    {.name = "strategy", .type = "oneof", .children = kXaddTrimStrategyArguments},
    {.name = "operator", .type = "oneof", .flags = kOptional, .children = kXaddTrimOperatorArguments},
    {.name = "threshold", .type = "string"},
    {.name = "count", .type = "integer", .token = "LIMIT", .flags = kOptional, .since = "6.2.0"},
};
constexpr ArgumentDoc kXaddIdOrAutoArguments[] = {
    {.name = "auto_id", .type = "pure-token", .token = "*"},
    {.name = "id", .type = "string"},
};
constexpr ArgumentDoc kXaddFieldValueArguments[] = {
    {.name = "field", .type = "string"},
    {.name = "value", .type = "string"},
};
constexpr ArgumentDoc kXaddArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "nomkstream", .type = "pure-token", .token = "NOMKSTREAM", .flags = kOptional, .since = "6.2.0"},
    {.name = "trim", .type = "block", .flags = kOptional, .children = kXaddTrimArguments},
    {.name = "id_or_auto", .type = "oneof", .children = kXaddIdOrAutoArguments},
    {.name = "field_value", .type = "block", .flags = kMultiple, .children = kXaddFieldValueArguments},
};
constexpr KeySpecDoc kXaddKeys[] = {{.flags = kReadsAndWrites | kUpdate,
                                     .notes = "trimming takes entries away",
                                     .begin = {.position = 1},
                                     .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kXautoclaimHistory[] = {
    {"7.0.0", "the reply tells which entries were deleted meanwhile"},
};
constexpr const char* kXautoclaimTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kXautoclaimArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "group", .type = "string"},
    {.name = "consumer", .type = "string"},
    {.name = "min-idle-time", .type = "string"},
    {.name = "start", .type = "string"},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
    {.name = "justid", .type = "pure-token", .token = "JUSTID", .flags = kOptional},
};
constexpr KeySpecDoc kXautoclaimKeys[] = {
    {.flags = kReadsAndWrites | kDelete, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr const char* kXclaimTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kXclaimArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "group", .type = "string"},
    {.name = "consumer", .type = "string"},
    {.name = "min-idle-time", .type = "string"},
    {.name = "id", .type = "string", .flags = kMultiple},
    {.name = "ms", .type = "integer", .token = "IDLE", .flags = kOptional},
    {.name = "unix-time-milliseconds", .type = "unix-time", .token = "TIME", .flags = kOptional},
    {.name = "count", .type = "integer", .token = "RETRYCOUNT", .flags = kOptional},
    {.name = "force", .type = "pure-token", .token = "FORCE", .flags = kOptional},
    {.name = "justid", .type = "pure-token", .token = "JUSTID", .flags = kOptional},
    {.name = "id", .type = "string", .token = "LASTID", .flags = kOptional},
};
constexpr ArgumentDoc kXdelArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "id", .type = "string", .flags = kMultiple},
};
constexpr ChangeDoc kXgroupCreateHistory[] = {
    {"7.0.0", "ENTRIESREAD"},
};
constexpr ArgumentDoc kXgroupCreateIdArguments[] = {
    {.name = "id", .type = "string"},
    {.name = "new_id", .type = "pure-token", .token = "$"},
};
constexpr ArgumentDoc kXgroupCreateArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "groupname", .type = "string"},
    {.name = "id", .type = "oneof", .children = kXgroupCreateIdArguments},
    {.name = "mkstream", .type = "pure-token", .token = "MKSTREAM", .flags = kOptional},
    {.name = "entries_read", .type = "integer", .token = "ENTRIESREAD", .flags = kOptional},
};
constexpr KeySpecDoc kXgroupCreateKeys[] = {
    {.flags = kReadsAndWrites | kInsert, .begin = {.position = 2}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kXgroupCreateconsumerArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "groupname", .type = "string"},
    {.name = "consumername", .type = "string"},
};
constexpr KeySpecDoc kXgroupDelconsumerKeys[] = {
    {.flags = kReadsAndWrites | kDelete, .begin = {.position = 2}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kXgroupDestroyArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "groupname", .type = "string"},
};
constexpr ChangeDoc kXgroupSetidHistory[] = {
    {"7.0.0", "ENTRIESREAD"},
};
constexpr ArgumentDoc kXgroupSetidArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "groupname", .type = "string"},
    {.name = "id", .type = "oneof", .children = kXgroupCreateIdArguments},
    {.name = "entries_read", .type = "integer", .token = "ENTRIESREAD", .flags = kOptional},
};
constexpr KeySpecDoc kXgroupSetidKeys[] = {
    {.flags = kReadsAndWrites | kUpdate, .begin = {.position = 2}, .find = {.last = 0, .step = 1}}};
constexpr const char* kXinfoConsumersTips[] = {"nondeterministic_output"};
constexpr KeySpecDoc kXinfoConsumersKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 2}, .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kXinfoGroupsHistory[] = {
    {"7.0.0", "the fields entries-read and lag"},
};
constexpr ArgumentDoc kXinfoGroupsArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
};
constexpr ChangeDoc kXinfoStreamHistory[] = {
    {"6.0.0", "FULL"},
    {"7.0.0",
     "the fields max-deleted-entry-id, entries-added, recorded-first-entry-id, entries-read and lag"},
};
constexpr ArgumentDoc kXinfoStreamFullArguments[] = {
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr ArgumentDoc kXinfoStreamArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "full",
     .type = "block",
     .token = "FULL",
     .flags = kOptional,
     .children = kXinfoStreamFullArguments},
};
constexpr KeySpecDoc kXlenKeys[] = {
    {.flags = kReads, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kXpendingHistory[] = {
    {"6.2.0", "IDLE and exclusive ranges"},
};
constexpr const char* kXpendingTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kXpendingFiltersArguments[] = {
    {.name = "min-idle-time", .type = "integer", .token = "IDLE", .flags = kOptional, .since = "6.2.0"},
    {.name = "start", .type = "string"},
    {.name = "end", .type = "string"},
    {.name = "count", .type = "integer"},
    {.name = "consumer", .type = "string", .flags = kOptional},
};
constexpr ArgumentDoc kXpendingArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "group", .type = "string"},
    {.name = "filters", .type = "block", .flags = kOptional, .children = kXpendingFiltersArguments},
};
constexpr KeySpecDoc kXpendingKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kXrangeHistory[] = {
    {"6.2.0", "exclusive ranges"},
};
constexpr ArgumentDoc kXrangeArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "start", .type = "string"},
    {.name = "end", .type = "string"},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr ArgumentDoc kXreadStreamsArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
    {.name = "id", .type = "string", .flags = kMultiple},
};
constexpr ArgumentDoc kXreadArguments[] = {
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
    {.name = "milliseconds", .type = "integer", .token = "BLOCK", .flags = kOptional},
    {.name = "streams", .type = "block", .token = "STREAMS", .children = kXreadStreamsArguments},
};
constexpr KeySpecDoc kXreadKeys[] = {{.flags = kReads | kAccess,
                                      .begin = {.position = 1, .keyword = "STREAMS"},
                                      .find = {.last = -1, .step = 1, .limit = 2}}};
constexpr ArgumentDoc kXreadgroupGroupConsumerArguments[] = {
    {.name = "group", .type = "string"},
    {.name = "consumer", .type = "string"},
};
constexpr ArgumentDoc kXreadgroupArguments[] = {
    {.name = "group_consumer",
     .type = "block",
     .token = "GROUP",
     .children = kXreadgroupGroupConsumerArguments},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
    {.name = "milliseconds", .type = "integer", .token = "BLOCK", .flags = kOptional},
    {.name = "noack", .type = "pure-token", .token = "NOACK", .flags = kOptional},
    {.name = "streams", .type = "block", .token = "STREAMS", .children = kXreadStreamsArguments},
};
constexpr KeySpecDoc kXreadgroupKeys[] = {{.flags = kReads | kAccess,
                                           .begin = {.position = 4, .keyword = "STREAMS"},
                                           .find = {.last = -1, .step = 1, .limit = 2}}};
constexpr ChangeDoc kXrevrangeHistory[] = {
    {"6.2.0", "exclusive ranges"},
};
constexpr ArgumentDoc kXrevrangeArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "end", .type = "string"},
    {.name = "start", .type = "string"},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = kOptional},
};
constexpr ChangeDoc kXsetidHistory[] = {
    {"7.0.0", "ENTRIESADDED and MAXDELETEDID"},
};
constexpr ArgumentDoc kXsetidArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "last-id", .type = "string"},
    {.name = "entries_added",
     .type = "integer",
     .token = "ENTRIESADDED",
     .flags = kOptional,
     .since = "7.0.0"},
    {.name = "max_deleted_entry_id",
     .type = "string",
     .token = "MAXDELETEDID",
     .flags = kOptional,
     .since = "7.0.0"},
};
constexpr ChangeDoc kXtrimHistory[] = {
    {"6.2.0", "MINID and LIMIT"},
};
constexpr const char* kXtrimTips[] = {"nondeterministic_output"};
constexpr ArgumentDoc kXtrimArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "trim", .type = "block", .children = kXaddTrimArguments},
};

constexpr CommandDoc kDocs[] = {
    {.name = "xack",
     .summary = "Acknowledges entries: they are pending no more for the group.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1) for each id",
     .arguments = kXackArguments,
     .key_specs = kXackKeys},
    {.name = "xadd",
     .summary = "Adds an entry at the end of a stream, and trims the stream if asked to.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1); with trimming O(N), N the number of entries that go",
     .history = kXaddHistory,
     .tips = kXaddTips,
     .arguments = kXaddArguments,
     .key_specs = kXaddKeys},
    {.name = "xautoclaim",
     .summary = "Takes over pending entries that were idle long enough, from an id on.",
     .since = "6.2.0",
     .group = "stream",
     .complexity = "O(1) if COUNT is small",
     .history = kXautoclaimHistory,
     .tips = kXautoclaimTips,
     .arguments = kXautoclaimArguments,
     .key_specs = kXautoclaimKeys},
    {.name = "xclaim",
     .summary = "Takes over the named pending entries if they were idle long enough.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(log N), N the number of pending entries of the group",
     .tips = kXclaimTips,
     .arguments = kXclaimArguments,
     .key_specs = kXackKeys},
    {.name = "xdel",
     .summary = "Deletes entries by their ids and tells how many were there.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1) for each id",
     .arguments = kXdelArguments,
     .key_specs = kXautoclaimKeys},
    {.name = "xgroup",
     .summary = "Holds the commands on consumer groups.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "depends on the sub-command"},
    {.name = "xgroup|create",
     .summary = "Makes a consumer group.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)",
     .history = kXgroupCreateHistory,
     .arguments = kXgroupCreateArguments,
     .key_specs = kXgroupCreateKeys},
    {.name = "xgroup|createconsumer",
     .summary = "Makes a consumer in a group.",
     .since = "6.2.0",
     .group = "stream",
     .complexity = "O(1)",
     .arguments = kXgroupCreateconsumerArguments,
     .key_specs = kXgroupCreateKeys},
    {.name = "xgroup|delconsumer",
     .summary = "Removes a consumer from its group with what is pending for it.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)",
     .arguments = kXgroupCreateconsumerArguments,
     .key_specs = kXgroupDelconsumerKeys},
    {.name = "xgroup|destroy",
     .summary = "Removes a consumer group.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(N), N the number of pending entries of the group",
     .arguments = kXgroupDestroyArguments,
     .key_specs = kXgroupDelconsumerKeys},
    {.name = "xgroup|help",
     .summary = "Lists the sub-commands.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)"},
    {.name = "xgroup|setid",
     .summary = "Sets up to which entry a group has read.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)",
     .history = kXgroupSetidHistory,
     .arguments = kXgroupSetidArguments,
     .key_specs = kXgroupSetidKeys},
    {.name = "xinfo",
     .summary = "Holds the commands that tell about streams.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "depends on the sub-command"},
    {.name = "xinfo|consumers",
     .summary = "Lists the consumers of a group.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)",
     .tips = kXinfoConsumersTips,
     .arguments = kXgroupDestroyArguments,
     .key_specs = kXinfoConsumersKeys},
    {.name = "xinfo|groups",
     .summary = "Lists the consumer groups of a stream.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)",
     .history = kXinfoGroupsHistory,
     .arguments = kXinfoGroupsArguments,
     .key_specs = kXinfoConsumersKeys},
    {.name = "xinfo|help",
     .summary = "Lists the sub-commands.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)"},
    {.name = "xinfo|stream",
     .summary = "Tells about a stream.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)",
     .history = kXinfoStreamHistory,
     .arguments = kXinfoStreamArguments,
     .key_specs = kXinfoConsumersKeys},
    {.name = "xlen",
     .summary = "Returns the number of entries of a stream.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)",
     .arguments = kXinfoGroupsArguments,
     .key_specs = kXlenKeys},
    {.name = "xpending",
     .summary = "Tells what a group has given out and nobody has acknowledged.",
     .since = "5.0.0",
     .group = "stream",
     .complexity =
         "O(N), N the number of entries returned, so O(1) for a fixed number; with IDLE O(M), M the number "
         "of those looked at; the summary O(1) for few consumers, else O(N), N their number",
     .history = kXpendingHistory,
     .tips = kXpendingTips,
     .arguments = kXpendingArguments,
     .key_specs = kXpendingKeys},
    {.name = "xrange",
     .summary = "Returns the entries within a range of ids.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(N), N the number of entries returned, so O(1) for a fixed number",
     .history = kXrangeHistory,
     .arguments = kXrangeArguments,
     .key_specs = kXpendingKeys},
    {.name = "xread",
     .summary = "Returns the entries behind given ids of one or more streams; may wait for some.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(N) for each stream, N the number of entries returned, so O(1) for a fixed number; "
                   "whoever adds pays O(M) for M who wait",
     .arguments = kXreadArguments,
     .key_specs = kXreadKeys},
    {.name = "xreadgroup",
     .summary = "Returns new entries to a consumer of a group, or what is pending for it; may wait for some.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(M) for each stream, M the number of entries returned, so O(1) for a fixed number; "
                   "whoever adds pays O(N) for N who wait",
     .arguments = kXreadgroupArguments,
     .key_specs = kXreadgroupKeys},
    {.name = "xrevrange",
     .summary = "Returns the entries within a range of ids, last ones first.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(N), N the number of entries returned, so O(1) for a fixed number",
     .history = kXrevrangeHistory,
     .arguments = kXrevrangeArguments,
     .key_specs = kXpendingKeys},
    {.name = "xsetid",
     .summary = "Sets the last id of a stream and its counters.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(1)",
     .history = kXsetidHistory,
     .arguments = kXsetidArguments,
     .key_specs = kXackKeys},
    {.name = "xtrim",
     .summary = "Removes the oldest entries of a stream.",
     .since = "5.0.0",
     .group = "stream",
     .complexity = "O(N), N the number of entries that go",
     .history = kXtrimHistory,
     .tips = kXtrimTips,
     .arguments = kXtrimArguments,
     .key_specs = kXautoclaimKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> stream_docs() {
  return kDocs;
}

}  // namespace corral::commands

// What the slices of stream commands share: identifiers and ranges in arguments, entries in replies.
// Threading: the stripes of the command's keys are held.
// See: server/types/README.md, "Streams"; server/types/stream_value.h.
#pragma once

#include <initializer_list>
#include <optional>

#include "server/dispatch/command_context.h"
#include "server/dispatch/container_edit.h"
#include "server/types/stream_value.h"

namespace corral::commands {

using StreamEdit = dispatch::ContainerEdit<types::StreamValue>;
using types::StreamId;

inline constexpr protocol::Bytes kBadStreamId = "ERR Invalid stream ID specified as stream command argument";

/// "ms-seq" or "ms", as Redis reads it: the sequence left out is `sequence`. Unless `strict`, "-" and "+" are the lowest and
/// the highest. `any_sequence`: where to tell that "ms-*" was given; null: that is an error.
struct StreamIdSyntax {
  uint64_t sequence = 0;
  bool strict = true;
  bool* any_sequence = nullptr;
};
std::optional<StreamId> parse_stream_id(protocol::Bytes text, const StreamIdSyntax& syntax = {});

/// The id at argument i; on failure writes the error and returns false.
bool stream_id_argument(dispatch::CommandContext& ctx, size_t i, StreamId& id);

/// Start and end of a range, "(id" being exclusive; on failure they write the error and return false.
bool range_start(dispatch::CommandContext& ctx, size_t i, StreamId& id);
bool range_end(dispatch::CommandContext& ctx, size_t i, StreamId& id);

/// An integer whose errors have a text of their own.
bool integer_or(dispatch::CommandContext& ctx, size_t i, int64_t& out, protocol::Bytes error);

/// Fails with a text that quotes arguments: words, argument, words, argument, … An argument ends at its first zero byte,
/// as in Redis.
dispatch::Outcome fail_quoting(dispatch::CommandContext& ctx, std::initializer_list<protocol::Bytes> parts);

void reply_stream_id(protocol::ReplyWriter& reply, StreamId id);
/// [id, [field, value …]] of the entry the iterator stands at.
void reply_stream_entry(protocol::ReplyWriter& reply, const types::StreamIterator& entry);
/// The same of one entry; false, and nothing is written, when it is not there.
bool reply_stream_entry(protocol::ReplyWriter& reply, const types::StreamValue& stream, StreamId id);

/// How many entries from `start` to `end` there are, but no more than `most` (0: no limit). O(that many), O(1) for all.
uint64_t count_stream_entries(const types::StreamValue& stream, StreamId start, StreamId end, uint64_t most);
/// An array of them, first or last ones first.
void reply_stream_range(protocol::ReplyWriter& reply, const types::StreamValue& stream, StreamId start,
                        StreamId end, uint64_t most, bool reverse);

/// A change of groups is done: it is accounted and adds `changes` to what dirty counts, but, as in Redis, watchers of the
/// stream are not told.
void finish_group_change(dispatch::CommandContext& ctx, StreamEdit& stream, uint64_t changes);

/// The consumer, made if there is none; it has been seen now.
types::StreamConsumer& consumer_seen(dispatch::CommandContext& ctx, const dispatch::KeyRef& key,
                                     types::StreamGroup& group, protocol::Bytes name);

}  // namespace corral::commands

// What is known of a stream besides its entries: XINFO with its sub-commands.
// Threading: the stripes of the command's keys are held.
// See: server/types/README.md, "Streams"; server/types/stream_value.h.
#include <algorithm>

#include "server/commands/help.h"
#include "server/commands/stream_arguments.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::StreamConsumer;
using types::StreamGroup;
using types::StreamPendingTree;
using types::StreamValue;

Outcome fail_subcommand(CommandContext& ctx) {
  return fail_quoting(ctx, {"ERR unknown subcommand or wrong number of arguments for ",
                            ctx.arg(1).substr(0, 128), ". Try XINFO HELP."});
}

// The stream of argument 2; null with the error written when there is none.
const StreamValue* stream_or_error(CommandContext& ctx) {
  const auto* stream = ctx.container<StreamValue>(ctx.key(2));
  if (stream == nullptr && !ctx.failed()) ctx.fail(error_text::kNoSuchKey);
  return stream;
}

void number_field(protocol::ReplyWriter& reply, Bytes name, uint64_t value) {
  reply.bulk(name);
  reply.integer(static_cast<int64_t>(value));
}

void id_field(protocol::ReplyWriter& reply, Bytes name, StreamId id) {
  reply.bulk(name);
  reply_stream_id(reply, id);
}

void counts_of_group(protocol::ReplyWriter& reply, const StreamValue& stream, const StreamGroup& group) {
  reply.bulk("entries-read");
  group.entries_read == StreamGroup::kUnknown ? reply.null() : reply.integer(group.entries_read);
  reply.bulk("lag");
  const auto lag = stream.lag(group);
  lag ? reply.integer(*lag) : reply.null();
}

// --- XINFO STREAM -------------------------------------------------------------------------------------------------

struct InfoOptions {
  bool full = false;
  uint64_t most = 10;  // entries and pending entries shown of each; 0: all
};

bool read_options(CommandContext& ctx, InfoOptions& out) {
  out.full = ctx.argc() > 3;
  if (!out.full) return true;
  const bool counted = ctx.argc() == 6;
  if ((ctx.argc() != 4 && !counted) || !protocol::equals_ignore_case(ctx.arg(3), "full") ||
      (counted && !protocol::equals_ignore_case(ctx.arg(4), "count"))) {
    fail_subcommand(ctx);
    return false;
  }
  int64_t count = 0;
  if (counted && !ctx.integer(5, count)) return false;
  if (counted && count >= 0) out.most = static_cast<uint64_t>(count);
  return true;
}

uint64_t shown(uint64_t most, uint64_t size) {
  return most == 0 ? size : std::min(most, size);
}

void reply_group_pending(protocol::ReplyWriter& reply, const StreamPendingTree& pending, uint64_t most) {
  uint64_t left = shown(most, pending.size());
  reply.array(static_cast<int64_t>(left));
  for (auto at = pending.first(); left > 0; at.next(), --left) {
    reply.array(4);
    reply_stream_id(reply, (*at)->id);
    reply.bulk((*at)->consumer->name());
    reply.integer((*at)->delivered_ms);
    reply.integer(static_cast<int64_t>((*at)->deliveries));
  }
}

void reply_consumer_pending(protocol::ReplyWriter& reply, const StreamPendingTree& pending, uint64_t most) {
  uint64_t left = shown(most, pending.size());
  reply.array(static_cast<int64_t>(left));
  for (auto at = pending.first(); left > 0; at.next(), --left) {
    reply.array(3);
    reply_stream_id(reply, (*at)->id);
    reply.integer((*at)->delivered_ms);
    reply.integer(static_cast<int64_t>((*at)->deliveries));
  }
}

void reply_whole_group(protocol::ReplyWriter& reply, const StreamValue& stream, const StreamGroup& group,
                       uint64_t most) {
  reply.map(7);
  reply.bulk("name");
  reply.bulk(group.name());
  id_field(reply, "last-delivered-id", group.last_id);
  counts_of_group(reply, stream, group);
  number_field(reply, "pel-count", group.pending().size());
  reply.bulk("pending");
  reply_group_pending(reply, group.pending(), most);
  reply.bulk("consumers");
  reply.array(static_cast<int64_t>(group.consumers().size()));
  for (auto at = group.consumers().first(); at; at.next()) {
    const StreamConsumer& consumer = **at;
    reply.map(4);
    reply.bulk("name");
    reply.bulk(consumer.name());
    number_field(reply, "seen-time", static_cast<uint64_t>(consumer.seen_ms));
    number_field(reply, "pel-count", consumer.pending().size());
    reply.bulk("pending");
    reply_consumer_pending(reply, consumer.pending(), most);
  }
}

void reply_full(protocol::ReplyWriter& reply, const StreamValue& stream, uint64_t most) {
  reply.bulk("entries");
  reply_stream_range(reply, stream, StreamId::min(), StreamId::max(), most, false);
  const auto& groups = stream.groups().all();
  reply.bulk("groups");
  reply.array(static_cast<int64_t>(groups.size()));
  for (auto at = groups.first(); at; at.next()) reply_whole_group(reply, stream, **at, most);
}

void reply_ends(protocol::ReplyWriter& reply, const StreamValue& stream) {
  number_field(reply, "groups", stream.groups().all().size());
  for (const bool last : {false, true}) {
    reply.bulk(last ? "last-entry" : "first-entry");
    types::StreamIterator entry(stream, StreamId::min(), StreamId::max(), last);
    entry.next() ? reply_stream_entry(reply, entry) : reply.null();
  }
}

// XINFO STREAM key [FULL [COUNT count]]
Outcome stream_info(CommandContext& ctx) {
  const StreamValue* const stream = stream_or_error(ctx);
  InfoOptions options;
  if (stream == nullptr || !read_options(ctx, options)) return Outcome::kDone;
  protocol::ReplyWriter& reply = ctx.reply();
  reply.map(options.full ? 9 : 10);
  number_field(reply, "length", stream->size());
  number_field(reply, "radix-tree-keys", stream->nodes());
  number_field(reply, "radix-tree-nodes", stream->radix_tree_nodes());
  id_field(reply, "last-generated-id", stream->last_id());
  id_field(reply, "max-deleted-entry-id", stream->max_deleted_id());
  number_field(reply, "entries-added", stream->entries_added());
  id_field(reply, "recorded-first-entry-id", stream->first_id());
  options.full ? reply_full(reply, *stream, options.most) : reply_ends(reply, *stream);
  return Outcome::kDone;
}

// --- XINFO GROUPS and CONSUMERS -----------------------------------------------------------------------------------

// XINFO GROUPS key
Outcome groups(CommandContext& ctx) {
  const StreamValue* const stream = stream_or_error(ctx);
  if (stream == nullptr) return Outcome::kDone;
  protocol::ReplyWriter& reply = ctx.reply();
  const auto& all = stream->groups().all();
  reply.array(static_cast<int64_t>(all.size()));
  for (auto at = all.first(); at; at.next()) {
    const StreamGroup& group = **at;
    reply.map(6);
    reply.bulk("name");
    reply.bulk(group.name());
    number_field(reply, "consumers", group.consumers().size());
    number_field(reply, "pending", group.pending().size());
    id_field(reply, "last-delivered-id", group.last_id);
    counts_of_group(reply, *stream, group);
  }
  return Outcome::kDone;
}

// XINFO CONSUMERS key group
Outcome consumers(CommandContext& ctx) {
  const StreamValue* const stream = stream_or_error(ctx);
  if (stream == nullptr) return Outcome::kDone;
  const StreamGroup* const group = stream->groups().find(ctx.arg(3));
  if (group == nullptr) {
    return fail_quoting(ctx, {"NOGROUP No such consumer group ", ctx.arg(3), " for key name ", ctx.arg(2)});
  }
  protocol::ReplyWriter& reply = ctx.reply();
  reply.array(static_cast<int64_t>(group->consumers().size()));
  for (auto at = group->consumers().first(); at; at.next()) {
    const StreamConsumer& consumer = **at;
    reply.map(3);
    reply.bulk("name");
    reply.bulk(consumer.name());
    number_field(reply, "pending", consumer.pending().size());
    number_field(reply, "idle", static_cast<uint64_t>(std::max<int64_t>(ctx.now_ms() - consumer.seen_ms, 0)));
  }
  return Outcome::kDone;
}

// XINFO HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "CONSUMERS <key> <groupname>",
      "    Tell the consumers of a group, what is pending for each, and since when it is idle.",
      "GROUPS <key>",
      "    Tell the groups of the stream, and how far each has read.",
      "STREAM <key> [FULL [COUNT <count>]]",
      "    Tell about the stream; with FULL also its first entries, its groups and consumers.",
  };
  return answer_help(ctx, kLines);
}

constexpr CommandSpec about_stream(std::string_view name, int arity, Handler run) {
  return {.name = name,
          .arity = arity,
          .keys = keys::one(2),
          .flags = kReadOnly,
          .acl = acl::kStream,
          .run = run};
}
constexpr CommandSpec kSubcommands[] = {
    about_stream("stream", -3, stream_info),
    about_stream("groups", 3, groups),
    about_stream("consumers", 4, consumers),
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .acl = acl::kStream, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "xinfo", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> stream_info_commands() {
  return kTable;
}

}  // namespace corral::commands

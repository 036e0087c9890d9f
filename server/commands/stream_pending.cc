// What groups have given out and nobody has acknowledged: XACK XPENDING XCLAIM XAUTOCLAIM.
// Threading: the stripes of the command's keys are held.
// See: server/types/README.md, "Streams"; server/types/stream_group.h.
#include <algorithm>
#include <vector>

#include "server/commands/stream_arguments.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::StreamConsumer;
using types::StreamGroup;
using types::StreamPending;
using types::StreamPendingTree;
using types::StreamValue;

Outcome fail_no_group(CommandContext& ctx) {
  return fail_quoting(ctx, {"NOGROUP No such key ", ctx.arg(1), " or consumer group ", ctx.arg(2)});
}

// XACK key group id [id ...]
Outcome xack(CommandContext& ctx) {
  StreamEdit stream(ctx, ctx.key(1), true);
  if (stream.refused()) return Outcome::kDone;
  StreamGroup* const group = stream ? stream->groups().find(ctx.arg(2)) : nullptr;
  uint64_t acknowledged = 0;
  if (group != nullptr) {
    StreamId id;
    for (size_t i = 3; i < ctx.argc(); ++i) {
      if (!stream_id_argument(ctx, i, id)) return Outcome::kDone;
    }
    for (size_t i = 3; i < ctx.argc(); ++i)
      acknowledged += group->acknowledge(*parse_stream_id(ctx.arg(i))) ? 1 : 0;
  }
  finish_group_change(ctx, stream, acknowledged);
  ctx.reply().integer(static_cast<int64_t>(acknowledged));
  return Outcome::kDone;
}

// --- XPENDING -----------------------------------------------------------------------------------------------------

struct PendingQuery {
  int64_t idle_ms = 0;
  StreamId start;
  StreamId end;
  int64_t count = 0;
  Bytes consumer;
  bool of_consumer = false;
};

bool read_query(CommandContext& ctx, PendingQuery& query) {
  size_t at = 3;
  if (protocol::equals_ignore_case(ctx.arg(3), "idle")) {
    if (!ctx.integer(4, query.idle_ms)) return false;
    if (ctx.argc() < 8) {
      ctx.fail(error_text::kSyntax);
      return false;
    }
    at += 2;
  }
  if (!ctx.integer(at + 2, query.count)) return false;
  if (!range_start(ctx, at, query.start) || !range_end(ctx, at + 1, query.end)) return false;
  query.of_consumer = at + 3 < ctx.argc();
  if (query.of_consumer) query.consumer = ctx.arg(at + 3);
  return true;
}

void reply_summary(protocol::ReplyWriter& reply, const StreamGroup& group) {
  reply.array(4);
  reply.integer(static_cast<int64_t>(group.pending().size()));
  if (group.pending().empty()) {
    reply.null();
    reply.null();
    reply.null_array();
    return;
  }
  reply_stream_id(reply, (*group.pending().first())->id);
  reply_stream_id(reply, (*group.pending().last())->id);
  int64_t consumers = 0;
  for (auto at = group.consumers().first(); at; at.next()) consumers += (*at)->pending().empty() ? 0 : 1;
  reply.array(consumers);
  for (auto at = group.consumers().first(); at; at.next()) {
    if ((*at)->pending().empty()) continue;
    reply.array(2);
    reply.bulk((*at)->name());
    reply.bulk_integer(static_cast<int64_t>((*at)->pending().size()));
  }
}

void reply_pending(CommandContext& ctx, const StreamPendingTree& pending, const PendingQuery& query) {
  const int64_t now_ms = ctx.now_ms();
  // As Redis does, with a difference that may wrap: times may have been set to anything.
  const auto idle_ms = [&](const StreamPending& entry) {
    return static_cast<int64_t>(static_cast<uint64_t>(now_ms) - static_cast<uint64_t>(entry.delivered_ms));
  };
  std::vector<const StreamPending*> found;
  auto at = pending.seek(types::BeforeStreamId{query.start});
  for (; at && (*at)->id <= query.end && static_cast<int64_t>(found.size()) < query.count; at.next()) {
    if (query.idle_ms == 0 || idle_ms(**at) >= query.idle_ms) found.push_back(*at);
  }
  ctx.reply().array(static_cast<int64_t>(found.size()));
  for (const StreamPending* const entry : found) {
    ctx.reply().array(4);
    reply_stream_id(ctx.reply(), entry->id);
    ctx.reply().bulk(entry->consumer->name());
    ctx.reply().integer(std::max<int64_t>(idle_ms(*entry), 0));
    ctx.reply().integer(static_cast<int64_t>(entry->deliveries));
  }
}

// XPENDING key group [[IDLE min-idle-time] start end count [consumer]]
Outcome xpending(CommandContext& ctx) {
  const bool summary = ctx.argc() == 3;
  if (!summary && (ctx.argc() < 6 || ctx.argc() > 9)) return ctx.fail(error_text::kSyntax);
  PendingQuery query;
  if (!summary && !read_query(ctx, query)) return Outcome::kDone;
  const auto* stream = ctx.container<StreamValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  const StreamGroup* const group = stream == nullptr ? nullptr : stream->groups().find(ctx.arg(2));
  if (group == nullptr) return fail_no_group(ctx);
  if (summary) {
    reply_summary(ctx.reply(), *group);
  } else if (!query.of_consumer) {
    reply_pending(ctx, group->pending(), query);
  } else if (const StreamConsumer* const consumer = group->find_consumer(query.consumer)) {
    reply_pending(ctx, consumer->pending(), query);
  } else {
    ctx.reply().array(0);
  }
  return Outcome::kDone;
}

// --- XCLAIM and XAUTOCLAIM ----------------------------------------------------------------------------------------

struct Claim {
  int64_t idle_ms = 0;
  std::optional<int64_t> deliveries;
  int64_t delivered_ms = 0;
  bool force = false;
  bool only_ids = false;
  StreamId last_id;
  size_t end_of_ids = 0;
};

bool idle_enough(CommandContext& ctx, const StreamPending& pending, int64_t idle_ms) {
  if (idle_ms == 0) return true;
  const uint64_t idle = static_cast<uint64_t>(ctx.now_ms()) - static_cast<uint64_t>(pending.delivered_ms);
  return static_cast<int64_t>(idle) >= idle_ms;
}

// The option at `i`, which is left at its last argument.
bool read_claim_option(CommandContext& ctx, size_t& i, std::optional<int64_t>& delivered_ms, Claim& out) {
  const Bytes option = ctx.arg(i);
  const bool more = i + 1 < ctx.argc();
  const auto is = [&](Bytes word) { return protocol::equals_ignore_case(option, word); };
  int64_t number = 0;
  if (is("force")) {
    out.force = true;
  } else if (is("justid")) {
    out.only_ids = true;
  } else if (is("idle") && more) {
    if (!integer_or(ctx, ++i, number, "ERR Invalid IDLE option argument for XCLAIM")) return false;
    delivered_ms = static_cast<int64_t>(static_cast<uint64_t>(ctx.now_ms()) - static_cast<uint64_t>(number));
  } else if (is("time") && more) {
    if (!integer_or(ctx, ++i, number, "ERR Invalid TIME option argument for XCLAIM")) return false;
    delivered_ms = number;
  } else if (is("retrycount") && more) {
    if (!integer_or(ctx, ++i, number, "ERR Invalid RETRYCOUNT option argument for XCLAIM")) return false;
    out.deliveries = number;
  } else if (is("lastid") && more) {
    return stream_id_argument(ctx, ++i, out.last_id);
  } else {
    fail_quoting(ctx, {"ERR Unrecognized XCLAIM option ", option});
    return false;
  }
  return true;
}

bool read_claim(CommandContext& ctx, Claim& out) {
  if (!integer_or(ctx, 4, out.idle_ms, "ERR Invalid min-idle-time argument for XCLAIM")) return false;
  out.idle_ms = std::max<int64_t>(out.idle_ms, 0);
  size_t i = 5;
  while (i < ctx.argc() && parse_stream_id(ctx.arg(i))) ++i;
  out.end_of_ids = i;
  std::optional<int64_t> delivered_ms;
  for (; i < ctx.argc(); ++i) {
    if (!read_claim_option(ctx, i, delivered_ms, out)) return false;
  }
  // A time out of all reason is no error: clients reckon it from their own clocks.
  const bool sane = delivered_ms && *delivered_ms >= 0 && *delivered_ms <= ctx.now_ms();
  out.delivered_ms = sane ? *delivered_ms : ctx.now_ms();
  return true;
}

void reply_claimed(protocol::ReplyWriter& reply, const StreamValue& stream, StreamId id, bool only_ids) {
  only_ids ? reply_stream_id(reply, id) : static_cast<void>(reply_stream_entry(reply, stream, id));
}

// Makes the consumer the owner; `made`, the consumer once it is known to have got something, is found or made first.
void hand_over(CommandContext& ctx, StreamGroup& group, StreamPending& pending, const Claim& claim,
               StreamConsumer*& made) {
  if (made == nullptr) made = &consumer_seen(ctx, ctx.key(1), group, ctx.arg(3));
  group.give(pending, *made);
  pending.delivered_ms = claim.delivered_ms;
  if (claim.deliveries && *claim.deliveries >= 0) {
    pending.deliveries = static_cast<uint64_t>(*claim.deliveries);
  } else if (!claim.only_ids) {
    ++pending.deliveries;
  }
}

// XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count]
//   [FORCE] [JUSTID] [LASTID lastid]
Outcome xclaim(CommandContext& ctx) {
  StreamEdit stream(ctx, ctx.key(1), true);
  if (stream.refused()) return Outcome::kDone;
  StreamGroup* const group = stream ? stream->groups().find(ctx.arg(2)) : nullptr;
  if (group == nullptr) return fail_no_group(ctx);
  Claim claim;
  if (!read_claim(ctx, claim)) return Outcome::kDone;
  group->last_id = std::max(group->last_id, claim.last_id);
  StreamConsumer* consumer = nullptr;
  std::vector<StreamId> claimed;
  uint64_t changes = 0;
  for (size_t i = 5; i < claim.end_of_ids; ++i) {
    const StreamId id = *parse_stream_id(ctx.arg(i));
    if (!stream->contains(id)) {
      changes += group->acknowledge(id) ? 1 : 0;
      continue;
    }
    StreamPending* pending = group->find_pending(id);
    if (pending != nullptr && !idle_enough(ctx, *pending, claim.idle_ms)) continue;
    if (pending == nullptr) {
      if (!claim.force) continue;
      if (consumer == nullptr) consumer = &consumer_seen(ctx, ctx.key(1), *group, ctx.arg(3));
      pending = &group->deliver(id, *consumer, ctx.now_ms());
    }
    hand_over(ctx, *group, *pending, claim, consumer);
    claimed.push_back(id);
    ++changes;
  }
  ctx.reply().array(static_cast<int64_t>(claimed.size()));
  for (const StreamId id : claimed) reply_claimed(ctx.reply(), *stream, id, claim.only_ids);
  finish_group_change(ctx, stream, changes);
  return Outcome::kDone;
}

struct AutoClaim {
  Claim claim;
  StreamId start;
  int64_t count = 100;
};

bool read_auto_claim(CommandContext& ctx, AutoClaim& out) {
  constexpr int64_t kMostEntries = INT64_MAX / static_cast<int64_t>(sizeof(StreamId));  // Redis' bound
  constexpr Bytes kBadCount = "ERR COUNT must be > 0";
  if (!integer_or(ctx, 4, out.claim.idle_ms, "ERR Invalid min-idle-time argument for XAUTOCLAIM"))
    return false;
  out.claim.idle_ms = std::max<int64_t>(out.claim.idle_ms, 0);
  out.claim.delivered_ms = ctx.now_ms();
  if (!range_start(ctx, 5, out.start)) return false;
  for (size_t i = 6; i < ctx.argc(); ++i) {
    if (protocol::equals_ignore_case(ctx.arg(i), "count") && i + 1 < ctx.argc()) {
      if (!integer_or(ctx, ++i, out.count, kBadCount)) return false;
      if (out.count < 1 || out.count > kMostEntries) {
        ctx.fail(kBadCount);
        return false;
      }
    } else if (protocol::equals_ignore_case(ctx.arg(i), "justid")) {
      out.claim.only_ids = true;
    } else {
      ctx.fail(error_text::kSyntax);
      return false;
    }
  }
  return true;
}

struct Claimed {
  std::vector<StreamId> entries;
  std::vector<StreamId> deleted;
  StreamId next;  // where the next call goes on
};

Claimed claim_in_order(CommandContext& ctx, const StreamValue& stream, StreamGroup& group,
                       const AutoClaim& options) {
  constexpr int64_t kLooksPerEntry = 10;
  Claimed out;
  StreamConsumer* consumer = nullptr;
  int64_t left = options.count;
  int64_t looks = options.count > INT64_MAX / kLooksPerEntry ? INT64_MAX : options.count * kLooksPerEntry;
  auto at = group.pending().seek(types::BeforeStreamId{options.start});
  for (; at && left > 0 && looks > 0; --looks) {
    StreamPending& pending = **at;
    const StreamId id = pending.id;
    if (!stream.contains(id)) {
      group.acknowledge(id);
      out.deleted.push_back(id);
      at = group.pending().seek(types::BeforeStreamId{id});
      --left;
      continue;
    }
    at.next();
    if (!idle_enough(ctx, pending, options.claim.idle_ms)) continue;
    hand_over(ctx, group, pending, options.claim, consumer);
    out.entries.push_back(id);
    --left;
  }
  if (at) out.next = (*at)->id;
  return out;
}

// XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]
Outcome xautoclaim(CommandContext& ctx) {
  AutoClaim options;
  if (!read_auto_claim(ctx, options)) return Outcome::kDone;
  StreamEdit stream(ctx, ctx.key(1), true);
  if (stream.refused()) return Outcome::kDone;
  StreamGroup* const group = stream ? stream->groups().find(ctx.arg(2)) : nullptr;
  if (group == nullptr) return fail_no_group(ctx);
  const Claimed claimed = claim_in_order(ctx, *stream, *group, options);
  protocol::ReplyWriter& reply = ctx.reply();
  reply.array(3);
  reply_stream_id(reply, claimed.next);
  reply.array(static_cast<int64_t>(claimed.entries.size()));
  for (const StreamId id : claimed.entries) reply_claimed(reply, *stream, id, options.claim.only_ids);
  reply.array(static_cast<int64_t>(claimed.deleted.size()));
  for (const StreamId id : claimed.deleted) reply_stream_id(reply, id);
  finish_group_change(ctx, stream, claimed.entries.size() + claimed.deleted.size());
  return Outcome::kDone;
}

constexpr CommandSpec on_stream(std::string_view name, int arity, uint32_t flags, Handler run) {
  return {
      .name = name, .arity = arity, .keys = keys::one(1), .flags = flags, .acl = acl::kStream, .run = run};
}
constexpr CommandSpec kTable[] = {
    on_stream("xack", -4, kWrite | kFast, xack),
    on_stream("xpending", -3, kReadOnly, xpending),
    on_stream("xclaim", -6, kWrite | kFast, xclaim),
    on_stream("xautoclaim", -6, kWrite | kFast, xautoclaim),
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> stream_pending_commands() {
  return kTable;
}

}  // namespace corral::commands

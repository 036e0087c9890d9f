// Reading what is new in several streams, at once or when something comes: XREAD XREADGROUP.
// Threading: the stripes of the command's keys are held; when serving, of those that CommandContext::serves() tells.
// See: server/types/README.md, "Streams"; server/dispatch/README.md, "Blocking commands".
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "server/commands/stream_arguments.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using session::BlockedRequest;
using types::StreamGroup;
using types::StreamIterator;
using types::StreamValue;

// What a reader that had to wait gets at most, when it named no COUNT.
constexpr uint64_t kMostWhenServed = 1000;

struct ReadCall {
  bool grouped = false;
  Bytes group;
  Bytes consumer;
  bool acknowledges = false;  // NOACK: nothing becomes pending
  uint64_t most = 0;          // entries of a stream; 0: all
  bool blocks = false;
  int64_t until_ms = 0;
  size_t first_key = 0;
  size_t streams = 0;
};

bool refuse(CommandContext& ctx, Bytes text) {
  ctx.fail(text);
  return false;
}

bool read_timeout(CommandContext& ctx, size_t i, ReadCall& call) {
  int64_t timeout_ms = 0;
  if (!integer_or(ctx, i, timeout_ms, "ERR timeout is not an integer or out of range")) return false;
  if (timeout_ms < 0) return refuse(ctx, "ERR timeout is negative");
  call.blocks = true;
  const int64_t longest_ms = std::numeric_limits<int64_t>::max() - ctx.now_ms();
  call.until_ms = timeout_ms == 0 ? 0 : ctx.now_ms() + std::min(timeout_ms, longest_ms);
  return true;
}

bool read_streams(CommandContext& ctx, size_t first, ReadCall& call) {
  const size_t words = ctx.argc() - first;
  if (words % 2 != 0) {
    return refuse(
        ctx, "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.");
  }
  call.first_key = first;
  call.streams = words / 2;
  return true;
}

bool only_for_groups(CommandContext& ctx, const ReadCall& call, Bytes option) {
  if (call.grouped) return true;
  std::string text = "ERR The ";
  text += option;
  text += " option is only supported by XREADGROUP. You called XREAD instead.";
  return refuse(ctx, text);
}

bool read_call(CommandContext& ctx, ReadCall& call) {
  const auto is = [&](size_t i, Bytes word) { return protocol::equals_ignore_case(ctx.arg(i), word); };
  for (size_t i = 1; i < ctx.argc() && call.streams == 0; ++i) {
    const size_t more = ctx.argc() - i - 1;
    bool good = true;
    if (is(i, "block") && more > 0) {
      if (ctx.session().has(session::kInScript)) {
        return refuse(ctx, std::string("ERR ").append(ctx.arg(0)).append(
                               " command is not allowed with BLOCK option from scripts"));
      }
      good = read_timeout(ctx, ++i, call);
    } else if (is(i, "count") && more > 0) {
      int64_t count = 0;
      good = ctx.integer(++i, count);
      call.most = static_cast<uint64_t>(std::max<int64_t>(count, 0));
    } else if (is(i, "streams") && more > 0) {
      good = read_streams(ctx, i + 1, call);
    } else if (is(i, "group") && more >= 2) {
      good = only_for_groups(ctx, call, "GROUP");
      call.group = ctx.arg(i + 1);
      call.consumer = ctx.arg(i + 2);
      i += 2;
    } else if (is(i, "noack")) {
      good = only_for_groups(ctx, call, "NOACK");
      call.acknowledges = true;
    } else {
      return refuse(ctx, error_text::kSyntax);
    }
    if (!good) return false;
  }
  if (call.streams == 0) return refuse(ctx, error_text::kSyntax);
  if (call.grouped && call.group.data() == nullptr) {
    return refuse(ctx, "ERR Missing GROUP option for XREADGROUP");
  }
  return true;
}

// Where STREAMS stands; 0 when it does not, or something else is wrong.
size_t find_streams(std::span<const Bytes> arguments) {
  const auto is = [&](size_t i, Bytes word) { return protocol::equals_ignore_case(arguments[i], word); };
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (is(i, "streams")) return i;
    if (is(i, "block") || is(i, "count")) {
      ++i;
    } else if (is(i, "group")) {
      i += 2;
    } else if (!is(i, "noack")) {
      return 0;
    }
  }
  return 0;
}

// Keys are the first half of what follows STREAMS. Of a call that will be refused, COMMAND GETKEYS tells what follows
// the first such word behind the place where it may stand.
bool find_keys_from(size_t least, std::span<const Bytes> arguments, std::vector<int>& positions) {
  size_t at = find_streams(arguments);
  for (size_t i = least; at == 0 && i < arguments.size(); ++i) {
    if (protocol::equals_ignore_case(arguments[i], "streams")) at = i;
  }
  const size_t keys = at == 0 ? 0 : (arguments.size() - at - 1) / 2;
  for (size_t i = 1; i <= keys; ++i) positions.push_back(static_cast<int>(at + i));
  return keys > 0;
}
bool find_keys_of_xread(std::span<const Bytes> arguments, std::vector<int>& positions) {
  return find_keys_from(1, arguments, positions);
}
bool find_keys_of_xreadgroup(std::span<const Bytes> arguments, std::vector<int>& positions) {
  return find_keys_from(4, arguments, positions);
}

// --- identifiers --------------------------------------------------------------------------------------------------

// ">", what no consumer of the group has got, is the highest id to Redis, and that id the same as ">".
constexpr StreamId kNewEntries = StreamId::max();

// Behind which entry the i-th stream is read; checks also that there is what the call needs.
bool resolve(CommandContext& ctx, const ReadCall& call, size_t i, StreamId& after) {
  const KeyRef key = ctx.key(call.first_key + i);
  const auto* stream = ctx.container<StreamValue>(key);
  if (ctx.failed()) return false;
  if (call.grouped && (stream == nullptr || stream->groups().find(call.group) == nullptr)) {
    fail_quoting(ctx, {"NOGROUP No such key ", key.bytes, " or consumer group ", call.group,
                       " in XREADGROUP with GROUP option"});
    return false;
  }
  const Bytes id = ctx.arg(call.first_key + call.streams + i);
  if (id == "$") {
    if (call.grouped) {
      return refuse(
          ctx,
          "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this "
          "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just "
          "return an empty result set.");
    }
    after = stream == nullptr ? StreamId() : stream->last_id();
    return true;
  }
  if (id == ">") {
    if (!call.grouped) {
      return refuse(
          ctx,
          "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> "
          "option.");
    }
    after = kNewEntries;
    return true;
  }
  return stream_id_argument(ctx, call.first_key + call.streams + i, after);
}

// --- giving -------------------------------------------------------------------------------------------------------

void begin_stream(protocol::ReplyWriter& reply, Bytes key) {
  if (!reply.resp3()) reply.array(2);
  reply.bulk(key);
}

StreamId behind(StreamId id) {
  return id.next().value_or(StreamId::min());
}

bool has_behind(const StreamValue& stream, StreamId id) {
  if (stream.size() == 0 || stream.last_id() <= id) return false;
  StreamIterator newest(stream, behind(id), StreamId::max(), true);
  return newest.next();
}

// New entries for a consumer: the group moves on, and unless it acknowledges at once they become pending.
void deliver(CommandContext& ctx, protocol::ReplyWriter& reply, StreamValue& stream, StreamGroup& group,
             types::StreamConsumer& consumer, const ReadCall& call, uint64_t most) {
  const StreamId start = behind(group.last_id);
  uint64_t left = count_stream_entries(stream, start, StreamId::max(), most);
  reply.array(static_cast<int64_t>(left));
  StreamIterator entries(stream, start, StreamId::max());
  for (; left > 0 && entries.next(); --left) {
    stream.advance(group, entries.id());
    reply_stream_entry(reply, entries);
    if (!call.acknowledges) group.deliver(entries.id(), consumer, ctx.now_ms());
  }
}

// What was given to the consumer before and is pending; nil for fields of entries that are no more.
void repeat(CommandContext& ctx, protocol::ReplyWriter& reply, const StreamValue& stream,
            const types::StreamConsumer& consumer, StreamId after, uint64_t most) {
  const types::BeforeStreamId before{behind(after)};
  const uint64_t there = consumer.pending().size() - consumer.pending().count_before(before);
  uint64_t left = most == 0 ? there : std::min(most, there);
  reply.array(static_cast<int64_t>(left));
  for (auto at = consumer.pending().seek(before); left > 0; at.next(), --left) {
    types::StreamPending& pending = **at;
    if (reply_stream_entry(reply, stream, pending.id)) {
      pending.delivered_ms = ctx.now_ms();
      ++pending.deliveries;
    } else {
      reply.array(2);
      reply_stream_id(reply, pending.id);
      reply.null_array();
    }
  }
}

// The i-th stream's part of the reply; false when it has none.
bool give_plain(CommandContext& ctx, protocol::ReplyWriter& reply, const ReadCall& call, size_t i,
                StreamId after) {
  const KeyRef key = ctx.key(call.first_key + i);
  const auto* stream = ctx.container<StreamValue>(key, false);
  if (stream == nullptr || !has_behind(*stream, after)) return false;
  begin_stream(reply, key.bytes);
  reply_stream_range(reply, *stream, behind(after), StreamId::max(), call.most, false);
  return true;
}

bool give_grouped(CommandContext& ctx, protocol::ReplyWriter& reply, const ReadCall& call, size_t i,
                  StreamId after) {
  const KeyRef key = ctx.key(call.first_key + i);
  StreamEdit stream(ctx, key);
  StreamGroup& group = *stream->groups().find(call.group);
  const bool repeats = after != kNewEntries;
  // Redis 7.0 neither makes a consumer nor sees one who gets nothing.
  if (!repeats && !has_behind(*stream, group.last_id)) return false;
  types::StreamConsumer& consumer = consumer_seen(ctx, key, group, call.consumer);
  begin_stream(reply, key.bytes);
  repeats ? repeat(ctx, reply, *stream, consumer, after, call.most)
          : deliver(ctx, reply, *stream, group, consumer, call, call.most);
  finish_group_change(ctx, stream, 1);
  return true;
}

// --- waiting ------------------------------------------------------------------------------------------------------

void begin_served(protocol::ReplyWriter& reply, Bytes key) {
  reply.resp3() ? reply.map(1) : reply.array(1);
  begin_stream(reply, key);
}

// False: it must wait on.
bool serve_plain(CommandContext& ctx, const KeyRef& key, StreamId after, uint64_t most) {
  const auto* stream = ctx.container<StreamValue>(key, false);
  if (stream == nullptr || stream->last_id() <= after) return false;
  begin_served(ctx.reply(), key.bytes);
  reply_stream_range(ctx.reply(), *stream, behind(after), StreamId::max(), most, false);
  return true;
}

bool serve_grouped(CommandContext& ctx, const KeyRef& key, const ReadCall& call, uint64_t most) {
  StreamEdit stream(ctx, key);
  if (!stream) {
    ctx.fail("UNBLOCKED the stream key no longer exists");
    return true;
  }
  StreamGroup* const group = stream->groups().find(call.group);
  if (group == nullptr) {
    ctx.fail("NOGROUP the consumer group this client was blocked on no longer exists");
    return true;
  }
  if (stream->last_id() <= group->last_id) return false;
  types::StreamConsumer& consumer = consumer_seen(ctx, key, *group, call.consumer);
  begin_served(ctx.reply(), key.bytes);
  deliver(ctx, ctx.reply(), *stream, *group, consumer, call, most);
  finish_group_change(ctx, stream, 1);
  return true;
}

// A key of the waiting request has changed.
Outcome serve(CommandContext& ctx, const ReadCall& call) {
  const uint64_t most = call.most == 0 ? kMostWhenServed : call.most;
  for (size_t i = 0; i < call.streams; ++i) {
    const KeyRef key = ctx.key(call.first_key + i);
    if (!ctx.serves(key)) continue;
    const auto after = parse_stream_id(ctx.arg(call.first_key + call.streams + i));
    const bool served = call.grouped ? serve_grouped(ctx, key, call, most)
                                     : serve_plain(ctx, key, after.value_or(StreamId()), most);
    if (served) return Outcome::kDone;
    break;
  }
  return ctx.block({}, 0, BlockedRequest::Nothing::kNullArray);
}

std::string id_text(StreamId id) {
  std::string text = std::to_string(id.ms);
  text += '-';
  text += std::to_string(id.sequence);
  return text;
}

// "$" means now, so what is waited with are ids.
Outcome wait_for(CommandContext& ctx, const ReadCall& call, std::span<const StreamId> after) {
  std::vector<KeyRef> keys;
  std::vector<std::string> ids;
  std::vector<Bytes> arguments(ctx.args().begin(), ctx.args().end());
  ids.reserve(call.streams);
  for (size_t i = 0; i < call.streams; ++i) {
    keys.push_back(ctx.key(call.first_key + i));
    ids.push_back(id_text(after[i]));
    arguments[call.first_key + call.streams + i] = ids.back();
  }
  return ctx.block(keys, call.until_ms, BlockedRequest::Nothing::kNullArray, arguments);
}

Outcome read(CommandContext& ctx, bool grouped) {
  ReadCall call;
  call.grouped = grouped;
  if (!read_call(ctx, call)) return Outcome::kDone;
  if (ctx.serving()) return serve(ctx, call);
  std::vector<StreamId> after(call.streams);
  for (size_t i = 0; i < call.streams; ++i) {
    if (!resolve(ctx, call, i, after[i])) return Outcome::kDone;
  }
  // How many streams give something is known when they have given.
  protocol::ReplyBuffer body;
  protocol::ReplyWriter reply(body, ctx.reply().resp3() ? 3 : 2);
  int64_t given = 0;
  for (size_t i = 0; i < call.streams; ++i) {
    const bool gives =
        grouped ? give_grouped(ctx, reply, call, i, after[i]) : give_plain(ctx, reply, call, i, after[i]);
    given += gives ? 1 : 0;
  }
  if (given > 0) {
    ctx.reply().resp3() ? ctx.reply().map(given) : ctx.reply().array(given);
    ctx.reply().buffer().append_buffer(std::move(body));
    return Outcome::kDone;
  }
  if (call.blocks) return wait_for(ctx, call, after);
  ctx.reply().null_array();
  return Outcome::kDone;
}

// XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]
Outcome xread(CommandContext& ctx) {
  return read(ctx, false);
}
// XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]
Outcome xreadgroup(CommandContext& ctx) {
  return read(ctx, true);
}

constexpr CommandSpec kTable[] = {
    {.name = "xread",
     .arity = -4,
     .keys = keys::custom(find_keys_of_xread),
     .flags = kReadOnly | kBlocking | kMovableKeys,
     .acl = acl::kStream,
     .run = xread},
    {.name = "xreadgroup",
     .arity = -7,
     .keys = keys::custom(find_keys_of_xreadgroup),
     .flags = kWrite | kBlocking | kMovableKeys,
     .acl = acl::kStream,
     .run = xreadgroup},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> stream_read_commands() {
  return kTable;
}

}  // namespace corral::commands

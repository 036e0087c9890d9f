// Identifiers and ranges of streams in arguments, entries in replies.
// Threading: see stream_arguments.h.
// See: stream_arguments.h
#include "server/commands/stream_arguments.h"

#include <algorithm>
#include <string>

namespace corral::commands {

using namespace dispatch;
using types::StreamIterator;
using types::StreamValue;

namespace {

constexpr size_t kLongestId = 127;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Redis reads a number that is not the canonical text of one by strtoull(), which takes blanks, a sign and zeros in
// front, and to which a negative number is a high one.
std::optional<uint64_t> parse_loosely(Bytes text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return negative ? 0 - value : value;
}

std::optional<uint64_t> parse_half(Bytes text) {
  if (const auto number = protocol::parse_int64(text)) {
    if (*number < 0) return std::nullopt;
    return static_cast<uint64_t>(*number);
  }
  return parse_loosely(text);
}

char* write_uint64(char* out, uint64_t value) {
  if (value <= INT64_MAX) return protocol::write_int64(out, static_cast<int64_t>(value));
  out = protocol::write_int64(out, static_cast<int64_t>(value / 10));
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

bool is_everything(const StreamValue& stream, StreamId start, StreamId end) {
  return start <= stream.first_id() && end >= stream.last_id();
}

// The id without its "(", and whether it had one.
bool exclusive(Bytes& text) {
  const bool excluded = text.size() > 1 && text.front() == '(';
  if (excluded) text.remove_prefix(1);
  return excluded;
}

}  // namespace

std::optional<StreamId> parse_stream_id(Bytes text, const StreamIdSyntax& syntax) {
  if (text.size() > kLongestId) return std::nullopt;
  text = text.substr(0, text.find('\0'));
  if (text == "-" || text == "+") {
    if (syntax.strict) return std::nullopt;
    return text == "-" ? StreamId::min() : StreamId::max();
  }
  const size_t dash = text.find('-');
  const auto ms = parse_half(text.substr(0, dash));
  if (!ms) return std::nullopt;
  if (dash == Bytes::npos) return StreamId{*ms, syntax.sequence};
  const Bytes rest = text.substr(dash + 1);
  if (syntax.any_sequence != nullptr && rest == "*") {
    *syntax.any_sequence = true;
    return StreamId{*ms, 0};
  }
  const auto sequence = parse_half(rest);
  if (!sequence) return std::nullopt;
  return StreamId{*ms, *sequence};
}

bool stream_id_argument(CommandContext& ctx, size_t i, StreamId& id) {
  const auto parsed = parse_stream_id(ctx.arg(i));
  if (!parsed) {
    ctx.fail(kBadStreamId);
    return false;
  }
  id = *parsed;
  return true;
}

bool range_start(CommandContext& ctx, size_t i, StreamId& id) {
  Bytes text = ctx.arg(i);
  const bool excluded = exclusive(text);
  auto parsed = parse_stream_id(text, {.sequence = 0, .strict = excluded});
  if (!parsed) {
    ctx.fail(kBadStreamId);
    return false;
  }
  if (excluded) parsed = parsed->next();
  if (!parsed) {
    ctx.fail("ERR invalid start ID for the interval");
    return false;
  }
  id = *parsed;
  return true;
}

bool range_end(CommandContext& ctx, size_t i, StreamId& id) {
  Bytes text = ctx.arg(i);
  const bool excluded = exclusive(text);
  auto parsed = parse_stream_id(text, {.sequence = UINT64_MAX, .strict = excluded});
  if (!parsed) {
    ctx.fail(kBadStreamId);
    return false;
  }
  if (excluded) parsed = parsed->previous();
  if (!parsed) {
    ctx.fail("ERR invalid end ID for the interval");
    return false;
  }
  id = *parsed;
  return true;
}

bool integer_or(CommandContext& ctx, size_t i, int64_t& out, Bytes error) {
  const auto value = protocol::parse_int64(ctx.arg(i));
  if (!value) {
    ctx.fail(error);
    return false;
  }
  out = *value;
  return true;
}

Outcome fail_quoting(CommandContext& ctx, std::initializer_list<Bytes> parts) {
  std::string text;
  bool argument = false;
  for (const Bytes part : parts) {
    text += argument ? "'" : "";
    text += argument ? part.substr(0, part.find('\0')) : part;
    text += argument ? "'" : "";
    argument = !argument;
  }
  return ctx.fail(text);
}

void reply_stream_id(protocol::ReplyWriter& reply, StreamId id) {
  char text[2 * (protocol::kMaxInt64Chars + 1)];
  char* end = write_uint64(text, id.ms);
  *end++ = '-';
  end = write_uint64(end, id.sequence);
  reply.bulk({text, static_cast<size_t>(end - text)});
}

void reply_stream_entry(protocol::ReplyWriter& reply, const StreamIterator& entry) {
  reply.array(2);
  reply_stream_id(reply, entry.id());
  reply.array(2 * static_cast<int64_t>(entry.fields()));
  entry.each_field([&](const types::PackedElement& field, const types::PackedElement& value) {
    types::PackedElement::Buffer digits;
    reply.bulk(field.text(digits));
    reply.bulk(value.text(digits));
  });
}

bool reply_stream_entry(protocol::ReplyWriter& reply, const StreamValue& stream, StreamId id) {
  StreamIterator entry(stream, id, id);
  if (!entry.next()) return false;
  reply_stream_entry(reply, entry);
  return true;
}

uint64_t count_stream_entries(const StreamValue& stream, StreamId start, StreamId end, uint64_t most) {
  if (most == 0) most = UINT64_MAX;
  if (stream.size() == 0) return 0;
  if (is_everything(stream, start, end)) return std::min<uint64_t>(most, stream.size());
  uint64_t count = 0;
  StreamIterator entries(stream, start, end);
  while (count < most && entries.next()) ++count;
  return count;
}

void reply_stream_range(protocol::ReplyWriter& reply, const StreamValue& stream, StreamId start, StreamId end,
                        uint64_t most, bool reverse) {
  uint64_t left = count_stream_entries(stream, start, end, most);
  reply.array(static_cast<int64_t>(left));
  StreamIterator entries(stream, start, end, reverse);
  for (; left > 0 && entries.next(); --left) reply_stream_entry(reply, entries);
}

void finish_group_change(CommandContext& ctx, StreamEdit& stream, uint64_t changes) {
  stream.finish(0);
  if (changes > 0) ctx.worker().stats.dirty.add(changes);
}

types::StreamConsumer& consumer_seen(CommandContext& ctx, const KeyRef& key, types::StreamGroup& group,
                                     Bytes name) {
  if (types::StreamConsumer* const known = group.find_consumer(name)) {
    known->seen_ms = ctx.now_ms();
    return *known;
  }
  types::StreamConsumer& made = group.add_consumer(name, ctx.now_ms());
  ctx.worker().stats.dirty.add();
  ctx.notify(config::kStreamEvent, "xgroup-createconsumer", key);
  return made;
}

}  // namespace corral::commands

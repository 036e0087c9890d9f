// The entries of streams: XADD XLEN XRANGE XREVRANGE XDEL XTRIM XSETID.
// Threading: the stripes of the command's keys are held.
// See: server/types/README.md, "Streams"; server/types/stream_value.h.
#include <algorithm>
#include <vector>

#include "server/commands/stream_arguments.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::StreamIdRequest;
using types::StreamTrim;
using types::StreamValue;

// --- options of XADD and XTRIM ------------------------------------------------------------------------------------

struct AddOrTrim {
  bool no_new_stream = false;
  bool trims = false;
  StreamTrim trim;
  std::optional<int64_t> limit;
  StreamIdRequest id;  // XADD
  size_t id_at = 0;
};

bool refuse(CommandContext& ctx, Bytes text) {
  ctx.fail(text);
  return false;
}

// MAXLEN [=|~] count, MINID [=|~] id; `i` is left at the last argument.
bool read_trim(CommandContext& ctx, size_t& i, StreamTrim::Kind kind, AddOrTrim& out) {
  if (out.trims) {
    return refuse(ctx, "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  }
  out.trims = true;
  out.trim.kind = kind;
  if (i + 2 < ctx.argc() && (ctx.arg(i + 1) == "~" || ctx.arg(i + 1) == "=")) {
    out.trim.approximate = ctx.arg(++i) == "~";
  }
  ++i;
  if (kind == StreamTrim::Kind::kMinId) return stream_id_argument(ctx, i, out.trim.min_id);
  int64_t length = 0;
  if (!ctx.integer(i, length)) return false;
  if (length < 0) return refuse(ctx, "ERR The MAXLEN argument must be >= 0.");
  out.trim.max_length = static_cast<uint64_t>(length);
  return true;
}

// Trimming by "~" without LIMIT takes no more than the entries of a hundred nodes at a time.
int64_t default_limit(const types::Thresholds& thresholds) {
  constexpr int64_t kNodes = 100;
  constexpr int64_t kMost = 1'000'000;
  const int64_t entries = std::min<int64_t>(thresholds.stream_node_max_entries, kMost);
  return entries <= 0 ? 10'000 : std::min(kNodes * entries, kMost);
}

bool settle_limit(CommandContext& ctx, AddOrTrim& out) {
  if (out.limit.value_or(0) != 0 && !out.trims) {
    return refuse(ctx, "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
  }
  if (out.id_at == 0 && !out.trims) {
    return refuse(ctx, "ERR syntax error, XTRIM must be called with a trimming strategy");
  }
  if (out.limit && !out.trim.approximate) {
    return refuse(ctx, "ERR syntax error, LIMIT cannot be used without the special ~ option");
  }
  if (out.trim.approximate) out.trim.limit = out.limit ? *out.limit : default_limit(ctx.thresholds());
  return true;
}

bool read_limit(CommandContext& ctx, size_t i, AddOrTrim& out) {
  int64_t limit = 0;
  if (!ctx.integer(i, limit)) return false;
  if (limit < 0) return refuse(ctx, "ERR The LIMIT argument must be >= 0.");
  out.limit = limit;
  return true;
}

bool read_new_id(CommandContext& ctx, size_t i, AddOrTrim& out) {
  out.id_at = i;
  if (ctx.arg(i) == "*") return true;
  bool any_sequence = false;
  const auto id = parse_stream_id(ctx.arg(i), {.any_sequence = &any_sequence});
  if (!id) return refuse(ctx, kBadStreamId);
  out.id = {any_sequence ? StreamIdRequest::Kind::kAutoSequence : StreamIdRequest::Kind::kExplicit, *id};
  return true;
}

// Options from argument 2 on, for XADD up to the id; on failure the error is written.
bool read_options(CommandContext& ctx, bool adds, AddOrTrim& out) {
  const auto is = [&](size_t i, Bytes word) { return protocol::equals_ignore_case(ctx.arg(i), word); };
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const bool more = i + 1 < ctx.argc();
    bool good = true;
    if (adds && ctx.arg(i) == "*") {
      good = read_new_id(ctx, i, out);
    } else if (is(i, "maxlen") && more) {
      good = read_trim(ctx, i, StreamTrim::Kind::kMaxLength, out);
    } else if (is(i, "minid") && more) {
      good = read_trim(ctx, i, StreamTrim::Kind::kMinId, out);
    } else if (is(i, "limit") && more) {
      good = read_limit(ctx, ++i, out);
    } else if (adds && is(i, "nomkstream")) {
      out.no_new_stream = true;
    } else if (adds) {
      good = read_new_id(ctx, i, out);
    } else {
      return refuse(ctx, error_text::kSyntax);
    }
    if (!good) return false;
    if (out.id_at != 0) break;
  }
  // XADD without an id is short of arguments, too, which is told before anything that is told here.
  if (adds && out.id_at == 0) out.id_at = ctx.argc();
  return settle_limit(ctx, out);
}

// --- changing -----------------------------------------------------------------------------------------------------

bool too_large(StreamValue::Fields fields) {
  uint64_t bytes = 0;
  for (const Bytes text : fields) bytes += text.size();
  return bytes > types::StreamNode::kMostBytes;
}

// XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value ...]
Outcome xadd(CommandContext& ctx) {
  AddOrTrim options;
  if (!read_options(ctx, true, options)) return Outcome::kDone;
  const size_t first_field = options.id_at + 1;
  if (ctx.argc() < first_field + 2 || (ctx.argc() - first_field) % 2 == 1) return ctx.fail_arity();
  if (options.id.kind == StreamIdRequest::Kind::kExplicit && options.id.id.zero()) {
    return ctx.fail("ERR The ID specified in XADD must be greater than 0-0");
  }
  const KeyRef key = ctx.key(1);
  StreamEdit stream(ctx, key);
  if (stream.refused()) return Outcome::kDone;
  if (!stream && options.no_new_stream) {
    ctx.reply().null();
    return Outcome::kDone;
  }
  StreamValue& value = stream.make();
  if (value.last_id() == StreamId::max()) {
    return ctx.fail("ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  const auto id = new_stream_id(options.id, value.last_id(), static_cast<uint64_t>(ctx.now_ms()));
  if (!id) {
    return ctx.fail("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  }
  const StreamValue::Fields fields = ctx.args().subspan(first_field);
  if (too_large(fields)) return ctx.fail("ERR Elements are too large to be stored");
  value.append(*id, fields, ctx.thresholds());
  const uint64_t trimmed = options.trims ? value.trim(options.trim) : 0;
  stream.finish(1);
  ctx.notify(config::kStreamEvent, "xadd", key);
  if (trimmed > 0) ctx.notify(config::kStreamEvent, "xtrim", key);
  reply_stream_id(ctx.reply(), *id);
  return Outcome::kDone;
}

// XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count]
Outcome xtrim(CommandContext& ctx) {
  AddOrTrim options;
  if (!read_options(ctx, false, options)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  StreamEdit stream(ctx, key);
  if (stream.refused()) return Outcome::kDone;
  const uint64_t trimmed = stream ? stream->trim(options.trim) : 0;
  stream.finish(static_cast<int64_t>(trimmed));
  if (trimmed > 0) ctx.notify(config::kStreamEvent, "xtrim", key);
  ctx.reply().integer(static_cast<int64_t>(trimmed));
  return Outcome::kDone;
}

// XDEL key id [id ...]
Outcome xdel(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  StreamEdit stream(ctx, key);
  if (stream.refused()) return Outcome::kDone;
  int64_t deleted = 0;
  if (stream) {
    StreamId id;
    for (size_t i = 2; i < ctx.argc(); ++i) {
      if (!stream_id_argument(ctx, i, id)) return Outcome::kDone;
    }
    for (size_t i = 2; i < ctx.argc(); ++i) deleted += stream->erase(*parse_stream_id(ctx.arg(i))) ? 1 : 0;
  }
  stream.finish(deleted);
  if (deleted > 0) ctx.notify(config::kStreamEvent, "xdel", key);
  ctx.reply().integer(deleted);
  return Outcome::kDone;
}

struct SetIdOptions {
  StreamId id;
  std::optional<uint64_t> entries_added;
  StreamId max_deleted_id;
};

bool read_set_id(CommandContext& ctx, SetIdOptions& out) {
  if (!stream_id_argument(ctx, 2, out.id)) return false;
  for (size_t i = 3; i < ctx.argc(); i += 2) {
    const bool more = i + 1 < ctx.argc();
    if (protocol::equals_ignore_case(ctx.arg(i), "entriesadded") && more) {
      int64_t added = 0;
      if (!ctx.integer(i + 1, added)) return false;
      if (added < 0) return refuse(ctx, "ERR entries_added must be positive");
      out.entries_added = static_cast<uint64_t>(added);
    } else if (protocol::equals_ignore_case(ctx.arg(i), "maxdeletedid") && more) {
      if (!stream_id_argument(ctx, i + 1, out.max_deleted_id)) return false;
      if (out.id < out.max_deleted_id) {
        return refuse(ctx,
                      "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
    } else {
      return refuse(ctx, error_text::kSyntax);
    }
  }
  return true;
}

// XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]
Outcome xsetid(CommandContext& ctx) {
  SetIdOptions options;
  if (!read_set_id(ctx, options)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  StreamEdit stream(ctx, key);
  if (stream.refused()) return Outcome::kDone;
  if (!stream) return ctx.fail(error_text::kNoSuchKey);
  if (options.id < stream->max_deleted_id()) {
    return ctx.fail("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  }
  if (stream->size() > 0) {
    types::StreamIterator last(*stream, StreamId::min(), StreamId::max(), true);
    if (last.next() && options.id < last.id()) {
      return ctx.fail("ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    if (options.entries_added && stream->size() > *options.entries_added) {
      return ctx.fail("ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
  }
  stream->set_last_id(options.id);
  if (options.entries_added) stream->set_entries_added(*options.entries_added);
  if (!options.max_deleted_id.zero()) stream->set_max_deleted_id(options.max_deleted_id);
  finish_group_change(ctx, stream, 1);
  ctx.notify(config::kStreamEvent, "xsetid", key);
  ctx.reply().ok();
  return Outcome::kDone;
}

// --- reading ------------------------------------------------------------------------------------------------------

// XLEN key
Outcome xlen(CommandContext& ctx) {
  const auto* stream = ctx.container<StreamValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().integer(stream == nullptr ? 0 : static_cast<int64_t>(stream->size()));
  return Outcome::kDone;
}

Outcome range(CommandContext& ctx, bool reverse) {
  StreamId start;
  StreamId end;
  if (!range_start(ctx, reverse ? 3 : 2, start) || !range_end(ctx, reverse ? 2 : 3, end))
    return Outcome::kDone;
  std::optional<int64_t> count;
  for (size_t i = 4; i < ctx.argc(); i += 2) {
    if (!protocol::equals_ignore_case(ctx.arg(i), "count") || i + 1 >= ctx.argc()) {
      return ctx.fail(error_text::kSyntax);
    }
    int64_t given = 0;
    if (!ctx.integer(i + 1, given)) return Outcome::kDone;
    count = std::max<int64_t>(given, 0);
  }
  const auto* stream = ctx.container<StreamValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  if (stream == nullptr) {
    ctx.reply().array(0);
  } else if (count == 0) {
    ctx.reply().null_array();
  } else {
    reply_stream_range(ctx.reply(), *stream, start, end, static_cast<uint64_t>(count.value_or(0)), reverse);
  }
  return Outcome::kDone;
}

// XRANGE key start end [COUNT count]
Outcome xrange(CommandContext& ctx) {
  return range(ctx, false);
}
// XREVRANGE key end start [COUNT count]
Outcome xrevrange(CommandContext& ctx) {
  return range(ctx, true);
}

constexpr CommandSpec on_stream(std::string_view name, int arity, uint32_t flags, Handler run) {
  return {
      .name = name, .arity = arity, .keys = keys::one(1), .flags = flags, .acl = acl::kStream, .run = run};
}
constexpr CommandSpec kTable[] = {
    on_stream("xadd", -5, kWrite | kDenyOom | kFast, xadd),
    on_stream("xlen", 2, kReadOnly | kFast, xlen),
    on_stream("xrange", -4, kReadOnly, xrange),
    on_stream("xrevrange", -4, kReadOnly, xrevrange),
    on_stream("xdel", -3, kWrite | kFast, xdel),
    on_stream("xtrim", -4, kWrite, xtrim),
    on_stream("xsetid", -3, kWrite | kDenyOom | kFast, xsetid),
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> stream_commands() {
  return kTable;
}

}  // namespace corral::commands

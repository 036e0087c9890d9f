// Commands on parts of strings: APPEND, GETRANGE, SUBSTR, SETRANGE, STRLEN.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#include <algorithm>
#include <cstring>

#include "server/commands/string_value.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;

// Whether a string of begin + more bytes would be longer than a client may send in one piece.
bool too_long(CommandContext& ctx, uint64_t begin, uint64_t more) {
  const uint64_t limit = static_cast<uint64_t>(int64_t{ctx.services().settings.proto_max_bulk_len});
  return begin > limit || more > limit - begin;
}

// Writes `part` into the existing string at `offset`, which grows as needed; returns the new length.
size_t overwrite(CommandContext& ctx, const KeyRef& key, Entry* entry, size_t offset, Bytes part) {
  const size_t size = std::max(entry->string().size(), offset + part.size());
  char* bytes = ctx.writable_string(key, entry, size);
  if (!part.empty()) std::memcpy(bytes + offset, part.data(), part.size());
  ctx.modified(key, entry);
  return size;
}

// APPEND key value
Outcome append(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  const Bytes tail = ctx.arg(2);
  Entry* entry = ctx.find(key);
  if (entry == nullptr) {
    StringValue value(tail);
    ctx.put_string(key, value.take(), Expiry::none());
    ctx.notify(config::kStringEvent, "append", key);
    ctx.reply().integer(static_cast<int64_t>(tail.size()));
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  const size_t end = entry->string().size();
  if (too_long(ctx, end, tail.size())) return ctx.fail(error_text::kStringTooLong);
  ctx.reply().integer(static_cast<int64_t>(overwrite(ctx, key, entry, end, tail)));
  ctx.notify(config::kStringEvent, "append", key);
  return Outcome::kDone;
}

// SETRANGE key offset value
Outcome setrange(CommandContext& ctx) {
  int64_t offset = 0;
  if (!ctx.integer(2, offset)) return Outcome::kDone;
  if (offset < 0) return ctx.fail(error_text::kOffsetOutOfRange);
  const KeyRef key = ctx.key(1);
  const Bytes part = ctx.arg(3);
  Entry* entry = ctx.find(key);
  if (entry != nullptr && !entry->is_string()) return ctx.fail(error_text::kWrongType);
  if (part.empty()) {
    ctx.reply().integer(entry == nullptr ? 0 : static_cast<int64_t>(entry->string().size()));
    return Outcome::kDone;
  }
  if (too_long(ctx, static_cast<uint64_t>(offset), part.size())) return ctx.fail(error_text::kStringTooLong);
  size_t size = static_cast<size_t>(offset) + part.size();
  if (entry == nullptr) {
    BlankString padded(size);
    std::memcpy(padded.data() + offset, part.data(), part.size());
    ctx.put_string(key, padded.take(), Expiry::none());
  } else {
    size = overwrite(ctx, key, entry, static_cast<size_t>(offset), part);
  }
  ctx.notify(config::kStringEvent, "setrange", key);
  ctx.reply().integer(static_cast<int64_t>(size));
  return Outcome::kDone;
}

// Bytes `start` to `end` (inclusive; negative: from the end) of the text, as GETRANGE cuts them.
Bytes cut(Bytes text, int64_t start, int64_t end) {
  const auto size = static_cast<int64_t>(text.size());
  if (start < 0 && end < 0 && start > end) return {};
  if (start < 0) start = std::max<int64_t>(size + start, 0);
  if (end < 0) end = std::max<int64_t>(size + end, 0);
  end = std::min(end, size - 1);
  if (size == 0 || start > end) return {};
  return text.substr(static_cast<size_t>(start), static_cast<size_t>(end - start + 1));
}

// GETRANGE key start end; SUBSTR is its old name.
Outcome getrange(CommandContext& ctx) {
  int64_t start = 0;
  int64_t end = 0;
  if (!ctx.integer(2, start) || !ctx.integer(3, end)) return Outcome::kDone;
  const Entry* entry = ctx.find(ctx.key(1), true);
  if (entry == nullptr) {
    ctx.reply().bulk({});
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  base::Blob* blob = entry->blob();
  if (blob == nullptr) {
    ctx.reply().bulk(cut(entry->string(), start, end));
  } else {
    write_blob(ctx.reply(), blob, cut(blob->view(), start, end));
  }
  return Outcome::kDone;
}

// STRLEN key
Outcome strlen(CommandContext& ctx) {
  const Entry* entry = ctx.find(ctx.key(1), true);
  if (entry != nullptr && !entry->is_string()) return ctx.fail(error_text::kWrongType);
  ctx.reply().integer(entry == nullptr ? 0 : static_cast<int64_t>(entry->string().size()));
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "append", .arity = 3, .keys = keys::one(1), .flags = kWrite | kDenyOom | kFast, .acl = acl::kString,
     .run = append},
    {.name = "getrange", .arity = 4, .keys = keys::one(1), .flags = kReadOnly, .acl = acl::kString, .run = getrange},
    {.name = "substr", .arity = 4, .keys = keys::one(1), .flags = kReadOnly, .acl = acl::kString, .run = getrange},
    {.name = "setrange", .arity = 4, .keys = keys::one(1), .flags = kWrite | kDenyOom, .acl = acl::kString,
     .run = setrange},
    {.name = "strlen", .arity = 2, .keys = keys::one(1), .flags = kReadOnly | kFast, .acl = acl::kString,
     .run = strlen},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> string_range_commands() { return kTable; }

}  // namespace corral::commands

// Fields of hashes, read and written: HSET HSETNX HMSET HGET HMGET HGETALL HKEYS HVALS HDEL HEXISTS HLEN HSTRLEN.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/hash_value.h.
#include "server/commands/hash_fields.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::HashValue;

// How many fields were new; nothing when the error is answered.
std::optional<int64_t> set_pairs(CommandContext& ctx) {
  if (ctx.argc() % 2 != 0) {
    ctx.fail_arity();
    return std::nullopt;
  }
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  if (hash.refused()) return std::nullopt;
  HashValue& value = hash_of(ctx, hash);
  int64_t added = 0;
  for (size_t i = 2; i < ctx.argc(); i += 2) {
    added += value.set(ctx.arg(i), ctx.arg(i + 1), ctx.now_ms(), ctx.thresholds()) ? 1 : 0;
  }
  hash.finish(static_cast<int64_t>((ctx.argc() - 2) / 2));
  ctx.notify(config::kHashEvent, "hset", key);
  return added;
}

// HSET key field value [field value ...]
Outcome hset(CommandContext& ctx) {
  if (const auto added = set_pairs(ctx)) ctx.reply().integer(*added);
  return Outcome::kDone;
}

// HMSET key field value [field value ...]
Outcome hmset(CommandContext& ctx) {
  if (set_pairs(ctx)) ctx.reply().ok();
  return Outcome::kDone;
}

// HSETNX key field value
Outcome hsetnx(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  if (hash.refused()) return Outcome::kDone;
  if (hash && hash->contains(ctx.arg(2), ctx.now_ms())) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  hash_of(ctx, hash).set(ctx.arg(2), ctx.arg(3), ctx.now_ms(), ctx.thresholds());
  hash.finish(1);
  ctx.notify(config::kHashEvent, "hset", key);
  ctx.reply().integer(1);
  return Outcome::kDone;
}

using Shape = session::ParkedRead::Shape;

// HGET key field
Outcome hget(CommandContext& ctx) {
  bool parked = false;
  const HashValue* hash = ctx.read_hash(ctx.key(1), Shape::kField, ctx.args().subspan(2), &parked);
  if (parked) return Outcome::kParked;
  if (!ctx.failed()) write_field(ctx.reply(), hash, ctx.arg(2), ctx.now_ms());
  return Outcome::kDone;
}

// HMGET key field [field ...]
Outcome hmget(CommandContext& ctx) {
  bool parked = false;
  const HashValue* hash = ctx.read_hash(ctx.key(1), Shape::kFields, ctx.args().subspan(2), &parked);
  if (parked) return Outcome::kParked;
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().array(static_cast<int64_t>(ctx.argc() - 2));
  for (size_t i = 2; i < ctx.argc(); ++i) write_field(ctx.reply(), hash, ctx.arg(i), ctx.now_ms());
  return Outcome::kDone;
}

// HGETALL key
Outcome hgetall(CommandContext& ctx) {
  bool parked = false;
  const HashValue* hash = ctx.read_hash(ctx.key(1), Shape::kAllFields, {}, &parked);
  if (parked) return Outcome::kParked;
  if (!ctx.failed()) write_pairs(ctx.reply(), hash, ctx.now_ms(), kFields | kValues);
  return Outcome::kDone;
}

// HKEYS key
Outcome hkeys(CommandContext& ctx) {
  const auto* hash = ctx.container<HashValue>(ctx.key(1));
  if (!ctx.failed()) write_pairs(ctx.reply(), hash, ctx.now_ms(), kFields);
  return Outcome::kDone;
}

// HVALS key
Outcome hvals(CommandContext& ctx) {
  const auto* hash = ctx.container<HashValue>(ctx.key(1));
  if (!ctx.failed()) write_pairs(ctx.reply(), hash, ctx.now_ms(), kValues);
  return Outcome::kDone;
}

// HDEL key field [field ...]
Outcome hdel(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  if (hash.refused()) return Outcome::kDone;
  int64_t removed = 0;
  for (size_t i = 2; hash && i < ctx.argc(); ++i) removed += hash->erase(ctx.arg(i), ctx.now_ms()) ? 1 : 0;
  if (removed > 0) hash.finish_removal(removed, "hdel");
  ctx.reply().integer(removed);
  return Outcome::kDone;
}

// HEXISTS key field
Outcome hexists(CommandContext& ctx) {
  const auto* hash = ctx.container<HashValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().integer(hash != nullptr && hash->contains(ctx.arg(2), ctx.now_ms()) ? 1 : 0);
  return Outcome::kDone;
}

// HLEN key
Outcome hlen(CommandContext& ctx) {
  const auto* hash = ctx.container<HashValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().integer(hash == nullptr ? 0 : static_cast<int64_t>(hash->size()));
  return Outcome::kDone;
}

// HSTRLEN key field
Outcome hstrlen(CommandContext& ctx) {
  const auto* hash = ctx.container<HashValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  const auto value = hash == nullptr ? std::nullopt : hash->get(ctx.arg(2), ctx.now_ms());
  ctx.reply().integer(value ? static_cast<int64_t>(value->size()) : 0);
  return Outcome::kDone;
}

constexpr CommandSpec row(std::string_view name, int arity, uint32_t flags, Handler run) {
  return {.name = name, .arity = arity, .keys = keys::one(1), .flags = flags, .acl = acl::kHash, .run = run};
}
constexpr uint32_t kSetFlags = kWrite | kDenyOom | kFast;
constexpr uint32_t kGetFlags = kReadOnly | kFast;

constexpr CommandSpec kTable[] = {
    row("hset", -4, kSetFlags, hset),      row("hmset", -4, kSetFlags, hmset),
    row("hsetnx", 4, kSetFlags, hsetnx),   row("hget", 3, kGetFlags, hget),
    row("hmget", -3, kGetFlags, hmget),    row("hgetall", 2, kReadOnly, hgetall),
    row("hkeys", 2, kReadOnly, hkeys),     row("hvals", 2, kReadOnly, hvals),
    row("hdel", -3, kWrite | kFast, hdel), row("hexists", 3, kGetFlags, hexists),
    row("hlen", 2, kGetFlags, hlen),       row("hstrlen", 3, kGetFlags, hstrlen),
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> hash_commands() {
  return kTable;
}

}  // namespace corral::commands

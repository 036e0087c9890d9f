// Times of fields (Redis 7.4): HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT HTTL HPTTL HEXPIRETIME HPEXPIRETIME HPERSIST.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder, "Times of fields".
#include "server/commands/field_list.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;
using types::HashValue;

// What these commands answer of each field.
enum Answer : int8_t { kNoField = -2, kNoTime = -1, kNotMet = 0, kSet = 1, kRemoved = 2 };

enum class Condition : uint8_t { kNone, kNx, kXx, kGt, kLt };

Condition parse_condition(Bytes word) {
  if (equals_ignore_case(word, "nx")) return Condition::kNx;
  if (equals_ignore_case(word, "xx")) return Condition::kXx;
  if (equals_ignore_case(word, "gt")) return Condition::kGt;
  return equals_ignore_case(word, "lt") ? Condition::kLt : Condition::kNone;
}

// `now` is kNever for a field without a time, which is later than any.
bool allowed(Condition condition, int64_t now, int64_t later) {
  switch (condition) {
    case Condition::kNone:
      return true;
    case Condition::kNx:
      return now == HashValue::kNever;
    case Condition::kXx:
      return now != HashValue::kNever;
    case Condition::kGt:
      return later > now;
    case Condition::kLt:
      return later < now;
  }
  return false;
}

Answer set_field(HashValue& hash, Bytes field, Condition condition, int64_t at_ms, int64_t now_ms) {
  if (!hash.contains(field, now_ms)) return kNoField;
  if (!allowed(condition, hash.expiry_ms(field, now_ms), at_ms)) return kNotMet;
  return expire_or_remove(hash, field, at_ms, now_ms) ? kRemoved : kSet;
}

Outcome set_times(CommandContext& ctx, TimeForm form) {
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  if (hash.refused()) return Outcome::kDone;
  int64_t at_ms = 0;
  if (!read_field_time(ctx, 2, form, at_ms)) return Outcome::kDone;
  const Condition condition = parse_condition(ctx.arg(3));
  FieldList fields;
  if (!read_field_list(ctx, condition == Condition::kNone ? 3 : 4,
                       "ERR Parameter `numFields` should be greater than 0", fields)) {
    return Outcome::kDone;
  }
  ctx.reply().array(static_cast<int64_t>(fields.size()));
  int64_t changed = 0;
  bool removed = false;
  for (size_t i = fields.first; i < fields.end; ++i) {
    const Answer answer = hash ? set_field(*hash, ctx.arg(i), condition, at_ms, ctx.now_ms()) : kNoField;
    ctx.reply().integer(answer);
    changed += answer == kSet || answer == kRemoved ? 1 : 0;
    removed |= answer == kRemoved;
  }
  if (changed > 0) hash.finish_removal(changed, removed ? "hdel" : "hexpire");
  return Outcome::kDone;
}

// HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...], and so the other three
Outcome hexpire(CommandContext& ctx) {
  return set_times(ctx, {.seconds = true, .absolute = false});
}
Outcome hpexpire(CommandContext& ctx) {
  return set_times(ctx, {.seconds = false, .absolute = false});
}
Outcome hexpireat(CommandContext& ctx) {
  return set_times(ctx, {.seconds = true, .absolute = true});
}
Outcome hpexpireat(CommandContext& ctx) {
  return set_times(ctx, {.seconds = false, .absolute = true});
}

int64_t time_of(CommandContext& ctx, const HashValue* hash, Bytes field, TimeForm form) {
  if (hash == nullptr || !hash->contains(field, ctx.now_ms())) return kNoField;
  const int64_t at_ms = hash->expiry_ms(field, ctx.now_ms());
  if (at_ms == HashValue::kNever) return kNoTime;
  const int64_t ms = form.absolute ? at_ms : at_ms - ctx.now_ms();
  return form.seconds ? (ms + 999) / 1000 : ms;
}

Outcome answer_times(CommandContext& ctx, TimeForm form) {
  const auto* hash = ctx.container<HashValue>(ctx.key(1));
  FieldList fields;
  if (ctx.failed() || !read_field_list(ctx, 2, kFieldsNotPositive, fields)) return Outcome::kDone;
  ctx.reply().array(static_cast<int64_t>(fields.size()));
  for (size_t i = fields.first; i < fields.end; ++i)
    ctx.reply().integer(time_of(ctx, hash, ctx.arg(i), form));
  return Outcome::kDone;
}

// HTTL key FIELDS numfields field [field ...], and so the other three
Outcome httl(CommandContext& ctx) {
  return answer_times(ctx, {.seconds = true, .absolute = false});
}
Outcome hpttl(CommandContext& ctx) {
  return answer_times(ctx, {.seconds = false, .absolute = false});
}
Outcome hexpiretime(CommandContext& ctx) {
  return answer_times(ctx, {.seconds = true, .absolute = true});
}
Outcome hpexpiretime(CommandContext& ctx) {
  return answer_times(ctx, {.seconds = false, .absolute = true});
}

// HPERSIST key FIELDS numfields field [field ...]
Outcome hpersist(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  FieldList fields;
  if (hash.refused() || !read_field_list(ctx, 2, kFieldsNotPositive, fields)) return Outcome::kDone;
  ctx.reply().array(static_cast<int64_t>(fields.size()));
  bool changed = false;
  for (size_t i = fields.first; i < fields.end; ++i) {
    Answer answer = kNoField;
    if (hash && hash->contains(ctx.arg(i), ctx.now_ms())) {
      answer = hash->expiry_ms(ctx.arg(i), ctx.now_ms()) == HashValue::kNever ? kNoTime : kSet;
      if (answer == kSet) hash->set_expiry(ctx.arg(i), HashValue::kNever, ctx.now_ms());
    }
    changed |= answer == kSet;
    ctx.reply().integer(answer);
  }
  if (!changed) return Outcome::kDone;
  hash.finish(1);
  ctx.notify(config::kHashEvent, "hpersist", key);
  return Outcome::kDone;
}

constexpr CommandSpec row(std::string_view name, int arity, uint32_t flags, Handler run) {
  return {.name = name, .arity = arity, .keys = keys::one(1), .flags = flags, .acl = acl::kHash, .run = run};
}
constexpr CommandSpec kTable[] = {
    row("hexpire", -6, kWrite | kDenyOom | kFast, hexpire),
    row("hpexpire", -6, kWrite | kDenyOom | kFast, hpexpire),
    row("hexpireat", -6, kWrite | kDenyOom | kFast, hexpireat),
    row("hpexpireat", -6, kWrite | kDenyOom | kFast, hpexpireat),
    row("httl", -5, kReadOnly | kFast, httl),
    row("hpttl", -5, kReadOnly | kFast, hpttl),
    row("hexpiretime", -5, kReadOnly | kFast, hexpiretime),
    row("hpexpiretime", -5, kReadOnly | kFast, hpexpiretime),
    row("hpersist", -5, kWrite | kFast, hpersist),
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> hash_expire_commands() {
  return kTable;
}

}  // namespace corral::commands

// Fields that are numbers: HINCRBY HINCRBYFLOAT.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#include <cmath>
#include <string>

#include "protocol/number.h"
#include "server/commands/hash_fields.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::HashValue;
using types::PackedElement;

constexpr Bytes kFieldNotInteger = "ERR hash value is not an integer";
constexpr Bytes kFieldNotFloat = "ERR hash value is not a float";

// The text of the field now; nothing when there is none. `buffer` must live as long as it is used.
std::optional<Bytes> text_now(CommandContext& ctx, HashEdit& hash, PackedElement::Buffer& buffer) {
  const auto value = hash ? hash->get(ctx.arg(2), ctx.now_ms()) : std::nullopt;
  if (!value) return std::nullopt;
  return value->text(buffer);
}

// A number keeps the time to live of its field.
void put_number(CommandContext& ctx, HashEdit& hash, const KeyRef& key, Bytes text, std::string_view event) {
  hash_of(ctx, hash).set(ctx.arg(2), text, ctx.now_ms(), ctx.thresholds(), HashValue::Expiry::kKeep);
  hash.finish(1);
  ctx.notify(config::kHashEvent, event, key);
}

// HINCRBY key field increment
Outcome hincrby(CommandContext& ctx) {
  int64_t delta = 0;
  if (!ctx.integer(3, delta)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  if (hash.refused()) return Outcome::kDone;
  int64_t value = 0;
  PackedElement::Buffer digits;
  if (const auto old = text_now(ctx, hash, digits)) {
    const auto number = protocol::parse_int64(*old);
    if (!number) return ctx.fail(kFieldNotInteger);
    value = *number;
  }
  if (__builtin_add_overflow(value, delta, &value)) return ctx.fail(error_text::kOverflow);
  char text[protocol::kMaxInt64Chars];
  put_number(ctx, hash, key, {text, static_cast<size_t>(protocol::write_int64(text, value) - text)},
             "hincrby");
  ctx.reply().integer(value);
  return Outcome::kDone;
}

// HINCRBYFLOAT key field increment
Outcome hincrbyfloat(CommandContext& ctx) {
  const auto delta = protocol::parse_long_double(ctx.arg(3));
  if (!delta) return ctx.fail(error_text::kNotFloat);
  if (std::isnan(*delta) || std::isinf(*delta)) return ctx.fail("ERR value is NaN or Infinity");
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  if (hash.refused()) return Outcome::kDone;
  long double value = 0;
  PackedElement::Buffer digits;
  if (const auto old = text_now(ctx, hash, digits)) {
    const auto number = protocol::parse_long_double(*old);
    if (!number) return ctx.fail(kFieldNotFloat);
    value = *number;
  }
  value += *delta;
  if (std::isnan(value) || std::isinf(value)) return ctx.fail(error_text::kNanOrInfinity);
  const std::string text = protocol::long_double_text(value);
  put_number(ctx, hash, key, text, "hincrbyfloat");
  ctx.reply().bulk(text);
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "hincrby",
     .arity = 4,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom | kFast,
     .acl = acl::kHash,
     .run = hincrby},
    {.name = "hincrbyfloat",
     .arity = 4,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom | kFast,
     .acl = acl::kHash,
     .run = hincrbyfloat},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> hash_numeric_commands() {
  return kTable;
}

}  // namespace corral::commands

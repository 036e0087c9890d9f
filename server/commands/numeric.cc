// Strings that are numbers: INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#include <cmath>
#include <string>

#include "protocol/number.h"
#include "server/commands/string_value.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;

// Adds to the integer in the key; a missing key counts as 0. The expiry stays.
Outcome add(CommandContext& ctx, int64_t delta) {
  const KeyRef key = ctx.key(1);
  const Entry* entry = ctx.find(key);
  int64_t value = 0;
  if (entry != nullptr) {
    if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
    const auto old = protocol::parse_int64(entry->string());
    if (!old) return ctx.fail(error_text::kNotInteger);
    value = *old;
  }
  if (__builtin_add_overflow(value, delta, &value)) return ctx.fail(error_text::kOverflow);
  char text[protocol::kMaxInt64Chars];
  const size_t size = static_cast<size_t>(protocol::write_int64(text, value) - text);
  ctx.put_string(key, {{text, size}, nullptr, store::StringEncoding::kInt}, Expiry::keep());
  ctx.notify(config::kStringEvent, "incrby", key);
  ctx.reply().integer(value);
  return Outcome::kDone;
}

// INCR key
Outcome incr(CommandContext& ctx) { return add(ctx, 1); }

// DECR key
Outcome decr(CommandContext& ctx) { return add(ctx, -1); }

// INCRBY key increment
Outcome incrby(CommandContext& ctx) {
  int64_t delta = 0;
  return ctx.integer(2, delta) ? add(ctx, delta) : Outcome::kDone;
}

// DECRBY key decrement
Outcome decrby(CommandContext& ctx) {
  int64_t delta = 0;
  if (!ctx.integer(2, delta)) return Outcome::kDone;
  if (delta == INT64_MIN) return ctx.fail("ERR decrement would overflow");
  return add(ctx, -delta);
}

// INCRBYFLOAT key increment
Outcome incrbyfloat(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  const Entry* entry = ctx.find(key);
  long double value = 0;
  if (entry != nullptr) {
    if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
    const auto old = protocol::parse_long_double(entry->string());
    if (!old) return ctx.fail(error_text::kNotFloat);
    value = *old;
  }
  const auto delta = protocol::parse_long_double(ctx.arg(2));
  if (!delta) return ctx.fail(error_text::kNotFloat);
  value += *delta;
  if (std::isnan(value) || std::isinf(value)) return ctx.fail(error_text::kNanOrInfinity);
  const std::string text = protocol::long_double_text(value);
  constexpr size_t kMaxEmbstrBytes = 44;  // a float is kept as text even when it has no fraction
  StringValue stored(text, text.size() <= kMaxEmbstrBytes ? store::StringEncoding::kEmbstr
                                                          : store::StringEncoding::kRaw);
  ctx.put_string(key, stored.take(), Expiry::keep());
  ctx.notify(config::kStringEvent, "incrbyfloat", key);
  ctx.reply().bulk(text);
  return Outcome::kDone;
}

constexpr uint32_t kFlags = kWrite | kDenyOom | kFast;
constexpr CommandSpec kTable[] = {
    {.name = "incr", .arity = 2, .keys = keys::one(1), .flags = kFlags, .acl = acl::kString, .run = incr},
    {.name = "decr", .arity = 2, .keys = keys::one(1), .flags = kFlags, .acl = acl::kString, .run = decr},
    {.name = "incrby", .arity = 3, .keys = keys::one(1), .flags = kFlags, .acl = acl::kString, .run = incrby},
    {.name = "decrby", .arity = 3, .keys = keys::one(1), .flags = kFlags, .acl = acl::kString, .run = decrby},
    {.name = "incrbyfloat", .arity = 3, .keys = keys::one(1), .flags = kFlags, .acl = acl::kString,
     .run = incrbyfloat},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> numeric_commands() { return kTable; }

}  // namespace corral::commands

// Strings under conditions, as Redis 8.4 and Valkey 9 have them: DIGEST, DELEX, DELIFEQ, MSETEX.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder, "Comparisons".
#include <vector>

#include "protocol/number.h"
#include "server/commands/comparison.h"
#include "server/commands/set_options.h"
#include "server/commands/string_value.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;

// DIGEST key
Outcome digest(CommandContext& ctx) {
  const Entry* entry = ctx.find(ctx.key(1), true);
  if (entry == nullptr) {
    ctx.reply().null();
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  ctx.reply().bulk(hex_digest(entry->string()));
  return Outcome::kDone;
}

// Removes the key as DEL would, if it holds a string of which the comparison is true.
Outcome remove_if(CommandContext& ctx, const Comparison& comparison) {
  const KeyRef key = ctx.key(1);
  const Entry* entry = ctx.find(key);
  if (entry != nullptr && !entry->is_string()) return ctx.fail(error_text::kWrongType);
  const bool removed = entry != nullptr && comparison.holds(entry->string()) && ctx.remove(key);
  if (removed) ctx.notify(config::kGenericEvent, "del", key);
  ctx.reply().integer(removed ? 1 : 0);
  return Outcome::kDone;
}

// DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest]
Outcome delex(CommandContext& ctx) {
  if (ctx.argc() == 2) {
    const KeyRef key = ctx.key(1);
    const bool removed = ctx.remove(key);
    if (removed) ctx.notify(config::kGenericEvent, "del", key);
    ctx.reply().integer(removed ? 1 : 0);
    return Outcome::kDone;
  }
  if (ctx.argc() != 4) return ctx.fail_arity();
  const auto kind = comparison_kind(ctx.arg(2));
  if (!kind) return ctx.fail("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
  const Comparison comparison{*kind, ctx.arg(3)};
  return check_operand(ctx, comparison) ? remove_if(ctx, comparison) : Outcome::kDone;
}

// DELIFEQ key value
Outcome delifeq(CommandContext& ctx) {
  return remove_if(ctx, {Comparison::Kind::kEqual, ctx.arg(2)});
}

// How many pairs MSETEX says it has; nothing when there are not so many.
std::optional<size_t> pairs_of_msetex(std::span<const Bytes> arguments) {
  const auto count = protocol::parse_int64(arguments[1]);
  if (!count || *count < 1 || static_cast<uint64_t>(*count) > (arguments.size() - 2) / 2) return std::nullopt;
  return static_cast<size_t>(*count);
}

bool keys_of_msetex(std::span<const Bytes> arguments, std::vector<int>& positions) {
  const auto pairs = arguments.size() > 2 ? pairs_of_msetex(arguments) : std::nullopt;
  if (!pairs) return false;
  for (size_t i = 0; i < *pairs; ++i) positions.push_back(static_cast<int>(2 + 2 * i));
  return true;
}

// MSETEX count (key value)… [NX | XX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
Outcome msetex(CommandContext& ctx) {
  const auto count = protocol::parse_int64(ctx.arg(1));
  if (!count || *count < 1 || *count > INT32_MAX) return ctx.fail("ERR invalid numkeys value");
  const auto pairs = pairs_of_msetex(ctx.args());
  if (!pairs) return ctx.fail("ERR wrong number of key-value pairs");
  const size_t end = 2 + 2 * *pairs;
  const auto options = parse_set_options(ctx, end, kMsetexOptions);
  if (!options) return ctx.fail(error_text::kSyntax);
  Expiry expiry = options->has(kKeepTtl) ? Expiry::keep() : Expiry::none();
  if (options->time_at != 0 && !read_expiry(ctx, options->time_at, options->bits & kAnyTime, expiry)) {
    return Outcome::kDone;
  }
  if (options->has(kNx | kXx)) {
    for (size_t i = 2; i < end; i += 2) {
      if ((ctx.find(ctx.key(i)) != nullptr) == options->has(kXx)) continue;
      ctx.reply().integer(0);
      return Outcome::kDone;
    }
  }
  for (size_t i = 2; i < end; i += 2) {
    StringValue value(ctx.arg(i + 1));
    put_whole(ctx, ctx.key(i), value, expiry);
  }
  ctx.reply().integer(1);
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "digest",
     .arity = 2,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kString,
     .run = digest},
    {.name = "delex",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kString,
     .run = delex},
    {.name = "delifeq",
     .arity = 3,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kString,
     .run = delifeq},
    {.name = "msetex",
     .arity = -4,
     .keys = keys::custom(keys_of_msetex),
     .flags = kWrite | kDenyOom | kMovableKeys,
     .acl = acl::kString,
     .run = msetex},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> string_conditional_commands() {
  return kTable;
}

}  // namespace corral::commands

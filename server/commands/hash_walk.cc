// Some fields of a hash: HRANDFIELD HSCAN.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder, "Walks"; server/types/README.md, "Chance".
#include "server/commands/hash_fields.h"
#include "server/commands/scan_arguments.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::HashValue;
using types::PackedElement;

// How many fields one HRANDFIELD with a negative count may answer: Redis goes on until the reply is too much for its
// client, here they are drawn while the key is held.
constexpr int64_t kMostDraws = 1 << 20;

struct Choice {
  int64_t count = 0;  // negative: that many, the same field more than once
  bool with_values = false;
};

// On failure answers the error.
bool read_choice(CommandContext& ctx, Choice& choice) {
  if (!ctx.integer(2, choice.count)) return false;
  if (choice.count == INT64_MIN) {
    ctx.fail("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    return false;
  }
  if (ctx.argc() > 4 || (ctx.argc() == 4 && !protocol::equals_ignore_case(ctx.arg(3), "withvalues"))) {
    ctx.fail(error_text::kSyntax);
    return false;
  }
  choice.with_values = ctx.argc() == 4;
  const bool too_many = choice.with_values && (choice.count < -INT64_MAX / 2 || choice.count > INT64_MAX / 2);
  if (too_many || choice.count < -kMostDraws) {
    ctx.fail(error_text::kOutOfRange);
    return false;
  }
  return true;
}

void begin_choice(CommandContext& ctx, const Choice& choice, size_t chosen) {
  const bool nested = choice.with_values && ctx.reply().resp3();
  ctx.reply().array(static_cast<int64_t>(choice.with_values && !nested ? 2 * chosen : chosen));
}

void reply_choice(CommandContext& ctx, const Choice& choice, const HashValue::Pair& pair) {
  if (choice.with_values && ctx.reply().resp3()) ctx.reply().array(2);
  write_element(ctx.reply(), pair.field);
  if (choice.with_values) write_element(ctx.reply(), pair.value);
}

// HRANDFIELD key [count [WITHVALUES]]
Outcome hrandfield(CommandContext& ctx) {
  Choice choice;
  const bool counted = ctx.argc() > 2;
  if (counted && !read_choice(ctx, choice)) return Outcome::kDone;
  const auto* hash = ctx.container<HashValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  base::Random& random = ctx.worker().random;
  const auto any = hash == nullptr ? std::nullopt : hash->random(random, ctx.now_ms());
  if (!counted) {
    any ? write_element(ctx.reply(), any->field) : ctx.reply().null();
  } else if (!any || choice.count == 0) {
    ctx.reply().array(0);
  } else if (choice.count < 0) {
    begin_choice(ctx, choice, static_cast<size_t>(-choice.count));
    for (int64_t i = 0; i < -choice.count; ++i) {
      reply_choice(ctx, choice, *hash->random(random, ctx.now_ms()));
    }
  } else {
    const auto chosen = hash->sample(static_cast<size_t>(choice.count), random, ctx.now_ms());
    begin_choice(ctx, choice, chosen.size());
    for (const HashValue::Pair& pair : chosen) reply_choice(ctx, choice, pair);
  }
  return Outcome::kDone;
}

// HSCAN key cursor [MATCH pattern] [COUNT count]
Outcome hscan(CommandContext& ctx) {
  const auto cursor = parse_cursor(ctx.arg(2));
  if (!cursor) return ctx.fail(kInvalidCursor);
  const auto* hash = ctx.container<HashValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  GatheredTexts texts(ctx);
  uint64_t next = 0;
  if (hash != nullptr) {
    ScanOptions options;
    if (!read_scan_options(ctx, 3, false, options)) return Outcome::kDone;
    const size_t count = std::min(options.count, kMaxScannedPerCall);
    next = hash->scan(*cursor, count, ctx.now_ms(), [&](const HashValue::Pair& pair) {
      PackedElement::Buffer digits;
      const Bytes field = pair.field.text(digits);
      if (!options.wants(field)) return;
      texts.add(field);
      texts.add(pair.value.text(digits));
    });
  }
  texts.answer_scan(next);
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "hrandfield",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kHash,
     .run = hrandfield},
    {.name = "hscan", .arity = -3, .keys = keys::one(1), .flags = kReadOnly, .acl = acl::kHash, .run = hscan},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> hash_walk_commands() {
  return kTable;
}

}  // namespace corral::commands

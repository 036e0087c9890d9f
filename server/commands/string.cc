// Commands that read and write whole strings: GET, SET and their kin, MGET, MSET.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#include <vector>

#include "server/commands/set_options.h"
#include "server/commands/string_value.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;

// --- writing -----------------------------------------------------------------------------------------------------

// Answers the old value (nil when there is none). False: it was no string, the error is answered.
bool answer_old(CommandContext& ctx, const Entry* entry) {
  if (entry == nullptr) {
    ctx.reply().null();
    return true;
  }
  if (!entry->is_string()) {
    ctx.fail(error_text::kWrongType);
    return false;
  }
  write_string(ctx.reply(), *entry);
  return true;
}

// Whether the options let SET write over what is there now; null: nothing.
bool allows(const SetOptions& options, const Entry* old) {
  if (options.has(kNx)) return old == nullptr;
  if (options.has(kXx)) return old != nullptr;
  if (!options.has(kAnyComparison)) return true;
  return old == nullptr ? options.comparison.holds_without_value() : options.comparison.holds(old->string());
}

// Apart, so that the frame of the plain SET stays small; it takes the events, too.
[[gnu::noinline]] Outcome set_with_options(CommandContext& ctx) {
  const auto options = parse_set_options(ctx, 3, kSetOptions);
  if (!options) return ctx.fail(error_text::kSyntax);
  Expiry expiry = options->has(kKeepTtl) ? Expiry::keep() : Expiry::none();
  if (options->time_at != 0 && !read_expiry(ctx, options->time_at, options->bits & kAnyTime, expiry)) {
    return Outcome::kDone;
  }
  if (options->has(kAnyComparison) && !check_operand(ctx, options->comparison)) return Outcome::kDone;
  StringValue value(ctx.arg(2));
  const KeyRef key = ctx.key(1);
  if (options->has(kGet | kNx | kXx | kAnyComparison)) {
    const Entry* old = ctx.find(key, options->has(kGet));
    if (old != nullptr && !old->is_string() && options->has(kGet | kAnyComparison)) {
      return ctx.fail(error_text::kWrongType);
    }
    const bool may_write = allows(*options, old);
    if (options->has(kGet)) {
      answer_old(ctx, old);
    } else if (!may_write) {
      ctx.reply().null();
    }
    if (!may_write) return Outcome::kDone;
  }
  put_whole(ctx, key, value, expiry);
  if (!options->has(kGet)) ctx.reply().ok();
  return Outcome::kDone;
}

// SET key value [NX | XX | IFEQ v | IFNE v | IFDEQ digest | IFDNE digest] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
Outcome set(CommandContext& ctx) {
  if (ctx.argc() > 3 || ctx.tells_events()) return set_with_options(ctx);
  StringValue value(ctx.arg(2));
  ctx.put_string(ctx.key(1), value.take(), Expiry::none());
  ctx.reply().ok();
  return Outcome::kDone;
}

Outcome set_for(CommandContext& ctx, uint32_t unit) {
  Expiry expiry;
  if (!read_expiry(ctx, 2, unit, expiry)) return Outcome::kDone;
  StringValue value(ctx.arg(3));
  put_whole(ctx, ctx.key(1), value, expiry);
  ctx.reply().ok();
  return Outcome::kDone;
}

// SETEX key seconds value
Outcome setex(CommandContext& ctx) { return set_for(ctx, kEx); }

// PSETEX key milliseconds value
Outcome psetex(CommandContext& ctx) { return set_for(ctx, kPx); }

// SETNX key value
Outcome setnx(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  const bool missing = ctx.find(key) == nullptr;
  if (missing) {
    StringValue value(ctx.arg(2));
    put_whole(ctx, key, value, Expiry::none());
  }
  ctx.reply().integer(missing ? 1 : 0);
  return Outcome::kDone;
}

// GETSET key value
Outcome getset(CommandContext& ctx) {
  StringValue value(ctx.arg(2));
  const KeyRef key = ctx.key(1);
  if (!answer_old(ctx, ctx.find(key, true))) return Outcome::kDone;
  put_whole(ctx, key, value, Expiry::none());
  return Outcome::kDone;
}

Outcome put_pairs(CommandContext& ctx, bool only_new) {
  if (ctx.argc() % 2 == 0) return ctx.fail_arity();
  if (only_new) {
    for (size_t i = 1; i < ctx.argc(); i += 2) {
      if (ctx.find(ctx.key(i)) == nullptr) continue;
      ctx.reply().integer(0);
      return Outcome::kDone;
    }
  }
  for (size_t i = 1; i < ctx.argc(); i += 2) {
    StringValue value(ctx.arg(i + 1));
    put_whole(ctx, ctx.key(i), value, Expiry::none());
  }
  if (only_new) {
    ctx.reply().integer(1);
  } else {
    ctx.reply().ok();
  }
  return Outcome::kDone;
}

// MSET key value [key value ...]
Outcome mset(CommandContext& ctx) { return put_pairs(ctx, false); }

// MSETNX key value [key value ...]
Outcome msetnx(CommandContext& ctx) { return put_pairs(ctx, true); }

// --- reading -----------------------------------------------------------------------------------------------------

// GET key
Outcome get(CommandContext& ctx) {
  bool parked = false;
  const Entry* entry = ctx.read(ctx.key(1), &parked);
  if (entry == nullptr) {
    if (parked) return Outcome::kParked;
    ctx.reply().null();
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  write_string(ctx.reply(), *entry);
  return Outcome::kDone;
}

// GETDEL key
Outcome getdel(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  Entry* entry = ctx.find(key, true);
  if (answer_old(ctx, entry) && entry != nullptr) {
    ctx.erase(key, entry);
    ctx.notify(config::kGenericEvent, "del", key);
  }
  return Outcome::kDone;
}

// GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]
Outcome getex(CommandContext& ctx) {
  const auto options = parse_set_options(ctx, 2, kGetexOptions);
  if (!options) return ctx.fail(error_text::kSyntax);
  const KeyRef key = ctx.key(1);
  Entry* entry = ctx.find(key, true);
  if (entry == nullptr) {
    ctx.reply().null();
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  Expiry expiry;
  if (options->time_at != 0 && !read_expiry(ctx, options->time_at, options->bits & kAnyTime, expiry)) {
    return Outcome::kDone;
  }
  write_string(ctx.reply(), *entry);
  if (options->has(kExAt | kPxAt) && expiry.at_ms <= ctx.now_ms()) {
    ctx.erase(key, entry);
    ctx.notify(config::kGenericEvent, "del", key);
  } else if (options->time_at != 0) {
    ctx.set_expiry(key, entry, expiry);
    ctx.notify(config::kGenericEvent, "expire", key);
  } else if (options->has(kPersist) && CommandContext::nominal_expiry_ms(*entry) != store::kNoExpiry) {
    ctx.set_expiry(key, entry, Expiry::none());
    ctx.notify(config::kGenericEvent, "persist", key);
  }
  return Outcome::kDone;
}

// MGET key [key ...]
Outcome mget(CommandContext& ctx) {
  std::vector<KeyRef> keys;
  keys.reserve(ctx.argc() - 1);
  for (size_t i = 1; i < ctx.argc(); ++i) keys.push_back(ctx.key(i));
  bool parked = false;
  ctx.read_many(
      keys,
      [&ctx, &keys](size_t i, const Entry* entry) {
        if (i == 0) ctx.reply().array(static_cast<int64_t>(keys.size()));
        if (entry == nullptr || !entry->is_string()) {
          ctx.reply().null();
        } else {
          write_string(ctx.reply(), *entry);
        }
      },
      &parked);
  return parked ? Outcome::kParked : Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "get", .arity = 2, .keys = keys::one(1), .flags = kReadOnly | kFast, .acl = acl::kString, .run = get},
    {.name = "set", .arity = -3, .keys = keys::one(1), .flags = kWrite | kDenyOom, .acl = acl::kString, .run = set},
    {.name = "getset", .arity = 3, .keys = keys::one(1), .flags = kWrite | kDenyOom | kFast, .acl = acl::kString,
     .run = getset},
    {.name = "getdel", .arity = 2, .keys = keys::one(1), .flags = kWrite | kFast, .acl = acl::kString, .run = getdel},
    {.name = "getex", .arity = -2, .keys = keys::one(1), .flags = kWrite | kFast, .acl = acl::kString, .run = getex},
    {.name = "setex", .arity = 4, .keys = keys::one(1), .flags = kWrite | kDenyOom, .acl = acl::kString, .run = setex},
    {.name = "psetex", .arity = 4, .keys = keys::one(1), .flags = kWrite | kDenyOom, .acl = acl::kString,
     .run = psetex},
    {.name = "setnx", .arity = 3, .keys = keys::one(1), .flags = kWrite | kDenyOom | kFast, .acl = acl::kString,
     .run = setnx},
    {.name = "mget", .arity = -2, .keys = keys::range(1, -1, 1), .flags = kReadOnly | kFast, .acl = acl::kString,
     .run = mget},
    {.name = "mset", .arity = -3, .keys = keys::range(1, -1, 2), .flags = kWrite | kDenyOom, .acl = acl::kString,
     .run = mset},
    {.name = "msetnx", .arity = -3, .keys = keys::range(1, -1, 2), .flags = kWrite | kDenyOom, .acl = acl::kString,
     .run = msetnx},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> string_commands() { return kTable; }

}  // namespace corral::commands

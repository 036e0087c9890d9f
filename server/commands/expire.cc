// Expiry of keys: EXPIRE and its kin, TTL and its kin, PERSIST.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#include <optional>
#include <string>

#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;
using store::kNoExpiry;

enum Condition : uint32_t { kNx = 1, kXx = 2, kGt = 4, kLt = 8 };

// The conditions behind the time; on failure answers the error.
std::optional<uint32_t> read_conditions(CommandContext& ctx) {
  constexpr Bytes kWords[] = {"nx", "xx", "gt", "lt"};
  uint32_t conditions = 0;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    uint32_t bit = 0;
    for (size_t word = 0; word < std::size(kWords); ++word) {
      if (protocol::equals_ignore_case(ctx.arg(i), kWords[word])) bit = 1u << word;
    }
    if (bit == 0) {
      ctx.fail("ERR Unsupported option " + std::string(protocol::c_text(ctx.arg(i))));
      return std::nullopt;
    }
    conditions |= bit;
  }
  if ((conditions & kNx) != 0 && conditions != kNx) {
    ctx.fail("ERR NX and XX, GT or LT options at the same time are not compatible");
    return std::nullopt;
  }
  if ((conditions & kGt) != 0 && (conditions & kLt) != 0) {
    ctx.fail("ERR GT and LT options at the same time are not compatible");
    return std::nullopt;
  }
  return conditions;
}

// Whether a key that expires at `now` may get `later`; no expiry is later than any other.
bool allowed(uint32_t conditions, int64_t now, int64_t later) {
  if ((conditions & kNx) != 0 && now != kNoExpiry) return false;
  if ((conditions & kXx) != 0 && now == kNoExpiry) return false;
  if ((conditions & kGt) != 0 && (now == kNoExpiry || later <= now)) return false;
  return (conditions & kLt) == 0 || now == kNoExpiry || later < now;
}

enum class Base : uint8_t { kNow, kEpoch };
enum class Unit : uint8_t { kSeconds, kMilliseconds };

// Absolute time in ms of argument 2. Negative times are fine, they delete; on overflow or no number answers the error.
bool read_time(CommandContext& ctx, Base base, Unit unit, int64_t& at_ms) {
  if (!ctx.integer(2, at_ms)) return false;
  const int64_t factor = unit == Unit::kSeconds ? 1000 : 1;
  const int64_t base_ms = base == Base::kNow ? ctx.now_ms() : 0;
  if (__builtin_mul_overflow(at_ms, factor, &at_ms) || __builtin_add_overflow(at_ms, base_ms, &at_ms)) {
    ctx.fail("ERR invalid expire time in '" + ctx.command().full_name + "' command");
    return false;
  }
  return true;
}

Outcome set_time(CommandContext& ctx, Base base, Unit unit) {
  const auto conditions = read_conditions(ctx);
  int64_t at_ms = 0;
  if (!conditions || !read_time(ctx, base, unit, at_ms)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  Entry* entry = ctx.find(key);
  // A deadline in the past means "gone" to a fill under way and to a stale value as well, like DEL.
  if (entry == nullptr && at_ms <= ctx.now_ms()) ctx.invalidate(key, true);
  if (entry == nullptr || !allowed(*conditions, CommandContext::nominal_expiry_ms(*entry), at_ms)) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  if (at_ms <= ctx.now_ms()) {
    ctx.erase(key, entry);
    ctx.notify(config::kGenericEvent, "del", key);
  } else {
    ctx.set_expiry(key, entry, base == Base::kNow ? Expiry::relative(at_ms) : Expiry::absolute(at_ms));
    ctx.notify(config::kGenericEvent, "expire", key);
  }
  ctx.reply().integer(1);
  return Outcome::kDone;
}

// EXPIRE key seconds [NX | XX | GT | LT]
Outcome expire(CommandContext& ctx) { return set_time(ctx, Base::kNow, Unit::kSeconds); }

// PEXPIRE key milliseconds [NX | XX | GT | LT]
Outcome pexpire(CommandContext& ctx) { return set_time(ctx, Base::kNow, Unit::kMilliseconds); }

// EXPIREAT key unix-time-seconds [NX | XX | GT | LT]
Outcome expireat(CommandContext& ctx) { return set_time(ctx, Base::kEpoch, Unit::kSeconds); }

// PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]
Outcome pexpireat(CommandContext& ctx) { return set_time(ctx, Base::kEpoch, Unit::kMilliseconds); }

Outcome answer_time(CommandContext& ctx, Base base, Unit unit) {
  const Entry* entry = ctx.peek(ctx.key(1), true);
  int64_t answer = entry == nullptr ? -2 : -1;
  if (entry != nullptr) {
    const int64_t at_ms = CommandContext::nominal_expiry_ms(*entry);
    if (at_ms != kNoExpiry) {
      answer = base == Base::kEpoch ? at_ms : at_ms > ctx.now_ms() ? at_ms - ctx.now_ms() : 0;
      // Rounded to the nearest second without an overflow near the end of time.
      if (unit == Unit::kSeconds) answer = answer / 1000 + (answer % 1000 >= 500 ? 1 : 0);
    }
  }
  ctx.reply().integer(answer);
  return Outcome::kDone;
}

// TTL key
Outcome ttl(CommandContext& ctx) { return answer_time(ctx, Base::kNow, Unit::kSeconds); }

// PTTL key
Outcome pttl(CommandContext& ctx) { return answer_time(ctx, Base::kNow, Unit::kMilliseconds); }

// EXPIRETIME key
Outcome expiretime(CommandContext& ctx) { return answer_time(ctx, Base::kEpoch, Unit::kSeconds); }

// PEXPIRETIME key
Outcome pexpiretime(CommandContext& ctx) { return answer_time(ctx, Base::kEpoch, Unit::kMilliseconds); }

// PERSIST key
Outcome persist(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  Entry* entry = ctx.find(key);
  const bool persists = entry != nullptr && CommandContext::nominal_expiry_ms(*entry) != kNoExpiry;
  if (persists) {
    ctx.set_expiry(key, entry, Expiry::none());
    ctx.notify(config::kGenericEvent, "persist", key);
  }
  ctx.reply().integer(persists ? 1 : 0);
  return Outcome::kDone;
}

constexpr CommandSpec writer(std::string_view name, int arity, Handler run) {
  return {.name = name, .arity = arity, .keys = keys::one(1), .flags = kWrite | kFast, .acl = acl::kKeyspace,
          .run = run};
}
constexpr CommandSpec reader(std::string_view name, Handler run) {
  return {.name = name, .arity = 2, .keys = keys::one(1), .flags = kReadOnly | kFast, .acl = acl::kKeyspace,
          .run = run};
}

constexpr CommandSpec kTable[] = {
    writer("expire", -3, expire),
    writer("pexpire", -3, pexpire),
    writer("expireat", -3, expireat),
    writer("pexpireat", -3, pexpireat),
    writer("persist", 2, persist),
    reader("expiretime", expiretime),
    reader("pexpiretime", pexpiretime),
    reader("ttl", ttl),
    reader("pttl", pttl),
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> expire_commands() { return kTable; }

}  // namespace corral::commands

// Reading the options of SET and its kin.
// Threading: pure functions.
// See: set_options.h.
#include "server/commands/set_options.h"

namespace corral::commands {

using namespace dispatch;

namespace {

struct OptionWord {
  Bytes word;
  uint32_t bit;
  uint32_t
      excluded_by;  // a time given twice in the same unit is no conflict: the last one counts, as in Redis
};
constexpr OptionWord kOptionWords[] = {
    {"nx", kNx, kXx | kAnyComparison},
    {"xx", kXx, kNx | kAnyComparison},
    {"get", kGet, 0},
    {"keepttl", kKeepTtl, kPersist | kAnyTime},
    {"persist", kPersist, kKeepTtl | kAnyTime},
    {"ex", kEx, kKeepTtl | kPersist | (kAnyTime & ~kEx)},
    {"px", kPx, kKeepTtl | kPersist | (kAnyTime & ~kPx)},
    {"exat", kExAt, kKeepTtl | kPersist | (kAnyTime & ~kExAt)},
    {"pxat", kPxAt, kKeepTtl | kPersist | (kAnyTime & ~kPxAt)},
};

const OptionWord* option_word(Bytes text, uint32_t allowed) {
  for (const OptionWord& option : kOptionWords) {
    if ((option.bit & allowed) != 0 && protocol::equals_ignore_case(text, option.word)) return &option;
  }
  return nullptr;
}

}  // namespace

std::optional<SetOptions> parse_set_options(const CommandContext& ctx, size_t first, uint32_t allowed) {
  SetOptions options;
  for (size_t i = first; i < ctx.argc(); ++i) {
    const auto comparison = (allowed & kAnyComparison) != 0 ? comparison_kind(ctx.arg(i)) : std::nullopt;
    if (comparison) {
      if (options.has(kNx | kXx | kAnyComparison) || ++i == ctx.argc()) return std::nullopt;
      options.comparison = {*comparison, ctx.arg(i)};
      options.bits |= kAnyComparison;
      continue;
    }
    const OptionWord* option = option_word(ctx.arg(i), allowed);
    if (option == nullptr || options.has(option->excluded_by)) return std::nullopt;
    if ((option->bit & kAnyTime) != 0) {
      if (++i == ctx.argc()) return std::nullopt;
      options.time_at = i;
    }
    options.bits |= option->bit;
  }
  return options;
}

bool read_expiry(CommandContext& ctx, size_t at, uint32_t bit, Expiry& expiry) {
  int64_t time = 0;
  if (!ctx.integer(at, time)) return false;
  const bool seconds = (bit & (kEx | kExAt)) != 0;
  const bool relative = (bit & (kEx | kPx)) != 0;
  bool good = time > 0 && !(seconds && time > INT64_MAX / 1000);
  if (good && seconds) time *= 1000;
  good = good && !(relative && time > INT64_MAX - ctx.now_ms());
  if (!good) {
    ctx.fail("ERR invalid expire time in '" + ctx.command().full_name + "' command");
    return false;
  }
  expiry = relative ? Expiry::relative(ctx.now_ms() + time) : Expiry::absolute(time);
  return true;
}

void put_whole(CommandContext& ctx, const store::KeyRef& key, StringValue& value, const Expiry& expiry) {
  ctx.put_string(key, value.take(), expiry);
  ctx.notify(config::kStringEvent, "set", key);
  if (expiry.at_ms != store::kNoExpiry) ctx.notify(config::kGenericEvent, "expire", key);
}

}  // namespace corral::commands

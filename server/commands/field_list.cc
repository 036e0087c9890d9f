// FIELDS numfields field [field ...], and times.
// Threading: see field_list.h.
// See: field_list.h
#include "server/commands/field_list.h"

#include "protocol/number.h"

namespace corral::commands {

using dispatch::CommandContext;
using protocol::Bytes;
using protocol::equals_ignore_case;

bool read_field_list(CommandContext& ctx, size_t at, Bytes bad_number, FieldList& fields) {
  if (at >= ctx.argc() || !equals_ignore_case(ctx.arg(at), "fields")) {
    ctx.fail("ERR Mandatory argument FIELDS is missing or not at the right position");
    return false;
  }
  const auto count = at + 1 < ctx.argc() ? protocol::parse_int64(ctx.arg(at + 1)) : std::nullopt;
  if (!count || *count < 1) {
    ctx.fail(bad_number);
    return false;
  }
  fields = {at + 2, ctx.argc()};
  if (static_cast<uint64_t>(*count) != fields.size()) {
    ctx.fail("ERR The `numfields` parameter must match the number of arguments");
    return false;
  }
  return true;
}

bool read_field_time(CommandContext& ctx, size_t at, TimeForm form, int64_t& at_ms) {
  constexpr int64_t kLatestMs = (int64_t{1} << 46) - 1;  // Redis keeps two bits of 48 for itself
  int64_t time = 0;
  if (!ctx.integer(at, time)) return false;
  if (time < 0) {
    ctx.fail("ERR invalid expire time, must be >= 0");
    return false;
  }
  const int64_t base_ms = form.absolute ? 0 : ctx.now_ms();
  const int64_t unit_ms = form.seconds ? 1000 : 1;
  if (time > kLatestMs / unit_ms || time * unit_ms > kLatestMs - base_ms) {
    ctx.fail("ERR invalid expire time in '" + ctx.command().full_name + "' command");
    return false;
  }
  at_ms = time * unit_ms + base_ms;
  return true;
}

std::optional<TimeForm> parse_time_form(Bytes word) {
  if (equals_ignore_case(word, "ex")) return TimeForm{.seconds = true, .absolute = false};
  if (equals_ignore_case(word, "px")) return TimeForm{.seconds = false, .absolute = false};
  if (equals_ignore_case(word, "exat")) return TimeForm{.seconds = true, .absolute = true};
  if (equals_ignore_case(word, "pxat")) return TimeForm{.seconds = false, .absolute = true};
  return std::nullopt;
}

}  // namespace corral::commands

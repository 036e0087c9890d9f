// HOTKEYS, after Redis 8.6, with two metrics more: READS and WRITES per second.
// Threading: any worker; the session has leaf mutexes.
// See: server/metrics/hot_keys.h.
#include <array>

#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"
#include "server/dispatch/key_accesses.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using metrics::HotKeys;
using protocol::equals_ignore_case;

struct MetricWord {
  std::string_view word;
  HotKeys::Metric metric;
};
constexpr std::array<MetricWord, HotKeys::kMetrics> kMetricWords = {{{"CPU", HotKeys::kCpu},
                                                                     {"NET", HotKeys::kNet},
                                                                     {"READS", HotKeys::kReads},
                                                                     {"WRITES", HotKeys::kWrites}}};

/// A number at argument `at` between 1 and `most`; false: then the error is written.
bool read_number(CommandContext& ctx, size_t at, int64_t most, int64_t& out, Bytes error) {
  const auto number = at < ctx.argc() ? protocol::parse_int64(ctx.arg(at)) : std::nullopt;
  if (!number || *number < 1 || *number > most) {
    ctx.fail(error);
    return false;
  }
  out = *number;
  return true;
}

/// METRICS count word …, from argument 2 on; sets `next` behind it. False: then the error is written. As in Redis words
/// that are no metrics are passed over if others are.
bool read_metrics(CommandContext& ctx, HotKeys::Options& options, size_t& next) {
  if (ctx.argc() < 4 || !equals_ignore_case(ctx.arg(2), "metrics")) {
    ctx.fail("ERR METRICS parameter is required");
    return false;
  }
  int64_t count = 0;
  if (!read_number(ctx, 3, HotKeys::kMetrics, count, "ERR METRICS count must be > 0 and <= 4")) return false;
  next = 4 + static_cast<size_t>(count);
  if (ctx.argc() < next) {
    ctx.fail("ERR METRICS count does not match number of metric types provided");
    return false;
  }
  for (size_t i = 4; i < next; ++i) {
    for (const MetricWord& known : kMetricWords) {
      if (!equals_ignore_case(ctx.arg(i), known.word)) continue;
      if ((options.metrics & known.metric) != 0) {
        ctx.fail("ERR METRICS " + std::string(known.word) + " defined more than once!");
        return false;
      }
      options.metrics |= known.metric;
    }
  }
  if (options.metrics == 0) ctx.fail("ERR METRICS no valid metrics passed. Supported: CPU|NET|READS|WRITES");
  return options.metrics != 0;
}

// HOTKEYS START METRICS count [CPU] [NET] [READS] [WRITES] [COUNT k] [DURATION seconds] [SAMPLE ratio]
Outcome start(CommandContext& ctx) {
  constexpr int64_t kMostKeys = 64;
  constexpr int64_t kMostSeconds = 1'000'000;
  HotKeys::Options options;
  size_t i = 0;
  if (ctx.services().hot_keys.ratio() != 0)
    return ctx.fail("ERR hotkey tracking session already in progress");
  if (!read_metrics(ctx, options, i)) return Outcome::kDone;
  for (; i < ctx.argc(); i += 2) {
    int64_t number = 0;
    const Bytes word = ctx.arg(i);
    if (i + 1 == ctx.argc()) return ctx.fail(protocol::error_text::kSyntax);
    if (equals_ignore_case(word, "count")) {
      if (!read_number(ctx, i + 1, kMostKeys, number, "ERR COUNT must be between 1 and 64"))
        return Outcome::kDone;
      options.most = static_cast<uint32_t>(number);
    } else if (equals_ignore_case(word, "duration")) {
      if (!read_number(ctx, i + 1, kMostSeconds, number, "ERR DURATION must be between 1 and 1000000")) {
        return Outcome::kDone;
      }
      options.duration_ms = number * 1000;
    } else if (equals_ignore_case(word, "sample")) {
      if (!read_number(ctx, i + 1, INT32_MAX, number, "ERR SAMPLE ratio must be positive"))
        return Outcome::kDone;
      options.ratio = static_cast<uint32_t>(number);
    } else if (equals_ignore_case(word, "slots")) {
      return ctx.fail("ERR SLOTS parameter cannot be used in non-cluster mode");
    } else {
      return ctx.fail(protocol::error_text::kSyntax);
    }
  }
  if (!ctx.services().hot_keys.start(options, ctx.now_ms(), hot_key_totals(ctx.services()))) {
    return ctx.fail("ERR hotkey tracking session already in progress");
  }
  ctx.reply().ok();
  return Outcome::kGates;
}

// HOTKEYS STOP
Outcome stop(CommandContext& ctx) {
  if (!ctx.services().hot_keys.stop(ctx.now_ms(), hot_key_totals(ctx.services()))) {
    ctx.reply().null();
    return Outcome::kDone;
  }
  ctx.reply().ok();
  return Outcome::kGates;
}

// HOTKEYS RESET
Outcome reset(CommandContext& ctx) {
  if (!ctx.services().hot_keys.reset()) {
    return ctx.fail("ERR hotkey tracking session in progress, stop tracking first");
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

void answer_keys(protocol::ReplyWriter& reply, Bytes name, const std::vector<metrics::TopKeys::Key>& keys) {
  reply.bulk(name);
  reply.array(static_cast<int64_t>(2 * keys.size()));
  for (const auto& key : keys) {
    reply.bulk(key.name);
    reply.integer(static_cast<int64_t>(key.weight));
  }
}

// HOTKEYS GET
Outcome get(CommandContext& ctx) {
  const auto report = ctx.services().hot_keys.report(ctx.now_ms(), hot_key_totals(ctx.services()));
  protocol::ReplyWriter& reply = ctx.reply();
  if (!report) {
    reply.null();
    return Outcome::kDone;
  }
  const auto asked = [&](HotKeys::Metric metric) { return (report->options.metrics & metric) != 0; };
  const auto field = [&](Bytes name, uint64_t value) {
    reply.bulk(name);
    reply.integer(static_cast<int64_t>(value));
  };
  reply.array(1);
  reply.map(7 + 3 * asked(HotKeys::kCpu) + 2 * asked(HotKeys::kNet) + asked(HotKeys::kReads) +
            asked(HotKeys::kWrites));
  field("tracking-active", report->active ? 1 : 0);
  field("sample-ratio", report->options.ratio);
  constexpr int64_t kLastSlot = 16383;
  reply.bulk("selected-slots");
  reply.array(1);
  reply.array(2);
  reply.integer(0);
  reply.integer(kLastSlot);
  field("all-commands-all-slots-us", report->totals.commands_us);
  field("net-bytes-all-commands-all-slots", report->totals.net_bytes);
  field("collection-start-time-unix-ms", static_cast<uint64_t>(report->started_ms));
  field("collection-duration-ms", static_cast<uint64_t>(report->lasted_ms));
  if (asked(HotKeys::kCpu)) {
    field("total-cpu-time-user-ms", report->totals.user_ms);
    field("total-cpu-time-sys-ms", report->totals.system_ms);
  }
  if (asked(HotKeys::kNet)) field("total-net-bytes", report->net_bytes);
  if (asked(HotKeys::kCpu)) answer_keys(reply, "by-cpu-time-us", report->cpu);
  if (asked(HotKeys::kNet)) answer_keys(reply, "by-net-bytes", report->net);
  if (asked(HotKeys::kReads)) answer_keys(reply, "by-reads-per-second", report->reads);
  if (asked(HotKeys::kWrites)) answer_keys(reply, "by-writes-per-second", report->writes);
  return Outcome::kDone;
}

// HOTKEYS HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "START METRICS <count> [CPU] [NET] [READS] [WRITES] [COUNT <k>] [DURATION <seconds>] [SAMPLE <ratio>]",
      "    Begin to look for the <k> hottest keys (10 by default, 64 at most): by processor",
      "    time, by bytes of requests and replies, by reads and by writes per second. With",
      "    SAMPLE one access in <ratio> is recorded (1 by default: all); from 64 on that",
      "    costs other commands next to nothing.",
      "STOP",
      "    End it; GET still answers.",
      "GET",
      "    Answer what was found. READS and WRITES are of the last second, half a second",
      "    old at most.",
      "RESET",
      "    Forget what was found.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kFlags = kAdmin | kNoScript;
constexpr CommandSpec kSubcommands[] = {
    {.name = "start", .arity = -2, .flags = kFlags, .run = start},
    {.name = "stop", .arity = 2, .flags = kFlags, .run = stop},
    {.name = "get", .arity = 2, .flags = kFlags, .run = get},
    {.name = "reset", .arity = 2, .flags = kFlags, .run = reset},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "hotkeys", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> hotkeys_commands() {
  return kTable;
}

}  // namespace corral::commands

// LATENCY: spikes of named events, and how long commands take.
// Threading: any worker; the monitor has a leaf mutex, the histograms are relaxed atomics.
// See: latency_report.h, command_totals.h.
#include <algorithm>
#include <string>
#include <vector>

#include "server/commands/command_totals.h"
#include "server/commands/help.h"
#include "server/commands/latency_report.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;

// LATENCY LATEST
Outcome latest(CommandContext& ctx) {
  const auto events = ctx.services().latency.latest();
  ctx.reply().array(static_cast<int64_t>(events.size()));
  for (const auto& event : events) {
    ctx.reply().array(4);
    ctx.reply().bulk(event.event);
    ctx.reply().integer(event.last.at_seconds);
    ctx.reply().integer(event.last.ms);
    ctx.reply().integer(event.max_ms);
  }
  return Outcome::kDone;
}

// LATENCY HISTORY event
Outcome history(CommandContext& ctx) {
  const auto samples = ctx.services().latency.history(std::string(ctx.arg(2)));
  ctx.reply().array(static_cast<int64_t>(samples.size()));
  for (const auto& sample : samples) {
    ctx.reply().array(2);
    ctx.reply().integer(sample.at_seconds);
    ctx.reply().integer(sample.ms);
  }
  return Outcome::kDone;
}

std::vector<LatencyEvent> all_events(CommandContext& ctx) {
  std::vector<LatencyEvent> events;
  for (const auto& latest_of : ctx.services().latency.latest()) {
    LatencyEvent event{latest_of.event, ctx.services().latency.history(latest_of.event), latest_of.max_ms};
    if (!event.samples.empty()) events.push_back(std::move(event));  // empty: reset in between
  }
  return events;
}

// LATENCY GRAPH event
Outcome graph(CommandContext& ctx) {
  for (const LatencyEvent& event : all_events(ctx)) {
    if (event.name != ctx.arg(2)) continue;
    ctx.reply().verbatim(latency_graph(event, ctx.now_ms() / 1000), "txt");
    return Outcome::kDone;
  }
  return ctx.fail("ERR No samples available for event '" + std::string(ctx.arg(2).substr(0, ctx.arg(2).find('\0'))) + "'");
}

// LATENCY DOCTOR
Outcome doctor(CommandContext& ctx) {
  DoctorFacts facts;
  facts.threshold_ms = ctx.services().settings.latency_monitor_threshold_ms;
  facts.slower_than_us = ctx.services().settings.slowlog_log_slower_than_us;
  for (const metrics::WorkerStats* stats : ctx.services().stats) {
    facts.longest_turn_us = std::max(facts.longest_turn_us, stats->longest_turn_us.load(std::memory_order_relaxed));
    facts.longest_lock_hold_us =
        std::max(facts.longest_lock_hold_us, stats->longest_lock_hold_us.load(std::memory_order_relaxed));
  }
  facts.events = all_events(ctx);
  ctx.reply().verbatim(latency_advice(facts), "txt");
  return Outcome::kDone;
}

// LATENCY RESET [event …]
Outcome reset(CommandContext& ctx) {
  size_t forgotten = 0;
  if (ctx.argc() == 2) forgotten = ctx.services().latency.reset({});
  for (size_t i = 2; i < ctx.argc(); ++i) {
    // No event has the empty name, which would mean all.
    if (!ctx.arg(i).empty()) forgotten += ctx.services().latency.reset(std::string(ctx.arg(i)));
  }
  ctx.reply().integer(static_cast<int64_t>(forgotten));
  return Outcome::kDone;
}

void answer_histogram(CommandContext& ctx, const Command& command, const CommandTotals& totals) {
  protocol::ReplyWriter& reply = ctx.reply();
  const auto steps = histogram_steps(totals, ctx.services().state.cycles_per_us);
  reply.bulk(command.full_name);
  reply.map(2);
  reply.bulk("calls");
  reply.integer(static_cast<int64_t>(totals.calls));
  reply.bulk("histogram_usec");
  reply.map(static_cast<int64_t>(steps.size()));
  for (const HistogramStep& step : steps) {
    reply.integer(step.up_to_us);
    reply.integer(static_cast<int64_t>(step.calls));
  }
}

// LATENCY HISTOGRAM [command …]: a container stands for its sub-commands.
Outcome histogram(CommandContext& ctx) {
  const CommandTable& table = ctx.services().commands;
  std::vector<const Command*> wanted;
  const auto want = [&](const Command& command) {
    wanted.push_back(&command);
    for (const Command& sub : command.subcommands) wanted.push_back(&sub);
  };
  if (ctx.argc() == 2) {
    for (const Command& command : table.all()) want(command);
  }
  for (size_t i = 2; i < ctx.argc(); ++i) {
    if (const Command* command = table.find_full(ctx.arg(i))) want(*command);
  }
  std::vector<std::pair<const Command*, CommandTotals>> called;
  for (const Command* command : wanted) {
    const CommandTotals totals = command_totals(ctx.services(), command->id);
    if (totals.calls > 0) called.emplace_back(command, totals);
  }
  ctx.reply().map(static_cast<int64_t>(called.size()));
  for (const auto& [command, totals] : called) answer_histogram(ctx, *command, totals);
  return Outcome::kDone;
}

// LATENCY HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "DOCTOR",
      "    Tell in words what was slow and what may help.",
      "GRAPH <event>",
      "    Draw the spikes of an <event>.",
      "HISTORY <event>",
      "    Answer the spikes of an <event> as pairs of unix time and milliseconds.",
      "LATEST",
      "    Answer for each event its last spike: name, unix time, milliseconds, the most",
      "    milliseconds ever.",
      "RESET [<event> ...]",
      "    Forget these events, all of them when none is named.",
      "HISTOGRAM [<command> ...]",
      "    Answer how many calls of each command took how many microseconds or less.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kFlags = kAdmin | kNoScript | kLoading | kStale;
constexpr CommandSpec kSubcommands[] = {
    {.name = "doctor", .arity = 2, .flags = kFlags, .run = doctor},
    {.name = "graph", .arity = 3, .flags = kFlags, .run = graph},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
    {.name = "histogram", .arity = -2, .flags = kFlags, .run = histogram},
    {.name = "history", .arity = 3, .flags = kFlags, .run = history},
    {.name = "latest", .arity = 2, .flags = kFlags, .run = latest},
    {.name = "reset", .arity = -2, .flags = kFlags, .run = reset},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "latency", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> latency_commands() { return kTable; }

}  // namespace corral::commands

// The sections of INFO about commands: calls, errors, latencies.
// Threading: see info_sections.h.
// See: info_sections.h, command_totals.h.
#include <cstdio>
#include <map>

#include "server/commands/command_totals.h"
#include "server/commands/info_sections.h"

namespace corral::commands {
namespace {

using dispatch::Command;

// Every command and sub-command that can run, with its totals.
template <typename Visit>
void for_each_command(InfoSource& source, Visit visit) {
  const auto show = [&](const Command& command) { visit(command, command_totals(source.ctx.services(), command.id)); };
  for (const Command& command : source.ctx.services().commands.all()) {
    show(command);
    for (const Command& sub : command.subcommands) show(sub);
  }
}

}  // namespace

void info_commandstats(InfoSource& source, InfoText& out) {
  out.section("Commandstats");
  const double cycles_per_us = source.ctx.services().state.cycles_per_us;
  for_each_command(source, [&](const Command& command, const CommandTotals& totals) {
    if (!totals.any()) return;
    const auto microseconds = static_cast<uint64_t>(static_cast<double>(totals.cycles) / cycles_per_us);
    const double per_call = totals.calls == 0 ? 0 : static_cast<double>(microseconds) / static_cast<double>(totals.calls);
    char text[192];
    std::snprintf(text, sizeof text, "calls=%llu,usec=%llu,usec_per_call=%.2f,rejected_calls=%llu,failed_calls=%llu",
                  static_cast<unsigned long long>(totals.calls), static_cast<unsigned long long>(microseconds), per_call,
                  static_cast<unsigned long long>(totals.rejected), static_cast<unsigned long long>(totals.failed));
    out.field("cmdstat_" + command.full_name, text);
  });
}

void info_errorstats(InfoSource& source, InfoText& out) {
  out.section("Errorstats");
  std::map<std::string, uint64_t> sums;
  for (const metrics::WorkerStats* stats : source.ctx.services().stats) {
    for (const auto& [word, count] : stats->errors()) sums[word] += count;
  }
  for (const auto& [word, count] : sums) out.field("errorstat_" + word, "count=" + std::to_string(count));
}

void info_latencystats(InfoSource& source, InfoText& out) {
  out.section("Latencystats");
  const config::Settings& settings = source.ctx.services().settings;
  if (settings.latency_tracking == 0) return;
  std::vector<double> percentiles;
  {
    std::lock_guard lock(settings.text_mutex);
    percentiles = settings.latency_percentiles;
  }
  const double cycles_per_us = source.ctx.services().state.cycles_per_us;
  for_each_command(source, [&](const Command& command, const CommandTotals& totals) {
    if (totals.calls == 0) return;
    std::string line;
    for (const double percentile : percentiles) {
      char text[96];
      std::snprintf(text, sizeof text, "%sp%.10g=%.3f", line.empty() ? "" : ",", percentile,
                    percentile_us(totals, percentile, cycles_per_us));
      line += text;
    }
    out.field("latency_percentiles_usec_" + command.full_name, line);
  });
}

}  // namespace corral::commands

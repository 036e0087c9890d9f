// Pictures and sentences about latency.
// Threading: see latency_report.h.
// See: latency_report.h.
#include "server/commands/latency_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace corral::commands {
namespace {

using Sample = metrics::LatencyMonitor::Sample;

constexpr size_t kColumns = 80;
constexpr int kRows = 4;
constexpr char kTops[] = {'_', 'o', '#'};  // a bar's end within its row, from low to high
constexpr int kTopsPerRow = 3;

std::string elapsed_text(int64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return std::to_string(seconds / 60) + "m";
  if (seconds < 24 * 3600) return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / (24 * 3600)) + "d";
}

struct Bar {
  int height;         // 0 to kRows * kTopsPerRow - 1
  std::string label;  // read downwards below the bar
};

// One stretch of bars with their labels; the lines end in '\n'.
void draw(const std::vector<Bar>& bars, std::string& out) {
  for (int row = kRows - 1; row >= 0; --row) {
    for (const Bar& bar : bars) {
      const int top_row = bar.height / kTopsPerRow;
      out += top_row == row ? kTops[bar.height % kTopsPerRow] : top_row > row ? '|' : ' ';
    }
    out += '\n';
  }
  size_t depth = 0;
  for (const Bar& bar : bars) depth = std::max(depth, bar.label.size());
  out.append(bars.size(), ' ').append(1, '\n');
  for (size_t line = 0; line < depth; ++line) {
    for (const Bar& bar : bars) out += line < bar.label.size() ? bar.label[line] : ' ';
    out += '\n';
  }
}

std::string format(const char* pattern, auto... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

// "command: 3 spikes, 41 ms on average (they differ by 6 ms), one every 12.0 s; the worst ever took 80 ms"
std::string course_of(const LatencyEvent& event) {
  const auto count = static_cast<double>(event.samples.size());
  double sum = 0;
  for (const Sample& sample : event.samples) sum += static_cast<double>(sample.ms);
  const double mean = sum / count;
  double deviation = 0;
  for (const Sample& sample : event.samples) deviation += std::abs(static_cast<double>(sample.ms) - mean);
  const auto seconds = static_cast<double>(event.samples.back().at_seconds - event.samples.front().at_seconds);
  std::string text = event.name;
  text += format(": %zu %s, %.0f ms on average (they differ by %.0f ms)", event.samples.size(),
                 event.samples.size() == 1 ? "spike" : "spikes", mean, deviation / count);
  if (event.samples.size() > 1) text += format(", one every %.1f s", seconds / (count - 1));
  return text + "; the worst ever took " + std::to_string(event.max_ms) + " ms.";
}

}  // namespace

std::string latency_graph(const LatencyEvent& event, int64_t now_seconds) {
  const auto [low, high] = std::minmax_element(event.samples.begin(), event.samples.end(),
                                               [](const Sample& a, const Sample& b) { return a.ms < b.ms; });
  std::string out = event.name + " - high " + std::to_string(high->ms) + " ms, low " + std::to_string(low->ms) +
                    " ms (all time high " + std::to_string(event.max_ms) + " ms)\n";
  out.append(kColumns, '-').append(1, '\n');
  const double range = static_cast<double>(high->ms - low->ms);
  constexpr int kSteps = kRows * kTopsPerRow;
  std::vector<Bar> bars;
  for (const Sample& sample : event.samples) {
    const double share = range > 0 ? static_cast<double>(sample.ms - low->ms) / range : 0;
    bars.push_back({std::clamp(static_cast<int>(share * kSteps), 0, kSteps - 1),
                    elapsed_text(std::max<int64_t>(0, now_seconds - sample.at_seconds))});
    if (bars.size() < kColumns) continue;
    draw(bars, out);
    bars.clear();
    if (&sample != &event.samples.back()) out += '\n';
  }
  if (!bars.empty()) draw(bars, out);
  return out;
}

std::string latency_advice(const DoctorFacts& facts) {
  if (facts.threshold_ms <= 0) {
    return "Nobody is watching: latency-monitor-threshold is 0. Set it to what you call slow, in milliseconds, and ask "
           "again after a while: CONFIG SET latency-monitor-threshold 10\n";
  }
  if (facts.events.empty()) {
    return format("All quiet: no event has taken %lld ms or more.\n", static_cast<long long>(facts.threshold_ms));
  }
  std::string text = format("Events that took %lld ms or more:\n\n", static_cast<long long>(facts.threshold_ms));
  bool commands = false;
  bool fast_commands = false;
  int number = 0;
  for (const LatencyEvent& event : facts.events) {
    text += format("%d. ", ++number) + course_of(event) + "\n";
    commands |= event.name == "command";
    fast_commands |= event.name == "fast-command";
  }
  text += format("\nThe longest turn of a worker's loop took %llu us, the longest hold of a stripe %llu us.\n\nWhat may help:\n\n",
                 static_cast<unsigned long long>(facts.longest_turn_us),
                 static_cast<unsigned long long>(facts.longest_lock_hold_us));
  if (commands) {
    if (facts.slower_than_us < 0) {
      text += "- SLOWLOG is off. With CONFIG SET slowlog-log-slower-than 1000 it names the commands.\n";
    } else if (facts.slower_than_us > facts.threshold_ms * 1000) {
      text += "- SLOWLOG starts at a longer time than this report. Lower slowlog-log-slower-than to see the commands.\n";
    } else {
      text += "- SLOWLOG GET names the commands. KEYS, FLUSHALL and reads or writes of very large values take long;\n"
              "  SCAN, FLUSHALL ASYNC and smaller values do not.\n";
    }
  }
  if (fast_commands) {
    text += "- Commands that should be quick were slow, so the machine was: are other programs using its cores, is it\n"
            "  swapping, is it a virtual machine that had to wait? More workers than cores do the same.\n";
  }
  if (!commands && !fast_commands) text += "- LATENCY HISTORY and LATENCY GRAPH show when each event came.\n";
  return text;
}

}  // namespace corral::commands

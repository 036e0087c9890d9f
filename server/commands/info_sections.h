// The sections of INFO: what each needs to know, and the functions that write them.
// Threading: the worker that was asked; figures of others are relaxed atomics.
// See: README.md of this folder, "INFO".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/command_context.h"

namespace corral::commands {

/// The text of the reply: `name:value` lines under `# Section` headings.
class InfoText {
 public:
  /// Begins a section; an empty line parts it from the one before.
  void section(std::string_view name);
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, const char* value) { field(name, std::string_view(value)); }
  void field(std::string_view name, int64_t value) { field(name, std::string_view(protocol::int64_text(value))); }
  void field(std::string_view name, uint64_t value) { field(name, static_cast<int64_t>(value)); }
  void field(std::string_view name, int value) { field(name, int64_t{value}); }
  /// With so many digits behind the point.
  void field(std::string_view name, double value, int digits);
  /// `name:bytes` and `name_human:1.00M`.
  void bytes(std::string_view name, int64_t value);
  /// `name_human:1.00M` alone.
  void human(std::string_view name, int64_t value);
  /// Fields that are zero here, and truly so.
  void zeros(std::initializer_list<std::string_view> names);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// What a walk over all stripes finds. Made once per INFO, when a section asks for it.
struct DataFigures {
  struct Database {
    uint64_t keys = 0;
    uint64_t expires = 0;
    double ttl_sum_ms = 0;
  };
  std::vector<Database> databases;
  store::MemoryFigures memory;
  stampede::FlightFigures flights;
};

/// What a look at every connection finds.
struct ClientFigures {
  uint64_t blocked = 0;
  uint64_t listening = 0;  // to a channel or a pattern
  uint64_t watching = 0;
  uint64_t watched_keys = 0;
  uint64_t most_input_bytes = 0;
  uint64_t most_output_bytes = 0;
};

class InfoSource {
 public:
  explicit InfoSource(dispatch::CommandContext& context) : ctx(context) {}
  const DataFigures& data();
  const ClientFigures& clients();
  /// Sum of a counter over the workers.
  uint64_t total(metrics::Counter metrics::WorkerStats::*counter) const;
  uint64_t most(std::atomic<uint64_t> metrics::WorkerStats::*figure) const;
  /// Bytes that count as used, as MEMORY STATS adds them up: data, side tables, buffers of connections. The budget's own
  /// total would be cheaper, but stripes report to it late.
  int64_t used_memory();

  dispatch::CommandContext& ctx;

 private:
  bool has_data_ = false;
  bool has_clients_ = false;
  DataFigures data_;
  ClientFigures clients_;
};

using InfoSection = void (*)(InfoSource&, InfoText&);

// Redis' sections.
void info_server(InfoSource& source, InfoText& out);
void info_clients(InfoSource& source, InfoText& out);
void info_memory(InfoSource& source, InfoText& out);
void info_persistence(InfoSource& source, InfoText& out);
void info_stats(InfoSource& source, InfoText& out);
void info_replication(InfoSource& source, InfoText& out);
void info_cpu(InfoSource& source, InfoText& out);
void info_modules(InfoSource& source, InfoText& out);
void info_commandstats(InfoSource& source, InfoText& out);
void info_errorstats(InfoSource& source, InfoText& out);
void info_latencystats(InfoSource& source, InfoText& out);
void info_cluster(InfoSource& source, InfoText& out);
void info_keyspace(InfoSource& source, InfoText& out);
void info_keysizes(InfoSource& source, InfoText& out);  // Redis 8.0's
// Ours.
void info_corral(InfoSource& source, InfoText& out);
void info_stampede(InfoSource& source, InfoText& out);
void info_corral_misses(InfoSource& source, InfoText& out);
void info_corral_loop(InfoSource& source, InfoText& out);
void info_corral_memory(InfoSource& source, InfoText& out);

}  // namespace corral::commands

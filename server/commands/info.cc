// INFO: which sections are asked for, and what several of them need.
// Threading: visits one stripe after the other; inside EXEC all are held already.
// See: info_sections.h.
#include <algorithm>
#include <array>
#include <cstdio>

#include "server/commands/info_sections.h"
#include "server/commands/tables.h"

namespace corral::commands {

using dispatch::CommandContext;
using dispatch::Outcome;
using protocol::Bytes;

// --- the text -----------------------------------------------------------------------------------------------------

void InfoText::section(std::string_view name) {
  if (!text_.empty()) text_ += "\r\n";
  text_.append("# ").append(name).append("\r\n");
}

void InfoText::field(std::string_view name, std::string_view value) {
  text_.append(name).append(":").append(value).append("\r\n");
}

void InfoText::field(std::string_view name, double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  field(name, std::string_view(text));
}

void InfoText::bytes(std::string_view name, int64_t value) {
  field(name, value);
  human(name, value);
}

void InfoText::human(std::string_view name, int64_t value) {
  constexpr char kUnits[] = {'B', 'K', 'M', 'G', 'T', 'P'};
  char text[64];
  double shown = static_cast<double>(value);
  size_t unit = 0;
  for (; shown >= 1024 && unit + 1 < sizeof kUnits; ++unit) shown /= 1024;
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f%c" : "%.2f%c", shown, kUnits[unit]);
  field(std::string(name) + "_human", std::string_view(text));
}

void InfoText::zeros(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) field(name, 0);
}

// --- the figures --------------------------------------------------------------------------------------------------

const DataFigures& InfoSource::data() {
  if (has_data_) return data_;
  has_data_ = true;
  dispatch::Services& services = ctx.services();
  store::Keyspace& keyspace = services.keyspace;
  data_.databases.resize(static_cast<size_t>(keyspace.databases()));
  ctx.walk(0, keyspace.stripe_count(), [&](store::Stripe& stripe) {
    for (int database = 0; database < keyspace.databases(); ++database) {
      const store::Table* table = keyspace.table_if_any(stripe, database);
      if (table == nullptr) continue;
      DataFigures::Database& figures = data_.databases[static_cast<size_t>(database)];
      figures.keys += table->size();
      figures.expires += table->expires();
      figures.ttl_sum_ms += static_cast<double>(table->average_ttl_ms(ctx.now_ms())) * static_cast<double>(table->expires());
      data_.memory += table->memory();
    }
    if (const stampede::Flights* flights = services.cache.flights_if_any(stripe)) {
      const stampede::FlightFigures figures = flights->figures();
      data_.flights.leases += figures.leases;
      data_.flights.waiters += figures.waiters;
      data_.flights.hit_for_miss += figures.hit_for_miss;
      data_.flights.bytes += figures.bytes;
    }
    return true;
  });
  return data_;
}

const ClientFigures& InfoSource::clients() {
  if (has_clients_) return clients_;
  has_clients_ = true;
  ctx.services().clients.for_each([&](const std::shared_ptr<session::ClientRecord>& record) {
    const auto value = [](const auto& atomic) { return atomic.load(std::memory_order_relaxed); };
    if (value(record->parked_reads) > 0 || (value(record->flags) & session::kClientBlocked) != 0) ++clients_.blocked;
    if ((value(record->flags) & session::kClientPubsub) != 0) ++clients_.listening;
    const auto watched = static_cast<uint64_t>(std::max(0, value(record->watched_keys)));
    clients_.watching += watched > 0 ? 1 : 0;
    clients_.watched_keys += watched;
    clients_.most_input_bytes = std::max(clients_.most_input_bytes, value(record->query_bytes));
    clients_.most_output_bytes = std::max(clients_.most_output_bytes, value(record->output_bytes));
  });
  return clients_;
}

uint64_t InfoSource::total(metrics::Counter metrics::WorkerStats::*counter) const {
  uint64_t sum = 0;
  for (const metrics::WorkerStats* stats : ctx.services().stats) sum += (stats->*counter).value();
  return sum;
}

uint64_t InfoSource::most(std::atomic<uint64_t> metrics::WorkerStats::*figure) const {
  uint64_t most = 0;
  for (const metrics::WorkerStats* stats : ctx.services().stats) {
    most = std::max(most, (stats->*figure).load(std::memory_order_relaxed));
  }
  return most;
}

int64_t InfoSource::used_memory() {
  const dispatch::Services& services = ctx.services();
  return data().memory.total() + services.budget.other() + services.budget.connections();
}

// --- the command --------------------------------------------------------------------------------------------------

namespace {

using namespace dispatch;

enum class Shown : uint8_t {
  kByDefault,
  kInAll,
  kByName,  // looks at every key
};

struct Section {
  std::string_view name;
  Shown shown;
  InfoSection write;
};

// In the order of the reply.
constexpr Section kSections[] = {
    {"server", Shown::kByDefault, info_server},
    {"clients", Shown::kByDefault, info_clients},
    {"memory", Shown::kByDefault, info_memory},
    {"persistence", Shown::kByDefault, info_persistence},
    {"stats", Shown::kByDefault, info_stats},
    {"replication", Shown::kByDefault, info_replication},
    {"cpu", Shown::kByDefault, info_cpu},
    {"modules", Shown::kByDefault, info_modules},
    {"commandstats", Shown::kInAll, info_commandstats},
    {"errorstats", Shown::kByDefault, info_errorstats},
    {"latencystats", Shown::kInAll, info_latencystats},
    {"cluster", Shown::kByDefault, info_cluster},
    {"keyspace", Shown::kByDefault, info_keyspace},
    {"keysizes", Shown::kByName, info_keysizes},
    {"corral", Shown::kByDefault, info_corral},
    {"corral_misses", Shown::kByDefault, info_corral_misses},
    {"stampede", Shown::kByDefault, info_stampede},
    {"corral_loop", Shown::kInAll, info_corral_loop},
    {"corral_memory", Shown::kInAll, info_corral_memory},
};

// INFO [section …]; unknown names give nothing.
Outcome info(CommandContext& ctx) {
  std::array<bool, std::size(kSections)> wanted{};
  const auto want = [&](Bytes name) {
    const bool all = protocol::equals_ignore_case(name, "all") || protocol::equals_ignore_case(name, "everything");
    const bool defaults = protocol::equals_ignore_case(name, "default");
    for (size_t i = 0; i < wanted.size(); ++i) {
      const Shown shown = kSections[i].shown;
      if ((all && shown != Shown::kByName) || (defaults && shown == Shown::kByDefault) || protocol::equals_ignore_case(name, kSections[i].name)) {
        wanted[i] = true;
      }
    }
  };
  if (ctx.argc() == 1) want("default");
  for (size_t i = 1; i < ctx.argc(); ++i) want(ctx.arg(i));
  InfoSource source(ctx);
  InfoText out;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) kSections[i].write(source, out);
  }
  ctx.reply().verbatim(out.text(), "txt");
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "info", .arity = -1, .keys = keys::walk(), .flags = kLoading | kStale, .acl = acl::kDangerous, .run = info},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> info_commands() { return kTable; }

}  // namespace corral::commands

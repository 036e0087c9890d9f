// MEMORY: what keys cost, and where the server's memory is.
// Threading: USAGE holds its key's stripe; STATS and DOCTOR visit one stripe after the other; the rest needs none.
// See: server/store/README.md, "Memory".
#include <algorithm>
#include <string>
#include <vector>

#include "server/base/memory.h"
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;
using store::MemoryFigures;

// MEMORY USAGE key [SAMPLES count]. The entry with its value, and its share of the table.
Outcome usage(CommandContext& ctx) {
  for (size_t i = 3; i < ctx.argc(); i += 2) {
    if (!protocol::equals_ignore_case(ctx.arg(i), "samples") || i + 1 == ctx.argc()) {
      return ctx.fail(error_text::kSyntax);
    }
    // Strings have nothing to sample; the number must be one all the same.
    int64_t samples = 0;
    if (!ctx.integer(i + 1, samples)) return Outcome::kDone;
    if (samples < 0) return ctx.fail(error_text::kSyntax);
  }
  const KeyRef key = ctx.key(2);
  const store::Table* table = ctx.table_if_any(key);
  const Entry* entry = table == nullptr ? nullptr : table->peek(key.bytes, key.hash);
  if (entry == nullptr) {
    ctx.reply().null();
    return Outcome::kDone;
  }
  const MemoryFigures& memory = table->memory();
  size_t bytes = entry->memory_bytes() + static_cast<size_t>(memory.table) / table->size();
  if (entry->has_expiry()) bytes += static_cast<size_t>(memory.expiry) / table->expires();
  ctx.reply().integer(static_cast<int64_t>(bytes));
  return Outcome::kDone;
}

struct Database {
  int number = 0;
  MemoryFigures memory;
};

// Where the memory is, in bytes.
struct Picture {
  std::vector<Database> databases;  // those with keys
  MemoryFigures data;
  uint64_t keys = 0;
  int64_t connections = 0;
  int64_t other = 0;
  int64_t total = 0;
  int64_t peak = 0;
  int64_t resident = 0;
  base::AllocatorFigures allocator;

  int64_t overhead() const { return total - data.payload; }
};

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }
double ratio(uint64_t part, uint64_t whole) { return ratio(static_cast<double>(part), static_cast<double>(whole)); }
double percentage(int64_t part, int64_t whole) {
  return 100 * ratio(static_cast<double>(part), static_cast<double>(whole));
}

Picture take_picture(CommandContext& ctx) {
  Picture picture;
  store::Keyspace& keyspace = ctx.services().keyspace;
  for (int database = 0; database < keyspace.databases(); ++database) {
    Database found{database, {}};
    uint64_t keys = 0;
    ctx.walk(0, keyspace.stripe_count(), [&](store::Stripe& stripe) {
      const store::Table* table = keyspace.table_if_any(stripe, database);
      if (table == nullptr) return false;  // a database has tables in all stripes or in none
      found.memory += table->memory();
      keys += table->size();
      return true;
    });
    picture.data += found.memory;
    picture.keys += keys;
    if (keys > 0) picture.databases.push_back(found);
  }
  const ServerState& state = ctx.services().state;
  picture.connections = ctx.services().budget.connections();
  picture.other = ctx.services().budget.other();
  picture.total = picture.data.total() + picture.connections + picture.other;
  picture.peak = std::max(picture.total, static_cast<int64_t>(state.peak_memory.load(std::memory_order_relaxed)));
  picture.resident = static_cast<int64_t>(base::resident_bytes());
  picture.allocator = base::allocator_figures();
  return picture;
}

// Pairs of a map whose size is known at the end.
class Fields {
 public:
  explicit Fields(CommandContext& ctx) : reply_(ctx.reply()), writer_(pairs_, ctx.session().resp_version) {}
  void add(Bytes name, int64_t value) {
    next(name);
    writer_.integer(value);
  }
  void add(Bytes name, uint64_t value) { add(name, static_cast<int64_t>(value)); }
  void add(Bytes name, double value) {
    next(name);
    writer_.number(value);
  }
  protocol::ReplyWriter& next(Bytes name) {
    ++count_;
    writer_.bulk(name);
    return writer_;
  }
  void answer() {
    reply_.map(count_);
    reply_.buffer().append_buffer(std::move(pairs_));
  }

 private:
  protocol::ReplyWriter& reply_;
  protocol::ReplyBuffer pairs_;
  protocol::ReplyWriter writer_;
  int64_t count_ = 0;
};

void add_overheads(Fields& fields, const Picture& picture) {
  fields.add("peak.allocated", picture.peak);
  fields.add("total.allocated", picture.total);
  // The total counts data and connections only: it begins at nothing. There are no replicas, no append-only file and no
  // scripts to take memory.
  for (const Bytes name : {"startup.allocated", "replication.backlog", "clients.slaves"}) fields.add(name, int64_t{0});
  fields.add("clients.normal", picture.connections);
  for (const Bytes name : {"cluster.links", "aof.buffer", "lua.caches", "functions.caches"}) {
    fields.add(name, int64_t{0});
  }
  for (const Database& database : picture.databases) {
    protocol::ReplyWriter& inner = fields.next("db." + std::to_string(database.number));
    inner.map(2);
    inner.bulk("overhead.hashtable.main");
    inner.integer(database.memory.table);
    inner.bulk("overhead.hashtable.expires");
    inner.integer(database.memory.expiry);
  }
  fields.add("overhead.total", picture.overhead());
  fields.add("keys.count", picture.keys);
  fields.add("keys.bytes-per-key", picture.keys == 0 ? 0 : picture.data.total() / static_cast<int64_t>(picture.keys));
  fields.add("dataset.bytes", picture.data.payload);
  fields.add("dataset.percentage", percentage(picture.data.payload, picture.total));
  fields.add("peak.percentage", percentage(picture.total, picture.peak));
}

void add_allocator(Fields& fields, const Picture& picture) {
  const base::AllocatorFigures& allocator = picture.allocator;
  const auto resident = static_cast<uint64_t>(picture.resident);
  fields.add("allocator.allocated", allocator.allocated);
  fields.add("allocator.active", allocator.active);
  fields.add("allocator.resident", allocator.resident);
  fields.add("allocator-fragmentation.ratio", ratio(allocator.active, allocator.allocated));
  fields.add("allocator-fragmentation.bytes", static_cast<int64_t>(allocator.active - allocator.allocated));
  fields.add("allocator-rss.ratio", ratio(allocator.resident, allocator.active));
  fields.add("allocator-rss.bytes", static_cast<int64_t>(allocator.resident - allocator.active));
  fields.add("rss-overhead.ratio", ratio(resident, allocator.resident));
  fields.add("rss-overhead.bytes", static_cast<int64_t>(resident - allocator.resident));
  fields.add("fragmentation", ratio(resident, static_cast<uint64_t>(picture.total)));
  fields.add("fragmentation.bytes", picture.resident - picture.total);
}

// MEMORY STATS
Outcome stats(CommandContext& ctx) {
  const Picture picture = take_picture(ctx);
  Fields fields(ctx);
  add_overheads(fields, picture);
  add_allocator(fields, picture);
  fields.add("corral.headers", picture.data.header);
  fields.add("corral.allocator-waste", picture.data.waste);
  fields.add("corral.tables", picture.data.table);
  fields.add("corral.expiry", picture.data.expiry);
  fields.add("corral.eviction-history", picture.data.ghost);
  fields.add("corral.protection", picture.other);
  fields.answer();
  return Outcome::kDone;
}

std::string diagnosis(const Picture& picture) {
  constexpr int64_t kMegabyte = 1024 * 1024;
  if (picture.total < 5 * kMegabyte) return "Less than 5 MB are in use: too little to say anything about it.";
  std::string text;
  const auto note = [&text](const char* line) { text.append(" * ").append(line).append("\n"); };
  const auto allocator_waste = static_cast<int64_t>(picture.allocator.active - picture.allocator.allocated);
  const auto kept_pages = static_cast<int64_t>(picture.allocator.resident - picture.allocator.active);
  if (picture.peak > picture.total * 3 / 2) {
    note("The peak was more than 1.5 times what is in use now; the process may stay larger than its data for a while. "
         "MEMORY PURGE gives unused pages back.");
  }
  if (ratio(picture.allocator.active, picture.allocator.allocated) > 1.4 && allocator_waste > 10 * kMegabyte) {
    note("More than 1.4 times what is in use lies in pages that are partly free: values of many sizes were replaced.");
  }
  if (ratio(picture.allocator.resident, picture.allocator.active) > 1.1 && kept_pages > 10 * kMegabyte) {
    note("The allocator keeps more than a tenth in free pages. They go back to the system within seconds.");
  }
  if (picture.connections > picture.total / 4 && picture.connections > 10 * kMegabyte) {
    note("Connections take more than a quarter: look for slow readers and long pipelines in CLIENT LIST.");
  }
  if (picture.keys > 0 && picture.data.payload < picture.data.total() / 2) {
    note("Keys and values are less than half of the data's memory: they are small. Fewer, larger keys would need less.");
  }
  return text.empty() ? "Nothing unusual." : "Worth a look:\n" + text;
}

// MEMORY DOCTOR
Outcome doctor(CommandContext& ctx) {
  ctx.reply().verbatim(diagnosis(take_picture(ctx)), "txt");
  return Outcome::kDone;
}

// MEMORY MALLOC-STATS
Outcome malloc_stats(CommandContext& ctx) {
  ctx.reply().verbatim(base::allocator_report(), "txt");
  return Outcome::kDone;
}

// MEMORY PURGE
Outcome purge(CommandContext& ctx) {
  base::purge_allocator();
  ctx.reply().ok();
  return Outcome::kDone;
}

// MEMORY HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "DOCTOR",
      "    Say what is unusual about the use of memory.",
      "MALLOC-STATS",
      "    Show the allocator's own report.",
      "PURGE",
      "    Give pages that the allocator does not use back to the system.",
      "STATS",
      "    Show where the memory of the server is.",
      "USAGE <key> [SAMPLES <count>]",
      "    Tell how many bytes <key> takes with its value, headers and share of the table.",
  };
  return answer_help(ctx, kLines);
}

constexpr CommandSpec kSubcommands[] = {
    {.name = "doctor", .arity = 2, .keys = keys::walk(), .run = doctor},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
    {.name = "malloc-stats", .arity = 2, .run = malloc_stats},
    {.name = "purge", .arity = 2, .run = purge},
    {.name = "stats", .arity = 2, .keys = keys::walk(), .run = stats},
    {.name = "usage", .arity = -3, .keys = keys::one(2), .flags = kReadOnly, .run = usage},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "memory", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> memory_commands() { return kTable; }

}  // namespace corral::commands

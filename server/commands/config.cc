// CONFIG: reading, changing and keeping settings.
// Threading: any worker; the option table has a leaf mutex. REWRITE writes a file on the worker that is asked.
// See: server/config/README.md.
#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/config/config_rewrite.h"
#include "server/config/words.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;

// CONFIG GET pattern …
Outcome get(CommandContext& ctx) {
  const auto found = ctx.services().options.matching(ctx.args().subspan(2));
  ctx.reply().map(static_cast<int64_t>(found.size()));
  for (const auto& [name, value] : found) {
    ctx.reply().bulk(name);
    ctx.reply().bulk(value);
  }
  return Outcome::kDone;
}

// CONFIG SET name value …
Outcome set(CommandContext& ctx) {
  if (ctx.argc() % 2 != 0) return ctx.fail(error_text::kSyntax);
  std::vector<config::OptionTable::Change> changes;
  for (size_t i = 2; i < ctx.argc(); i += 2) changes.push_back({ctx.arg(i), ctx.arg(i + 1)});
  if (const auto error = ctx.services().options.set(changes)) return ctx.fail("ERR " + *error);
  ctx.reply().ok();
  return Outcome::kGates;
}

std::string policy_line(const stampede::Policy& policy) { return config::word_text(policy.name) + " " + policy.words(); }

// The users that the options do not give already.
std::vector<std::string> user_lines(const Services& services) {
  const config::Settings& settings = services.settings;
  std::vector<std::string> lines;
  if (!settings.aclfile.empty()) return lines;
  const acl::Catalog& catalog = services.users.catalog();
  acl::User plain = services.users.make_default();
  {
    const std::lock_guard lock(settings.text_mutex);
    std::string rule = ">";
    rule += settings.requirepass;
    if (rule.size() > 1) plain.apply(rule, catalog, true);
  }
  for (const auto& [name, user] : *services.users.table()) {
    const std::string rules = user->rules(catalog);
    if (name == acl::kDefaultUser && rules == plain.rules(catalog)) continue;
    std::string& line = lines.emplace_back(config::word_text(name));
    for (size_t at = 0; at <= rules.size();) {
      const size_t end = std::min(rules.find(' ', at), rules.size());
      line.append(" ").append(config::word_text(rules.substr(at, end - at)));
      at = end + 1;
    }
  }
  return lines;
}

// What the file must declare, and how a line of it is brought into the same form.
config::Declared declared_lines(CommandContext& ctx) {
  config::Declared lines;
  lines.users = user_lines(ctx.services());
  for (const stampede::Policy& policy : ctx.services().cache.policies()->all()) lines.lines.push_back(policy_line(policy));
  lines.canonical = [](config::Words words) -> base::Result<std::string> {
    if (words.empty()) return base::Error{"a policy needs a name"};
    const std::vector<std::string_view> rest(words.begin() + 1, words.end());
    const auto policy = stampede::Policy::parse(words[0], rest);
    if (!policy) return base::Error{policy.error()};
    return policy_line(policy.value());
  };
  return lines;
}

// CONFIG REWRITE
Outcome rewrite(CommandContext& ctx) {
  const config::OptionTable& options = ctx.services().options;
  if (options.settings().config_file.empty()) return ctx.fail("ERR The server is running without a config file");
  const base::Status status = config::rewrite_file(options, declared_lines(ctx));
  if (!status.ok()) return ctx.fail("ERR Rewriting config file: " + status.error());
  ctx.reply().ok();
  return Outcome::kDone;
}

// CONFIG RESETSTAT
Outcome resetstat(CommandContext& ctx) {
  for (metrics::WorkerStats* stats : ctx.services().stats) stats->reset();
  ServerState& state = ctx.services().state;
  state.peak_memory.store(0, std::memory_order_relaxed);
  state.peak_clients.store(0, std::memory_order_relaxed);
  ctx.reply().ok();
  return Outcome::kDone;
}

// CONFIG HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "GET <pattern> [<pattern> ...]",
      "    Answer the options whose names match a <pattern>, with their values.",
      "SET <option> <value> [<option> <value> ...]",
      "    Change options, all of them or none.",
      "RESETSTAT",
      "    Start the counters that INFO shows anew.",
      "REWRITE",
      "    Write what is in force into the configuration file.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kFlags = kAdmin | kNoScript | kLoading | kStale;
constexpr CommandSpec kSubcommands[] = {
    {.name = "get", .arity = -3, .flags = kFlags, .run = get},
    {.name = "set", .arity = -4, .flags = kFlags, .run = set},
    {.name = "rewrite", .arity = 2, .flags = kFlags, .run = rewrite},
    {.name = "resetstat", .arity = 2, .flags = kFlags, .run = resetstat},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "config", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> config_commands() { return kTable; }

}  // namespace corral::commands

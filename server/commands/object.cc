// OBJECT: what is known of a key besides its value.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using store::Entry;
using store::EvictionPolicy;

bool evicts_by_frequency(CommandContext& ctx) {
  const auto policy = static_cast<EvictionPolicy>(int64_t{ctx.services().settings.maxmemory_policy});
  return policy == EvictionPolicy::kAllkeysLfu || policy == EvictionPolicy::kVolatileLfu;
}

// The entry of argument 2; when there is none, answers nil. Looking at a key is no use of it.
const Entry* entry_or_nil(CommandContext& ctx) {
  const Entry* entry = ctx.peek(ctx.key(2), true, false);
  if (entry == nullptr) ctx.reply().null();
  return entry;
}

Bytes encoding_name(const Entry& entry) {
  if (const types::Value* container = entry.container()) return container->encoding();
  constexpr Bytes kNames[] = {"raw", "embstr", "int"};
  return kNames[static_cast<size_t>(entry.encoding())];
}

// OBJECT ENCODING key
Outcome encoding(CommandContext& ctx) {
  if (const Entry* entry = entry_or_nil(ctx)) ctx.reply().bulk(encoding_name(*entry));
  return Outcome::kDone;
}

store::Table::AccessFigures access_figures(CommandContext& ctx) {
  const KeyRef key = ctx.key(2);
  return ctx.table_if_any(key)->access_figures(key.bytes, key.hash);
}

// OBJECT FREQ key
Outcome freq(CommandContext& ctx) {
  if (entry_or_nil(ctx) == nullptr) return Outcome::kDone;
  if (!evicts_by_frequency(ctx)) {
    return ctx.fail("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "
                    "switching between policies at runtime LRU and LFU data will take some time to adjust.");
  }
  ctx.reply().integer(access_figures(ctx).frequency);
  return Outcome::kDone;
}

// OBJECT IDLETIME key: in steps of 16 seconds, and no more than about six minutes (store::AgeClock).
Outcome idletime(CommandContext& ctx) {
  if (entry_or_nil(ctx) == nullptr) return Outcome::kDone;
  if (evicts_by_frequency(ctx)) {
    return ctx.fail("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching "
                    "between policies at runtime LRU and LFU data will take some time to adjust.");
  }
  ctx.reply().integer(access_figures(ctx).idle_seconds);
  return Outcome::kDone;
}

// OBJECT REFCOUNT key: two keys never share a value here, small integers neither.
Outcome refcount(CommandContext& ctx) {
  if (entry_or_nil(ctx) != nullptr) ctx.reply().integer(1);
  return Outcome::kDone;
}

// OBJECT HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "ENCODING <key>",
      "    Tell how the value of <key> is encoded.",
      "FREQ <key>",
      "    Tell how often <key> was used lately, on a logarithmic scale. Needs an LFU",
      "    maxmemory-policy.",
      "IDLETIME <key>",
      "    Tell for about how many seconds <key> was not used.",
      "REFCOUNT <key>",
      "    Tell how many keys share the value of <key>: always 1.",
  };
  return answer_help(ctx, kLines);
}

constexpr CommandSpec about_key(std::string_view name, Handler run) {
  return {.name = name, .arity = 3, .keys = keys::one(2), .flags = kReadOnly, .acl = acl::kKeyspace, .run = run};
}
constexpr CommandSpec kSubcommands[] = {
    about_key("encoding", encoding),
    about_key("freq", freq),
    about_key("idletime", idletime),
    about_key("refcount", refcount),
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .acl = acl::kKeyspace, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "object", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> object_commands() { return kTable; }

}  // namespace corral::commands

// What a server that keeps everything in memory answers: SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE.
// Threading: any worker; touches no keys.
// See: README.md of this folder, "What is not there yet".
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;

constexpr Bytes kNothingSaved =
    "ERR persistence is not part of this version: nothing was saved, and a restart begins empty. DUMP gives "
    "a key's "
    "value in Redis' format.";

// SAVE, BGREWRITEAOF
Outcome save(CommandContext& ctx) {
  return ctx.fail(kNothingSaved);
}

// BGSAVE [SCHEDULE]
Outcome bgsave(CommandContext& ctx) {
  const bool schedule = ctx.argc() == 2 && protocol::equals_ignore_case(ctx.arg(1), "schedule");
  if (ctx.argc() > 1 && !schedule) return ctx.fail(protocol::error_text::kSyntax);
  return ctx.fail(kNothingSaved);
}

// LASTSAVE: the start of the server, as in Redis when nothing has been saved since.
Outcome lastsave(CommandContext& ctx) {
  ctx.reply().integer(ctx.services().state.started_ms / 1000);
  return Outcome::kDone;
}

constexpr uint32_t kFlags = kAdmin | kNoScript | kNoAsyncLoading;
constexpr CommandSpec kTable[] = {
    {.name = "save", .arity = 1, .flags = kFlags | kNoMulti, .run = save},
    {.name = "bgsave", .arity = -1, .flags = kFlags, .run = bgsave},
    {.name = "bgrewriteaof", .arity = 1, .flags = kFlags, .run = save},
    {.name = "lastsave",
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .acl = acl::kAdmin | acl::kDangerous,
     .run = lastsave},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> persistence_commands() {
  return kTable;
}

}  // namespace corral::commands

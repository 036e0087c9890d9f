// MIGRATE: its arguments and keys as in Redis; what is there is not sent.
// Threading: as CommandContext.
// See: README.md of this folder, "What is not there yet".
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;
namespace error_text = protocol::error_text;

constexpr size_t kKeyAt = 3;
constexpr size_t kDatabaseAt = 4;
constexpr size_t kTimeoutAt = 5;
constexpr size_t kFirstOption = 6;

// The key, or what stands behind KEYS when the key is empty.
bool find_migrate_keys(std::span<const Bytes> arguments, std::vector<int>& positions) {
  size_t first = kKeyAt;
  size_t end = kKeyAt + 1;
  for (size_t i = kFirstOption; i < arguments.size(); ++i) {
    if (equals_ignore_case(arguments[i], "keys")) {
      if (arguments[kKeyAt].empty()) {
        first = i + 1;
        end = arguments.size();
      }
      break;
    }
    if (equals_ignore_case(arguments[i], "auth") || equals_ignore_case(arguments[i], "auth2")) ++i;
  }
  for (size_t at = first; at < end; ++at) positions.push_back(static_cast<int>(at));
  return true;
}

// MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH password | AUTH2 user password] [KEYS key …]
Outcome migrate(CommandContext& ctx) {
  size_t first = kKeyAt;
  size_t end = kKeyAt + 1;
  for (size_t i = kFirstOption; i < ctx.argc(); ++i) {
    const Bytes word = ctx.arg(i);
    const size_t behind = ctx.argc() - i - 1;
    if (equals_ignore_case(word, "copy") || equals_ignore_case(word, "replace")) continue;
    if (equals_ignore_case(word, "auth") && behind >= 1) {
      i += 1;
    } else if (equals_ignore_case(word, "auth2") && behind >= 2) {
      i += 2;
    } else if (equals_ignore_case(word, "keys")) {
      if (!ctx.arg(kKeyAt).empty()) {
        return ctx.fail(
            "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");
      }
      first = i + 1;
      end = ctx.argc();
      break;
    } else {
      return ctx.fail(error_text::kSyntax);
    }
  }
  int64_t number = 0;
  if (!ctx.integer(kTimeoutAt, number) || !ctx.integer(kDatabaseAt, number)) return Outcome::kDone;
  bool any = false;
  for (size_t at = first; at < end; ++at) any |= ctx.find(ctx.key(at), true) != nullptr;
  if (!any) {
    ctx.reply().simple("NOKEY");
    return Outcome::kDone;
  }
  return ctx.fail(
      "ERR sending keys to another server is not part of this version, and nothing was moved. DUMP the keys "
      "here and RESTORE them there.");
}

constexpr CommandSpec kTable[] = {
    {.name = "migrate",
     .arity = -6,
     .keys = keys::custom(find_migrate_keys),
     .flags = kWrite | kMovableKeys,
     .acl = acl::kKeyspace | acl::kDangerous,
     .run = migrate},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> migrate_commands() {
  return kTable;
}

}  // namespace corral::commands

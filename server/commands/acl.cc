// ACL: the table of its sub-commands; those that ask and do not change users.
// Threading: any worker; users are read from the table in force, the log has a leaf mutex.
// See: server/acl/README.md.
#include "server/commands/acl.h"

#include "server/acl/password.h"
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/permissions.h"

namespace corral::commands {
namespace {

using namespace dispatch;

constexpr int64_t kMostPasswordBits = 4096;

Outcome fail_unknown(CommandContext& ctx) {
  return ctx.fail("ERR unknown subcommand or wrong number of arguments for '" +
                  std::string(protocol::c_text(ctx.arg(1).substr(0, 128))) + "'. Try ACL HELP.");
}

void append_members(std::vector<std::string_view>& names, const Command& command, uint32_t category) {
  if ((command.acl & category) != 0) names.push_back(command.full_name);
  for (const Command& sub : command.subcommands) append_members(names, sub, category);
}

// ACL CAT [category]
Outcome cat(CommandContext& ctx) {
  if (ctx.argc() > 3) return fail_unknown(ctx);
  std::vector<std::string_view> names;
  if (ctx.argc() == 2) {
    names = acl::category_names(acl::kEveryCategory);
  } else {
    const uint32_t category = acl::category_by_name(ctx.arg(2));
    if (category == 0)
      return ctx.fail("ERR Unknown category '" + std::string(protocol::c_text(ctx.arg(2))) + "'");
    for (const Command& command : ctx.services().commands.all()) append_members(names, command, category);
  }
  ctx.reply().array(static_cast<int64_t>(names.size()));
  for (const std::string_view name : names) ctx.reply().bulk(name);
  return Outcome::kDone;
}

// ACL WHOAMI
Outcome whoami(CommandContext& ctx) {
  ctx.reply().bulk(ctx.session().record->texts().user);
  return Outcome::kDone;
}

// ACL GENPASS [bits]
Outcome genpass(CommandContext& ctx) {
  if (ctx.argc() > 3) return fail_unknown(ctx);
  int64_t bits = 256;
  if (ctx.argc() == 3 && !ctx.integer(2, bits)) return Outcome::kDone;
  if (bits < 1 || bits > kMostPasswordBits) {
    return ctx.fail(
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up "
        "to " +
        std::to_string(kMostPasswordBits));
  }
  ctx.reply().bulk(acl::random_password(bits));
  return Outcome::kDone;
}

// ACL USERS
Outcome users(CommandContext& ctx) {
  const acl::UserTableRef table = ctx.services().users.table();
  ctx.reply().array(static_cast<int64_t>(table->size()));
  for (const auto& [name, user] : *table) ctx.reply().bulk(name);
  return Outcome::kDone;
}

// ACL LIST
Outcome list(CommandContext& ctx) {
  const acl::UserTableRef table = ctx.services().users.table();
  ctx.reply().array(static_cast<int64_t>(table->size()));
  for (const auto& [name, user] : *table) {
    ctx.reply().bulk("user " + name + " " + user->rules(ctx.services().users.catalog()));
  }
  return Outcome::kDone;
}

void write_selector(CommandContext& ctx, const acl::Selector& selector) {
  protocol::ReplyWriter& reply = ctx.reply();
  reply.bulk("commands");
  reply.bulk(selector.command_rules(ctx.services().users.catalog()));
  reply.bulk("keys");
  reply.bulk(selector.key_rules());
  reply.bulk("channels");
  reply.bulk(selector.channel_rules());
}

// ACL GETUSER username
Outcome getuser(CommandContext& ctx) {
  const acl::UserRef user = ctx.services().users.find(ctx.arg(2));
  protocol::ReplyWriter& reply = ctx.reply();
  if (user == nullptr) {
    reply.null();
    return Outcome::kDone;
  }
  reply.map(6);
  reply.bulk("flags");
  const auto flags = user->flags();
  reply.set(static_cast<int64_t>(flags.size()));
  for (const std::string_view flag : flags) reply.bulk(flag);
  reply.bulk("passwords");
  reply.array(static_cast<int64_t>(user->passwords().size()));
  for (const std::string& password : user->passwords()) reply.bulk(password);
  write_selector(ctx, user->root());
  reply.bulk("selectors");
  const auto others = std::span(user->selectors()).subspan(1);
  reply.array(static_cast<int64_t>(others.size()));
  for (const acl::Selector& selector : others) {
    reply.map(3);
    write_selector(ctx, selector);
  }
  return Outcome::kDone;
}

std::string dry_refusal(const Permission& granted, const Command& command) {
  const std::string beginning = "This user has no permissions to ";
  if (granted.denial == acl::Denial::kCommand)
    return beginning + "run the '" + command.full_name + "' command";
  const char* what = granted.denial == acl::Denial::kKey ? "' key" : "' channel";
  return beginning + "access the '" + std::string(protocol::c_text(granted.object)) + what;
}

// ACL DRYRUN username command [arg ...]
Outcome dryrun(CommandContext& ctx) {
  const acl::UserRef user = ctx.services().users.find(ctx.arg(2));
  if (user == nullptr)
    return ctx.fail("ERR User '" + std::string(protocol::c_text(ctx.arg(2))) + "' not found");
  const std::span<const Bytes> arguments = ctx.args().subspan(3);
  const Command* command = ctx.services().commands.find(arguments[0]);
  if (command != nullptr && !command->subcommands.empty() && arguments.size() > 1) {
    command = CommandTable::find_subcommand(*command, arguments[1]);
  }
  if (command == nullptr)
    return ctx.fail("ERR Command '" + std::string(protocol::c_text(arguments[0])) + "' not found");
  const auto argc = static_cast<int>(arguments.size());
  const int arity = command->spec->arity;
  if ((arity > 0 && argc != arity) || argc < -arity) {
    return ctx.fail("ERR wrong number of arguments for '" + command->full_name + "' command");
  }
  const Permission granted = permission(ctx.services(), *user, *command, arguments);
  if (granted.granted()) {
    ctx.reply().ok();
  } else {
    ctx.reply().bulk(dry_refusal(granted, *command));
  }
  return Outcome::kDone;
}

void write_refusal(CommandContext& ctx, const acl::Refusal& refusal) {
  protocol::ReplyWriter& reply = ctx.reply();
  reply.map(7);
  reply.bulk("count");
  reply.integer(refusal.count);
  reply.bulk("reason");
  reply.bulk(refusal.reason);
  reply.bulk("context");
  reply.bulk(refusal.context);
  reply.bulk("object");
  reply.bulk(refusal.object);
  reply.bulk("username");
  reply.bulk(refusal.username);
  reply.bulk("age-seconds");
  reply.number(static_cast<double>(ctx.now_ms() - refusal.at_ms) / 1000);
  reply.bulk("client-info");
  reply.bulk(refusal.client);
}

// ACL LOG [count | RESET]
Outcome log(CommandContext& ctx) {
  if (ctx.argc() > 3) return fail_unknown(ctx);
  acl::RefusalLog& refusals = ctx.services().refusals;
  if (ctx.argc() == 3 && protocol::equals_ignore_case(ctx.arg(2), "reset")) {
    refusals.clear();
    ctx.reply().ok();
    return Outcome::kDone;
  }
  int64_t count = 10;
  if (ctx.argc() == 3 && !ctx.integer(2, count)) return Outcome::kDone;
  const auto newest = refusals.newest(static_cast<size_t>(std::max<int64_t>(count, 0)));
  ctx.reply().array(static_cast<int64_t>(newest.size()));
  for (const acl::Refusal& refusal : newest) write_refusal(ctx, refusal);
  return Outcome::kDone;
}

// ACL HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "CAT [<category>]",
      "    Name the categories, or the commands of one.",
      "DELUSER <username> [<username> ...]",
      "    Remove users and close their connections.",
      "DRYRUN <username> <command> [<arg> ...]",
      "    Tell whether the user may run the command, without running it.",
      "GENPASS [<bits>]",
      "    Make a random password of 256 bits, or of as many as asked for.",
      "GETUSER <username>",
      "    Show the rights of a user.",
      "LIST",
      "    Show all users as lines of a configuration file.",
      "LOAD",
      "    Replace the users by those of the ACL file.",
      "LOG [<count> | RESET]",
      "    Show what was refused lately, or forget it.",
      "SAVE",
      "    Write the users to the ACL file.",
      "SETUSER <username> [<rule> ...]",
      "    Make a user or change its rights.",
      "USERS",
      "    Name all users.",
      "WHOAMI",
      "    Name the user of this connection.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kAsk = kNoScript | kLoading | kStale;
constexpr uint32_t kRule = kAdmin | kAsk;
constexpr CommandSpec kSubcommands[] = {
    {.name = "cat", .arity = -2, .flags = kAsk, .run = cat},
    {.name = "deluser", .arity = -3, .flags = kRule, .run = acl_deluser},
    {.name = "dryrun", .arity = -4, .flags = kRule, .run = dryrun},
    {.name = "genpass", .arity = -2, .flags = kAsk, .run = genpass},
    {.name = "getuser", .arity = 3, .flags = kRule, .run = getuser},
    {.name = "list", .arity = 2, .flags = kRule, .run = list},
    {.name = "load", .arity = 2, .flags = kRule, .run = acl_load},
    {.name = "log", .arity = -2, .flags = kRule, .run = log},
    {.name = "save", .arity = 2, .flags = kRule, .run = acl_save},
    {.name = "setuser", .arity = -3, .flags = kRule, .run = acl_setuser},
    {.name = "users", .arity = 2, .flags = kRule, .run = users},
    {.name = "whoami", .arity = 2, .flags = kAsk, .run = whoami},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "acl", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> acl_commands() {
  return kTable;
}

}  // namespace corral::commands

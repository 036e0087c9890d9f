// ACL SETUSER, DELUSER, LOAD and SAVE: changes of users.
// Threading: any worker; a change copies the table of users under its mutex. LOAD and SAVE do file I/O on the worker asked.
// See: server/acl/README.md, "Users".
#include <algorithm>
#include <optional>

#include "server/acl/user_file.h"
#include "server/acl/user_rules.h"
#include "server/commands/acl.h"
#include "server/dispatch/permissions.h"

namespace corral::commands {
namespace {

using namespace dispatch;

constexpr Bytes kNoFile =
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL "
    "SETUSER "
    "command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to "
    "store users in "
    "the Redis configuration.";

bool has_space(Bytes name) {
  return std::any_of(name.begin(), name.end(),
                     [](char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; });
}

// Whether the user of this session is no more: its connection is closed behind the reply.
Outcome end_if_gone(CommandContext& ctx) {
  return ctx.session().user == nullptr && !ctx.in_transaction() ? Outcome::kClose : Outcome::kGates;
}

}  // namespace

// ACL SETUSER username attribute [attribute ...]
Outcome acl_setuser(CommandContext& ctx) {
  acl::Users& users = ctx.services().users;
  if (has_space(ctx.arg(2))) return ctx.fail("ERR Usernames can't contain spaces or null characters");
  const std::vector<std::string_view> words(ctx.args().begin() + 3, ctx.args().end());
  std::optional<size_t> open_at;
  const std::vector<std::string> rules = acl::joined_selectors(words, open_at);
  if (open_at) {
    return ctx.fail("ERR Unmatched parenthesis in acl selector starting at '" +
                    std::string(protocol::c_text(words[*open_at])) + "'.");
  }
  std::string error;
  users.change([&](acl::UserTable& table) {
    const auto known = table.find(ctx.arg(2));
    acl::User user = known != table.end() ? *known->second : users.make(std::string(ctx.arg(2)));
    for (const std::string& rule : rules) {
      const acl::Problem problem = user.apply(rule, users.catalog(), users.all_channels());
      if (problem == acl::Problem::kNone) continue;
      error = "ERR Error in ACL SETUSER modifier '" + std::string(protocol::c_text(rule)) + "': ";
      error += acl::message_of(problem);
      return false;
    }
    table.insert_or_assign(user.name(), std::make_shared<const acl::User>(user));
    return true;
  });
  if (!error.empty()) return ctx.fail(error);
  users_changed(ctx.services(), ctx.worker());
  ctx.reply().ok();
  return Outcome::kGates;
}

// ACL DELUSER username [username ...]
Outcome acl_deluser(CommandContext& ctx) {
  const auto names = ctx.args().subspan(2);
  int64_t removed = 0;
  if (std::find(names.begin(), names.end(), acl::kDefaultUser) != names.end()) {
    return ctx.fail("ERR The 'default' user cannot be removed");
  }
  ctx.services().users.change([&](acl::UserTable& table) {
    for (const Bytes name : names) {
      const auto found = table.find(name);
      if (found == table.end()) continue;
      table.erase(found);
      ++removed;
    }
    return removed > 0;
  });
  users_changed(ctx.services(), ctx.worker());
  ctx.reply().integer(removed);
  return end_if_gone(ctx);
}

// ACL LOAD
Outcome acl_load(CommandContext& ctx) {
  const std::string& path = ctx.services().settings.aclfile;
  if (path.empty()) return ctx.fail(kNoFile);
  if (const base::Status status = acl::load_users(path, ctx.services().users); !status.ok()) {
    return ctx.fail("ERR " + status.error());
  }
  users_changed(ctx.services(), ctx.worker());
  ctx.reply().ok();
  return end_if_gone(ctx);
}

// ACL SAVE
Outcome acl_save(CommandContext& ctx) {
  const std::string& path = ctx.services().settings.aclfile;
  if (path.empty()) return ctx.fail(kNoFile);
  if (const base::Status status = acl::save_users(path, ctx.services().users); !status.ok()) {
    ctx.services().log.warning("cannot write the ACL file: " + status.error());
    return ctx.fail(
        "ERR There was an error trying to save the ACLs. Please check the server logs for more information");
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

}  // namespace corral::commands

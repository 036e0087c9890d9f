// Checks requests against users and keeps sessions in step with them.
// Threading: see permissions.h.
// See: permissions.h.
#include "server/dispatch/permissions.h"

#include "server/dispatch/client_line.h"

namespace corral::dispatch {
namespace {

using acl::Denial;
using session::Session;

void list_command(acl::Catalog& catalog, const Command& command) {
  acl::Listed listed{command.id, command.full_name, command.acl, command.parent != nullptr, {}};
  for (const Command& sub : command.subcommands) listed.subcommands.push_back(sub.id);
  catalog.add(std::move(listed));
  for (const Command& sub : command.subcommands) list_command(catalog, sub);
}

// Channels are arguments of these commands only; who stops listening is not asked.
void find_channels(const Command& command, std::span<const Bytes> arguments,
                   std::vector<acl::ChannelUse>& uses) {
  if ((command.spec->flags & kPubsub) == 0) return;
  const std::string_view name = command.spec->name;
  const bool sends = name == "publish" || name == "spublish";
  const bool pattern = name == "psubscribe";
  if (!sends && !pattern && name != "subscribe" && name != "ssubscribe") return;
  const size_t end = sends ? 2 : arguments.size();
  for (size_t i = 1; i < end; ++i) uses.push_back({static_cast<int>(i), pattern});
}

std::string_view context_name(AskedFrom from) {
  switch (from) {
    case AskedFrom::kTopLevel:
      return "toplevel";
    case AskedFrom::kTransaction:
      return "multi";
    case AskedFrom::kScript:
      return "lua";
  }
  return {};
}

void note_refusal(Services& services, const WorkerState& worker, const Session& session,
                  std::span<const Bytes> arguments, acl::Refusal refusal) {
  size_t bytes = 0;
  for (const Bytes argument : arguments) bytes += argument.size();
  add_client_line(refusal.client, *session.record, worker.now_ms, &session, bytes);
  refusal.client.pop_back();
  refusal.at_ms = worker.now_ms;
  services.refusals.add(std::move(refusal), static_cast<size_t>(int64_t{services.settings.acllog_max_len}));
}

void take_user(Session& session, acl::UserRef user) {
  const bool restricted = user == nullptr || !user->unrestricted();
  session.flags =
      restricted ? session.flags | session::kRestricted : session.flags & ~uint32_t{session::kRestricted};
  if (user != nullptr) {
    session.record->user_number.store(user->number(), std::memory_order_relaxed);
    if (session.user == nullptr || session.user->name() != user->name()) {
      session.record->change_texts([&](auto& texts) { texts.user = user->name(); });
    }
  }
  session.user = std::move(user);
}

bool may_hear_all(const Session& session, const acl::User& user) {
  for (size_t kind = 0; kind < session.subscriptions.size(); ++kind) {
    const bool pattern = static_cast<pubsub::Kind>(kind) == pubsub::Kind::kPattern;
    for (const std::string& name : session.subscriptions[kind]) {
      if (!user.allows_channel(name, pattern)) return false;
    }
  }
  return true;
}

acl::Asked asked_of(const Command& command, std::span<const Bytes> arguments) {
  acl::Asked asked;
  asked.id = command.id;
  asked.always = (command.spec->flags & kNoAuth) != 0;
  asked.arguments = arguments;
  asked.first_argument = command.parent != nullptr ? 2 : 1;
  return asked;
}

Permission permission_for(const Services& services, const acl::User& user, const Command& command,
                          std::span<const Bytes> arguments, acl::Asked& asked, std::vector<acl::KeyUse>& keys,
                          std::vector<acl::ChannelUse>& channels) {
  asked = asked_of(command, arguments);
  if (!user.all_keys()) services.key_uses(command, arguments, keys);
  if (!user.all_channels()) find_channels(command, arguments, channels);
  asked.keys = keys;
  asked.channels = channels;
  int position = 0;
  Permission result;
  result.denial = user.check(asked, position);
  if (result.denial > Denial::kCommand) result.object = arguments[static_cast<size_t>(position)];
  return result;
}

}  // namespace

acl::Catalog acl_catalog(const CommandTable& commands) {
  acl::Catalog catalog;
  for (const Command& command : commands.all()) list_command(catalog, command);
  return catalog;
}

Permission permission(const Services& services, const acl::User& user, const Command& command,
                      std::span<const Bytes> arguments) {
  acl::Asked asked;
  std::vector<acl::KeyUse> keys;
  std::vector<acl::ChannelUse> channels;
  return permission_for(services, user, command, arguments, asked, keys, channels);
}

bool may_read_every_key(CommandContext& ctx) {
  const Session& session = ctx.session();
  if (!session.has(session::kRestricted)) return true;
  if (session.user == nullptr) return false;
  acl::Asked asked;
  std::vector<acl::KeyUse> keys;
  std::vector<acl::ChannelUse> channels;
  permission_for(ctx.services(), *session.user, ctx.command(), ctx.args(), asked, keys, channels);
  return session.user->allows_every_key(asked, acl::kMayRead);
}

bool may_write_too(CommandContext& ctx, size_t argument) {
  const Session& session = ctx.session();
  if (!session.has(session::kRestricted)) return true;
  if (session.user == nullptr) return false;
  acl::Asked asked = asked_of(ctx.command(), ctx.args());
  std::vector<acl::KeyUse> keys;
  ctx.services().key_uses(ctx.command(), ctx.args(), keys);
  keys.push_back({static_cast<int>(argument), acl::kMayWrite});
  asked.keys = keys;
  int position = 0;
  return session.user->check(asked, position) == Denial::kNone;
}

Permission checked_permission(Services& services, WorkerState& worker, const Session& session,
                              const Command& command, std::span<const Bytes> arguments, AskedFrom from) {
  Permission result{Denial::kCommand, {}};
  if (session.user != nullptr) result = permission(services, *session.user, command, arguments);
  if (result.granted()) return result;
  acl::Refusal refusal;
  const bool whole = result.denial == Denial::kCommand;
  refusal.reason = whole ? "command" : result.denial == Denial::kKey ? "key" : "channel";
  refusal.context = context_name(from);
  refusal.object = whole ? command.full_name : std::string(result.object);
  refusal.username = session.record->texts().user;
  note_refusal(services, worker, session, arguments, std::move(refusal));
  return result;
}

std::string refusal_text(const Permission& permission, const Command& command) {
  const std::string beginning = "NOPERM this user has no permissions to ";
  switch (permission.denial) {
    case Denial::kKey:
      return beginning + "access one of the keys used as arguments";
    case Denial::kChannel:
      return beginning + "access one of the channels used as arguments";
    case Denial::kNone:
    case Denial::kCommand:
      break;
  }
  return beginning + "run the '" + command.full_name + "' command";
}

bool log_in(CommandContext& ctx, Bytes name, Bytes password) {
  Session& session = ctx.session();
  acl::UserRef user = ctx.services().users.find(name);
  if (user == nullptr || !user->accepts(password)) {
    acl::Refusal refusal;
    refusal.reason = "auth";
    refusal.context =
        context_name(session.has(session::kInMulti) ? AskedFrom::kTransaction : AskedFrom::kTopLevel);
    refusal.object = std::string(ctx.arg(0));
    refusal.username = std::string(name);
    note_refusal(ctx.services(), ctx.worker(), session, ctx.args(), std::move(refusal));
    ctx.fail("WRONGPASS invalid username-password pair or user is disabled.");
    return false;
  }
  take_user(session, std::move(user));
  session.unset(session::kNotAuthenticated);
  return true;
}

void become_default(Services& services, Session& session) {
  take_user(session, services.users.find(acl::kDefaultUser));
  if (services.users.login_required()) {
    session.set(session::kNotAuthenticated);
  } else {
    session.unset(session::kNotAuthenticated);
  }
}

void follow_users(Services& services, WorkerState& worker) {
  const uint64_t version = services.users.version();
  if (version == worker.users_version) return;
  worker.users_version = version;
  const acl::UserTableRef users = services.users.table();
  for (const auto& [id, session] : worker.sessions) {
    if (session->user == nullptr) continue;  // gone before; it is being closed
    const auto found = users->find(session->user->name());
    const bool gone = found == users->end() || found->second->number() != session->user->number();
    if (!gone && found->second == session->user) continue;
    const bool listens = session->has(session::kSubscribed);
    if (gone || (listens && !may_hear_all(*session, *found->second)))
      worker.port.post(worker.index, KillMessage{id});
    take_user(*session, gone ? nullptr : found->second);
  }
}

void users_changed(Services& services, WorkerState& worker) {
  follow_users(services, worker);
  for (uint32_t i = 0; i < services.state.workers; ++i) {
    if (i != worker.index) worker.port.post(i, UsersMessage{});
  }
}

}  // namespace corral::dispatch

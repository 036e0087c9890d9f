// Whether a client's user may do what it asks: the check before execution, log-in, changes of users while clients are on.
// Threading: the session's worker; users are read from immutable snapshots.
// See: README.md of this folder, "Permissions".
#pragma once

#include <span>
#include <string>

#include "server/acl/selector.h"
#include "server/dispatch/command_context.h"

namespace corral::dispatch {

/// The commands as rules speak of them.
acl::Catalog acl_catalog(const CommandTable& commands);

/// Where a check was made; ACL LOG tells it.
enum class AskedFrom : uint8_t { kTopLevel, kTransaction, kScript };

/// A denial and what was denied.
struct Permission {
  acl::Denial denial = acl::Denial::kNone;
  Bytes object;  // the key or channel
  bool granted() const { return denial == acl::Denial::kNone; }
};

/// Checks one command with its arguments. O(1) by the bitmap; keys and channels are looked up only for users who may not
/// use all of them.
Permission permission(const Services& services, const acl::User& user, const Command& command,
                      std::span<const Bytes> arguments);
/// Of the session's own user; without one (it was deleted) nothing is granted. Notes a denial in ACL LOG.
Permission checked_permission(Services& services, WorkerState& worker, const session::Session& session,
                              const Command& command, std::span<const Bytes> arguments, AskedFrom from);
/// The reply to who was refused: "NOPERM this user has …".
std::string refusal_text(const Permission& permission, const Command& command);
/// Whether the user of the request may read every key there is (SORT … BY and GET).
bool may_read_every_key(CommandContext& ctx);
/// Whether the user may do what the request says and write the key at `argument` besides, which the key finder missed.
bool may_write_too(CommandContext& ctx, size_t argument);

/// Tries a name and a password. False: WRONGPASS was replied, and noted in ACL LOG.
bool log_in(CommandContext& ctx, Bytes name, Bytes password);
/// What a connection begins as and RESET goes back to: "default", which may have to log in.
void become_default(Services& services, session::Session& session);

/// The users have changed: gives the sessions of this worker their users' new rights, and closes those whose user is gone,
/// or who listen to what they may not hear any more. Cheap when nothing has changed.
void follow_users(Services& services, WorkerState& worker);
/// After a change: makes it hold here at once and wakes the other workers.
void users_changed(Services& services, WorkerState& worker);

}  // namespace corral::dispatch

// The ACL file and the `user` lines of a configuration file.
// Threading: any thread; load and save do file I/O.
// See: README.md of this folder, "Files".
#pragma once

#include <span>
#include <string>

#include "server/acl/user_table.h"
#include "server/base/result.h"

namespace corral::acl {

/// Replaces all users by those of the file; all or none. Everybody but "default" is then another user than before, so that
/// connections of the others are closed. The error is Redis' text.
base::Status load_users(const std::string& path, Users& users);
/// Writes them through a temporary file beside it, synced, then renamed. The error is the system's reason.
base::Status save_users(const std::string& path, const Users& users);

/// A `user NAME rules` line of a configuration file, without the word `user`: makes the user, "default" from nothing. The
/// error has the rule that was wrong.
base::Status declare_user(std::span<const std::string> words, Users& users);

}  // namespace corral::acl

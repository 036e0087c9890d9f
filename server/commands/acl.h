// What the files of ACL share: the handlers that change users.
// Threading: as CommandContext.
// See: server/acl/README.md.
#pragma once

#include "server/dispatch/command_context.h"

namespace corral::commands {

dispatch::Outcome acl_setuser(dispatch::CommandContext& ctx);
dispatch::Outcome acl_deluser(dispatch::CommandContext& ctx);
dispatch::Outcome acl_load(dispatch::CommandContext& ctx);
dispatch::Outcome acl_save(dispatch::CommandContext& ctx);

}  // namespace corral::commands

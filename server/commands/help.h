// The reply of the HELP sub-commands, in Redis' layout.
// Threading: as CommandContext.
// See: README.md of this folder.
#pragma once

#include <span>

#include "server/dispatch/command_context.h"

namespace corral::commands {

/// `lines`: for each sub-command its name with arguments, then what it does in lines that begin with four spaces; HELP
/// itself and the heading are added. The command's name is that of the container.
dispatch::Outcome answer_help(dispatch::CommandContext& ctx, std::span<const protocol::Bytes> lines);

}  // namespace corral::commands

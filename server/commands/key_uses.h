// Which arguments of a request are keys, and what its command does with each.
// Threading: pure functions on constant data.
// See: server/acl/README.md, "Checks".
#pragma once

#include <span>
#include <vector>

#include "server/acl/selector.h"
#include "server/dispatch/command_table.h"

namespace corral::commands {

/// Appends the keys in order, as the key specs of the command's documentation say. Nothing when the arguments do not fit: the
/// handler answers with an error then.
void find_key_uses(const dispatch::Command& command, std::span<const protocol::Bytes> arguments,
                   std::vector<acl::KeyUse>& uses);

}  // namespace corral::commands

// What the slices of hash commands share: changing a hash, and what is told of it.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#pragma once

#include "server/dispatch/command_context.h"
#include "server/dispatch/container_edit.h"
#include "server/dispatch/hash_reply.h"
#include "server/types/hash_value.h"

namespace corral::commands {

using HashEdit = dispatch::ContainerEdit<types::HashValue>;

/// The hash under change, made when it is missing.
inline types::HashValue& hash_of(dispatch::CommandContext& ctx, HashEdit& edit) {
  return edit.make(ctx.services().keyspace.placement().secret());
}

}  // namespace corral::commands

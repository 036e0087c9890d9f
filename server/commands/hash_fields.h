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

/// Finishes the edit of a hash that lost `removed` (> 0) fields, and publishes `event`, then "del" if none is left.
inline void finish_removal(dispatch::CommandContext& ctx, HashEdit& hash, const dispatch::KeyRef& key,
                           int64_t removed, std::string_view event) {
  const bool gone = hash->size() == 0;
  hash.finish(removed);
  ctx.notify(config::kHashEvent, event, key);
  if (gone) ctx.notify(config::kGenericEvent, "del", key);
}

}  // namespace corral::commands

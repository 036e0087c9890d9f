// What the slices of set commands share: changing a set, answering members, and what is told of it.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#pragma once

#include <string_view>

#include "server/dispatch/command_context.h"
#include "server/dispatch/container_edit.h"
#include "server/dispatch/element_reply.h"
#include "server/types/set_value.h"

namespace corral::commands {

using SetEdit = dispatch::ContainerEdit<types::SetValue>;

/// The set under change, made when it is missing.
inline types::SetValue& set_of(dispatch::CommandContext& ctx, SetEdit& edit) {
  return edit.make(ctx.services().keyspace.placement().secret());
}

/// All members as a set reply.
inline void write_members(protocol::ReplyWriter& reply, const types::SetValue& set) {
  reply.set(static_cast<int64_t>(set.size()));
  types::SetValue::Walk walk(set);
  while (const auto member = walk.next()) dispatch::write_element(reply, *member);
}

}  // namespace corral::commands

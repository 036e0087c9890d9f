// What the slices of set commands share: changing a set, answering members, and what is told of it.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#pragma once

#include <string_view>

#include "server/dispatch/command_context.h"
#include "server/dispatch/container_edit.h"
#include "server/types/set_value.h"

namespace corral::commands {

using SetEdit = dispatch::ContainerEdit<types::SetValue>;

/// The set under change, made when it is missing.
inline types::SetValue& set_of(dispatch::CommandContext& ctx, SetEdit& edit) {
  return edit.make(ctx.services().keyspace.placement().secret());
}

inline void write_member(protocol::ReplyWriter& reply, const types::PackedElement& member) {
  types::PackedElement::Buffer digits;
  reply.bulk(member.text(digits));
}

/// All members as a set reply.
inline void write_members(protocol::ReplyWriter& reply, const types::SetValue& set) {
  reply.set(static_cast<int64_t>(set.size()));
  types::SetValue::Walk walk(set);
  while (const auto member = walk.next()) write_member(reply, *member);
}

/// Finishes the edit of a set that lost `removed` (> 0) members, and publishes `event`, then "del" if none is left.
inline void finish_removal(dispatch::CommandContext& ctx, SetEdit& set, const dispatch::KeyRef& key,
                           int64_t removed, std::string_view event) {
  const bool gone = set->size() == 0;
  set.finish(removed);
  ctx.notify(config::kSetEvent, event, key);
  if (gone) ctx.notify(config::kGenericEvent, "del", key);
}

}  // namespace corral::commands

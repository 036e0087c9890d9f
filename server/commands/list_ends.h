// What the slices of list commands share: the words LEFT and RIGHT, taking from an end, and what is told of it.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#pragma once

#include <optional>
#include <string_view>

#include "server/dispatch/command_context.h"
#include "server/dispatch/container_edit.h"
#include "server/dispatch/element_reply.h"
#include "server/types/list_value.h"

namespace corral::commands {

using ListEdit = dispatch::ContainerEdit<types::ListValue>;
using ListEnd = types::ListValue::End;

/// "LEFT" or "RIGHT" in any case.
std::optional<ListEnd> parse_list_end(protocol::Bytes word);

/// Names of keyspace events.
constexpr std::string_view push_event(ListEnd end) {
  return end == ListEnd::kHead ? "lpush" : "rpush";
}
constexpr std::string_view pop_event(ListEnd end) {
  return end == ListEnd::kHead ? "lpop" : "rpop";
}

/// Replies the first element from `end` and takes it out. The list must not be empty; the edit is finished.
void pop_one(dispatch::CommandContext& ctx, ListEdit& list, ListEnd end);
/// Replies an array of up to `count` (> 0) elements from `end` on and takes them out; the edit is finished.
void pop_many(dispatch::CommandContext& ctx, ListEdit& list, ListEnd end, size_t count);

}  // namespace corral::commands

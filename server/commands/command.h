// What the files of COMMAND share: the handlers that stand in files of their own, and where keys are among arguments.
// Threading: reads constant data only.
// See: README.md of this folder.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "server/commands/docs.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {

/// The old form of a command's keys: first and last argument that is a key (negative: from the end), distance between
/// two. All zero when it has none at a fixed place.
struct KeyRange {
  int first = 0;
  int last = 0;
  int step = 0;
};
/// What the specs amount to in the old form, which cannot say everything: ranges that follow each other become one.
KeyRange key_range(std::span<const KeySpecDoc> specs);

/// The key specs of a command; empty when it has none or is not documented.
std::span<const KeySpecDoc> key_specs(const dispatch::Command& command);
/// Writes the words of `flags` (KeySpecDoc::Flag) as a set of simple strings.
void write_key_flags(protocol::ReplyWriter& reply, uint32_t flags);

dispatch::Outcome command_docs(dispatch::CommandContext& ctx);
dispatch::Outcome command_getkeys(dispatch::CommandContext& ctx);
dispatch::Outcome command_getkeysandflags(dispatch::CommandContext& ctx);

}  // namespace corral::commands

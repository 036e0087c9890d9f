// Heading, lines, and the line about HELP itself.
// Threading: see help.h.
// See: help.h.
#include "server/commands/help.h"

#include <string>

namespace corral::commands {

dispatch::Outcome answer_help(dispatch::CommandContext& ctx, std::span<const protocol::Bytes> lines) {
  std::string heading;
  const dispatch::Command* parent = ctx.command().parent;  // null: a command that reads its sub-commands itself
  for (const char c : (parent != nullptr ? *parent : ctx.command()).spec->name) heading += protocol::to_upper(c);
  heading += " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:";
  protocol::ReplyWriter& reply = ctx.reply();
  reply.array(static_cast<int64_t>(lines.size()) + 3);
  reply.simple(heading);
  for (const protocol::Bytes line : lines) reply.simple(line);
  reply.simple("HELP");
  reply.simple("    Prints this help.");
  return dispatch::Outcome::kDone;
}

}  // namespace corral::commands

// Heading, lines, and the line about HELP itself.
// Threading: see help.h.
// See: help.h.
#include "server/commands/help.h"

#include <string>

namespace corral::commands {

dispatch::Outcome answer_help(dispatch::CommandContext& ctx, std::span<const protocol::Bytes> lines) {
  std::string heading;
  for (const char c : ctx.command().parent->spec->name) heading += protocol::to_upper(c);
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

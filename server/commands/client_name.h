// The name of a connection, which CLIENT SETNAME and HELLO give, and which bytes such texts may have.
// Threading: as CommandContext.
// See: README.md of this folder.
#pragma once

#include <algorithm>
#include <string>

#include "server/dispatch/command_context.h"

namespace corral::commands {

/// Printable ASCII without spaces, so that a line of CLIENT LIST stays readable by programs. Empty is fine.
inline bool is_client_text(protocol::Bytes text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

/// Names the connection; an empty name takes the name away. On failure answers the error and returns false.
inline bool name_client(dispatch::CommandContext& ctx, protocol::Bytes name) {
  if (!is_client_text(name)) {
    ctx.fail("ERR Client names cannot contain spaces, newlines or special characters.");
    return false;
  }
  ctx.session().record->change_texts([name](auto& texts) { texts.name = std::string(name); });
  return true;
}

}  // namespace corral::commands

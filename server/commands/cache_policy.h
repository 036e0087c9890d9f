// CACHE.POLICY, CACHE.ORIGIN, CACHE.STATS and CACHE.EXPLAIN: what is set, how it does, and why a key behaves as it does.
// Threading: handlers.
// See: README.md of this folder, "CACHE.*".
#pragma once

#include "server/dispatch/command_context.h"

namespace corral::commands {

dispatch::Outcome cache_origin(dispatch::CommandContext& ctx);
dispatch::Outcome cache_policy(dispatch::CommandContext& ctx);
dispatch::Outcome cache_stats(dispatch::CommandContext& ctx);
dispatch::Outcome cache_explain(dispatch::CommandContext& ctx);

}  // namespace corral::commands

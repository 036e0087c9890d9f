// Putting members into a sorted set under the options of ZADD: what ZADD, ZINCRBY and GEOADD share.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#pragma once

#include <cstddef>
#include <span>

#include "server/dispatch/command_context.h"

namespace corral::commands {

struct AddOptions {
  bool only_new = false;
  bool only_existing = false;
  bool only_greater = false;
  bool only_less = false;
  bool counts_changes = false;
  bool increments = false;
};

/// From argument 2 on; returns the first that is no option.
size_t parse_add_options(dispatch::CommandContext& ctx, AddOptions& options);
/// Whether they go together for so many pairs. On failure writes the error.
bool check_add_options(dispatch::CommandContext& ctx, const AddOptions& options, size_t pairs);

struct ScoredMember {
  double score = 0;  // or the increment
  protocol::Bytes member;
};
/// To the set of argument 1, with reply and event. `options` as they were checked; at least one pair.
dispatch::Outcome add_members(dispatch::CommandContext& ctx, const AddOptions& options,
                              std::span<const ScoredMember> pairs);

}  // namespace corral::commands

// Documentation of the commands of transactions: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kKeysArgument[] = {
    {.name = "key", .type = "key", .key_spec_index = 0, .flags = kMultiple},
};
constexpr KeySpecDoc kAllReads[] = {keys_between(1, -1, 1, kReads)};

constexpr CommandDoc kDocs[] = {
    {.name = "discard",
     .summary = "Drops the queued commands and leaves the transaction.",
     .since = "2.0.0",
     .group = "transactions",
     .complexity = "O(N), N the queued commands"},
    {.name = "exec",
     .summary = "Runs the queued commands as one step.",
     .since = "1.2.0",
     .group = "transactions",
     .complexity = "that of the queued commands"},
    {.name = "multi",
     .summary = "Begins to queue commands for EXEC.",
     .since = "1.2.0",
     .group = "transactions",
     .complexity = "O(1)"},
    {.name = "unwatch",
     .summary = "Stops watching all keys.",
     .since = "2.2.0",
     .group = "transactions",
     .complexity = "O(1)"},
    {.name = "watch",
     .summary = "Makes the next EXEC depend on keys staying as they are.",
     .since = "2.2.0",
     .group = "transactions",
     .complexity = "O(1) a key",
     .arguments = kKeysArgument,
     .key_specs = kAllReads},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> transactions_docs() {
  return kDocs;
}

}  // namespace corral::commands

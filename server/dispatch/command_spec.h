// One row per command: what drives look-up, arity, locking, gates, ACL, COMMAND and statistics.
// Threading: constant data.
// See: README.md of this folder, "A command".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/bytes.h"
#include "server/acl/category.h"

namespace corral::dispatch {

class CommandContext;

/// What a handler tells the dispatcher. The reply itself goes to CommandContext::reply().
enum class Outcome : uint8_t {
  kDone,    ///< replied (or deliberately not)
  kParked,  ///< CommandContext::park_* opened a gap; the reply comes later
  kBlocked, ///< CommandContext::block(): the reply comes when a key has something, and nothing is executed before it
  kClose,   ///< replied; close the connection when the reply is out
  kAllStripes,  ///< nothing replied: the script needs keys it did not declare; run it again with all stripes held
  kGates,  ///< replied; changed what begin_turn() looks up (a pause, MONITOR, options), also for the very next command
};

using Handler = Outcome (*)(CommandContext&);

/// Redis' command flags, same meaning; the names COMMAND INFO gives are in command_table.cc.
enum CommandFlag : uint32_t {
  kWrite = 1u << 0,
  kReadOnly = 1u << 1,
  kDenyOom = 1u << 2,
  kAdmin = 1u << 3,
  kPubsub = 1u << 4,
  kNoScript = 1u << 5,
  kBlocking = 1u << 6,
  kLoading = 1u << 7,
  kStale = 1u << 8,
  kSkipMonitor = 1u << 9,
  kSkipSlowlog = 1u << 10,
  kAsking = 1u << 11,
  kFast = 1u << 12,
  kNoAuth = 1u << 13,
  kMayReplicate = 1u << 14,
  kSentinel = 1u << 15,
  kOnlySentinel = 1u << 16,
  kNoMandatoryKeys = 1u << 17,
  kProtected = 1u << 18,
  kModule = 1u << 19,
  kNoMulti = 1u << 20,
  kMovableKeys = 1u << 21,
  kAllowBusy = 1u << 22,
  kNoAsyncLoading = 1u << 23,
  // Ours, not shown by COMMAND:
  kRunsScript = 1u << 26,  // a script: may touch keys it did not declare
  kWhileSubscribed = 1u << 27,  // allowed over RESP2 to who listens
  kNotQueued = 1u << 28,  // runs at once inside MULTI (EXEC, DISCARD, WATCH, MULTI, QUIT, RESET)
};

/// Positions of keys among the arguments (argument 0 is the command's name).
using KeyFinder = bool (*)(std::span<const protocol::Bytes> arguments, std::vector<int>& positions);

/// Whether the command may touch keys that its arguments do not name.
using TouchesOthers = bool (*)(std::span<const protocol::Bytes> arguments);

enum class KeyShape : uint8_t {
  kNone,    // no keys, no lock
  kRange,   // first, last (negative: from the end), step
  kCounted, // a count at `first`, then so many keys
  kCustom,  // find() tells; false = syntax error in the arguments, the handler will answer it
  kAll,     // the handler needs every stripe at once (FLUSHALL, SWAPDB)
  kWalk,    // the handler takes one stripe after the other itself; inside EXEC all are held
  kQueued,  // EXEC and what ends a transaction: the keys of all queued commands and all watched keys
};

struct KeySpec {
  KeyShape shape = KeyShape::kNone;
  int16_t first = 0;
  int16_t last = 0;
  int16_t step = 0;
  KeyFinder find = nullptr;
  TouchesOthers touches_others = nullptr;  // true: every stripe is held, though find() names the keys
};

namespace keys {
constexpr KeySpec none() { return {}; }
constexpr KeySpec one(int16_t at) { return {KeyShape::kRange, at, at, 1, nullptr, nullptr}; }
constexpr KeySpec range(int16_t first, int16_t last, int16_t step) {
  return {KeyShape::kRange, first, last, step, nullptr, nullptr};
}
constexpr KeySpec counted(int16_t count_at) { return {KeyShape::kCounted, count_at, 0, 1, nullptr, nullptr}; }
constexpr KeySpec custom(KeyFinder find) { return {KeyShape::kCustom, 0, 0, 0, find, nullptr}; }
constexpr KeySpec custom(KeyFinder find, TouchesOthers touches_others) {
  return {KeyShape::kCustom, 0, 0, 0, find, touches_others};
}
constexpr KeySpec all() { return {KeyShape::kAll, 0, 0, 0, nullptr, nullptr}; }
constexpr KeySpec walk() { return {KeyShape::kWalk, 0, 0, 0, nullptr, nullptr}; }
constexpr KeySpec queued() { return {KeyShape::kQueued, 0, 0, 0, nullptr, nullptr}; }
}  // namespace keys

struct CommandSpec {
  std::string_view name;        // lower case; a sub-command has its own name only ("list")
  int arity = 0;                // arguments with the name; negative: at least so many
  KeySpec keys;
  uint32_t flags = 0;
  uint32_t acl = 0;             // explicit categories; the implied ones are added by the table
  Handler run = nullptr;        // null for a container of sub-commands only
  std::span<const CommandSpec> subcommands = {};
  std::string_view full_name = {};  // "client|list"; empty: same as name
};

/// Compile-time check of a table: lower-case unique names, an arity, keys inside the arity, write xor read-only.
consteval bool valid(std::span<const CommandSpec> table) {
  for (size_t i = 0; i < table.size(); ++i) {
    const CommandSpec& row = table[i];
    if (row.name.empty() || row.arity == 0) return false;
    for (const char c : row.name) {
      if (c >= 'A' && c <= 'Z') return false;
    }
    for (size_t j = 0; j < i; ++j) {
      if (table[j].name == row.name) return false;
    }
    if ((row.flags & kWrite) != 0 && (row.flags & kReadOnly) != 0) return false;
    if (row.keys.shape == KeyShape::kRange && row.keys.first >= (row.arity < 0 ? -row.arity : row.arity)) return false;
    if ((row.flags & kWrite) != 0 && row.keys.shape == KeyShape::kNone) return false;
  }
  return true;
}

}  // namespace corral::dispatch

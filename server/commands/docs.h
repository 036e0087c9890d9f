// What COMMAND DOCS and the key specs of COMMAND say of each command: facts of Redis, words of ours.
// Threading: constant data.
// See: docs_tables.h
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace corral::commands {

/// One argument, or a group of them when `children` is not empty (`type` is then "oneof" or "block").
/// Pointers are null where there is nothing to tell.
struct ArgumentDoc {
  enum Flag : uint8_t { kOptional = 1, kMultiple = 2, kMultipleToken = 4 };

  const char* name = nullptr;
  const char* type =
      nullptr;  // "key", "string", "integer", "double", "pattern", "unix-time", "pure-token", …
  const char* token = nullptr;  // the word written before the value, or instead of it
  int key_spec_index = -1;      // which of the command's key specs finds it; -1: it is no key
  uint8_t flags = 0;            // of Flag
  const char* since = nullptr;
  const char* deprecated_since = nullptr;
  std::span<const ArgumentDoc> children = {};
};

/// Where the first key of a spec is: at argument `position` (0 is the command's name; negative counts from
/// the end), or behind the word `keyword`, which is searched for from argument `position` on.
struct KeyBegin {
  int position = 0;
  const char* keyword = nullptr;  // null: `position` is the index itself
};

/// How the other keys follow the first.
struct KeyFind {
  // kUnknown: the content of other keys or words anywhere tell; the begin's position only orders the specs.
  enum class Kind : uint8_t { kRange, kCounted, kUnknown };
  Kind kind = Kind::kRange;
  int last = 0;  // kRange: last key, relative to the first; negative counts from the end. kCounted: where the
                 // count is
  int step = 1;  // from one key to the next
  int limit =
      0;  // kRange with last -1: keys reach over 1/limit of the rest; 0 and 1: over all. kCounted: first key
};

struct KeySpecDoc {
  /// What the command does with the keys: one of the first four, and what that means for the user's data.
  enum Flag : uint32_t {
    kReadsAndWrites = 1u << 0,
    kReads = 1u << 1,
    kOverwrites = 1u << 2,
    kRemoves = 1u << 3,
    kAccess = 1u << 4,
    kUpdate = 1u << 5,
    kInsert = 1u << 6,
    kDelete = 1u << 7,
    kNotKey = 1u << 8,
    kIncomplete = 1u << 9,
    kVariableFlags = 1u << 10,
  };
  static constexpr int kFlagCount = 11;
  /// The word for bit `bit` (0 to kFlagCount - 1) in COMMAND's reply, for example "RW" or "access".
  static const char* flag_word(int bit);

  uint32_t flags = 0;
  const char* notes = nullptr;
  KeyBegin begin = {};
  KeyFind find = {};
};

/// A change since the command first appeared.
struct ChangeDoc {
  const char* version;
  const char* text;
};

struct CommandDoc {
  enum Flag : uint8_t { kDeprecated = 1, kSystemCommand = 2 };

  const char* name = nullptr;  // lower case; "client|list" for a sub-command
  const char* summary = nullptr;
  const char* since = nullptr;
  const char* group = nullptr;
  const char* complexity = nullptr;  // null where Redis tells none
  uint8_t flags = 0;                 // of Flag
  const char* deprecated_since = nullptr;
  const char* replaced_by = nullptr;
  std::span<const ChangeDoc> history = {};
  std::span<const char* const> tips = {};
  std::span<const ArgumentDoc> arguments = {};
  std::span<const KeySpecDoc> key_specs = {};
};

/// The documentation of `full_name` (lower case, sub-commands as "client|list"); null if there is none.
/// O(log n) for each of the few tables.
const CommandDoc* find_doc(std::string_view full_name);

}  // namespace corral::commands

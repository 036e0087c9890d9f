// What a script says of itself on its first line, or of a function when it registers it.
// Threading: pure functions.
// See: README.md of this folder, "Flags".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/result.h"

namespace corral::scripting {

enum ScriptFlag : uint32_t {
  kNoWrites = 1u << 0,
  kAllowOom = 1u << 1,
  kAllowStale = 1u << 2,
  kNoCluster = 1u << 3,
  kAllowCrossSlotKeys = 1u << 4,
  kPlainScript = 1u << 5,  // no first line of that kind: the rules from before there were flags
};

/// The flag of that name; 0 when there is none.
uint32_t script_flag(std::string_view name);
/// Names of the flags set, in Redis' order.
inline constexpr std::string_view kScriptFlagNames[] = {"no-writes", "allow-oom", "allow-stale", "no-cluster",
                                                        "allow-cross-slot-keys"};

struct ScriptHead {
  uint32_t flags = kPlainScript;
  size_t length = 0;  // bytes of "#!lua …" without its newline, so that line numbers stay
};

/// Reads "#!lua flags=a,b" if the script begins with "#!". The error is Redis' text without its code word.
base::Result<ScriptHead> read_script_head(std::string_view body);

struct LibraryHead {
  std::string name;
  size_t length = 0;
};
/// Reads "#!lua name=x", which a library must begin with. The error is Redis' text.
base::Result<LibraryHead> read_library_head(std::string_view code);

/// Letters, digits and underscores, at least one: what Redis allows as the name of a library or function.
bool is_plain_name(std::string_view name);

}  // namespace corral::scripting

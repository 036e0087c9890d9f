// Where two right servers may answer differently, and what is compared there instead of the bytes.
// Threading: pure functions.
// See: README.md of this folder, "Tolerated differences".
#pragma once

#include <span>
#include <string_view>

#include "protocol/reply_reader.h"
#include "tests/differential/program.h"

namespace corral::differential {

/// True when both are right answers to `command`. Errors have to be equal in every case.
using Agreement = bool (*)(const Command& command, const protocol::Reply& a, const protocol::Reply& b);

struct Tolerance {
  std::string_view verb;  // "TTL", or with its sub-command: "CLIENT ID"; "* HELP" is any command's HELP
  std::string_view why;
  Agreement agree;
};

/// The whole list; every other reply has to be equal byte for byte.
std::span<const Tolerance> tolerances();

/// The entry for `command`; null: compare the bytes.
const Tolerance* find_tolerance(const Command& command);

/// Equal, or tolerated. For commands inside MULTI, whose replies come as elements of EXEC's.
bool agree(const Command& command, const protocol::Reply& a, const protocol::Reply& b);

}  // namespace corral::differential

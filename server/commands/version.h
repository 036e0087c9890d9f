// Which Corral we are.
// Threading: constants.
// See: README.md of this folder.
#pragma once

#include "protocol/bytes.h"

namespace corral::commands {

inline constexpr protocol::Bytes kCorralVersion = CORRAL_VERSION;

}  // namespace corral::commands

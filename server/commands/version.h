// Which Redis we speak as, and which Corral we are.
// Threading: constants.
// See: README.md of this folder.
#pragma once

#include "protocol/bytes.h"

namespace corral::commands {

inline constexpr protocol::Bytes kRedisVersion = "7.0.15";
inline constexpr protocol::Bytes kCorralVersion = CORRAL_VERSION;

}  // namespace corral::commands

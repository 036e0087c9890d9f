// Which Redis we speak as.
// Threading: constants.
// See: README.md of this folder.
#pragma once

#include "protocol/bytes.h"

namespace corral::protocol {

inline constexpr Bytes kRedisVersion = "7.0.15";
inline constexpr int kRedisVersionNumber = 0x0007'000f;  ///< the same, a byte for each part

}  // namespace corral::protocol

// Why a read found nothing.
// Threading: constants.
// See: README.md of this folder.
#pragma once

#include <cstdint>

namespace corral::metrics {

/// kInvalidated: a client removed the key or said that its value is old. kNeverSet: nothing else is known.
enum class MissCause : uint8_t { kNeverSet, kExpired, kEvicted, kInvalidated };
inline constexpr int kMissCauses = 4;

}  // namespace corral::metrics

// Numbers where Redis leaves the reading to the C library: the ends of ranges by score.
// Threading: pure functions.
// See: README.md of this folder, "Numbers".
#pragma once

#include <optional>

#include "protocol/bytes.h"

namespace corral::protocol {

/// As strtod() on a C string that must end where the number does: spaces in front, nothing at all (0), and numbers that
/// are too large (infinity) or too small (0) are taken; NaN is refused. Ends at the first NUL.
std::optional<double> parse_c_double(Bytes text);

}  // namespace corral::protocol

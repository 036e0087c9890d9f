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

/// strtod() itself, for texts where whatever follows is the caller's: the end of the number, `text` when there is none.
/// The program never sets a locale.
const char* read_c_double(const char* text, double& value);

/// atoi() on the C string: spaces in front, a sign, digits, whatever follows; 0 without digits, and the low 32 bits of what is
/// larger than an int.
int read_c_int(Bytes text);

}  // namespace corral::protocol

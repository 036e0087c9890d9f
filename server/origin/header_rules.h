// Header lines that a configuration may add to requests: which are valid, and which carry secrets.
// Threading: pure functions.
// See: README.md of this folder, "Definition"; RFC 9110, section 5.
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.h"

namespace corral::origin {

/// "Name: value" with a token as name, no control characters, and a name that Corral does not set by itself.
base::Status check_header(std::string_view line);

/// The line with *** for the value of Authorization, Cookie and the like, unless it comes from the environment.
std::string masked_header(std::string_view line);

/// Whether a value may be sent in a header: no control characters but the tab, at most 4096 bytes.
bool header_value_ok(std::string_view value);

}  // namespace corral::origin

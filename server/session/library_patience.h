// How long a read of a client library may be made to wait, told by the name the library gives of itself.
// Threading: pure function.
// See: README.md of this folder, "Libraries".
#pragma once

#include <cstdint>
#include <string_view>

namespace corral::session {

/// The longest that a read may be parked for a client of this library, in ms: below the library's default command
/// timeout, because an answer after it is a broken connection to the client. INT64_MAX when the library waits long
/// enough by default, or is not known. `lib_name` as CLIENT SETINFO LIB-NAME has it, in any case. O(1).
int64_t library_patience_ms(std::string_view lib_name);

}  // namespace corral::session

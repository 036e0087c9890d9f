// Gives a file new content, all or nothing.
// Threading: any thread, one at a time for a file; does file I/O.
// See: README.md of this folder, "Rewriting".
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.h"

namespace corral::config {

/// After this the name stands for the old bytes or the new ones, also when the machine stops half-way. Mode and owner stay; a
/// file that is not there is made. The error is the system's reason.
base::Status replace_file(const std::string& path, std::string_view text);

}  // namespace corral::config

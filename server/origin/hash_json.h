// The fields of a hash as one JSON object, which is how HTTP stores carry it.
// Threading: pure functions.
// See: README.md of this folder, "Stores"; RFC 8259.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/base/result.h"

namespace corral::origin {

/// {"field":"value",…}, every value a string. Fails when bytes are not UTF-8, which JSON cannot carry. O(n).
base::Result<std::string> hash_json(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace corral::origin

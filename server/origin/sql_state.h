// What an error code of PostgreSQL means for an attempt.
// Threading: pure functions.
// See: README.md of this folder, "PostgreSQL"; PostgreSQL's manual, "Error Codes".
#pragma once

#include <string_view>

#include "server/origin/attempt.h"

namespace corral::origin {

/// The failure that a five-letter SQLSTATE stands for; empty means that the connection is gone. `writes`: of a store or remove.
Answer failure_of_sql_state(std::string_view sql_state, bool writes);

}  // namespace corral::origin

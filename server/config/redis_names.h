// Names of Redis' options that this server does not have, so that a message can say so.
// Threading: constant data.
// See: config_file.h.
#pragma once

#include <string_view>

namespace corral::config {

/// Whether a lower-case name is an option or directive of Redis 7.0 without a row in the option table.
bool is_redis_name(std::string_view name);

}  // namespace corral::config

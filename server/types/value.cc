// The base of all containers.
// Threading: see value.h.
// See: value.h.
#include "server/types/value.h"

namespace corral::types {

Value::~Value() = default;

}  // namespace corral::types

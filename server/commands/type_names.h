// The names of value types, as TYPE answers and SCAN TYPE takes them.
// Threading: constants.
// See: README.md of this folder.
#pragma once

#include <iterator>

#include "protocol/bytes.h"
#include "server/store/entry.h"

namespace corral::commands {

/// In the order of store::ValueType.
inline constexpr protocol::Bytes kTypeNames[] = {"string", "list", "set", "zset", "hash", "stream"};
static_assert(std::size(kTypeNames) == static_cast<size_t>(store::ValueType::kStream) + 1);

constexpr protocol::Bytes type_name(store::ValueType type) { return kTypeNames[static_cast<size_t>(type)]; }

}  // namespace corral::commands

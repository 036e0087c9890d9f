// Opening the outbox's file: made whole or not at all, checked before it is trusted, never replaced by itself.
// Threading: any one thread.
// See: README.md of this folder, "File".
#pragma once

#include <memory>
#include <string>

#include "server/base/result.h"
#include "server/outbox/sqlite.h"

namespace corral::outbox {

constexpr int kSchemaVersion = 1;

/// Opens the file at `path` for this process alone. One that is missing is made, under another name first, and given
/// `instance` as its name for itself. Anything else that is not a sound outbox of this schema is refused with path and
/// reason, and left as it is. O(size of the file).
base::Result<std::unique_ptr<Connection>> open_file(const std::string& path, const std::string& vfs,
                                                    const std::string& instance);

/// For the operator: renames a file that is refused (and its log) to `path`.aside-`stamp`. Returns the new name.
base::Result<std::string> set_aside(const std::string& path, int64_t stamp);

}  // namespace corral::outbox

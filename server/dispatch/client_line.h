// A connection as CLIENT LIST, CLIENT INFO and ACL LOG show it: one line of name=value fields.
// Threading: relaxed reads of the record; a line of another worker's connection may be a turn old.
// See: server/session/client_registry.h.
#pragma once

#include <cstdint>
#include <string>

#include "server/session/session.h"

namespace corral::dispatch {

/// Appends the line with its end. `self`: the session when the record is that of the connection being served, else null;
/// `argument_bytes` are those of its request.
void add_client_line(std::string& out, const session::ClientRecord& record, int64_t now_ms,
                     const session::Session* self, size_t argument_bytes);

}  // namespace corral::dispatch

// Decoded replies back to bytes, for round trips.
// Threading: pure functions.
// See: tests/README.md.
#pragma once

#include <string>

#include "protocol/reply_reader.h"
#include "protocol/reply_writer.h"

namespace corral::test_support {

/// Writes `reply` with the writer's methods. RESP2 gives the RESP2 form of each.
void write_reply(const protocol::Reply& reply, protocol::ReplyWriter& writer);
/// What reading the RESP2 form of `reply` gives: sets become arrays, doubles bulks, attributes vanish …
protocol::Reply as_resp2(const protocol::Reply& reply);
/// All bytes queued in `buffer`, which stays as it is.
std::string bytes_of(const protocol::ReplyBuffer& buffer);

}  // namespace corral::test_support

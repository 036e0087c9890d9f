// Hashes and their parts as replies: for the commands, and for reads that had to wait.
// Threading: the hash's stripe is held, or the hash belongs to the caller.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/reply_writer.h"
#include "server/dispatch/element_reply.h"
#include "server/types/hash_value.h"

namespace corral::dispatch {

/// HGET: the value of the field, nil when there is none or `hash` is null.
void write_field(protocol::ReplyWriter& reply, const types::HashValue* hash, std::string_view field,
                 int64_t now_ms);

/// What write_pairs() writes of each pair.
enum PairPart : uint8_t { kFields = 1, kValues = 2 };
/// HGETALL, HKEYS, HVALS: a map when both parts are wanted, else an array; empty when `hash` is null.
void write_pairs(protocol::ReplyWriter& reply, const types::HashValue* hash, int64_t now_ms, int parts);

}  // namespace corral::dispatch
